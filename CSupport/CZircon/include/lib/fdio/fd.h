/* Sockets as plain descriptors. Names as in Fuchsia's <lib/fdio/fd.h>.
 *
 * A pair of which an end becomes a descriptor, or was one, is raw from then on, for good: any program can have
 * a part in it, so Linux keeps its state. What one direction holds, ZX_SOCKET_READABLE and
 * ZX_SOCKET_WRITABLE are as Linux has them; thresholds and writes that are to be enabled again answer
 * ZX_ERR_NOT_SUPPORTED; forbidding writes is shutdown(2), which whoever has the same end shares. An end whose
 * two ways have both been ended shows ZX_SOCKET_PEER_CLOSED. */
#ifndef LIB_FDIO_FD_H_
#define LIB_FDIO_FD_H_

#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

/* Makes a descriptor of a socket, close on exec; its reads and writes wait, unless told otherwise.
 *
 * The handle is gone on any outcome but ZX_ERR_SHOULD_WAIT. ZX_ERR_BAD_HANDLE. ZX_ERR_NOT_SUPPORTED: no
 * socket. ZX_ERR_ACCESS_DENIED: without ZX_RIGHT_READ, ZX_RIGHT_WRITE and ZX_RIGHT_TRANSFER.
 * ZX_ERR_SHOULD_WAIT: something written and not yet read waits where Linux cannot take it; again once more
 * of it has been read. ZX_ERR_INVALID_ARGS: fd_out cannot be written. ZX_ERR_NO_MEMORY: also without a free
 * descriptor. */
zx_status_t fdio_fd_create(zx_handle_t handle, int* fd_out);

/* Makes a socket of what a descriptor stands for, which stays as it is.
 *
 * ZX_ERR_INVALID_ARGS: fd is not open, or out cannot be written. ZX_ERR_NOT_SUPPORTED: no Unix socket of type
 * SOCK_STREAM or SOCK_SEQPACKET. ZX_ERR_NO_MEMORY: also without a free descriptor. */
zx_status_t fdio_fd_clone(int fd, zx_handle_t* out);

/* The same, and closes fd if it succeeds. */
zx_status_t fdio_fd_transfer(int fd, zx_handle_t* out);

__END_CDECLS

#endif /* LIB_FDIO_FD_H_ */
