/* What Swift cannot say to Linux: system calls without the C library's cancellation points and
 * variadic wrappers, thread-local storage, and the address of the current frame. Every function
 * answers a count or 0, or minus an error number; none touches errno. */
#ifndef CLINUX_H
#define CLINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "CLinuxEvents.h"
#include "CLinuxMemory.h"
#include "CLinuxMessages.h"
#include "CLinuxRendezvous.h"
#include "CLinuxSpawn.h"
#include "CLinuxThread.h"

#ifdef __clang__
#pragma clang diagnostic ignored "-Wnullability-completeness"
#define CLINUX_NEVER_NULL _Nonnull
#else
#define CLINUX_NEVER_NULL
#endif

/* Swift calls these from modules that would otherwise each keep a copy to call. */
#define CLINUX_INLINE static inline __attribute__((always_inline))

CLINUX_INLINE long clinux_call6(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory", "cc");
  return x0;
#else
#error "clinux_call6 knows x86-64 and arm64"
#endif
}

/* Tells the processor that this is a spin. */
CLINUX_INLINE void clinux_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  __asm__ volatile("yield");
#endif
}

/* ---- sockets ---- */

/* No call waits for room or data, and none raises a signal. */
#define CLINUX_SEND_FLAGS (0x40 /* MSG_DONTWAIT */ | 0x4000 /* MSG_NOSIGNAL */)
#define CLINUX_RECV_FLAGS 0x40

CLINUX_INLINE long clinux_send(int fd, const void* buffer, size_t size, int flags) {
  return clinux_call6(SYS_sendto, fd, (long)buffer, (long)size, flags, 0, 0);
}

CLINUX_INLINE long clinux_recv(int fd, void* buffer, size_t size, int flags) {
  return clinux_call6(SYS_recvfrom, fd, (long)buffer, (long)size, flags, 0, 0);
}

/* Linux's `struct user_msghdr`. Not <sys/socket.h>: a Swift file that imports this module and Glibc would
 * find the constants of that header in neither of them. */
struct clinux_message_header {
  const void* name;
  int name_size;
  const struct iovec* vector;
  size_t count;
  const void* control;
  size_t control_size;
  unsigned flags;
};

/* `vector` is our own array; the buffers it names are the caller's. */
CLINUX_INLINE long clinux_sendmsg(int fd, const struct iovec* vector, size_t count, int flags) {
  struct clinux_message_header message = {.vector = vector, .count = count};
  return clinux_call6(SYS_sendmsg, fd, (long)&message, flags, 0, 0, 0);
}

CLINUX_INLINE long clinux_recvmsg(int fd, const struct iovec* vector, size_t count, int flags) {
  struct clinux_message_header message = {.vector = vector, .count = count};
  return clinux_call6(SYS_recvmsg, fd, (long)&message, flags, 0, 0, 0);
}

/* Bytes in the receive queue: the sum over all records. */
long clinux_queued(int fd);
/* Bytes that were sent and not received yet, with what Linux needs for itself. */
long clinux_unread(int fd);

/* ---- futexes; private to the process, deadlines on CLOCK_MONOTONIC ---- */

/* Sleeps while *word == expected, at most until `deadline` nanoseconds (INT64_MAX: for ever). */
long clinux_futex_wait(const uint32_t* word, uint32_t expected, int64_t deadline);

/* Wakes by address only: `word` need not be mapped any more. */
CLINUX_INLINE void clinux_futex_wake(const uint32_t* word, int count) {
  clinux_call6(SYS_futex, (long)word, 1 | 128 /* FUTEX_WAKE | FUTEX_PRIVATE_FLAG */, count, 0, 0, 0);
}

/* Sleeps until `deadline` nanoseconds on CLOCK_MONOTONIC, through signals; INT64_MAX: for ever. */
void clinux_sleep_until(int64_t deadline);

/* ---- the caller's memory ---- */

/* Copies between our memory and memory that may not be there. Bytes copied, or -EFAULT if none. */
long clinux_copy_in(const struct iovec* ours, size_t ours_count, const struct iovec* theirs,
                    size_t theirs_count);
/* The same with nothing of it touched here: what somebody may be changing, or is nobody's business. */
long clinux_copy_in_unseen(const struct iovec* ours, size_t ours_count, const struct iovec* theirs,
                           size_t theirs_count);
long clinux_copy_out(const struct iovec* ours, size_t ours_count, const struct iovec* theirs,
                     size_t theirs_count);

/* Stores a value at an address that may not be writable; 0 or -EFAULT. */
long clinux_store4(void* address, uint32_t value);
long clinux_store8(void* address, uint64_t value);

/* ---- random numbers ---- */

CLINUX_INLINE long clinux_random(void* buffer, size_t size) {
  return clinux_call6(SYS_getrandom, (long)buffer, (long)size, 0, 0, 0, 0);
}

/* ---- this thread ---- */

#define CLINUX_WAY_UNKNOWN ((uint32_t)0) /* to be found out at the first one */
#define CLINUX_WAY_CALL ((uint32_t)1)    /* by plain system calls */
#define CLINUX_WAY_RING ((uint32_t)2)    /* through `ring` */

typedef struct clinux_thread {
  uintptr_t stack_low; /* bounds of the thread's stack; 0, 0 until first asked for */
  uintptr_t stack_high;
  void* ring;          /* owned by ZirconLinux/Ring.swift */
  void* scratch;       /* owned by ZirconLinux/ThreadScratch.swift */
  uint32_t ring_state; /* likewise */
  uint32_t single_way; /* of single reads and writes: CLINUX_WAY_... */
  uint64_t ring_operations;
  uint64_t syscall_operations;
} clinux_thread;

extern _Thread_local clinux_thread clinux_thread_storage __attribute__((tls_model("initial-exec")));

CLINUX_INLINE clinux_thread* CLINUX_NEVER_NULL clinux_thread_self(void) {
  return &clinux_thread_storage;
}

void clinux_find_stack(clinux_thread* thread);

/* Whether [address, address + size) lies in the live part of this thread's stack, so that a store
 * there cannot fault. False on any other stack (coroutines, signal stacks): then ask the kernel. */
CLINUX_INLINE bool clinux_is_on_stack(const void* address, size_t size) {
  clinux_thread* thread = clinux_thread_self();
  uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
  uintptr_t first = (uintptr_t)address;
  if (thread->stack_high == 0) clinux_find_stack(thread);
  return frame >= thread->stack_low && first >= frame && first < thread->stack_high &&
         size <= thread->stack_high - first;
}

/* Runs `function` at the exit of every thread that has called this. Returns 0 or an error number
 * negated. `function` must be the same every time. */
long clinux_at_thread_exit(void (*function)(void*));

/* ---- memory and files that variadic wrappers hide ---- */

/* Zeroed pages that take no memory until touched; null if there is no room. */
void* clinux_map_pages(size_t size);
void clinux_unmap_pages(void* address, size_t size);

#endif
