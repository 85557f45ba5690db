/* Benchmarks of Zircon sockets and ports beside raw socket pairs and epoll.
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
/* One event of one of many pairs that an event loop watches: a write, the wait, a read, and the next
 * wait asked for. The loop is a port; the twin's is level-triggered epoll, which needs no call for the
 * last. */
#define CBENCH_EVENT ((uint32_t)4u)
/* The same for all `messages` busy pairs at once: all writes, then events until each was read. A port
 * gives one event a call; the twin takes as many as there are. */
#define CBENCH_BURST ((uint32_t)5u)
/* Not timed: the bytes of memory that `pairs` pairs take, each filled with `repeats` bytes and drained
 * once: by writes of `message_size`, every sixty-fourth by writes of 64 bytes, too many for
 * Linux's buffer. */
#define CBENCH_IDLE ((uint32_t)6u)

/* The ends in two processes, which are pinned to CPU 0 if `pairs` is 1, to one each if it is 2. A message there
 * and back; Zircon waits for each with wait_one, the twin in recv. */
#define CBENCH_TWO_PING ((uint32_t)7u)
/* One byte, there; each side waits only when there is no room or nothing to read. */
#define CBENCH_TWO_STREAM ((uint32_t)8u)

#define CBENCH_BATCH_MAX ((uint32_t)64u)
#define CBENCH_SLICES_MAX ((size_t)64u)

typedef struct cbench_workload {
  uint32_t shape;       /* CBENCH_MESSAGE ... */
  uint32_t datagram;    /* 0: stream sockets, 1: datagram sockets */
  uint32_t pairs;       /* CBENCH_BATCH: 1, or as many as messages; from CBENCH_EVENT on: all */
  uint32_t messages;    /* CBENCH_BATCH: messages in a batch, at most CBENCH_BATCH_MAX;
                         * CBENCH_EVENT and CBENCH_BURST: busy pairs, as many */
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

/* A handle to the channel whose other end is behind the SEQPACKET socket `fd`, which it takes over. */
typedef uint32_t (*cbench_adopt_t)(int32_t fd);

/* Says how the two processes of CBENCH_TWO_PING and CBENCH_TWO_STREAM get a channel between them. */
void cbench_use_channels(cbench_adopt_t adopt);

/* ---- workloads of many pairs, from CBENCH_EVENT on: each side in a process of its own, which needs
 * nearly all the descriptors that a process may have, and whose memory is its own ---- */

/* Descriptors that a side of `workload` needs. */
uint64_t cbench_descriptors(const cbench_workload_t* workload);

/* Raises this process's limit of descriptors, and that of processes it starts, to `wanted` if that is
 * allowed. Returns what it is then. */
uint64_t cbench_raise_descriptors(uint64_t wanted);

/* The process of one side. */
typedef struct cbench_peer {
  int32_t pid;
  int32_t fd;
} cbench_peer_t;

/* Starts the program at `path` with one argument, upon which it has to call `cbench_serve(0)`, and
 * lets it make its pairs. Returns 0, or -1 and fills in `failure`, good until the next one; then there
 * is no process. */
int cbench_peer_start(cbench_peer_t* peer, const char* path, const char* argument,
                      const cbench_workload_t* workload, uint32_t side, cbench_failure_t* failure);

/* Lets it run a round of `slices` slices; stores the nanoseconds of each, or the bytes of CBENCH_IDLE
 * in the first. Returns as `cbench_peer_start`, but the process stays. */
int cbench_peer_run(const cbench_peer_t* peer, uint64_t* slice_nanoseconds, size_t slices,
                    cbench_failure_t* failure);

/* Ends it. */
void cbench_peer_stop(const cbench_peer_t* peer);

/* In that process: runs what is asked for through descriptor `fd` until nobody asks any more. */
void cbench_serve(int fd);

#ifdef __cplusplus
}
#endif

#endif /* CBENCH_H_ */
