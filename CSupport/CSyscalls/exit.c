/* The calls that end a process or a thread. They are in C because nothing may unwind through Swift. */

#include <pthread.h>
#include <unistd.h>
#include <zircon/syscalls.h>

/* As on Zircon no handler runs and no stream is flushed. Linux hands the low 8 bits to the parent. */
void zx_process_exit(int64_t retcode) { _exit((int)retcode); }

/* Destructors of thread-local storage and cancellation handlers run, and joiners are released. The
 * last thread to leave ends the process with 0. */
void zx_thread_exit(void) { pthread_exit(NULL); }
