/* Must come first: fixes glibc's feature macros before liburing.h sets _XOPEN_SOURCE. */
#define _GNU_SOURCE
#include <features.h>

#include "CUring.h"

#include <errno.h>
#include <liburing.h>
#include <stdlib.h>

#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1U << 13)
#endif

struct curing {
  struct io_uring ring;
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
  /* Saves the lookup of the descriptor on every enter; a kernel without it works all the same. */
  (void)io_uring_register_ring_fd(&made->ring);
  *out = made;
  return 0;
}

void curing_destroy(curing* ring) {
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

bool curing_reap(curing* ring, uint64_t* token, int32_t* result) {
  struct io_uring_cqe* completion;
  if (io_uring_peek_cqe(&ring->ring, &completion) != 0) return false;
  *token = completion->user_data;
  *result = completion->res;
  io_uring_cqe_seen(&ring->ring, completion);
  return true;
}
