// program.c with <lib/zx/socket.h>: whoever can build and run this has all headers for C++.
#include <lib/zx/socket.h>
#include <zircon/status.h>

#include <cstdio>

namespace {

int Fail(const char* call, zx_status_t status) {
  std::fprintf(stderr, "%s: %s\n", call, zx_status_get_string(status));
  return 1;
}

}  // namespace

int main() {
  zx::socket left, right;
  zx_status_t status = zx::socket::create(ZX_SOCKET_STREAM, &left, &right);
  if (status != ZX_OK) return Fail("zx::socket::create", status);
  status = left.write(0, "z", 1, nullptr);
  if (status != ZX_OK) return Fail("zx::socket::write", status);
  char byte = 0;
  size_t actual = 0;
  status = right.read(0, &byte, 1, &actual);
  if (status != ZX_OK) return Fail("zx::socket::read", status);
  std::printf("%zu byte: %c\n", actual, byte);
  return actual == 1 && byte == 'z' ? 0 : 1;
}
