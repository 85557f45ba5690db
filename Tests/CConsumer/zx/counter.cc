// zx::counter.

#include <lib/zx/counter.h>

#include "suite.h"

namespace {

void CheckAll() {
  zx::counter counter;
  CHECK_STATUS(zx::counter::create(0, &counter), ZX_OK);
  zx_info_handle_basic_t info = {};
  CHECK_STATUS(counter.get_info(ZX_INFO_HANDLE_BASIC, &info, sizeof(info), nullptr, nullptr),
               ZX_OK);
  CHECK_NUMBER(info.type, zx::counter::TYPE);
  CHECK_NUMBER(signals_of(counter.get()), ZX_COUNTER_NON_POSITIVE);

  int64_t value = 9;
  CHECK_STATUS(counter.read(&value), ZX_OK);
  CHECK_NUMBER(value, 0);
  CHECK_STATUS(counter.write(5), ZX_OK);
  CHECK_STATUS(counter.wait_one(ZX_COUNTER_POSITIVE, zx::time(soon()), nullptr), ZX_OK);
  CHECK_STATUS(counter.add(-7), ZX_OK);
  CHECK_STATUS(counter.read(&value), ZX_OK);
  CHECK_NUMBER(value, -2);
  CHECK_NUMBER(signals_of(counter.get()), ZX_COUNTER_NON_POSITIVE);
  CHECK_STATUS(counter.write(INT64_MAX), ZX_OK);
  CHECK_STATUS(counter.add(1), ZX_ERR_OUT_OF_RANGE);
  CHECK_STATUS(counter.signal(0, ZX_COUNTER_SIGNALED), ZX_OK);

  zx_handle_t old = counter.get();
  CHECK_STATUS(zx::counter::create(1, &counter), ZX_ERR_INVALID_ARGS);
  CHECK(!counter && IsGone(old));
}

const Suite suite(CheckAll);

}  // namespace
