/* The raw side of many pairs: level-triggered epoll, which stays armed. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "Bench.h"

#define TWIN_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL)

static int twin_make(bench_t* bench, many_t* many, uint32_t index) {
  int pair[2];
  if (twin_pair(bench, &many->buffer_option, pair) != 0) {
    return -1;
  }
  many->left[index] = (uint32_t)pair[0];
  many->right[index] = (uint32_t)pair[1];
  return 0;
}

static int twin_fill(bench_t* bench, many_t* many, uint32_t index, size_t size) {
  size_t left = bench->workload->repeats;
  size_t unread = left;

  while (left > 0) {
    ssize_t moved =
        send((int)many->left[index], bench->source, left < size ? left : size, TWIN_FLAGS);
    if (moved > 0) {
      left -= (size_t)moved;
    } else if (errno == EAGAIN) {
      break; /* Linux's own limit */
    } else {
      return bench_fail_errno(bench->failure, "send");
    }
  }
  unread -= left;
  while (unread > 0) {
    ssize_t moved = recv((int)many->right[index], bench->destination,
                         bench->workload->message_size, TWIN_FLAGS);
    if (moved <= 0) {
      return bench_fail_errno(bench->failure, "recv");
    }
    unread -= (size_t)moved;
  }
  return 0;
}

static int twin_watch(bench_t* bench, many_t* many) {
  int loop = epoll_create1(EPOLL_CLOEXEC);
  if (loop < 0) {
    return bench_fail_errno(bench->failure, "epoll_create1");
  }
  many->loop = (uint32_t)loop;
  for (uint32_t i = 0; i < bench->workload->pairs; i++) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
    if (epoll_ctl(loop, EPOLL_CTL_ADD, (int)many->right[i], &event) != 0) {
      return bench_fail_errno(bench->failure, "epoll_ctl");
    }
  }
  return 0;
}

static inline int twin_write_one(bench_t* bench, const many_t* many, uint32_t index) {
  return send((int)many->left[index], bench->source, 1, TWIN_FLAGS) == 1
             ? 0
             : bench_fail_errno(bench->failure, "send");
}

static inline int twin_read_one(bench_t* bench, const many_t* many, uint32_t index) {
  return recv((int)many->right[index], bench->destination, 1, TWIN_FLAGS) == 1
             ? 0
             : bench_fail_errno(bench->failure, "recv");
}

static int twin_event(bench_t* bench, void* side) {
  const many_t* many = side;

  for (size_t i = 0; i < bench->workload->repeats; i++) {
    uint32_t busy = bench_busy(bench->workload, i);
    struct epoll_event event;
    if (twin_write_one(bench, many, busy) != 0) {
      return -1;
    }
    if (epoll_wait((int)many->loop, &event, 1, -1) != 1) {
      return bench_fail_errno(bench->failure, "epoll_wait");
    }
    if (event.data.u32 != busy || (event.events & EPOLLIN) == 0) {
      return bench_fail_short(bench->failure, "epoll_wait");
    }
    if (twin_read_one(bench, many, event.data.u32) != 0) {
      return -1;
    }
  }
  return 0;
}

static int twin_burst(bench_t* bench, void* side) {
  const many_t* many = side;
  uint32_t messages = bench->workload->messages;

  for (size_t i = 0; i < bench->workload->repeats; i++) {
    for (uint32_t k = 0; k < messages; k++) {
      if (twin_write_one(bench, many, bench_busy(bench->workload, k)) != 0) {
        return -1;
      }
    }
    for (uint32_t read = 0; read < messages;) {
      struct epoll_event events[CBENCH_BATCH_MAX];
      int ready = epoll_wait((int)many->loop, events, (int)CBENCH_BATCH_MAX, -1);
      if (ready <= 0) {
        return bench_fail_errno(bench->failure, "epoll_wait");
      }
      for (int k = 0; k < ready; k++) {
        if (twin_read_one(bench, many, events[k].data.u32) != 0) {
          return -1;
        }
      }
      read += (uint32_t)ready;
    }
  }
  return 0;
}

const many_side_t twin_many = {.make = twin_make,
                               .fill = twin_fill,
                               .watch = twin_watch,
                               .event = twin_event,
                               .burst = twin_burst};
