// zx::fifo.

#include <lib/zx/fifo.h>

#include "suite.h"

namespace {

void CheckAll() {
  zx::fifo near;
  zx::fifo far;
  CHECK_STATUS(zx::fifo::create(3, sizeof(uint64_t), 0, &near, &far), ZX_OK);
  zx_info_handle_basic_t info = {};
  CHECK_STATUS(near.get_info(ZX_INFO_HANDLE_BASIC, &info, sizeof(info), nullptr, nullptr), ZX_OK);
  CHECK_NUMBER(info.type, zx::fifo::TYPE);
  CHECK_NUMBER(signals_of(near.get()), ZX_FIFO_WRITABLE);

  const uint64_t sent[] = {11, 12, 13, 14};
  uint64_t got[4] = {};
  size_t actual = 0;
  CHECK_STATUS(near.write(sizeof(uint64_t), sent, 4, &actual), ZX_OK);
  CHECK_NUMBER(actual, 3);
  CHECK_STATUS(near.write(sizeof(uint64_t), sent, 1, nullptr), ZX_ERR_SHOULD_WAIT);
  CHECK_STATUS(far.wait_one(ZX_FIFO_READABLE, zx::time(soon()), nullptr), ZX_OK);
  CHECK_STATUS(far.read(sizeof(uint32_t), got, 1, &actual), ZX_ERR_OUT_OF_RANGE);
  CHECK_STATUS(far.read(sizeof(uint64_t), got, 2, &actual), ZX_OK);
  CHECK(actual == 2 && got[0] == 11 && got[1] == 12);
  CHECK_STATUS(near.signal_peer(0, ZX_USER_SIGNAL_0), ZX_OK);
  near.reset();
  CHECK_NUMBER(signals_of(far.get()),
               ZX_FIFO_READABLE | ZX_FIFO_PEER_CLOSED | ZX_USER_SIGNAL_0);
  CHECK_STATUS(far.read(sizeof(uint64_t), got, 4, &actual), ZX_OK);
  CHECK(actual == 1 && got[0] == 13);
  CHECK_STATUS(far.read(sizeof(uint64_t), got, 4, &actual), ZX_ERR_PEER_CLOSED);

  zx_handle_t old = far.get();
  CHECK_STATUS(zx::fifo::create(513, 8, 0, &near, &far), ZX_ERR_OUT_OF_RANGE);
  CHECK(!near && !far && IsGone(old));
  CHECK_STATUS(zx::fifo::create(512, 8, 0, &near, &near), ZX_OK);
  CHECK_NUMBER(signals_of(near.get()), ZX_FIFO_PEER_CLOSED);
}

const Suite suite(CheckAll);

}  // namespace
