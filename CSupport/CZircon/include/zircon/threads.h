/* C11 threads and kernel objects. Includes the C library's <threads.h>. */
#ifndef ZIRCON_THREADS_H_
#define ZIRCON_THREADS_H_

#include <stdint.h>
#include <threads.h>
#include <zircon/compiler.h>
#include <zircon/errors.h>
#include <zircon/linux.h>
#include <zircon/types.h>

__BEGIN_CDECLS

/* The thread's handle: lent, good until the thread ends. ZX_HANDLE_INVALID once it has ended. The
 * thread must not have been joined. */
static inline zx_handle_t thrd_get_zx_handle(thrd_t thread) {
  return zxl_thread_handle((uintptr_t)thread);
}

/* What a result of <threads.h> is as a status; for one that it does not know, ZX_ERR_INTERNAL. */
static inline __CONST zx_status_t thrd_status_to_zx_status(int result) {
  switch (result) {
    case thrd_success:
      return ZX_OK;
    case thrd_nomem:
      return ZX_ERR_NO_MEMORY;
    case thrd_timedout:
      return ZX_ERR_TIMED_OUT;
    case thrd_busy:
      return ZX_ERR_SHOULD_WAIT;
    default:
      return ZX_ERR_INTERNAL;
  }
}

__END_CDECLS

#endif /* ZIRCON_THREADS_H_ */
