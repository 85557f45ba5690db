/* What the process of one side of a workload of many pairs does. */
#ifndef CBENCH_MANY_H_
#define CBENCH_MANY_H_

#include "Bench.h"

typedef struct served {
  cbench_workload_t workload;
  bench_t bench;
  const many_side_t* side;
  many_t many;
  uint64_t numbers[CBENCH_SLICES_MAX];
} served_t;

/* Makes the pairs of `served->workload`. */
int many_open(served_t* served, uint32_t side, cbench_failure_t* failure);

/* Runs a round; the results go to `served->numbers`. */
int many_round(served_t* served, size_t slices);

#endif /* CBENCH_MANY_H_ */
