/* The caller's memory, which may not be there.
 *
 * Linux copies from and to it through a call made for other processes, which takes a microsecond. Small
 * copies are made here instead, once Linux has proved each page by a call that reads or writes a few bytes
 * of it and does nothing else: an eighth of that. Only an unmap by another thread in between could still
 * fault. */
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* ---- proofs ---- */

/* The size of a mask of signals as Linux has it. */
#define MASK_SIZE ((size_t)8)

/* Every page is a whole number of these. */
#define PAGE_STEP ((uintptr_t)4096)

/* Asks for a change of the mask that does not exist: Linux looks at the new mask first. */
static long try_to_read(uintptr_t address) {
  return clinux_call6(SYS_rt_sigprocmask, -1, (long)address, 0, (long)MASK_SIZE, 0, 0);
}

/* Asks for no change: Linux stores the present mask. A null address would mean that it is not wanted. */
static long try_to_write(uintptr_t address) {
  if (address == 0) return -EFAULT;
  return clinux_call6(SYS_rt_sigprocmask, 0, 0, (long)address, (long)MASK_SIZE, 0, 0);
}

/* Stores which processor this is: four bytes. */
static long try_to_write4(uintptr_t address) {
  if (address == 0) return -EFAULT;
  return clinux_call6(SYS_getcpu, (long)address, 0, 0, 0, 0, 0);
}

/* Whether these calls do here what they do on Linux; asked once. */
static bool proofs_hold(void) {
  enum { unknown, holds, fails };
  static _Atomic(int) answer = unknown;
  int known = atomic_load_explicit(&answer, memory_order_relaxed);
  if (known == unknown) {
    uint64_t good = 0;
    uintptr_t nowhere = UINTPTR_MAX - 4095;
    bool is_so = try_to_read((uintptr_t)&good) == -EINVAL && try_to_read(nowhere) == -EFAULT &&
                 try_to_write((uintptr_t)&good) == 0 && try_to_write(nowhere) == -EFAULT &&
                 try_to_write4((uintptr_t)&good) == 0 && try_to_write4(nowhere) == -EFAULT;
    known = is_so ? holds : fails;
    atomic_store_explicit(&answer, known, memory_order_relaxed);
  }
  return known == holds;
}

static bool is_readable(struct iovec buffer) {
  uintptr_t start = (uintptr_t)buffer.iov_base;
  uintptr_t end = start + buffer.iov_len;
  /* What is aligned lies in one page, whatever of it belongs to the buffer. */
  for (uintptr_t place = start & ~(uintptr_t)7; place < end;
       place = (place & ~(PAGE_STEP - 1)) + PAGE_STEP) {
    if (try_to_read(place) != -EINVAL) return false;
  }
  return true;
}

/* Stores nothing outside of the buffer. */
static bool is_writable(struct iovec buffer) {
  uintptr_t start = (uintptr_t)buffer.iov_base;
  size_t size = buffer.iov_len;
  if (size < 4) {
    return size == 0 || clinux_call6(SYS_getrandom, (long)start, (long)size, 1 /* GRND_NONBLOCK */,
                                     0, 0, 0) == (long)size;
  }
  uintptr_t end = start + size;
  if (size < MASK_SIZE) return try_to_write4(start) == 0 && try_to_write4(end - 4) == 0;
  if (try_to_write(start) != 0) return false;
  for (uintptr_t page = (start & ~(PAGE_STEP - 1)) + PAGE_STEP; page < end; page += PAGE_STEP) {
    if (try_to_write(end - page < MASK_SIZE ? end - MASK_SIZE : page) != 0) return false;
  }
  return true;
}

/* ---- copies ---- */

/* Above, proving costs as much as it saves. */
#define PROVED_SIZE ((size_t)16384)
#define PROVED_COUNT ((size_t)4)

static size_t total(const struct iovec* vector, size_t count) {
  size_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += vector[i].iov_len;
  return sum;
}

/* Whether all of the caller's buffers, of `size` bytes in all, may be touched here. */
static bool are_proved(const struct iovec* theirs, size_t count, size_t size,
                       bool (*proves)(struct iovec)) {
  if (count > PROVED_COUNT || size > PROVED_SIZE || !proofs_hold()) return false;
  for (size_t i = 0; i < count; i++) {
    if ((uintptr_t)theirs[i].iov_base > UINTPTR_MAX - PROVED_SIZE || theirs[i].iov_len > size ||
        !proves(theirs[i])) {
      return false;
    }
  }
  return true;
}

static long copy(const struct iovec* to, size_t to_count, const struct iovec* from,
                 size_t from_count) {
  size_t done = 0, to_skip = 0, from_skip = 0;
  while (to_count > 0 && from_count > 0) {
    size_t to_left = to->iov_len - to_skip;
    size_t from_left = from->iov_len - from_skip;
    size_t part = to_left < from_left ? to_left : from_left;
    if (part > 0) memcpy((char*)to->iov_base + to_skip, (char*)from->iov_base + from_skip, part);
    done += part;
    to_skip += part;
    from_skip += part;
    if (to_skip == to->iov_len) to++, to_count--, to_skip = 0;
    if (from_skip == from->iov_len) from++, from_count--, from_skip = 0;
  }
  return (long)done;
}

long clinux_copy_in(const struct iovec* ours, size_t ours_count, const struct iovec* theirs,
                    size_t theirs_count) {
  if (are_proved(theirs, theirs_count, total(theirs, theirs_count), is_readable)) {
    return copy(ours, ours_count, theirs, theirs_count);
  }
  return clinux_copy_in_unseen(ours, ours_count, theirs, theirs_count);
}

long clinux_copy_in_unseen(const struct iovec* ours, size_t ours_count, const struct iovec* theirs,
                           size_t theirs_count) {
  return clinux_call6(SYS_process_vm_readv, getpid(), (long)ours, (long)ours_count, (long)theirs,
                      (long)theirs_count, 0);
}

long clinux_copy_out(const struct iovec* ours, size_t ours_count, const struct iovec* theirs,
                     size_t theirs_count) {
  if (are_proved(theirs, theirs_count, total(theirs, theirs_count), is_writable)) {
    return copy(theirs, theirs_count, ours, ours_count);
  }
  return clinux_call6(SYS_process_vm_writev, getpid(), (long)ours, (long)ours_count, (long)theirs,
                      (long)theirs_count, 0);
}

/* ---- single values ---- */

long clinux_store4(void* address, uint32_t value) {
  long result = try_to_write4((uintptr_t)address);
  if (result < 0) return result;
  memcpy(address, &value, sizeof value);
  return 0;
}

long clinux_store8(void* address, uint64_t value) {
  long result = try_to_write((uintptr_t)address);
  if (result < 0) return result;
  memcpy(address, &value, sizeof value);
  return 0;
}
