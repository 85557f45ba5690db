// Points in time, durations and ticks as types that do not mix. Arithmetic saturates.
#ifndef LIB_ZX_TIME_H_
#define LIB_ZX_TIME_H_

#include <stdint.h>
#include <time.h>
#include <zircon/syscalls.h>
#include <zircon/time.h>
#include <zircon/types.h>

namespace zx {

namespace internal {

// Comparison by the number.
template <typename T>
struct ordered {
  friend constexpr bool operator==(const T& a, const T& b) { return a.get() == b.get(); }
  friend constexpr bool operator!=(const T& a, const T& b) { return a.get() != b.get(); }
  friend constexpr bool operator<(const T& a, const T& b) { return a.get() < b.get(); }
  friend constexpr bool operator<=(const T& a, const T& b) { return a.get() <= b.get(); }
  friend constexpr bool operator>(const T& a, const T& b) { return a.get() > b.get(); }
  friend constexpr bool operator>=(const T& a, const T& b) { return a.get() >= b.get(); }
};

// The one quotient that does not fit saturates too.
constexpr int64_t divide(int64_t dividend, int64_t divisor) {
  return divisor == -1 ? zx_duration_mul_int64(dividend, -1) : dividend / divisor;
}

constexpr int64_t remainder(int64_t dividend, int64_t divisor) {
  return divisor == -1 ? 0 : dividend % divisor;
}

constexpr int64_t nanoseconds(const struct timespec& value) {
  return zx_duration_add_duration(zx_duration_from_sec(value.tv_sec), value.tv_nsec);
}

// Both parts have the sign of the number.
constexpr struct timespec to_timespec(int64_t nanoseconds) {
  struct timespec value = {};
  value.tv_sec = nanoseconds / ZX_SEC(1);
  value.tv_nsec = nanoseconds % ZX_SEC(1);
  return value;
}

}  // namespace internal

// A number of nanoseconds.
class duration final : public internal::ordered<duration> {
 public:
  constexpr duration() = default;
  explicit constexpr duration(zx_duration_t value) : value_(value) {}
  explicit constexpr duration(const struct timespec& value)
      : value_(internal::nanoseconds(value)) {}

  static constexpr duration infinite() { return duration(ZX_TIME_INFINITE); }
  static constexpr duration infinite_past() { return duration(ZX_TIME_INFINITE_PAST); }

  constexpr zx_duration_t get() const { return value_; }

  constexpr duration operator-() const { return duration(zx_duration_mul_int64(value_, -1)); }
  constexpr duration operator+(duration other) const {
    return duration(zx_duration_add_duration(value_, other.value_));
  }
  constexpr duration operator-(duration other) const {
    return duration(zx_duration_sub_duration(value_, other.value_));
  }
  constexpr duration operator*(int64_t factor) const {
    return duration(zx_duration_mul_int64(value_, factor));
  }
  friend constexpr duration operator*(int64_t factor, duration value) { return value * factor; }

  // Divisors must not be 0.
  constexpr duration operator/(int64_t divisor) const {
    return duration(internal::divide(value_, divisor));
  }
  constexpr duration operator%(int64_t divisor) const {
    return duration(internal::remainder(value_, divisor));
  }
  constexpr int64_t operator/(duration other) const {
    return internal::divide(value_, other.value_);
  }
  constexpr duration operator%(duration other) const {
    return duration(internal::remainder(value_, other.value_));
  }

  constexpr duration& operator+=(duration other) { return *this = *this + other; }
  constexpr duration& operator-=(duration other) { return *this = *this - other; }
  constexpr duration& operator*=(int64_t factor) { return *this = *this * factor; }
  constexpr duration& operator/=(int64_t divisor) { return *this = *this / divisor; }
  constexpr duration& operator%=(int64_t divisor) { return *this = *this % divisor; }
  constexpr duration& operator%=(duration other) { return *this = *this % other; }

  // Rounded towards 0.
  constexpr int64_t to_nsecs() const { return value_; }
  constexpr int64_t to_usecs() const { return value_ / ZX_USEC(1); }
  constexpr int64_t to_msecs() const { return value_ / ZX_MSEC(1); }
  constexpr int64_t to_secs() const { return value_ / ZX_SEC(1); }
  constexpr int64_t to_mins() const { return value_ / ZX_MIN(1); }
  constexpr int64_t to_hours() const { return value_ / ZX_HOUR(1); }
  constexpr struct timespec to_timespec() const { return internal::to_timespec(value_); }

