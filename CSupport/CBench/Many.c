/* One side of a workload of many pairs, in the process that it has for itself. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "Many.h"

/* Pairs of CBENCH_IDLE, counted from the one before the first, that are filled by small writes. */
#define SMALL_EVERY 64u
#define SMALL_SIZE ((size_t)64u)

/* Descriptors beside those of the pairs: the standard ones, the loop, a ring, one to spare. */
#define OTHER_DESCRIPTORS 64u

uint64_t cbench_descriptors(const cbench_workload_t* workload) {
  return 2u * ((uint64_t)workload->pairs + 1u) + OTHER_DESCRIPTORS;
}

uint64_t cbench_raise_descriptors(uint64_t wanted) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return 0;
  }
  if (limit.rlim_cur < wanted) {
    struct rlimit more = limit;
    more.rlim_cur = wanted;
    if (more.rlim_max < wanted) {
      more.rlim_max = wanted; /* for the privileged */
    }
    if (setrlimit(RLIMIT_NOFILE, &more) == 0) {
      return wanted;
    }
  }
  return limit.rlim_cur;
}

/* The bytes of this process that are in memory; 0 if Linux does not say. */
static uint64_t resident_bytes(void) {
  char text[4096];
  int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return 0;
  }
  ssize_t size = read(fd, text, sizeof(text) - 1);
  close(fd);
  text[size > 0 ? size : 0] = '\0';
  const char* line = strstr(text, "\nRss:");
  return line == NULL ? 0 : strtoull(line + strlen("\nRss:"), NULL, 10) * 1024u;
}

static int make_many(served_t* served, uint32_t first, uint32_t end) {
  for (uint32_t i = first; i < end; i++) {
    if (served->side->make(&served->bench, &served->many, i) != 0) {
      return -1;
    }
  }
  return 0;
}

static int fill_many(served_t* served, uint32_t first, uint32_t end) {
  for (uint32_t i = first; i < end; i++) {
    size_t size = i % SMALL_EVERY == 0 ? SMALL_SIZE : served->workload.message_size;
    if (served->side->fill(&served->bench, &served->many, i, size) != 0) {
      return -1;
    }
  }
  return 0;
}

/* The first pair has all made and loaded that is there once, and is not counted. */
static int measure_idle(served_t* served) {
  bench_t* bench = &served->bench;
  uint32_t end = served->workload.pairs + 1;

  if (make_many(served, 0, 1) != 0 || fill_many(served, 0, 1) != 0) {
    return -1;
  }
  uint64_t before = resident_bytes();
  if (make_many(served, 1, end) != 0 || fill_many(served, 1, end) != 0) {
    return -1;
  }
  uint64_t after = resident_bytes();
  if (before == 0 || after == 0) {
    return bench_fail_short(bench->failure, "/proc/self/smaps_rollup");
  }
  bench->slice_nanoseconds[0] = after > before ? after - before : 0;
  return 0;
}

int many_open(served_t* served, uint32_t side, cbench_failure_t* failure) {
  cbench_workload_t* workload = &served->workload;
  bench_t* bench = &served->bench;
  if (workload->shape < CBENCH_EVENT || workload->shape > CBENCH_IDLE || workload->messages == 0 ||
      workload->messages > CBENCH_BATCH_MAX || workload->messages > workload->pairs) {
    errno = EINVAL;
    return bench_fail_errno(failure, "cbench_serve");
  }
  size_t ends = (size_t)workload->pairs + 1;
  size_t bytes = workload->message_size + SMALL_SIZE;

  served->side = side == CBENCH_TWIN ? &twin_many : &zircon_many;
  *bench = (bench_t){.workload = workload,
                     .slice_nanoseconds = served->numbers,
                     .source = malloc(bytes),
                     .destination = malloc(bytes),
                     .failure = failure};
  served->many.left = malloc(ends * sizeof(uint32_t));
  served->many.right = malloc(ends * sizeof(uint32_t));
  if (bench->source == NULL || bench->destination == NULL || served->many.left == NULL ||
      served->many.right == NULL) {
    return bench_fail_errno(failure, "malloc");
  }
  /* Touched here, so that they count as nobody's. */
  memset(bench->source, 0x5a, bytes);
  memset(bench->destination, 0, bytes);
  memset(served->many.left, 0, ends * sizeof(uint32_t));
  memset(served->many.right, 0, ends * sizeof(uint32_t));
  if (workload->shape == CBENCH_IDLE) {
    return 0;
  }
  if (make_many(served, 0, workload->pairs) != 0) {
    return -1;
  }
  return served->side->watch(bench, &served->many);
}

int many_round(served_t* served, size_t slices) {
  bench_t* bench = &served->bench;
  bench->slices = slices;
  switch (served->workload.shape) {
    case CBENCH_EVENT:
      return bench_time_slices(bench, served->side->event, &served->many);
    case CBENCH_BURST:
      return bench_time_slices(bench, served->side->burst, &served->many);
    default:
      return measure_idle(served);
  }
}
