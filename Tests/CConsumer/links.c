/* Names everything that the library exports: what is missing does not link. */

#include <lib/fdio/fd.h>
#include <lib/fdio/util.h>
#include <stdio.h>
#include <zircon/assert.h>
#include <zircon/linux.h>
#include <zircon/process.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>

typedef void (*function)(void);

#define _ZX_SYSCALL_DECL(name, type, arguments, prototype, coverage, reason) \
  {"zx_" #name, (function)zx_##name}, {"_zx_" #name, (function)_zx_##name},
#define _ZX_SYSCALL_DECL_VOID(name, arguments, prototype, coverage, reason) \
  {"zx_" #name, (function)zx_##name}, {"_zx_" #name, (function)_zx_##name},
#define _ZX_SYSCALL_DECL_NORETURN _ZX_SYSCALL_DECL_VOID
#define _ZX_LIBRARY_DECL _ZX_SYSCALL_DECL

static const struct {
  const char* name;
  function address;
} exports[] = {
#include <zircon/syscalls/internal/cdecls.inc>
    {"__zx_panic", (function)__zx_panic},
    {"fdio_fd_clone", (function)fdio_fd_clone},
    {"fdio_fd_create", (function)fdio_fd_create},
    {"fdio_fd_transfer", (function)fdio_fd_transfer},
    {"fdio_transfer_fd", (function)fdio_transfer_fd},
    {"zxl_backend_get_info", (function)zxl_backend_get_info},
    {"zxl_channel_connect", (function)zxl_channel_connect},
    {"zxl_channel_get_peer", (function)zxl_channel_get_peer},
    {"zxl_channel_serve", (function)zxl_channel_serve},
    {"zxl_socket_batch", (function)zxl_socket_batch},
    {"zxl_socket_readv", (function)zxl_socket_readv},
    {"zxl_socket_writev", (function)zxl_socket_writev},
    {"zxl_thread_handle", (function)zxl_thread_handle},
};

int main(void) {
  const size_t count = sizeof(exports) / sizeof(exports[0]);
  size_t missing = 0;
  for (size_t i = 0; i < count; i++) {
    if (exports[i].address != NULL) continue;
    fprintf(stderr, "%s has no address\n", exports[i].name);
    missing++;
  }
  printf("links: %zu passed, %zu failed\n", count - missing, missing);
  return missing == 0 ? 0 : 1;
}
