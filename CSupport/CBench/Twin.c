/* The raw side: what a C program does with a socket pair. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "Bench.h"

#define TWIN_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL)

typedef struct twin {
  int left[CBENCH_BATCH_MAX];
  int right[CBENCH_BATCH_MAX];
  uint32_t pairs;
  int buffer_option; /* SO_SNDBUFFORCE where that is allowed, else SO_SNDBUF */
} twin_t;

/* Chooses once what a program chooses once: only a privileged one may go over the system's limit.
 */
static int twin_buffer_option(int fd, int bytes) {
  return setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) == 0 ? SO_SNDBUFFORCE
                                                                                : SO_SNDBUF;
}

int twin_pair(bench_t* bench, int* option, int pair[2]) {
  int type = (bench->workload->datagram != 0 ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC;
  int bytes = (int)bench->workload->socket_buffer;

  if (socketpair(AF_UNIX, type, 0, pair) != 0) {
    return bench_fail_errno(bench->failure, "socketpair");
  }
  if (*option == 0) {
    *option = twin_buffer_option(pair[0], bytes);
  }
  for (int i = 0; i < 2; i++) {
    if (setsockopt(pair[i], SOL_SOCKET, *option, &bytes, sizeof(bytes)) != 0) {
      bench_fail_errno(bench->failure, "setsockopt");
      close(pair[0]);
      close(pair[1]);
      return -1;
    }
  }
  return 0;
}

static int twin_create_close(bench_t* bench, void* side) {
  twin_t* twin = side;
  for (size_t i = 0; i < bench->workload->repeats; i++) {
    int pair[2];
    if (twin_pair(bench, &twin->buffer_option, pair) != 0) {
      return -1;
    }
    close(pair[0]);
    close(pair[1]);
  }
  return 0;
}

static inline int twin_send(bench_t* bench, int fd, const char* source, size_t size) {
  ssize_t moved = send(fd, source, size, TWIN_FLAGS);
  if (moved == (ssize_t)size) {
    return 0;
  }
  return moved < 0 ? bench_fail_errno(bench->failure, "send")
                   : bench_fail_short(bench->failure, "send");
}

static inline int twin_recv(bench_t* bench, int fd, char* destination, size_t size) {
  ssize_t moved = recv(fd, destination, size, TWIN_FLAGS);
  if (moved == (ssize_t)size) {
    return 0;
  }
  return moved < 0 ? bench_fail_errno(bench->failure, "recv")
                   : bench_fail_short(bench->failure, "recv");
}

static int twin_message(bench_t* bench, void* side) {
  const twin_t* twin = side;
  size_t size = bench->workload->message_size;

  for (size_t i = 0; i < bench->workload->repeats; i++) {
    if (twin_send(bench, twin->left[0], bench->source, size) != 0 ||
        twin_recv(bench, twin->right[0], bench->destination, size) != 0) {
      return -1;
    }
  }
  return 0;
}

static int twin_batch(bench_t* bench, void* side) {
  const twin_t* twin = side;
  size_t size = bench->workload->message_size;
  uint32_t messages = bench->workload->messages;

  for (size_t i = 0; i < bench->workload->repeats; i++) {
    for (uint32_t k = 0; k < messages; k++) {
      if (twin_send(bench, twin->left[twin->pairs == 1 ? 0 : k], bench->source + k * size, size) !=
          0) {
        return -1;
      }
    }
    for (uint32_t k = 0; k < messages; k++) {
      if (twin_recv(bench, twin->right[twin->pairs == 1 ? 0 : k], bench->destination + k * size,
                    size) != 0) {
        return -1;
      }
    }
  }
  return 0;
}

/* Waits until `fd` has one of `events`. */
static int twin_wait(int fd, short events, cbench_failure_t* failure) {
  struct pollfd item = {.fd = fd, .events = events};
  int ready;

  do {
    ready = poll(&item, 1, CBENCH_PATIENCE_MILLISECONDS);
  } while (ready < 0 && errno == EINTR);
  if (ready > 0) {
    return 0;
  }
  return ready < 0 ? bench_fail_errno(failure, "poll") : bench_fail_short(failure, "poll");
}

static int twin_writer(bench_t* bench, void* side, cbench_failure_t* failure) {
  int fd = ((const twin_t*)side)->left[0];
  size_t left = bench->workload->repeats;

  while (left > 0) {
    size_t size = left < bench->workload->message_size ? left : bench->workload->message_size;
    ssize_t moved = send(fd, bench->source, size, TWIN_FLAGS);
    if (moved > 0) {
      left -= (size_t)moved;
    } else if (moved < 0 && errno != EAGAIN) {
      return bench_fail_errno(failure, "send");
    } else if (twin_wait(fd, POLLOUT, failure) != 0) {
      return -1;
    }
  }
  return 0;
}

static int twin_reader(bench_t* bench, void* side, cbench_failure_t* failure) {
  int fd = ((const twin_t*)side)->right[0];
  size_t left = bench->workload->repeats;

  while (left > 0) {
    ssize_t moved = recv(fd, bench->destination, bench->workload->message_size, TWIN_FLAGS);
    if (moved > 0) {
      left -= (size_t)moved;
    } else if (moved < 0 && errno != EAGAIN) {
      return bench_fail_errno(failure, "recv");
    } else if (twin_wait(fd, POLLIN, failure) != 0) {
      return -1;
    }
  }
  return 0;
}

static int twin_open(bench_t* bench, twin_t* twin) {
  uint32_t wanted = bench->workload->shape == CBENCH_BATCH ? bench->workload->pairs : 1;

  while (twin->pairs < wanted) {
    int pair[2];
    if (twin_pair(bench, &twin->buffer_option, pair) != 0) {
      return -1;
    }
    twin->left[twin->pairs] = pair[0];
    twin->right[twin->pairs] = pair[1];
    twin->pairs++;
  }
  return 0;
}

static void twin_close(twin_t* twin) {
  for (uint32_t i = 0; i < twin->pairs; i++) {
    close(twin->left[i]);
    close(twin->right[i]);
  }
}

static int twin_measure(bench_t* bench, twin_t* twin) {
  switch (bench->workload->shape) {
    case CBENCH_MESSAGE:
      return bench_time_slices(bench, twin_message, twin);
    case CBENCH_CREATE_CLOSE:
      return bench_time_slices(bench, twin_create_close, twin);
    case CBENCH_BATCH:
      return bench_time_slices(bench, twin_batch, twin);
    case CBENCH_THREADS:
      return bench_time_threads(bench, twin_writer, twin_reader, twin);
    default:
      errno = EINVAL;
      return bench_fail_errno(bench->failure, "cbench_run");
  }
}

int twin_run(bench_t* bench) {
  twin_t twin = {.pairs = 0, .buffer_option = 0};
  int result = twin_open(bench, &twin);
  if (result == 0) {
    result = twin_measure(bench, &twin);
  }
  twin_close(&twin);
  return result;
}
