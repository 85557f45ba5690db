/* Stands in for every call that the table marks NO. The others are implemented elsewhere: a call that
 * is marked wrongly is defined twice or not at all, which the linker reports. */

#include <zircon/assert.h>
#include <zircon/process.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>

/* The table gives each parameter a name, which nothing here uses. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* What a call answers that cannot be served, by the type of its result. */
#define ANSWER_zx_status_t ZX_ERR_NOT_SUPPORTED
#define ANSWER_zx_handle_t ZX_HANDLE_INVALID

#define UNLESS_YES(definition)
#define UNLESS_PARTLY(definition)
#define UNLESS_NO(definition) definition

#define _ZX_SYSCALL_DECL(name, type, arguments, prototype, coverage, reason) \
  UNLESS_##coverage(type zx_##name prototype { return ANSWER_##type; })
/* A call without a result has no way to refuse, so none of them may be marked NO. */
#define _ZX_SYSCALL_DECL_VOID(name, arguments, prototype, coverage, reason) \
  UNLESS_##coverage(_Static_assert(0, #name " has no way to refuse");)
#define _ZX_SYSCALL_DECL_NORETURN(name, arguments, prototype, coverage, reason) \
  UNLESS_##coverage(                                                            \
      void zx_##name prototype { ZX_PANIC("zx_" #name " is not supported: " reason "\n"); })
#define _ZX_LIBRARY_DECL _ZX_SYSCALL_DECL

#include <zircon/syscalls/internal/cdecls.inc>
