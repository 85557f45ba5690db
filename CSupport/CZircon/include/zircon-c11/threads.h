/* What Fuchsia's <threads.h> has beyond C11, on top of the C library's. Opt in: put the folder of this
 * file before the others, -I<prefix>/include/zircon-c11 beside -I<prefix>/include. */
#ifndef ZIRCON_C11_THREADS_H_
#define ZIRCON_C11_THREADS_H_

/* The C library's own comes next, which is an extension of the preprocessor. */
#pragma GCC system_header
#include_next <threads.h>

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As after mtx_init(&mutex, mtx_plain) and cnd_init(&condition). */
#define MTX_INIT {{0}}
#define CND_INIT {{0}}

struct zircon_c11_start {
  thrd_start_t function;
  void* argument;
  char name[16]; /* as much as Linux keeps */
};

static inline int zircon_c11_run(void* argument) {
  struct zircon_c11_start start = *(struct zircon_c11_start*)argument;
  free(argument);
  prctl(PR_SET_NAME, start.name, 0, 0, 0);
  return start.function(start.argument);
}

/* Creates a thread with a name, of which Linux keeps 15 bytes; NULL: as thrd_create. */
static inline int thrd_create_with_name(thrd_t* thread, thrd_start_t function, void* argument,
                                        const char* name) {
  if (name == NULL) return thrd_create(thread, function, argument);
  struct zircon_c11_start* start = (struct zircon_c11_start*)malloc(sizeof *start);
  if (start == NULL) return thrd_nomem;
  start->function = function;
  start->argument = argument;
  strncpy(start->name, name, sizeof start->name - 1);
  start->name[sizeof start->name - 1] = 0;
  int result = thrd_create(thread, zircon_c11_run, start);
  if (result != thrd_success) free(start);
  return result;
}

#ifdef __cplusplus
}
#endif

#endif /* ZIRCON_C11_THREADS_H_ */