 private:
  zx_duration_t value_ = 0;
};

using duration_mono = duration;
using duration_boot = duration;

constexpr duration nsec(int64_t n) { return duration(zx_duration_from_nsec(n)); }
constexpr duration usec(int64_t n) { return duration(zx_duration_from_usec(n)); }
constexpr duration msec(int64_t n) { return duration(zx_duration_from_msec(n)); }
constexpr duration sec(int64_t n) { return duration(zx_duration_from_sec(n)); }
constexpr duration min(int64_t n) { return duration(zx_duration_from_min(n)); }
constexpr duration hour(int64_t n) { return duration(zx_duration_from_hour(n)); }

// A point on a clock, in nanoseconds since boot. The clock is part of the type.
template <zx_clock_t kClockId>
class basic_time final : public internal::ordered<basic_time<kClockId>> {
 public:
  constexpr basic_time() = default;
  explicit constexpr basic_time(zx_time_t value) : value_(value) {}
  explicit constexpr basic_time(const struct timespec& value)
      : value_(internal::nanoseconds(value)) {}

  static constexpr basic_time infinite() { return basic_time(ZX_TIME_INFINITE); }
  static constexpr basic_time infinite_past() { return basic_time(ZX_TIME_INFINITE_PAST); }

  constexpr zx_time_t get() const { return value_; }
  zx_time_t* get_address() { return &value_; }

  constexpr basic_time operator+(duration delta) const {
    return basic_time(zx_time_add_duration(value_, delta.get()));
  }
  friend constexpr basic_time operator+(duration delta, basic_time time) { return time + delta; }
  constexpr basic_time operator-(duration delta) const {
    return basic_time(zx_time_sub_duration(value_, delta.get()));
  }
  constexpr duration operator-(basic_time other) const {
    return duration(zx_time_sub_time(value_, other.value_));
  }
  constexpr basic_time& operator+=(duration delta) { return *this = *this + delta; }
  constexpr basic_time& operator-=(duration delta) { return *this = *this - delta; }

  constexpr struct timespec to_timespec() const { return internal::to_timespec(value_); }

 private:
  zx_time_t value_ = 0;
};

// Deadlines are on the monotonic clock.
using time = basic_time<ZX_CLOCK_MONOTONIC>;
using time_monotonic = time;
using time_boot = basic_time<ZX_CLOCK_BOOT>;

// Ticks of the hardware counter, either a point on a clock or a difference of two.
template <zx_clock_t kClockId>
class basic_ticks final : public internal::ordered<basic_ticks<kClockId>> {
 public:
  constexpr basic_ticks() = default;
  explicit constexpr basic_ticks(zx_ticks_t value) : value_(value) {}

  static basic_ticks now() {
    static_assert(kClockId == ZX_CLOCK_MONOTONIC || kClockId == ZX_CLOCK_BOOT,
                  "This clock does not tick.");
    return basic_ticks(kClockId == ZX_CLOCK_BOOT ? zx_ticks_get_boot() : zx_ticks_get());
  }
  static basic_ticks per_second() { return basic_ticks(zx_ticks_per_second()); }

  static constexpr basic_ticks infinite() { return basic_ticks(ZX_TIME_INFINITE); }
  static constexpr basic_ticks infinite_past() { return basic_ticks(ZX_TIME_INFINITE_PAST); }

  constexpr zx_ticks_t get() const { return value_; }

  constexpr basic_ticks operator+(basic_ticks other) const {
    return basic_ticks(zx_duration_add_duration(value_, other.value_));
  }
  constexpr basic_ticks operator-(basic_ticks other) const {
    return basic_ticks(zx_duration_sub_duration(value_, other.value_));
  }
  constexpr basic_ticks operator*(int64_t factor) const {
    return basic_ticks(zx_duration_mul_int64(value_, factor));
  }
  friend constexpr basic_ticks operator*(int64_t factor, basic_ticks value) {
    return value * factor;
  }

  // Divisors must not be 0.
  constexpr basic_ticks operator/(int64_t divisor) const {
    return basic_ticks(internal::divide(value_, divisor));
  }
  constexpr int64_t operator/(basic_ticks other) const {
    return internal::divide(value_, other.value_);
  }
  constexpr basic_ticks operator%(basic_ticks other) const {
    return basic_ticks(internal::remainder(value_, other.value_));
  }

  constexpr basic_ticks& operator+=(basic_ticks other) { return *this = *this + other; }
  constexpr basic_ticks& operator-=(basic_ticks other) { return *this = *this - other; }
  constexpr basic_ticks& operator*=(int64_t factor) { return *this = *this * factor; }
  constexpr basic_ticks& operator/=(int64_t divisor) { return *this = *this / divisor; }

 private:
  zx_ticks_t value_ = 0;
};

using ticks = basic_ticks<ZX_CLOCK_MONOTONIC>;
using ticks_boot = basic_ticks<ZX_CLOCK_BOOT>;

// Sleeps until the deadline. One at or before 0 only yields.
inline zx_status_t nanosleep(time deadline) { return zx_nanosleep(deadline.get()); }

inline time deadline_after(duration delta) { return time(zx_deadline_after(delta.get())); }

}  // namespace zx

#endif  // LIB_ZX_TIME_H_
