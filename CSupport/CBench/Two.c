/* Workloads with the two ends of a pair in two processes: this one, and one that is forked for the run. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zircon/syscalls.h>

#include "Two.h"

static cbench_adopt_t adopt_channel;

void cbench_use_channels(cbench_adopt_t adopt) { adopt_channel = adopt; }

/* An end as both sides know it. */
typedef struct end {
  int fd;
  zx_handle_t handle;
} end_t;

/* Moves a whole buffer, waiting as its side does; 0, or -1 once the peer is gone or a call failed. */
typedef int (*move_t)(end_t end, char* bytes, size_t size);

static int twin_put(end_t end, char* bytes, size_t size) {
  while (size > 0) {
    ssize_t moved = send(end.fd, bytes, size, MSG_NOSIGNAL);
    if (moved <= 0) {
      return -1;
    }
    bytes += moved;
    size -= (size_t)moved;
  }
  return 0;
}

static int twin_get(end_t end, char* bytes, size_t size) {
  while (size > 0) {
    ssize_t moved = recv(end.fd, bytes, size, 0);
    if (moved <= 0) {
      return -1;
    }
    bytes += moved;
    size -= (size_t)moved;
  }
  return 0;
}

static bool await(zx_handle_t handle, zx_signals_t signals) {
  return zx_object_wait_one(handle, signals | ZX_SOCKET_PEER_CLOSED, ZX_TIME_INFINITE, NULL) ==
         ZX_OK;
}

static int zircon_put(end_t end, char* bytes, size_t size) {
  while (size > 0) {
    size_t moved;
    zx_status_t status = zx_socket_write(end.handle, 0, bytes, size, &moved);
    if (status == ZX_OK) {
      bytes += moved;
      size -= moved;
    } else if (status != ZX_ERR_SHOULD_WAIT || !await(end.handle, ZX_SOCKET_WRITABLE)) {
      return -1;
    }
  }
  return 0;
}

static int zircon_get(end_t end, char* bytes, size_t size) {
  while (size > 0) {
    size_t moved;
    zx_status_t status = zx_socket_read(end.handle, 0, bytes, size, &moved);
    if (status == ZX_OK) {
      bytes += moved;
      size -= moved;
    } else if (status != ZX_ERR_SHOULD_WAIT || !await(end.handle, ZX_SOCKET_READABLE)) {
      return -1;
    }
  }
  return 0;
}

/* Waits first: nothing can be there yet. */
static int zircon_await_and_get(end_t end, char* bytes, size_t size) {
  return await(end.handle, ZX_SOCKET_READABLE) ? zircon_get(end, bytes, size) : -1;
}

/* What both processes know of a run. */
typedef struct two {
  end_t end;
  move_t put;
  move_t get;
  move_t get_reply;
} two_t;

static int ping_slice(bench_t* bench, void* side) {
  const two_t* two = side;
  size_t size = bench->workload->message_size;
  for (size_t i = 0; i < bench->workload->repeats; i++) {
    if (two->put(two->end, bench->source, size) != 0 ||
        two->get_reply(two->end, bench->destination, size) != 0) {
      return bench_fail_short(bench->failure, "a ping");
    }
  }
  return 0;
}

static int stream_slice(bench_t* bench, void* side) {
  const two_t* two = side;
  size_t size = bench->workload->message_size;
  for (size_t left = bench->workload->repeats; left > 0; left -= size) {
    if (two->put(two->end, bench->source, size) != 0) {
      return bench_fail_short(bench->failure, "a write");
    }
  }
  if (two->get(two->end, bench->destination, 1) != 0) {
    return bench_fail_short(bench->failure, "the answer");
  }
  return 0;
}

/* One read takes what is there: a reader of messages that the writer has joined reads fewer times. */
static int serve_stream(const bench_t* bench, const two_t* two) {
  size_t size = bench->workload->message_size;
  for (size_t left = bench->workload->repeats; left > 0; left -= size) {
    if (two->get(two->end, bench->destination, size) != 0) {
      return -1;
    }
  }
  return bench->destination[size - 1] == bench->source[0] ? two->put(two->end, bench->source, 1)
                                                           : -1;
}

static int serve_ping(const bench_t* bench, const two_t* two) {
  size_t size = bench->workload->message_size;
  return two->get_reply(two->end, bench->destination, size) != 0
             ? -1
             : two->put(two->end, bench->destination, size);
}

static void pin(uint32_t cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof(set), &set);
}

/* The zircon end that comes out of the channel over `fd`. */
static zx_handle_t take_end(int fd) {
  zx_handle_t channel = adopt_channel(fd);
  zx_handle_t handle = ZX_HANDLE_INVALID;
  await(channel, ZX_CHANNEL_READABLE);
  zx_channel_read(channel, 0, NULL, &handle, 0, 1, NULL, NULL);
  zx_handle_close(channel);
  return handle;
}

static int give_end(bench_t* bench, int fd, zx_handle_t* mine) {
  zx_handle_t theirs;
  uint32_t options = bench->workload->datagram ? ZX_SOCKET_DATAGRAM : ZX_SOCKET_STREAM;
  zx_handle_t channel = adopt_channel(fd);
  zx_status_t status = zx_socket_create(options, mine, &theirs);
  if (status == ZX_OK) {
    status = zx_channel_write(channel, 0, NULL, 0, &theirs, 1);
  }
  zx_handle_close(channel);
  return status == ZX_OK ? 0 : bench_fail_status(bench->failure, "moving an end", status);
}

static void serve(bench_t* bench, two_t* two, int fd, bool is_twin) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (bench->workload->pairs == 2) {
    pin(1);
  }
  two->end = is_twin ? (end_t){.fd = fd} : (end_t){.handle = take_end(fd)};
  bool is_ping = bench->workload->shape == CBENCH_TWO_PING;
  while ((is_ping ? serve_ping(bench, two) : serve_stream(bench, two)) == 0) {
  }
  _exit(0);
}

int two_run(bench_t* bench, uint32_t side) {
  bool is_twin = side == CBENCH_TWIN;
  two_t two = {.put = is_twin ? twin_put : zircon_put,
               .get = is_twin ? twin_get : zircon_get,
               .get_reply = is_twin ? twin_get : zircon_await_and_get};
  int pair[2];
  int buffer_option = 0;
  cpu_set_t before;

  sched_getaffinity(0, sizeof(before), &before);
  if (!is_twin) {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
      return bench_fail_errno(bench->failure, "socketpair");
    }
  } else if (twin_pair(bench, &buffer_option, pair) != 0) {
    return -1;
  }
  pin(0);
  pid_t child = fork();
  if (child == 0) {
    close(pair[0]);
    serve(bench, &two, pair[1], is_twin);
  }
  close(pair[1]);
  int result = child < 0 ? bench_fail_errno(bench->failure, "fork") : 0;
  if (result == 0 && is_twin) {
    two.end.fd = pair[0];
  } else if (result == 0) {
    result = give_end(bench, pair[0], &two.end.handle);
  }
  if (result == 0) {
    bool is_ping = bench->workload->shape == CBENCH_TWO_PING;
    result = bench_time_slices(bench, is_ping ? ping_slice : stream_slice, &two);
  }
  if (is_twin) {
    close(pair[0]);
  } else {
    zx_handle_close(two.end.handle);
  }
  if (child > 0) {
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
  }
  sched_setaffinity(0, sizeof(before), &before);
  return result;
}
