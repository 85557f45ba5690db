// Times, durations, ticks and the clocks of the system.

#include <lib/zx/clock.h>
#include <lib/zx/time.h>

#include <type_traits>

#include "suite.h"

namespace {

constexpr zx::time kNow(1000);

static_assert(zx::duration().get() == 0 && zx::time().get() == 0 && zx::ticks().get() == 0);
static_assert(zx::nsec(7).get() == 7 && zx::usec(7).get() == 7'000);
static_assert(zx::msec(7).get() == 7'000'000 && zx::sec(7).get() == 7'000'000'000);
static_assert(zx::min(2) == zx::sec(120) && zx::hour(2) == zx::min(120));
static_assert(zx::sec(-2).get() == ZX_SEC(-2));

static_assert(zx::sec(1) + zx::msec(5) == zx::msec(1005));
static_assert(zx::sec(1) - zx::msec(5) == zx::msec(995));
static_assert(-zx::sec(1) == zx::sec(-1) && zx::sec(3) * 2 == 2 * zx::sec(3));
static_assert(zx::sec(7) / 2 == zx::msec(3500) && zx::nsec(7) % 4 == zx::nsec(3));
static_assert(zx::sec(7) / zx::sec(2) == 3 && zx::sec(7) % zx::sec(2) == zx::sec(1));

// Saturating, also where the plain operators would trap.
static_assert(zx::sec(INT64_MAX) == zx::duration::infinite());
static_assert(zx::hour(INT64_MIN) == zx::duration::infinite_past());
static_assert(zx::duration::infinite() + zx::nsec(1) == zx::duration::infinite());
static_assert(zx::duration::infinite_past() - zx::nsec(1) == zx::duration::infinite_past());
static_assert(zx::duration::infinite() * -2 == zx::duration::infinite_past());
static_assert(-zx::duration::infinite_past() == zx::duration::infinite());
static_assert(zx::duration::infinite_past() / -1 == zx::duration::infinite());
static_assert(zx::duration::infinite_past() / zx::nsec(-1) == INT64_MAX);
static_assert(zx::duration::infinite_past() % -1 == zx::duration());

static_assert(zx::sec(-5400).to_mins() == -90 && zx::sec(-5400).to_hours() == -1);
static_assert(zx::nsec(1'999'999'999).to_secs() == 1 && zx::usec(1999).to_msecs() == 1);
static_assert(zx::nsec(1999).to_usecs() == 1 && zx::usec(1).to_nsecs() == 1000);

static_assert(kNow + zx::usec(1) == zx::time(2000) && zx::usec(1) + kNow == zx::time(2000));
static_assert(kNow - zx::usec(1) == zx::time() && zx::time(5) - kNow == zx::nsec(-995));
static_assert(zx::time::infinite() + zx::sec(1) == zx::time::infinite());
static_assert(zx::time::infinite_past() - zx::sec(1) == zx::time::infinite_past());
static_assert(zx::time::infinite() - zx::time::infinite_past() == zx::duration::infinite());
static_assert(kNow < zx::time::infinite() && kNow <= kNow && kNow != zx::time() && kNow >= kNow);
static_assert(zx::time::infinite().get() == ZX_TIME_INFINITE && !(kNow > kNow));

static_assert(zx::ticks(6) + zx::ticks(2) == zx::ticks(8) && zx::ticks(6) * 2 == zx::ticks(12));
static_assert(zx::ticks(6) - zx::ticks(8) == zx::ticks(-2) && zx::ticks(7) / 2 == zx::ticks(3));
static_assert(zx::ticks(7) / zx::ticks(2) == 3 && zx::ticks(7) % zx::ticks(2) == zx::ticks(1));
static_assert(zx::ticks::infinite() + zx::ticks(1) == zx::ticks::infinite());
static_assert(2 * zx::ticks::infinite_past() == zx::ticks::infinite_past());

// Clocks do not mix, and numbers are not times.
static_assert(std::is_same_v<zx::time, zx::basic_time<ZX_CLOCK_MONOTONIC>>);
static_assert(std::is_same_v<zx::time, zx::time_monotonic>);
static_assert(!std::is_same_v<zx::time, zx::time_boot>);
static_assert(!std::is_convertible_v<zx::time_boot, zx::time>);
static_assert(!std::is_constructible_v<zx::time, zx::time_boot>);
static_assert(!std::is_convertible_v<int64_t, zx::time>);
static_assert(!std::is_convertible_v<int64_t, zx::duration>);
static_assert(!std::is_convertible_v<zx::duration, int64_t>);
static_assert(std::is_trivially_copyable_v<zx::time> && sizeof(zx::time) == 8);
static_assert(std::is_trivially_copyable_v<zx::duration> && sizeof(zx::duration) == 8);

constexpr struct timespec kSpec = {3, 5};
static_assert(zx::duration(kSpec) == zx::sec(3) + zx::nsec(5));
static_assert(zx::time(kSpec).to_timespec().tv_sec == 3 && zx::time(kSpec).get() == 3'000'000'005);
static_assert(zx::duration(kSpec).to_timespec().tv_nsec == 5);

void CheckAssignment() {
  zx::duration duration = zx::sec(1);
  duration += zx::sec(2);
  duration -= zx::msec(500);
  duration *= 4;
  CHECK(duration == zx::sec(10));
  duration /= 3;
  CHECK_NUMBER(duration.get(), 3'333'333'333);
  duration %= 1000;
  CHECK(duration == zx::nsec(333));
  duration %= zx::nsec(100);
  CHECK(duration == zx::nsec(33));

  zx::time time = kNow;
  time += zx::nsec(5);
  time -= zx::nsec(3);
  CHECK(time == zx::time(1002));
  *time.get_address() = 4;
  CHECK(time == zx::time(4));

  zx::ticks ticks(8);
  ticks += zx::ticks(4);
  ticks -= zx::ticks(2);
  ticks *= 3;
  ticks /= 2;
  CHECK(ticks == zx::ticks(15));
}

void CheckClocks() {
  zx::time before = zx::clock::get_monotonic();
  zx::time now;
  CHECK_STATUS(zx::clock::get(&now), ZX_OK);
  CHECK(before > zx::time() && before <= now && now.get() <= zx_clock_get_monotonic());

  zx::time_boot boot_before = zx::clock::get_boot();
  zx::time_boot boot;
  CHECK_STATUS(zx::clock::get(&boot), ZX_OK);
  CHECK(boot_before > zx::time_boot() && boot_before <= boot && boot.get() <= zx_clock_get_boot());

  zx::ticks ticks = zx::ticks::now();
  CHECK(ticks > zx::ticks() && ticks <= zx::ticks::now());
  CHECK(zx::ticks_boot::now() >= zx::ticks_boot(zx_ticks_get_boot() - 1'000'000'000'000));
  CHECK_NUMBER(zx::ticks::per_second().get(), zx_ticks_per_second());
}

void CheckDeadlines() {
  zx::time before = zx::clock::get_monotonic();
  zx::time deadline = zx::deadline_after(zx::msec(20));
  CHECK(deadline >= before + zx::msec(20));
  CHECK(deadline <= zx::clock::get_monotonic() + zx::msec(20));
  CHECK_STATUS(zx::nanosleep(deadline), ZX_OK);
  CHECK(zx::clock::get_monotonic() >= deadline);
  CHECK_STATUS(zx::nanosleep(zx::time::infinite_past()), ZX_OK);
  CHECK(zx::deadline_after(zx::duration::infinite()) == zx::time::infinite());
}

void CheckAll() {
  CheckAssignment();
  CheckClocks();
  CheckDeadlines();
}

const Suite suite(CheckAll);

}  // namespace
