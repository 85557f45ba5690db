/* Must come first: fixes glibc's feature macros before liburing.h sets _XOPEN_SOURCE. */
#define _GNU_SOURCE
#include <features.h>

#include "CUring.h"

#include <CLinux.h>
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1U << 13)
#endif

/* In a register call: what is given is no descriptor but the place of a registered one; Linux 6.3 and newer. */
#define CURING_USE_REGISTERED (1U << 31)

struct curing {
  curing_single single;
  struct io_uring ring;
  unsigned message_count;
  struct msghdr messages[CURING_MAX_ENTRIES];
};

/* The header's own picture of what Linux reads and writes. */
#define SAME(ours, our_field, theirs, their_field) \
  _Static_assert(offsetof(ours, our_field) == offsetof(struct theirs, their_field), #our_field)
_Static_assert(sizeof(curing_entry) == sizeof(struct io_uring_sqe), "curing_entry");
SAME(curing_entry, opcode, io_uring_sqe, opcode);
SAME(curing_entry, fd, io_uring_sqe, fd);
SAME(curing_entry, address, io_uring_sqe, addr);
SAME(curing_entry, length, io_uring_sqe, len);
SAME(curing_entry, operation_flags, io_uring_sqe, msg_flags);
SAME(curing_entry, token, io_uring_sqe, user_data);
_Static_assert(sizeof(curing_completion) == sizeof(struct io_uring_cqe), "curing_completion");
SAME(curing_completion, token, io_uring_cqe, user_data);
SAME(curing_completion, result, io_uring_cqe, res);
_Static_assert(sizeof(curing_single) == 64, "curing_single");
_Static_assert(offsetof(struct curing, single) == 0, "a curing begins with its curing_single");
_Static_assert(IORING_OP_SEND == 26 && IORING_OP_RECV == 27 && SYS_io_uring_enter == 426, "numbers");

/* Fills in what single operations need, once the ring is as it stays. */
static void curing_describe(curing* made) {
  const struct io_uring* ring = &made->ring;
  made->single.entries = (curing_entry*)ring->sq.sqes;
  made->single.tail = ring->sq.ktail;
  made->single.places = ring->sq.array;
  made->single.completions = (const curing_completion*)ring->cq.cqes;
  made->single.completion_head = ring->cq.khead;
  made->single.completion_tail = ring->cq.ktail;
  made->single.mask = *ring->sq.kring_mask;
  made->single.completion_mask = *ring->cq.kring_mask;
  made->single.fd = ring->enter_ring_fd;
}

int curing_create(unsigned entries, curing** out) {
  if (entries > CURING_MAX_ENTRIES) return -EINVAL;
  curing* made = aligned_alloc(64, (sizeof *made + 63) / 64 * 64);
  if (made == NULL) return -ENOMEM;
  memset(made, 0, sizeof *made);
  unsigned flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  int result = io_uring_queue_init(entries, &made->ring, flags);
  if (result < 0) {
    free(made);
    return result;
  }
  result = io_uring_ring_dontfork(&made->ring);
  if (result < 0) {
    curing_destroy(made);
    return result;
  }
  /* Saves the lookup of the descriptor on every enter, and the descriptor itself: Linux keeps the ring for
   * the thread that has registered it. A kernel without it works all the same. */
  if (io_uring_register_ring_fd(&made->ring) == 1) {
    made->single.enter_flags = IORING_ENTER_REGISTERED_RING;
    close(made->ring.ring_fd);
    made->ring.ring_fd = -1;
  }
  curing_describe(made);
  *out = made;
  return 0;
}

/* Gives a registered ring back; a kernel that cannot do so without its descriptor does when the thread ends. */
static void curing_unregister(const curing* ring) {
  struct io_uring_rsrc_update place = {.offset = (unsigned)ring->ring.enter_ring_fd};
  clinux_call6(SYS_io_uring_register, ring->ring.enter_ring_fd,
               (long)(IORING_UNREGISTER_RING_FDS | CURING_USE_REGISTERED), (long)&place, 1, 0, 0);
}

void curing_destroy(curing* ring) {
  if (ring->ring.ring_fd < 0) curing_unregister(ring);
  io_uring_queue_exit(&ring->ring);
  free(ring);
}

int curing_fd(const curing* ring) { return ring->ring.ring_fd; }

unsigned curing_capacity(const curing* ring) { return ring->ring.sq.ring_entries; }

/* Tells liburing, which has nothing prepared, how far the tail has moved on by hand. */
static void curing_catch_up(curing* ring) {
  struct io_uring_sq* sq = &ring->ring.sq;
  sq->sqe_head = sq->sqe_tail = *sq->ktail;
}

/* The next entry; null if the ring is full. */
static struct io_uring_sqe* curing_next(curing* ring) {
  if (ring->ring.sq.sqe_head == ring->ring.sq.sqe_tail) curing_catch_up(ring);
  return io_uring_get_sqe(&ring->ring);
}

bool curing_prepare_send(curing* ring, int fd, const void* buffer, size_t size, int flags,
                         uint64_t token) {
  struct io_uring_sqe* entry = curing_next(ring);
  if (entry == NULL) return false;
  io_uring_prep_send(entry, fd, buffer, size, flags);
  entry->user_data = token;
  return true;
}

bool curing_prepare_recv(curing* ring, int fd, void* buffer, size_t size, int flags,
                         uint64_t token) {
  struct io_uring_sqe* entry = curing_next(ring);
  if (entry == NULL) return false;
  io_uring_prep_recv(entry, fd, buffer, size, flags);
  entry->user_data = token;
  return true;
}

/* A header for the next entry, which Linux may read until the submit returns. */
static struct msghdr* curing_message(curing* ring, const void* vector, size_t count) {
  struct msghdr* message = &ring->messages[ring->message_count++ % CURING_MAX_ENTRIES];
  *message = (struct msghdr){.msg_iov = (struct iovec*)vector, .msg_iovlen = count};
  return message;
}

bool curing_prepare_sendmsg(curing* ring, int fd, const void* vector, size_t count, int flags,
                            uint64_t token) {
  struct io_uring_sqe* entry = curing_next(ring);
  if (entry == NULL) return false;
  io_uring_prep_sendmsg(entry, fd, curing_message(ring, vector, count), (unsigned)flags);
  entry->user_data = token;
  return true;
}

bool curing_prepare_recvmsg(curing* ring, int fd, const void* vector, size_t count, int flags,
                            uint64_t token) {
  struct io_uring_sqe* entry = curing_next(ring);
  if (entry == NULL) return false;
  io_uring_prep_recvmsg(entry, fd, curing_message(ring, vector, count), (unsigned)flags);
  entry->user_data = token;
  return true;
}

int curing_submit_and_wait(curing* ring, unsigned count) {
  int result;
  do {
    result = io_uring_submit_and_wait(&ring->ring, count);
  } while (result == -EINTR);
  return result < 0 ? result : 0;
}

long curing_finish_single(curing* ring, bool is_submitted) {
  struct io_uring_cq* cq = &ring->ring.cq;
  unsigned head = *cq->khead;
  curing_catch_up(ring);
  while (!is_submitted || io_uring_smp_load_acquire(cq->ktail) == head) {
    if (curing_submit_and_wait(ring, 1) < 0) return CURING_NOT_SUBMITTED;
    is_submitted = true;
  }
  long answer = cq->cqes[head & *cq->kring_mask].res;
  io_uring_smp_store_release(cq->khead, head + 1);
  return answer;
}

/* Submits the one entry that liburing has prepared at the tail. */
static long curing_complete_prepared(curing* ring) {
  struct io_uring_sq* sq = &ring->ring.sq;
  sq->sqe_head = sq->sqe_tail;
  return curing_complete_single(&ring->single, *sq->ktail);
}

long curing_sendmsg(void* ring, int fd, const void* vector, size_t count, int flags) {
  if (!curing_prepare_sendmsg(ring, fd, vector, count, flags, 0)) return CURING_NOT_SUBMITTED;
  return curing_complete_prepared(ring);
}

long curing_recvmsg(void* ring, int fd, const void* vector, size_t count, int flags) {
  if (!curing_prepare_recvmsg(ring, fd, vector, count, flags, 0)) return CURING_NOT_SUBMITTED;
  return curing_complete_prepared(ring);
}

bool curing_reap(curing* ring, uint64_t* token, int32_t* result) {
  struct io_uring_cqe* completion;
  if (io_uring_peek_cqe(&ring->ring, &completion) != 0) return false;
  *token = completion->user_data;
  *result = completion->res;
  io_uring_cqe_seen(&ring->ring, completion);
  return true;
}
