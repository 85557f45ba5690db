// zx::clock as an object.

#include <lib/zx/clock.h>

#include "suite.h"

namespace {

zx_clock_details_v1_t DetailsOf(const zx::clock& clock) {
  zx_clock_details_v1_t details = {};
  CHECK_STATUS(clock.get_details(&details), ZX_OK);
  return details;
}

void CheckCreation() {
  zx::clock clock;
  CHECK_STATUS(zx::clock::create(0, nullptr, &clock), ZX_OK);
  zx_info_handle_basic_t info = {};
  CHECK_STATUS(clock.get_info(ZX_INFO_HANDLE_BASIC, &info, sizeof(info), nullptr, nullptr), ZX_OK);
  CHECK_NUMBER(info.type, zx::clock::TYPE);
  CHECK_NUMBER(info.rights, ZX_DEFAULT_CLOCK_RIGHTS);
  CHECK_NUMBER(signals_of(clock.get()), 0);

  // Never updated: its backstop time.
  zx_time_t now = 9;
  CHECK_STATUS(clock.read(&now), ZX_OK);
  CHECK_NUMBER(now, 0);
  zx::time time(9);
  CHECK_STATUS(clock.read(&time), ZX_OK);
  CHECK(time == zx::time());

  zx_handle_t old = clock.get();
  CHECK_STATUS(zx::clock::create(ZX_CLOCK_OPT_CONTINUOUS, nullptr, &clock), ZX_ERR_INVALID_ARGS);
  CHECK(!clock && IsGone(old));

  const zx_clock_create_args_v1_t args = {77};
  CHECK_STATUS(zx::clock::create(ZX_CLOCK_OPT_MONOTONIC, &args, &clock), ZX_OK);
  CHECK_STATUS(clock.read(&now), ZX_OK);
  CHECK_NUMBER(now, 77);
  CHECK_NUMBER(DetailsOf(clock).backstop_time, 77);
  CHECK_NUMBER(DetailsOf(clock).options, ZX_CLOCK_OPT_MONOTONIC);
}

void CheckUpdates() {
  zx::clock clock;
  CHECK_STATUS(zx::clock::create(0, nullptr, &clock), ZX_OK);
  zx::time before = zx::clock::get_monotonic();
  zx::clock::update_args args;
  args.set_value(zx::time(5000)).set_error_bound(8);
  CHECK_STATUS(clock.update(args), ZX_OK);
  CHECK_NUMBER(signals_of(clock.get()), ZX_CLOCK_STARTED);
  zx::time now;
  CHECK_STATUS(clock.read(&now), ZX_OK);
  CHECK(now >= zx::time(5000));
  CHECK(now - zx::time(5000) <= zx::clock::get_monotonic() - before);
  CHECK_NUMBER(DetailsOf(clock).error_bound, 8);

  // Only the rate.
  CHECK_STATUS(clock.update(args.reset().set_rate_adjust(1000)), ZX_OK);
  zx_clock_rate_t rate = DetailsOf(clock).reference_to_synthetic.rate;
  CHECK_NUMBER(uint64_t{rate.synthetic_ticks} * 1000, uint64_t{rate.reference_ticks} * 1001);
  CHECK_NUMBER(DetailsOf(clock).error_bound, 8);
  CHECK_STATUS(clock.update(args.reset().set_rate_adjust(1001)), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(clock.update(args.reset()), ZX_ERR_INVALID_ARGS);

  // At a time of the program's choice.
  CHECK_STATUS(clock.update(args.reset().set_both_values(before, zx::time(90'000))), ZX_OK);
  zx_clock_transformation_t transformation = DetailsOf(clock).reference_to_synthetic;
  CHECK_NUMBER(transformation.reference_offset, before.get());
  CHECK_NUMBER(transformation.synthetic_offset, 90'000);
}

void CheckAll() {
  CheckCreation();
  CheckUpdates();
}

const Suite suite(CheckAll);

}  // namespace
