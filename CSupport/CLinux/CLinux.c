#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

_Thread_local clinux_thread clinux_thread_storage;

long clinux_queued(int fd) {
  int bytes = 0;
  long result = clinux_call6(SYS_ioctl, fd, SIOCINQ, (long)&bytes, 0, 0, 0);
  return result < 0 ? result : bytes;
}

long clinux_unread(int fd) {
  int bytes = 0;
  long result = clinux_call6(SYS_ioctl, fd, SIOCOUTQ, (long)&bytes, 0, 0, 0);
  return result < 0 ? result : bytes;
}

static struct timespec clinux_timespec(int64_t nanoseconds) {
  if (nanoseconds < 0) nanoseconds = 0;
  return (struct timespec){.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
}

long clinux_futex_wait(const uint32_t* word, uint32_t expected, int64_t deadline) {
  struct timespec until = clinux_timespec(deadline);
  return clinux_call6(SYS_futex, (long)word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected,
                      deadline == INT64_MAX ? 0 : (long)&until, 0, FUTEX_BITSET_MATCH_ANY);
}

void clinux_sleep_until(int64_t deadline) {
  struct timespec until = clinux_timespec(deadline);
  while (clinux_call6(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, (long)&until, 0, 0, 0) ==
             -EINTR ||
         deadline == INT64_MAX) {
  }
}

void clinux_find_stack(clinux_thread* thread) {
  pthread_attr_t attributes;
  void* low = NULL;
  size_t size = 0;
  /* Bounds that hold nothing: asked once, and every address goes the long way. */
  thread->stack_low = UINTPTR_MAX;
  thread->stack_high = 1;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
  if (pthread_attr_getstack(&attributes, &low, &size) == 0 && size != 0) {
    thread->stack_low = (uintptr_t)low;
    thread->stack_high = (uintptr_t)low + size;
  }
  pthread_attr_destroy(&attributes);
}

static pthread_key_t clinux_exit_key;
static pthread_once_t clinux_exit_once = PTHREAD_ONCE_INIT;
static _Atomic(int) clinux_exit_error;
static void (*_Atomic clinux_exit_function)(void*);

static void clinux_run_at_exit(void* value) {
  void (*function)(void*) = atomic_load(&clinux_exit_function);
  if (function != NULL) function(value);
}

static void clinux_make_exit_key(void) {
  atomic_store(&clinux_exit_error, pthread_key_create(&clinux_exit_key, clinux_run_at_exit));
}

long clinux_at_thread_exit(void (*function)(void*)) {
  atomic_store(&clinux_exit_function, function);
  pthread_once(&clinux_exit_once, clinux_make_exit_key);
  int error = atomic_load(&clinux_exit_error);
  if (error == 0) error = pthread_setspecific(clinux_exit_key, clinux_thread_self());
  return -error;
}

void* clinux_map_pages(size_t size) {
  void* address = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return address == MAP_FAILED ? NULL : address;
}

void clinux_unmap_pages(void* address, size_t size) { munmap(address, size); }
