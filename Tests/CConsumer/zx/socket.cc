// zx::socket.

#include <lib/zx/socket.h>

#include <cstring>
#include <thread>
#include <utility>

#include "suite.h"

namespace {

void CheckTransfer() {
  zx::socket near;
  zx::socket far;
  CHECK_STATUS(zx::socket::create(ZX_SOCKET_STREAM, &near, &far), ZX_OK);

  zx_status_t statuses[3] = {};
  std::thread echo([&statuses, far = std::move(far)] {
    char bytes[16];
    size_t actual = 0;
    statuses[0] = far.wait_one(ZX_SOCKET_READABLE, zx::time(soon()), nullptr);
    statuses[1] = far.read(0, bytes, sizeof(bytes), &actual);
    statuses[2] = far.write(0, bytes, actual, nullptr);
  });
  size_t actual = 0;
  CHECK_STATUS(near.write(0, "zircon", 6, &actual), ZX_OK);
  CHECK_NUMBER(actual, 6);
  echo.join();
  for (zx_status_t status : statuses) {
    CHECK_STATUS(status, ZX_OK);
  }

  char bytes[16] = {};
  CHECK_STATUS(near.wait_one(ZX_SOCKET_READABLE, zx::time(soon()), nullptr), ZX_OK);
  CHECK_STATUS(near.read(ZX_SOCKET_PEEK, bytes, 3, &actual), ZX_OK);
  CHECK(actual == 3 && std::memcmp(bytes, "zir", 3) == 0);
  CHECK_STATUS(near.read(0, bytes, sizeof(bytes), &actual), ZX_OK);
  CHECK(actual == 6 && std::memcmp(bytes, "zircon", 6) == 0);
  // The thread owned the other end.
  CHECK_STATUS(near.read(0, bytes, sizeof(bytes), &actual), ZX_ERR_PEER_CLOSED);
  CHECK_NUMBER(signals_of(near.get()), ZX_SOCKET_PEER_CLOSED);
}

void CheckState() {
  zx::socket near;
  zx::socket far;
  CHECK_STATUS(zx::socket::create(ZX_SOCKET_DATAGRAM, &near, &far), ZX_OK);
  zx_info_socket_t info = {};
  CHECK_STATUS(near.get_info(ZX_INFO_SOCKET, &info, sizeof(info), nullptr, nullptr), ZX_OK);
  CHECK_NUMBER(info.options, ZX_SOCKET_DATAGRAM);
  CHECK_NUMBER(info.rx_buf_max, 264160);

  size_t threshold = 100;
  CHECK_STATUS(near.set_property(ZX_PROP_SOCKET_RX_THRESHOLD, &threshold, sizeof(threshold)),
               ZX_OK);
  threshold = 0;
  CHECK_STATUS(near.get_property(ZX_PROP_SOCKET_RX_THRESHOLD, &threshold, sizeof(threshold)),
               ZX_OK);
  CHECK_NUMBER(threshold, 100);

  CHECK_STATUS(near.set_disposition(ZX_SOCKET_DISPOSITION_WRITE_DISABLED, 0), ZX_OK);
  CHECK_STATUS(near.write(0, "x", 1, nullptr), ZX_ERR_BAD_STATE);
  CHECK_NUMBER(signals_of(far.get()), ZX_SOCKET_WRITABLE | ZX_SOCKET_PEER_WRITE_DISABLED);
  CHECK_STATUS(near.set_disposition(ZX_SOCKET_DISPOSITION_WRITE_ENABLED, 0), ZX_OK);
  CHECK_STATUS(near.write(0, "x", 1, nullptr), ZX_OK);
  CHECK_STATUS(near.set_disposition(3, 0), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(near.shutdown(ZX_SOCKET_SHUTDOWN_WRITE), ZX_OK);
  CHECK_STATUS(near.write(0, "x", 1, nullptr), ZX_ERR_BAD_STATE);

  CHECK_STATUS(near.signal_peer(0, ZX_USER_SIGNAL_3), ZX_OK);
  CHECK((signals_of(far.get()) & ZX_USER_SIGNAL_3) != 0);
  zx::socket reader;
  CHECK_STATUS(far.duplicate(ZX_RIGHT_READ, &reader), ZX_OK);
  char byte = 0;
  CHECK_STATUS(reader.read(0, &byte, 1, nullptr), ZX_OK);
  CHECK(byte == 'x');
  CHECK_STATUS(reader.write(0, "x", 1, nullptr), ZX_ERR_ACCESS_DENIED);
}

void CheckCreation() {
  zx::socket near;
  zx::socket far;
  CHECK_STATUS(zx::socket::create(0, &near, &far), ZX_OK);
  zx_handle_t old[] = {near.get(), far.get()};
  CHECK_STATUS(zx::socket::create(2, &near, &far), ZX_ERR_INVALID_ARGS);
  CHECK(!near && !far && IsGone(old[0]) && IsGone(old[1]));
  CHECK_STATUS(zx::socket::create(0, &near, &near), ZX_OK);
  CHECK_NUMBER(signals_of(near.get()), ZX_SOCKET_PEER_CLOSED);
}

void CheckAll() {
  CheckTransfer();
  CheckState();
  CheckCreation();
}

const Suite suite(CheckAll);

}  // namespace
