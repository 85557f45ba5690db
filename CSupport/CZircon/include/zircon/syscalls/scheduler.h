/* Parameters of deadline scheduling. */
#ifndef ZIRCON_SYSCALLS_SCHEDULER_H_
#define ZIRCON_SYSCALLS_SCHEDULER_H_

#include <zircon/compiler.h>
#include <zircon/time.h>

__BEGIN_CDECLS

/* 0 < capacity <= relative_deadline <= period */
typedef struct zx_sched_deadline_params {
  zx_duration_t capacity;          /* of work in one period, at worst */
  zx_duration_t relative_deadline; /* for it, from the start of the period */
  zx_duration_t period;
} zx_sched_deadline_params_t;

__END_CDECLS

#endif /* ZIRCON_SYSCALLS_SCHEDULER_H_ */
