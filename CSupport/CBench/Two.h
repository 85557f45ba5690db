/* The workloads of two processes. */
#ifndef CBENCH_TWO_H_
#define CBENCH_TWO_H_

#include "Bench.h"

int two_run(bench_t* bench, uint32_t side);

#endif /* CBENCH_TWO_H_ */
