/* Every zx_call a second time as _zx_call. */

#include <zircon/process.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>

#define _ZX_SYSCALL_DECL(name, type, arguments, prototype, coverage, reason) \
  type _zx_##name prototype { return zx_##name arguments; }
#define _ZX_SYSCALL_DECL_VOID(name, arguments, prototype, coverage, reason) \
  void _zx_##name prototype { zx_##name arguments; }
#define _ZX_SYSCALL_DECL_NORETURN _ZX_SYSCALL_DECL_VOID
#define _ZX_LIBRARY_DECL _ZX_SYSCALL_DECL

#include <zircon/syscalls/internal/cdecls.inc>
