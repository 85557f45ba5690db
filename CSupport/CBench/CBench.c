#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "Two.h"

uint64_t bench_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int bench_fail_status(cbench_failure_t* failure, const char* call, int32_t status) {
  *failure = (cbench_failure_t){.call = call, .status = status, .error = 0};
  return -1;
}

int bench_fail_errno(cbench_failure_t* failure, const char* call) {
  *failure = (cbench_failure_t){.call = call, .status = 0, .error = errno};
  return -1;
}

int bench_fail_short(cbench_failure_t* failure, const char* call) {
  *failure = (cbench_failure_t){.call = call, .status = 0, .error = 0};
  return -1;
}

int bench_time_slices(bench_t* bench, bench_slice_t slice, void* side) {
  if (slice(bench, side) != 0) {
    return -1;
  }
  uint64_t before = bench_now();
  for (size_t i = 0; i < bench->slices; i++) {
    if (slice(bench, side) != 0) {
      return -1;
    }
    uint64_t after = bench_now();
    bench->slice_nanoseconds[i] = after - before;
    before = after;
  }
  return 0;
}

/* One of the two threads of CBENCH_THREADS. */
typedef struct runner {
  bench_t* bench;
  void* side;
  bench_thread_t body;
  pthread_barrier_t* start;
  uint64_t started;
  uint64_t ended;
  int result;
  cbench_failure_t failure;
} runner_t;

static void* runner_main(void* argument) {
  runner_t* runner = argument;
  pthread_barrier_wait(runner->start);
  runner->started = bench_now();
  runner->result = runner->body(runner->bench, runner->side, &runner->failure);
  runner->ended = bench_now();
  return NULL;
}

/* Both threads take part in the barrier, so both must exist: the second is the calling thread. */
static int time_threads_once(bench_t* bench, bench_thread_t writer, bench_thread_t reader,
                             void* side, uint64_t* nanoseconds) {
  pthread_barrier_t start;
  pthread_t thread;
  runner_t out = {.bench = bench, .side = side, .body = writer, .start = &start};
  runner_t in = {.bench = bench, .side = side, .body = reader, .start = &start};

  if ((errno = pthread_barrier_init(&start, NULL, 2)) != 0) {
    return bench_fail_errno(bench->failure, "pthread_barrier_init");
  }
  if ((errno = pthread_create(&thread, NULL, runner_main, &out)) != 0) {
    pthread_barrier_destroy(&start);
    return bench_fail_errno(bench->failure, "pthread_create");
  }
  runner_main(&in);
  pthread_join(thread, NULL);
  pthread_barrier_destroy(&start);

  if (out.result != 0 || in.result != 0) {
    *bench->failure = out.result != 0 ? out.failure : in.failure;
    return -1;
  }
  *nanoseconds = in.ended - out.started;
  return 0;
}

int bench_time_threads(bench_t* bench, bench_thread_t writer, bench_thread_t reader, void* side) {
  uint64_t warm;
  if (time_threads_once(bench, writer, reader, side, &warm) != 0) {
    return -1;
  }
  for (size_t i = 0; i < bench->slices; i++) {
    if (time_threads_once(bench, writer, reader, side, &bench->slice_nanoseconds[i]) != 0) {
      return -1;
    }
  }
  return 0;
}

int cbench_run(const cbench_workload_t* workload, uint32_t side, uint64_t* slice_nanoseconds,
               size_t slices, cbench_failure_t* failure) {
  bench_t bench = {.workload = workload,
                   .slice_nanoseconds = slice_nanoseconds,
                   .slices = slices,
                   .failure = failure};
  size_t messages = workload->shape == CBENCH_BATCH ? workload->messages : 1;
  size_t bytes = workload->message_size * messages;

  *failure = (cbench_failure_t){.call = "", .status = 0, .error = 0};
  if (messages > CBENCH_BATCH_MAX || side > CBENCH_ZIRCON) {
    errno = EINVAL;
    return bench_fail_errno(failure, "cbench_run");
  }
  bench.source = malloc(bytes + 1);
  bench.destination = malloc(bytes + 1);
  int result = -1;
  if (bench.source == NULL || bench.destination == NULL) {
    bench_fail_errno(failure, "malloc");
  } else {
    memset(bench.source, 0x5a, bytes + 1);
    memset(bench.destination, 0, bytes + 1);
    bool is_apart = workload->shape >= CBENCH_TWO_PING;
    result = is_apart ? two_run(&bench, side)
                      : side == CBENCH_TWIN ? twin_run(&bench) : zircon_run(&bench);
  }
  /* A side that moved anything has moved it here. */
  if (result == 0 && workload->shape != CBENCH_CREATE_CLOSE &&
      workload->shape != CBENCH_TWO_STREAM &&
      memcmp(bench.source, bench.destination, bytes) != 0) {
    result = bench_fail_short(failure, "memcmp");
  }
  free(bench.source);
  free(bench.destination);
  return result;
}
