/* The system calls. Each zx_call also exists as _zx_call, a name for libraries, which no program
 * defines. How far each is covered here: zircon/syscalls/internal/cdecls.inc. */
#ifndef ZIRCON_SYSCALLS_H_
#define ZIRCON_SYSCALLS_H_

#include <zircon/compiler.h>
#include <zircon/string_view.h>
#include <zircon/syscalls/object.h>
#include <zircon/syscalls/types.h>
#include <zircon/types.h>

__BEGIN_CDECLS

#define _ZX_SYSCALL_DECL(name, type, arguments, prototype, coverage, reason) \
  extern type zx_##name prototype;                                           \
  extern type _zx_##name prototype;
#define _ZX_SYSCALL_DECL_VOID(name, arguments, prototype, coverage, reason) \
  extern void zx_##name prototype;                                          \
  extern void _zx_##name prototype;
#define _ZX_SYSCALL_DECL_NORETURN(name, arguments, prototype, coverage, reason) \
  extern void zx_##name prototype __NO_RETURN;                                  \
  extern void _zx_##name prototype __NO_RETURN;
/* Declared in status.h and process.h. */
#define _ZX_LIBRARY_DECL(name, type, arguments, prototype, coverage, reason)

#include <zircon/syscalls/internal/cdecls.inc>

#undef _ZX_SYSCALL_DECL
#undef _ZX_SYSCALL_DECL_VOID
#undef _ZX_SYSCALL_DECL_NORETURN
#undef _ZX_LIBRARY_DECL

__END_CDECLS

/* Names of 2018 to 2020, for who asks for them. */
#ifdef ZXL_LEGACY_NAMES
#include <zircon/syscalls/legacy.h>
#endif

#endif /* ZIRCON_SYSCALLS_H_ */
