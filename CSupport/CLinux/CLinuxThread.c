#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

_Thread_local clinux_self clinux_self_storage;

long clinux_thread_number(void) { return clinux_call6(SYS_gettid, 0, 0, 0, 0, 0, 0); }

long clinux_thread_number_of(uintptr_t pthread) {
  clockid_t clock;
  int error = pthread_getcpuclockid((pthread_t)pthread, &clock);
  if (error != 0) return -error;
  /* The kernel's encoding: the inverted number above three bits that say which clock it is. */
  return ~((long)clock >> 3);
}

bool clinux_thread_is_alive(long number) {
  return clinux_call6(SYS_tgkill, getpid(), number, 0, 0, 0, 0) == 0;
}

static pthread_key_t exit_key;
static pthread_once_t exit_once = PTHREAD_ONCE_INIT;
static _Atomic(int) exit_error;
static void (*_Atomic exit_function)(void);

static void run_at_exit(void* value) {
  void (*function)(void) = atomic_load(&exit_function);
  (void)value;
  if (function != NULL) function();
}

static void make_exit_key(void) {
  atomic_store(&exit_error, pthread_key_create(&exit_key, run_at_exit));
}

long clinux_at_self_exit(void (*function)(void)) {
  atomic_store(&exit_function, function);
  pthread_once(&exit_once, make_exit_key);
  int error = atomic_load(&exit_error);
  if (error == 0) error = pthread_setspecific(exit_key, &clinux_self_storage);
  return -error;
}

/* Opens a file of the thread's folder in /proc. */
static int open_of(long number, const char* name, int flags) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%ld/%s", number, name);
  return open(path, flags | O_CLOEXEC);
}

/* Reads the start of such a file; bytes read, 0 if it cannot be read. The text ends with a NUL. */
static size_t read_of(long number, const char* name, char* text, size_t size) {
  text[0] = 0;
  int fd = open_of(number, name, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t count = read(fd, text, size - 1);
  close(fd);
  if (count < 0) count = 0;
  text[count] = 0;
  return (size_t)count;
}

void clinux_thread_look(long number, clinux_thread_facts* facts) {
  char text[512];
  *facts = (clinux_thread_facts){.call = -2};
  int saved = errno;
  read_of(number, "stat", text, sizeof text);
  /* The name stands in parentheses and may hold some itself; the flags are the 9th field, the start is
   * the 22nd. */
  const char* rest = strrchr(text, ')');
  unsigned flags = 0;
  if (rest != NULL)
    sscanf(rest,
           ") %c %*s %*s %*s %*s %*s %u %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64,
           &facts->state, &flags, &facts->start);
  /* PF_EXITING: on its way out; who joins it may be told so before Linux has let go of it. */
  if (flags & 4) facts->state = 'X';
  /* Nothing is said of one that has gone meanwhile. */
  if (facts->state == 0 && !clinux_thread_is_alive(number)) facts->state = 'X';
  read_of(number, "syscall", text, sizeof text);
  if (strncmp(text, "running", 7) == 0)
    facts->call = -1;
  else if (sscanf(text, "%" SCNd64 " 0x%" SCNx64 " 0x%" SCNx64, &facts->call, &facts->argument[0],
                  &facts->argument[1]) < 1)
    facts->call = -2;
  errno = saved;
}

size_t clinux_thread_name(long number, char* name, size_t size) {
  char text[64];
  int saved = errno;
  size_t count = read_of(number, "comm", text, sizeof text);
  errno = saved;
  if (count > 0 && text[count - 1] == '\n') count--;
  if (count > size) count = size;
  memcpy(name, text, count);
  return count;
}

void clinux_thread_set_name(long number, const char* name, size_t size) {
  int saved = errno;
  int fd = open_of(number, "comm", O_WRONLY);
  if (fd >= 0) {
    if (write(fd, name, size < 15 ? size : 15) < 0) {
      /* A name that Linux does not take is kept by the object alone. */
    }
    close(fd);
  }
  errno = saved;
}

void clinux_thread_affinity(long number, uint64_t* mask, size_t words) {
  memset(mask, 0, words * sizeof *mask);
  clinux_call6(SYS_sched_getaffinity, number, (long)(words * sizeof *mask), (long)mask, 0, 0, 0);
}
