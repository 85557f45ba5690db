/* The calls that end a process or a thread. They are in C because nothing may unwind through Swift. */

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
#include <zircon/syscalls.h>

/* As on Zircon no handler runs and no stream is flushed. Linux hands the low 8 bits to the parent. */
void zx_process_exit(int64_t retcode) { _exit((int)retcode); }

/* Destructors of thread-local storage and cancellation handlers run, and joiners are released. The
 * last thread to leave ends the process with 0. */
void zx_thread_exit(void) { pthread_exit(NULL); }

/* The word is changed through the pointer that Zircon, too, takes as const. */
void zx_futex_wake_handle_close_thread_exit(const zx_futex_t* value_ptr, uint32_t wake_count,
                                            int32_t new_value, zx_handle_t close_handle) {
  atomic_store_explicit((zx_futex_t*)value_ptr, new_value, memory_order_release);
  zx_futex_wake(value_ptr, wake_count);
  zx_handle_close(close_handle);
  pthread_exit(NULL);
}
