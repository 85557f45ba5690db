/* Times and durations in nanoseconds, ticks, and arithmetic that saturates. */
#ifndef ZIRCON_TIME_H_
#define ZIRCON_TIME_H_

#include <stdint.h>
#include <zircon/compiler.h>

/* Swift has the C library's types from elsewhere. */
#ifndef __swift__
#include <time.h>
#endif

__BEGIN_CDECLS

/* A point on a clock, in nanoseconds since boot. All time types are the one C type int64_t. */
typedef int64_t zx_time_t;
typedef int64_t zx_instant_mono_t;
typedef int64_t zx_instant_boot_t;

/* A difference of two points, in nanoseconds. */
typedef int64_t zx_duration_t;
typedef int64_t zx_duration_mono_t;
typedef int64_t zx_duration_boot_t;

/* The same in ticks of the hardware counter; zx_ticks_per_second converts. */
typedef int64_t zx_ticks_t;
typedef int64_t zx_instant_mono_ticks_t;
typedef int64_t zx_instant_boot_ticks_t;
typedef int64_t zx_duration_mono_ticks_t;
typedef int64_t zx_duration_boot_ticks_t;

/* INT64_MAX: never. As a deadline, wait for ever. */
#define ZX_TIME_INFINITE ((zx_time_t)0x7fffffffffffffffLL)

/* INT64_MIN: always past. As a deadline, do not wait. Two steps, because the lowest number has no
 * literal of its own and Swift imports a difference only of two terms. */
#define __ZX_TIME_ABOVE_INFINITE_PAST ((zx_time_t)-0x7fffffffffffffffLL)
#define ZX_TIME_INFINITE_PAST (__ZX_TIME_ABOVE_INFINITE_PAST - 1)

__CONSTEXPR __UNUSED static inline int64_t __zx_saturating_add(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (__UNLIKELY(__builtin_add_overflow(a, b, &sum))) {
    return b < 0 ? INT64_MIN : INT64_MAX;
  }
  return sum;
}

__CONSTEXPR __UNUSED static inline int64_t __zx_saturating_sub(int64_t a, int64_t b) {
  int64_t difference = 0;
  if (__UNLIKELY(__builtin_sub_overflow(a, b, &difference))) {
    return b < 0 ? INT64_MAX : INT64_MIN;
  }
  return difference;
}

__CONSTEXPR __UNUSED static inline int64_t __zx_saturating_mul(int64_t a, int64_t b) {
  int64_t product = 0;
  if (__UNLIKELY(__builtin_mul_overflow(a, b, &product))) {
    return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
  }
  return product;
}

__CONSTEXPR __UNUSED static inline zx_time_t zx_time_add_duration(zx_time_t time,
                                                                  zx_duration_t duration) {
  return __zx_saturating_add(time, duration);
}

__CONSTEXPR __UNUSED static inline zx_time_t zx_time_sub_duration(zx_time_t time,
                                                                  zx_duration_t duration) {
  return __zx_saturating_sub(time, duration);
}

/* The duration from time2 to time1. */
__CONSTEXPR __UNUSED static inline zx_duration_t zx_time_sub_time(zx_time_t time1,
                                                                  zx_time_t time2) {
  return __zx_saturating_sub(time1, time2);
}

__CONSTEXPR __UNUSED static inline zx_duration_t zx_duration_add_duration(zx_duration_t duration1,
                                                                          zx_duration_t duration2) {
  return __zx_saturating_add(duration1, duration2);
}

__CONSTEXPR __UNUSED static inline zx_duration_t zx_duration_sub_duration(zx_duration_t duration1,
                                                                          zx_duration_t duration2) {
  return __zx_saturating_sub(duration1, duration2);
}

__CONSTEXPR __UNUSED static inline zx_duration_t zx_duration_mul_int64(zx_duration_t duration,
                                                                       int64_t multiplier) {
  return __zx_saturating_mul(duration, multiplier);
}

__CONSTEXPR __UNUSED static inline zx_duration_t zx_duration_from_nsec(int64_t n) {
  return zx_duration_mul_int64(INT64_C(1), n);
}

__CONSTEXPR __UNUSED static inline zx_duration_t zx_duration_from_usec(int64_t n) {
  return zx_duration_mul_int64(INT64_C(1000), n);
}

__CONSTEXPR __UNUSED static inline zx_duration_t zx_duration_from_msec(int64_t n) {
  return zx_duration_mul_int64(INT64_C(1000000), n);
}

__CONSTEXPR __UNUSED static inline zx_duration_t zx_duration_from_sec(int64_t n) {
  return zx_duration_mul_int64(INT64_C(1000000000), n);
}

__CONSTEXPR __UNUSED static inline zx_duration_t zx_duration_from_min(int64_t n) {
  return zx_duration_mul_int64(INT64_C(60000000000), n);
}

__CONSTEXPR __UNUSED static inline zx_duration_t zx_duration_from_hour(int64_t n) {
  return zx_duration_mul_int64(INT64_C(3600000000000), n);
}

#ifndef __swift__

__CONSTEXPR __UNUSED static inline zx_duration_t zx_duration_from_timespec(struct timespec value) {
  return zx_duration_add_duration(zx_duration_from_sec(value.tv_sec),
                                  zx_duration_from_nsec(value.tv_nsec));
}

__CONSTEXPR __UNUSED static inline zx_time_t zx_time_from_timespec(struct timespec value) {
  return zx_duration_from_timespec(value);
}

/* Both parts have the sign of the number. */
__CONSTEXPR __UNUSED static inline struct timespec zx_timespec_from_duration(
    zx_duration_t duration) {
  struct timespec value = {0, 0};
  value.tv_sec = duration / INT64_C(1000000000);
  value.tv_nsec = duration % INT64_C(1000000000);
  return value;
}

__CONSTEXPR __UNUSED static inline struct timespec zx_timespec_from_time(zx_time_t time) {
  return zx_timespec_from_duration(time);
}

#endif

/* Durations as constant expressions; these do not saturate. */
#define ZX_NSEC(n) ((zx_duration_t)(1LL * (n)))
#define ZX_USEC(n) ((zx_duration_t)(1000LL * (n)))
#define ZX_MSEC(n) ((zx_duration_t)(1000000LL * (n)))
#define ZX_SEC(n) ((zx_duration_t)(1000000000LL * (n)))
#define ZX_MIN(n) ((zx_duration_t)(60000000000LL * (n)))
#define ZX_HOUR(n) ((zx_duration_t)(3600000000000LL * (n)))

__END_CDECLS

#endif /* ZIRCON_TIME_H_ */
