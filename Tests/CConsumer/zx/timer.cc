// zx::timer.

#include <lib/zx/clock.h>
#include <lib/zx/timer.h>

#include "suite.h"

namespace {

zx_info_timer_t InfoOf(const zx::timer& timer) {
  zx_info_timer_t info = {};
  CHECK_STATUS(timer.get_info(ZX_INFO_TIMER, &info, sizeof(info), nullptr, nullptr), ZX_OK);
  return info;
}

void CheckMonotonic() {
  zx::timer timer;
  CHECK_STATUS(zx::timer::create(ZX_TIMER_SLACK_LATE, ZX_CLOCK_MONOTONIC, &timer), ZX_OK);
  zx_info_handle_basic_t basic = {};
  CHECK_STATUS(timer.get_info(ZX_INFO_HANDLE_BASIC, &basic, sizeof(basic), nullptr, nullptr),
               ZX_OK);
  CHECK_NUMBER(basic.type, zx::timer::TYPE);
  CHECK_NUMBER(signals_of(timer.get()), 0);

  zx::time deadline = zx::deadline_after(zx::msec(20));
  CHECK_STATUS(timer.set(deadline, zx::duration()), ZX_OK);
  CHECK_STATUS(timer.wait_one(ZX_TIMER_SIGNALED, zx::time(soon()), nullptr), ZX_OK);
  CHECK(zx::clock::get_monotonic() >= deadline);
  CHECK_NUMBER(InfoOf(timer).deadline, 0);

  deadline = zx::deadline_after(zx::hour(1));
  CHECK_STATUS(timer.set(deadline, zx::msec(3)), ZX_OK);
  CHECK_NUMBER(signals_of(timer.get()), 0);
  zx_info_timer_t info = InfoOf(timer);
  CHECK_NUMBER(info.options, ZX_TIMER_SLACK_LATE);
  CHECK_NUMBER(info.clock_id, ZX_CLOCK_MONOTONIC);
  CHECK_NUMBER(info.deadline, deadline.get());
  CHECK_NUMBER(info.slack, ZX_MSEC(3));

  CHECK_STATUS(timer.set(zx::time::infinite_past(), zx::duration()), ZX_OK);
  CHECK_NUMBER(signals_of(timer.get()), ZX_TIMER_SIGNALED);
  CHECK_STATUS(timer.cancel(), ZX_OK);
  CHECK_NUMBER(signals_of(timer.get()), 0);
  CHECK_STATUS(timer.set(zx::time(), zx::nsec(-1)), ZX_ERR_OUT_OF_RANGE);
}

void CheckBoot() {
  zx::timer timer;
  CHECK_STATUS(zx::timer::create(0, ZX_CLOCK_BOOT, &timer), ZX_OK);
  zx::time_boot deadline = zx::clock::get_boot() + zx::msec(20);
  CHECK_STATUS(timer.set(deadline, zx::duration()), ZX_OK);
  CHECK_STATUS(timer.wait_one(ZX_TIMER_SIGNALED, zx::time(soon()), nullptr), ZX_OK);
  CHECK(zx::clock::get_boot() >= deadline);

  zx_handle_t old = timer.get();
  CHECK_STATUS(zx::timer::create(0, 7, &timer), ZX_ERR_INVALID_ARGS);
  CHECK(!timer && IsGone(old));
}

void CheckAll() {
  CheckMonotonic();
  CheckBoot();
}

const Suite suite(CheckAll);

}  // namespace
