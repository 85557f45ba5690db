// zx::clock as an object.

#include <lib/zx/clock.h>

#include "suite.h"

namespace {

void CheckAll() {
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
  CHECK_STATUS(zx::clock::create(uint64_t{1} << 1, nullptr, &clock), ZX_ERR_INVALID_ARGS);
  CHECK(!clock && IsGone(old));
}

const Suite suite(CheckAll);

}  // namespace
