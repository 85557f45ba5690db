// zx::event.

#include <lib/zx/event.h>

#include <thread>

#include "suite.h"

namespace {

void CheckAll() {
  zx::event event;
  CHECK_STATUS(zx::event::create(0, &event), ZX_OK);
  zx_info_handle_basic_t info = {};
  CHECK_STATUS(event.get_info(ZX_INFO_HANDLE_BASIC, &info, sizeof(info), nullptr, nullptr), ZX_OK);
  CHECK_NUMBER(info.type, zx::event::TYPE);
  CHECK_NUMBER(info.rights, ZX_DEFAULT_EVENT_RIGHTS);

  // Another thread through a borrowed handle.
  zx_status_t status = ZX_ERR_INTERNAL;
  std::thread other([&status, borrowed = event.borrow()] {
    status = borrowed->signal(0, ZX_EVENT_SIGNALED);
  });
  zx_signals_t pending = 0;
  CHECK_STATUS(event.wait_one(ZX_EVENT_SIGNALED, zx::time(soon()), &pending), ZX_OK);
  CHECK_NUMBER(pending, ZX_EVENT_SIGNALED);
  other.join();
  CHECK_STATUS(status, ZX_OK);

  // Creating closes what was there, also when it fails.
  zx_handle_t old = event.get();
  CHECK_STATUS(zx::event::create(0, &event), ZX_OK);
  CHECK(IsGone(old) && event.is_valid());
  old = event.get();
  CHECK_STATUS(zx::event::create(1, &event), ZX_ERR_INVALID_ARGS);
  CHECK(IsGone(old) && !event);
}

const Suite suite(CheckAll);

}  // namespace
