#include <CSyscalls.h>

#define _ZX_SYSCALL_DECL(name, type, arguments, prototype, coverage, reason) \
  {"zx_" #name, reason, CSYSCALLS_COVERAGE_##coverage},
#define _ZX_SYSCALL_DECL_VOID(name, arguments, prototype, coverage, reason) \
  {"zx_" #name, reason, CSYSCALLS_COVERAGE_##coverage},
#define _ZX_SYSCALL_DECL_NORETURN _ZX_SYSCALL_DECL_VOID
#define _ZX_LIBRARY_DECL _ZX_SYSCALL_DECL
#define _ZX_OTHER_DECL(name, coverage, reason) {#name, reason, CSYSCALLS_COVERAGE_##coverage},

static const csyscalls_call_t calls[] = {
#include <zircon/syscalls/internal/cdecls.inc>
};

const csyscalls_call_t* csyscalls_conformance(size_t* count) {
  *count = sizeof(calls) / sizeof(calls[0]);
  return calls;
}
