/* liburing behind an opaque type. Only stdint and friends are included here: liburing.h would bring
 * in a second fd_set beside the one of Swift's Glibc module, and importing both does not compile. */
#ifndef CURING_H
#define CURING_H

#include <CLinux.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One ring for one thread: only the thread that made it may use it. */
typedef struct curing curing;

/* Linux's `struct io_uring_sqe`, as far as single operations fill it in. */
typedef struct curing_entry {
  uint8_t opcode;
  uint8_t flags;
  uint16_t priority;
  int32_t fd;
  uint64_t offset;
  uint64_t address;
  uint32_t length;
  uint32_t operation_flags;
  uint64_t token;
  uint64_t rest[3];
} curing_entry;

/* Linux's `struct io_uring_cqe`. */
typedef struct curing_completion {
  uint64_t token;
  int32_t result;
  uint32_t flags;
} curing_completion;

/* What one operation needs of a ring, in one cache line: a ring begins with it. Whoever submits by hand
 * moves the tail; liburing's own count of it is brought up to date before it prepares anything. */
typedef struct curing_single {
  curing_entry* entries;
  uint32_t* tail;   /* of the submissions; only we write it */
  uint32_t* places; /* which entry stands at which place; null if the kernel needs no telling */
  const curing_completion* completions;
  uint32_t* completion_head; /* only we write it */
  const uint32_t* completion_tail;
  uint32_t mask;
  uint32_t completion_mask;
  int fd;
  unsigned enter_flags;
} curing_single;

#define CURING_MAX_ENTRIES 64u

/* Makes a ring of at least `entries`, at most CURING_MAX_ENTRIES; 0, or minus an error number with *out untouched. The ring's
 * memory is not inherited by a forked child. */
int curing_create(unsigned entries, curing** out);
void curing_destroy(curing* ring);
/* Its descriptor, which is close-on-exec; -1 if Linux keeps it without one. */
int curing_fd(const curing* ring);

/* The longest batch that one submission takes. */
unsigned curing_capacity(const curing* ring);

/* Prepare one entry each; false if the ring is full. `vector` and `count` name a struct iovec array
 * that stays in place until the submit returns. */
bool curing_prepare_send(curing* ring, int fd, const void* buffer, size_t size, int flags,
                         uint64_t token);
bool curing_prepare_recv(curing* ring, int fd, void* buffer, size_t size, int flags,
                         uint64_t token);
bool curing_prepare_sendmsg(curing* ring, int fd, const void* vector, size_t count, int flags,
                            uint64_t token);
bool curing_prepare_recvmsg(curing* ring, int fd, const void* vector, size_t count, int flags,
                            uint64_t token);

/* What an operation of one entry answers if nothing was submitted: no error number is this. */
#define CURING_NOT_SUBMITTED (-1000000L)

/* Goes on where an entry was not taken at once or is not complete yet; the same answers. */
long curing_finish_single(curing* ring, bool is_submitted);

/* Submits the one entry that stands at the tail and takes its completion: one kernel entry as a rule,
 * because an operation that does not wait is complete when it has been submitted.
 *
 * By hand, since liburing's own way to one entry costs a twentieth of a small send, and in the header, since
 * each return after a kernel entry costs as much as the work before it. If it does not go well, nothing is
 * lost: liburing submits what is pending. */
CLINUX_INLINE long curing_complete_single(curing_single* single, uint32_t tail) {
  uint32_t place = tail & single->mask;
  uint32_t head = *single->completion_head;
  if (single->places != NULL) single->places[place] = place;
  __atomic_store_n(single->tail, tail + 1, __ATOMIC_RELEASE);
  long taken = clinux_call6(426 /* io_uring_enter */, single->fd, 1, 0, (long)single->enter_flags, 0, 0);
  if (__builtin_expect(
          taken != 1 || __atomic_load_n(single->completion_tail, __ATOMIC_ACQUIRE) == head, 0))
    return curing_finish_single((curing*)single, taken == 1);
  long answer = single->completions[head & single->completion_mask].result;
  __atomic_store_n(single->completion_head, head + 1, __ATOMIC_RELEASE);
  return answer;
}

CLINUX_INLINE long curing_single_operation(void* ring, uint8_t opcode, int fd, const void* buffer,
                                           size_t size, int flags) {
  curing_single* single = (curing_single*)ring;
  uint32_t tail = *single->tail;
  single->entries[tail & single->mask] = (curing_entry){.opcode = opcode,
                                                        .fd = fd,
                                                        .address = (uint64_t)(uintptr_t)buffer,
                                                        .length = (uint32_t)size,
                                                        .operation_flags = (uint32_t)flags};
  return curing_complete_single(single, tail);
}

/* One operation, submitted and waited for, with nothing else prepared: what the call of that name would
 * answer, or minus its error number, or CURING_NOT_SUBMITTED. `ring` is a curing. */
CLINUX_INLINE long curing_send(void* ring, int fd, const void* buffer, size_t size, int flags) {
  return curing_single_operation(ring, 26 /* IORING_OP_SEND */, fd, buffer, size, flags);
}

CLINUX_INLINE long curing_recv(void* ring, int fd, void* buffer, size_t size, int flags) {
  return curing_single_operation(ring, 27 /* IORING_OP_RECV */, fd, buffer, size, flags);
}

long curing_sendmsg(void* ring, int fd, const void* vector, size_t count, int flags);
long curing_recvmsg(void* ring, int fd, const void* vector, size_t count, int flags);

/* Submits what was prepared and waits for `count` completions; 0 or minus an error number. */
int curing_submit_and_wait(curing* ring, unsigned count);

/* Takes one completion; false if there is none. */
bool curing_reap(curing* ring, uint64_t* token, int32_t* result);

#endif
