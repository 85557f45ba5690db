#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <zircon/assert.h>

void __zx_panic(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fflush(stderr);
  abort();
}
