/* The earlier name of fdio_fd_transfer, with the number under which a program started with the handle takes
 * it. */
#ifndef LIB_FDIO_UTIL_H_
#define LIB_FDIO_UTIL_H_

#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

/* Handles that one descriptor becomes at most. */
#define FDIO_MAX_HANDLES 3

/* As fdio_fd_transfer; handles[0] gets the socket, types[0] PA_HND(PA_FD, newfd). Returns how many handles
 * there are, 1. */
zx_status_t fdio_transfer_fd(int fd, int newfd, zx_handle_t* handles, uint32_t* types);

__END_CDECLS

#endif /* LIB_FDIO_UTIL_H_ */
