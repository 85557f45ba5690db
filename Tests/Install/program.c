/* One byte through a socket: whoever can build and run this has an installation that works. Also
 * C++. */
#include <stdio.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>

static int fail(const char* call, zx_status_t status) {
  fprintf(stderr, "%s: %s\n", call, zx_status_get_string(status));
  return 1;
}

int main(void) {
  zx_handle_t left, right;
  zx_status_t status = zx_socket_create(ZX_SOCKET_STREAM, &left, &right);
  if (status != ZX_OK) return fail("zx_socket_create", status);
  status = zx_socket_write(left, 0, "z", 1, NULL);
  if (status != ZX_OK) return fail("zx_socket_write", status);
  char byte = 0;
  size_t actual = 0;
  status = zx_socket_read(right, 0, &byte, 1, &actual);
  if (status != ZX_OK) return fail("zx_socket_read", status);
  printf("%zu byte: %c\n", actual, byte);
  return actual == 1 && byte == 'z' ? 0 : 1;
}
