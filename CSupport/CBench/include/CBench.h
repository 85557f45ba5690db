/* Benchmarks of Zircon sockets beside raw socket pairs.
 *
 * Every workload exists twice with the same shape: a twin that calls Linux and a Zircon side that
 * calls zx_*. Both are C, so that a ratio compares the two sets of calls and nothing else. */
#ifndef CBENCH_H_
#define CBENCH_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sides. */
#define CBENCH_TWIN ((uint32_t)0u)
#define CBENCH_ZIRCON ((uint32_t)1u)

/* Shapes: what one repeat does. */
#define CBENCH_MESSAGE ((uint32_t)0u)      /* one write and one read of one message */
#define CBENCH_CREATE_CLOSE ((uint32_t)1u) /* one pair created, both ends closed */
#define CBENCH_BATCH \
  ((uint32_t)2u) /* a batch of writes, then a batch of reads; the twin makes single calls */
#define CBENCH_THREADS ((uint32_t)3u) /* one byte from a writing thread to a reading thread */

#define CBENCH_BATCH_MAX ((uint32_t)64u)

typedef struct cbench_workload {
  uint32_t shape;       /* CBENCH_MESSAGE ... CBENCH_THREADS */
  uint32_t datagram;    /* 0: stream sockets, 1: datagram sockets */
  uint32_t pairs;       /* CBENCH_BATCH: 1, or as many as messages */
  uint32_t messages;    /* CBENCH_BATCH: messages in a batch, at most CBENCH_BATCH_MAX */
  size_t message_size;  /* bytes of one message, or of one write and read of a thread */
  size_t repeats;       /* repeats in a slice */
  size_t socket_buffer; /* SO_SNDBUF that the twin asks for */
} cbench_workload_t;

/* What went wrong, when something did. */
typedef struct cbench_failure {
  const char* call; /* the call that failed */
  int32_t status;   /* zx_status_t, if it was a Zircon call that failed */
  int32_t error;    /* errno, if it was a Linux call; 0 with status 0: moved too few bytes */
} cbench_failure_t;

/* Runs `slices` slices of `workload` on one side, after one that is not measured, and stores the
 * nanoseconds of each. Returns 0, or -1 and fills in `failure`. */
int cbench_run(const cbench_workload_t* workload, uint32_t side, uint64_t* slice_nanoseconds,
               size_t slices, cbench_failure_t* failure);

#ifdef __cplusplus
}
#endif

#endif /* CBENCH_H_ */
