/* Threads of this process as Linux names them, and what it says of them. Included by CLinux.h. */
#ifndef CLINUX_THREAD_H
#define CLINUX_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The handle by which a thread names itself; good only in the kernel it was made in. */
typedef struct clinux_self {
  uintptr_t kernel;
  uint32_t handle;
  uint32_t reserved;
  uint64_t koid; /* of the object that stands for the thread */
} clinux_self;

extern _Thread_local clinux_self clinux_self_storage __attribute__((tls_model("initial-exec")));

static inline clinux_self* _Nonnull clinux_self_get(void) { return &clinux_self_storage; }

/* The calling thread's number. */
long clinux_thread_number(void);

/* The number of the thread that pthreads knows by this name; -ESRCH once it has ended. The name
 * must be that of a thread that is not joined yet. */
long clinux_thread_number_of(uintptr_t pthread);

/* Whether a thread of this process has this number. */
bool clinux_thread_is_alive(long number);

/* Runs `function` at the exit of every thread that has called this. Returns 0 or an error number
 * negated. `function` must be the same every time. */
long clinux_at_self_exit(void (*_Nonnull function)(void));

typedef struct clinux_thread_facts {
  uint64_t start;       /* clock ticks from boot to the thread's birth; 0 if Linux does not say */
  int64_t call;         /* the system call it sleeps in; -1 if it runs, -2 if Linux does not say */
  uint64_t argument[2]; /* that call's first two arguments */
  char state;           /* as in /proc: R, S, D, T, t, Z, X; 0 if Linux does not say */
} clinux_thread_facts;

/* Asks /proc, which takes a descriptor for a moment: what cannot be asked is "not said". */
void clinux_thread_look(long number, clinux_thread_facts* _Nonnull facts);

/* The thread's name, without its line feed; bytes stored, up to `size`. */
size_t clinux_thread_name(long number, char* _Nonnull name, size_t size);

/* Gives the thread a name, of which Linux keeps 15 bytes. */
void clinux_thread_set_name(long number, const char* _Nonnull name, size_t size);

/* The processors that the thread may run on, one bit each. */
void clinux_thread_affinity(long number, uint64_t* _Nonnull mask, size_t words);

#endif
