/* Must come first: fixes glibc's feature macros before liburing.h sets _XOPEN_SOURCE. */
#define _GNU_SOURCE
#include <features.h>

#include "CUring.h"

#include <CLinux.h>
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1U << 13)
#endif

/* In a register call: what is given is no descriptor but the place of a registered one; Linux 6.3 and newer. */
#define CURING_USE_REGISTERED (1U << 31)

struct curing {
  struct io_uring ring;
  unsigned enter_flags; /* of every enter by hand */
  unsigned message_count;
  struct msghdr messages[CURING_MAX_ENTRIES];
};

int curing_create(unsigned entries, curing** out) {
  if (entries > CURING_MAX_ENTRIES) return -EINVAL;
  curing* made = calloc(1, sizeof *made);
  if (made == NULL) return -ENOMEM;
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
    made->enter_flags = IORING_ENTER_REGISTERED_RING;
    close(made->ring.ring_fd);
    made->ring.ring_fd = -1;
  }
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

static struct io_uring_sqe* curing_entry(curing* ring) {
  return io_uring_get_sqe(&ring->ring);
}

bool curing_prepare_send(curing* ring, int fd, const void* buffer, size_t size, int flags,
                         uint64_t token) {
  struct io_uring_sqe* entry = curing_entry(ring);
  if (entry == NULL) return false;
  io_uring_prep_send(entry, fd, buffer, size, flags);
  entry->user_data = token;
  return true;
}

bool curing_prepare_recv(curing* ring, int fd, void* buffer, size_t size, int flags,
                         uint64_t token) {
  struct io_uring_sqe* entry = curing_entry(ring);
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
  struct io_uring_sqe* entry = curing_entry(ring);
  if (entry == NULL) return false;
  io_uring_prep_sendmsg(entry, fd, curing_message(ring, vector, count), (unsigned)flags);
  entry->user_data = token;
  return true;
}

bool curing_prepare_recvmsg(curing* ring, int fd, const void* vector, size_t count, int flags,
                            uint64_t token) {
  struct io_uring_sqe* entry = curing_entry(ring);
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

/* Submits the one entry that was prepared; true if it was taken and is complete.
 *
 * By hand, since liburing's own way to one entry costs a twentieth of a small send: the entry's place goes
 * into the array (always its own, so that it does not matter who else fills that in), the tail is told,
 * and the kernel entered. If that does not go well, nothing is lost: liburing submits what is pending. */
static bool curing_submit_one(curing* ring) {
  struct io_uring_sq* sq = &ring->ring.sq;
  unsigned place = sq->sqe_head & *sq->kring_mask;
  if (sq->array != NULL) sq->array[place] = place;
  sq->sqe_head = sq->sqe_tail;
  io_uring_smp_store_release(sq->ktail, sq->sqe_tail);
  return clinux_call6(SYS_io_uring_enter, ring->ring.enter_ring_fd, 1, 0, (long)ring->enter_flags, 0,
                      0) == 1;
}

/* The same, and takes the completion: one kernel entry as a rule, because an operation that does not wait
 * is complete when it has been submitted. */
static int curing_complete_one(curing* ring, long* answer) {
  struct io_uring_cq* cq = &ring->ring.cq;
  unsigned head = *cq->khead;
  bool is_submitted = curing_submit_one(ring);
  while (!is_submitted || io_uring_smp_load_acquire(cq->ktail) == head) {
    int result = curing_submit_and_wait(ring, 1);
    if (result < 0) return result;
    is_submitted = true;
  }
  *answer = cq->cqes[head & *cq->kring_mask].res;
  io_uring_smp_store_release(cq->khead, head + 1);
  return 0;
}

int curing_send(curing* ring, int fd, const void* buffer, size_t size, int flags, long* answer) {
  struct io_uring_sqe* entry = curing_entry(ring);
  if (entry == NULL) return -EBUSY;
  io_uring_prep_send(entry, fd, buffer, size, flags);
  return curing_complete_one(ring, answer);
}

int curing_recv(curing* ring, int fd, void* buffer, size_t size, int flags, long* answer) {
  struct io_uring_sqe* entry = curing_entry(ring);
  if (entry == NULL) return -EBUSY;
  io_uring_prep_recv(entry, fd, buffer, size, flags);
  return curing_complete_one(ring, answer);
}

int curing_sendmsg(curing* ring, int fd, const void* vector, size_t count, int flags,
                   long* answer) {
  if (!curing_prepare_sendmsg(ring, fd, vector, count, flags, 0)) return -EBUSY;
  return curing_complete_one(ring, answer);
}

int curing_recvmsg(curing* ring, int fd, const void* vector, size_t count, int flags,
                   long* answer) {
  if (!curing_prepare_recvmsg(ring, fd, vector, count, flags, 0)) return -EBUSY;
  return curing_complete_one(ring, answer);
}

bool curing_reap(curing* ring, uint64_t* token, int32_t* result) {
  struct io_uring_cqe* completion;
  if (io_uring_peek_cqe(&ring->ring, &completion) != 0) return false;
  *token = completion->user_data;
  *result = completion->res;
  io_uring_cqe_seen(&ring->ring, completion);
  return true;
}
