// zx::channel.

#include <lib/zx/channel.h>
#include <lib/zx/event.h>

#include <cstring>
#include <thread>
#include <utility>

#include "suite.h"

namespace {

zx_koid_t KoidOf(const zx::object_base& object) {
  zx_info_handle_basic_t info = {};
  CHECK_STATUS(object.get_info(ZX_INFO_HANDLE_BASIC, &info, sizeof(info), nullptr, nullptr),
               ZX_OK);
  return info.koid;
}

zx::event CreateEvent() {
  zx::event event;
  CHECK_STATUS(zx::event::create(0, &event), ZX_OK);
  return event;
}

void CheckCreation() {
  zx::channel near;
  zx::channel far;
  CHECK_STATUS(zx::channel::create(0, &near, &far), ZX_OK);
  zx_info_handle_basic_t info = {};
  CHECK_STATUS(near.get_info(ZX_INFO_HANDLE_BASIC, &info, sizeof(info), nullptr, nullptr), ZX_OK);
  CHECK_NUMBER(info.type, zx::channel::TYPE);
  CHECK_NUMBER(info.rights, ZX_DEFAULT_CHANNEL_RIGHTS);
  CHECK_NUMBER(info.related_koid, KoidOf(far));
  zx_handle_t old = near.get();
  CHECK_STATUS(zx::channel::create(1, &near, &far), ZX_ERR_INVALID_ARGS);
  CHECK(!near && !far && IsGone(old));
  CHECK_STATUS(zx::channel::create(0, &near, &near), ZX_OK);
  CHECK_NUMBER(signals_of(near.get()), ZX_CHANNEL_PEER_CLOSED);
}

void CheckMessages() {
  zx::channel near;
  zx::channel far;
  CHECK_STATUS(zx::channel::create(0, &near, &far), ZX_OK);

  // A handle goes along: it changes its owner and its value, not its object.
  zx::event event = CreateEvent();
  zx_koid_t koid = KoidOf(event);
  zx_handle_t sent = event.release();
  CHECK_STATUS(near.write(0, "hello", 5, &sent, 1), ZX_OK);
  CHECK(IsGone(sent));
  CHECK_STATUS(far.wait_one(ZX_CHANNEL_READABLE, zx::time(soon()), nullptr), ZX_OK);

  char bytes[8] = {};
  zx_handle_t got = ZX_HANDLE_INVALID;
  uint32_t actual_bytes = 0;
  uint32_t actual_handles = 0;
  CHECK_STATUS(far.read(0, bytes, nullptr, 2, 0, &actual_bytes, &actual_handles),
               ZX_ERR_BUFFER_TOO_SMALL);
  CHECK(actual_bytes == 5 && actual_handles == 1);
  CHECK_STATUS(far.read(0, bytes, &got, sizeof(bytes), 1, &actual_bytes, &actual_handles), ZX_OK);
  CHECK(actual_bytes == 5 && actual_handles == 1 && std::memcmp(bytes, "hello", 5) == 0);
  event.reset(got);
  CHECK_NUMBER(KoidOf(event), koid);
  CHECK_STATUS(far.read(0, bytes, &got, sizeof(bytes), 1, nullptr, nullptr), ZX_ERR_SHOULD_WAIT);

  zx_handle_disposition_t dispositions[] = {
      {ZX_HANDLE_OP_DUPLICATE, event.get(), ZX_OBJ_TYPE_EVENT, ZX_RIGHT_WAIT, ZX_OK}};
  CHECK_STATUS(near.write_etc(0, nullptr, 0, dispositions, 1), ZX_OK);
  zx_handle_info_t infos[1] = {};
  CHECK_STATUS(far.read_etc(0, nullptr, infos, 0, 1, &actual_bytes, &actual_handles), ZX_OK);
  CHECK(actual_bytes == 0 && actual_handles == 1);
  CHECK(infos[0].type == ZX_OBJ_TYPE_EVENT && infos[0].rights == ZX_RIGHT_WAIT);
  zx::event copy(infos[0].handle);
  CHECK_NUMBER(KoidOf(event), koid);
  CHECK_STATUS(copy.signal(0, ZX_EVENT_SIGNALED), ZX_ERR_ACCESS_DENIED);

  CHECK_STATUS(near.signal_peer(0, ZX_USER_SIGNAL_0), ZX_OK);
  CHECK_NUMBER(signals_of(far.get()), ZX_CHANNEL_WRITABLE | ZX_USER_SIGNAL_0);
  near.reset();
  CHECK_STATUS(far.write(0, "x", 1, nullptr, 0), ZX_ERR_PEER_CLOSED);
}

// Answers one call with its own transaction number and the handles that came with it.
zx_status_t Answer(const zx::channel& channel) {
  char bytes[64];
  zx_handle_t handles[1];
  uint32_t actual_bytes = 0;
  uint32_t actual_handles = 0;
  zx_status_t status = channel.wait_one(ZX_CHANNEL_READABLE, zx::time(soon()), nullptr);
  if (status == ZX_OK) {
    status = channel.read(0, bytes, handles, sizeof(bytes), 1, &actual_bytes, &actual_handles);
  }
  return status == ZX_OK ? channel.write(0, bytes, actual_bytes, handles, actual_handles) : status;
}

void CheckCalls() {
  zx::channel near;
  zx::channel far;
  CHECK_STATUS(zx::channel::create(0, &near, &far), ZX_OK);
  zx_status_t statuses[2] = {};
  std::thread server([&statuses, &far] {
    for (zx_status_t& status : statuses) {
      status = Answer(far);
    }
  });

  char request[12] = {};
  std::memcpy(request + sizeof(zx_txid_t), "question", 8);
  char reply[16] = {};
  zx_handle_t given = CreateEvent().release();
  zx_handle_t returned = ZX_HANDLE_INVALID;
  zx_channel_call_args_t args = {request, &given, reply, &returned, sizeof(request), 1,
                                 sizeof(reply), 1};
  uint32_t actual_bytes = 0;
  uint32_t actual_handles = 0;
  CHECK_STATUS(near.call(0, zx::time(soon()), &args, &actual_bytes, &actual_handles), ZX_OK);
  CHECK(actual_bytes == sizeof(request) && actual_handles == 1);
  CHECK(std::memcmp(reply + sizeof(zx_txid_t), "question", 8) == 0);
  zx::event event(returned);

  zx_handle_disposition_t dispositions[] = {
      {ZX_HANDLE_OP_DUPLICATE, event.get(), ZX_OBJ_TYPE_EVENT, ZX_RIGHT_SAME_RIGHTS, ZX_OK}};
  zx_handle_info_t infos[1] = {};
  zx_channel_call_etc_args_t etc_args = {request, dispositions, reply, infos, sizeof(request), 1,
                                         sizeof(reply), 1};
  CHECK_STATUS(near.call_etc(0, zx::time(soon()), &etc_args, &actual_bytes, &actual_handles),
               ZX_OK);
  CHECK(actual_handles == 1 && infos[0].type == ZX_OBJ_TYPE_EVENT);
  zx::event copy(infos[0].handle);
  CHECK_NUMBER(KoidOf(copy), KoidOf(event));
  server.join();
  for (zx_status_t status : statuses) {
    CHECK_STATUS(status, ZX_OK);
  }

  args.wr_num_handles = 0;
  CHECK_STATUS(near.call(0, zx::time::infinite_past(), &args, &actual_bytes, &actual_handles),
               ZX_ERR_TIMED_OUT);
}

void CheckAll() {
  CheckCreation();
  CheckMessages();
  CheckCalls();
}

const Suite suite(CheckAll);

}  // namespace
