/* Clock objects: options, arguments and details of the zx_clock calls. */
#ifndef ZIRCON_SYSCALLS_CLOCK_H_
#define ZIRCON_SYSCALLS_CLOCK_H_

#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/time.h>

__BEGIN_CDECLS

/* The top six bits of the options say which version of the record an argument points to. */
#define ZX_CLOCK_ARGS_VERSION_SHIFT ((uint64_t)58u)
#define ZX_CLOCK_ARGS_VERSION_BITS ((uint64_t)6u)
#define ZX_CLOCK_ARGS_VERSION_MASK ((uint64_t)0xfc00000000000000u)
#define ZX_CLOCK_ARGS_VERSION(version) \
  (((uint64_t)(version) << ZX_CLOCK_ARGS_VERSION_SHIFT) & ZX_CLOCK_ARGS_VERSION_MASK)

/* zx_clock_create */
#define ZX_CLOCK_OPT_MONOTONIC ((uint64_t)0x1u)  /* never runs backwards */
#define ZX_CLOCK_OPT_CONTINUOUS ((uint64_t)0x2u) /* nor jumps; only with MONOTONIC */
#define ZX_CLOCK_OPT_AUTO_START ((uint64_t)0x4u) /* begins as a copy of its reference clock */
#define ZX_CLOCK_OPT_BOOT ((uint64_t)0x8u)       /* refers to the boot clock */
#define ZX_CLOCK_OPT_MAPPABLE ((uint64_t)0x10u)
#define ZX_CLOCK_OPTS_ALL ((uint64_t)0x1fu)

/* zx_clock_update: which fields count */
#define ZX_CLOCK_UPDATE_OPTION_VALUE_VALID ((uint64_t)0x1u)
#define ZX_CLOCK_UPDATE_OPTION_SYNTHETIC_VALUE_VALID ZX_CLOCK_UPDATE_OPTION_VALUE_VALID
#define ZX_CLOCK_UPDATE_OPTION_RATE_ADJUST_VALID ((uint64_t)0x2u)
#define ZX_CLOCK_UPDATE_OPTION_ERROR_BOUND_VALID ((uint64_t)0x4u)
#define ZX_CLOCK_UPDATE_OPTION_REFERENCE_VALUE_VALID ((uint64_t)0x8u) /* version 2 */
#define ZX_CLOCK_UPDATE_OPTION_BOTH_VALUES_VALID ((uint64_t)0x9u)
#define ZX_CLOCK_UPDATE_OPTIONS_ALL ((uint64_t)0xfu)

/* Parts in a million */
#define ZX_CLOCK_UPDATE_MIN_RATE_ADJUST ((int32_t)-1000)
#define ZX_CLOCK_UPDATE_MAX_RATE_ADJUST ((int32_t)1000)

/* An error bound that says nothing. */
#define ZX_CLOCK_UNKNOWN_ERROR ((uint64_t)0xffffffffffffffffu)

typedef struct zx_clock_create_args_v1 {
  zx_time_t backstop_time; /* the clock never shows less */
} zx_clock_create_args_v1_t;

typedef struct zx_clock_rate {
  uint32_t synthetic_ticks;
  uint32_t reference_ticks;
} zx_clock_rate_t;

/* synthetic = (reference - reference_offset) * rate + synthetic_offset */
typedef struct zx_clock_transformation {
  int64_t reference_offset;
  int64_t synthetic_offset;
  zx_clock_rate_t rate;
} zx_clock_transformation_t;

typedef struct zx_clock_details_v1 {
  uint64_t options; /* of zx_clock_create */
  zx_time_t backstop_time;
  zx_clock_transformation_t reference_ticks_to_synthetic;
  zx_clock_transformation_t reference_to_synthetic;
  uint64_t error_bound;
  zx_ticks_t query_ticks; /* when these details were taken */
  zx_ticks_t last_value_update_ticks;
  zx_ticks_t last_rate_adjust_update_ticks;
  zx_ticks_t last_error_bounds_update_ticks;
  uint32_t generation_counter; /* another one after every update */
  uint8_t padding1[4];
} zx_clock_details_v1_t;

typedef struct zx_clock_update_args_v1 {
  int32_t rate_adjust;
  uint8_t padding1[4];
  int64_t value;
  uint64_t error_bound;
} zx_clock_update_args_v1_t;

typedef struct zx_clock_update_args_v2 {
  int32_t rate_adjust;
  uint8_t padding1[4];
  int64_t synthetic_value;
  int64_t reference_value;
  uint64_t error_bound;
} zx_clock_update_args_v2_t;

__END_CDECLS

#endif /* ZIRCON_SYSCALLS_CLOCK_H_ */
