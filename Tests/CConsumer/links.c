/* Names everything that the library exports: what is missing does not link. */

#include <lib/fdio/fd.h>
#include <lib/fdio/spawn.h>
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
#define _ZX_OTHER_DECL(name, coverage, reason) {#name, (function)name},

static const struct {
  const char* name;
  function address;
} exports[] = {
#include <zircon/syscalls/internal/cdecls.inc>
    {"__zx_panic", (function)__zx_panic},
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
