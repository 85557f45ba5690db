/* What the two sides share. */
#ifndef CBENCH_BENCH_H_
#define CBENCH_BENCH_H_

#include <pthread.h>

#include "CBench.h"

/* A thread of CBENCH_THREADS gives up when it has waited this long. */
#define CBENCH_PATIENCE_MILLISECONDS 10000

/* One run of a workload: its buffers and, once a call failed, which one. */
typedef struct bench {
  const cbench_workload_t* workload;
  uint64_t* slice_nanoseconds;
  size_t slices;
  char* source;
  char* destination;
  cbench_failure_t* failure;
} bench_t;

/* Does what a slice does: `workload->repeats` repeats. */
typedef int (*bench_slice_t)(bench_t* bench, void* side);

/* Moves `workload->repeats` bytes from one end to the other, on a thread of its own. */
typedef int (*bench_thread_t)(bench_t* bench, void* side, cbench_failure_t* failure);

uint64_t bench_now(void);

/* Times one slice after another. */
int bench_time_slices(bench_t* bench, bench_slice_t slice, void* side);

/* Times `writer` and `reader`, started together on a thread each, from the start of the writer to
 * the end of the reader. */
int bench_time_threads(bench_t* bench, bench_thread_t writer, bench_thread_t reader, void* side);

int bench_fail_status(cbench_failure_t* failure, const char* call, int32_t status);
int bench_fail_errno(cbench_failure_t* failure, const char* call);
int bench_fail_short(cbench_failure_t* failure, const char* call);

int twin_run(bench_t* bench);
int zircon_run(bench_t* bench);

/* Descriptors of a new pair, with the buffers of the workload. `option` is 0 before the first. */
int twin_pair(bench_t* bench, int* option, int pair[2]);

/* The ends of many pairs; they go with the process. */
typedef struct many {
  uint32_t* left; /* descriptors or handles */
  uint32_t* right;
  uint32_t loop; /* what watches the right ends */
  int buffer_option;
} many_t;

/* A side of the workloads of many pairs. */
typedef struct many_side {
  /* Makes pair `index`. */
  int (*make)(bench_t* bench, many_t* many, uint32_t index);
  /* Fills pair `index` with `workload->repeats` bytes in writes of `size`, and drains it. */
  int (*fill)(bench_t* bench, many_t* many, uint32_t index, size_t size);
  /* Starts to watch all pairs. */
  int (*watch)(bench_t* bench, many_t* many);
  bench_slice_t event;
  bench_slice_t burst;
} many_side_t;

extern const many_side_t twin_many;
extern const many_side_t zircon_many;

/* The `number`th busy pair: they are spread over all. */
static inline uint32_t bench_busy(const cbench_workload_t* workload, size_t number) {
  return (uint32_t)(number % workload->messages) * (workload->pairs / workload->messages);
}

#endif /* CBENCH_BENCH_H_ */
