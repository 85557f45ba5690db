// zx::eventpair.

#include <lib/zx/eventpair.h>

#include "suite.h"

namespace {

void CheckAll() {
  zx::eventpair near;
  zx::eventpair far;
  CHECK_STATUS(zx::eventpair::create(0, &near, &far), ZX_OK);
  zx_info_handle_basic_t info = {};
  CHECK_STATUS(near.get_info(ZX_INFO_HANDLE_BASIC, &info, sizeof(info), nullptr, nullptr), ZX_OK);
  CHECK_NUMBER(info.type, zx::eventpair::TYPE);
  zx_koid_t near_koid = info.koid;
  CHECK_STATUS(far.get_info(ZX_INFO_HANDLE_BASIC, &info, sizeof(info), nullptr, nullptr), ZX_OK);
  CHECK_NUMBER(info.related_koid, near_koid);

  CHECK_STATUS(near.signal_peer(0, ZX_USER_SIGNAL_1), ZX_OK);
  CHECK_NUMBER(signals_of(far.get()), ZX_USER_SIGNAL_1);
  CHECK_STATUS(near.signal(0, ZX_EVENTPAIR_SIGNALED), ZX_OK);
  CHECK_NUMBER(signals_of(near.get()), ZX_EVENTPAIR_SIGNALED);
  CHECK_STATUS(near.signal(0, ZX_EVENTPAIR_PEER_CLOSED), ZX_ERR_INVALID_ARGS);

  near.reset();
  zx_signals_t pending = 0;
  CHECK_STATUS(far.wait_one(ZX_EVENTPAIR_PEER_CLOSED, zx::time(soon()), &pending), ZX_OK);
  CHECK_NUMBER(pending, ZX_EVENTPAIR_PEER_CLOSED | ZX_USER_SIGNAL_1);
  CHECK_STATUS(far.signal_peer(0, ZX_USER_SIGNAL_0), ZX_ERR_PEER_CLOSED);

  // A failure leaves nothing in either.
  zx_handle_t old = far.get();
  CHECK_STATUS(zx::eventpair::create(1, &near, &far), ZX_ERR_NOT_SUPPORTED);
  CHECK(!near && !far && IsGone(old));

  // One result for both ends: the second stays, the first is closed.
  CHECK_STATUS(zx::eventpair::create(0, &near, &near), ZX_OK);
  CHECK_NUMBER(signals_of(near.get()), ZX_EVENTPAIR_PEER_CLOSED);
}

const Suite suite(CheckAll);

}  // namespace
