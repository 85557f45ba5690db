// zx::port, and zx::object::wait_async.

#include <lib/zx/clock.h>
#include <lib/zx/event.h>
#include <lib/zx/port.h>
#include <lib/zx/socket.h>

#include <cstring>
#include <thread>

#include "suite.h"

namespace {

zx::port CreatePort() {
  zx::port port;
  CHECK_STATUS(zx::port::create(0, &port), ZX_OK);
  return port;
}

zx::event CreateEvent() {
  zx::event event;
  CHECK_STATUS(zx::event::create(0, &event), ZX_OK);
  return event;
}

// The next packet; all zero if there is none.
zx_port_packet_t NextPacket(const zx::port& port, zx_status_t expected) {
  zx_port_packet_t packet = {};
  CHECK_STATUS(port.wait(zx::time::infinite_past(), &packet), expected);
  return packet;
}

void CheckCreation() {
  zx::port port = CreatePort();
  zx_info_handle_basic_t info = {};
  CHECK_STATUS(port.get_info(ZX_INFO_HANDLE_BASIC, &info, sizeof(info), nullptr, nullptr), ZX_OK);
  CHECK_NUMBER(info.type, zx::port::TYPE);
  CHECK_NUMBER(info.rights, ZX_DEFAULT_PORT_RIGHTS);
  zx_handle_t old = port.get();
  CHECK_STATUS(zx::port::create(2, &port), ZX_ERR_INVALID_ARGS);
  CHECK(!port && IsGone(old));
}

void CheckUserPackets() {
  zx::port port = CreatePort();
  zx_port_packet_t sent = {};
  sent.key = 12;
  sent.type = 5;
  sent.status = -3;
  std::memcpy(sent.user.c8, "thirty-two bytes of the program", 32);
  CHECK_STATUS(port.queue(&sent), ZX_OK);
  zx_port_packet_t got = NextPacket(port, ZX_OK);
  CHECK_NUMBER(got.key, 12);
  CHECK_NUMBER(got.type, ZX_PKT_TYPE_USER);
  CHECK_STATUS(got.status, -3);
  CHECK(std::memcmp(got.user.c8, sent.user.c8, 32) == 0);
  NextPacket(port, ZX_ERR_TIMED_OUT);
  CHECK_STATUS(port.queue(nullptr), ZX_ERR_INVALID_ARGS);

  zx::port reader;
  CHECK_STATUS(port.duplicate(ZX_RIGHT_READ, &reader), ZX_OK);
  CHECK_STATUS(reader.queue(&sent), ZX_ERR_ACCESS_DENIED);

  zx::time deadline = zx::deadline_after(zx::msec(20));
  CHECK_STATUS(port.wait(deadline, &got), ZX_ERR_TIMED_OUT);
  CHECK(zx::clock::get_monotonic() >= deadline);
}

void CheckSignalPackets() {
  zx::port port = CreatePort();
  zx::event event = CreateEvent();
  CHECK_STATUS(event.wait_async(port, 7, ZX_EVENT_SIGNALED, ZX_WAIT_ASYNC_TIMESTAMP), ZX_OK);
  NextPacket(port, ZX_ERR_TIMED_OUT);

  zx::time before = zx::clock::get_monotonic();
  zx_status_t status = ZX_ERR_INTERNAL;
  std::thread other([&status, borrowed = event.borrow()] {
    status = borrowed->signal(0, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_2);
  });
  zx_port_packet_t packet = {};
  CHECK_STATUS(port.wait(zx::time(soon()), &packet), ZX_OK);
  other.join();
  CHECK_STATUS(status, ZX_OK);
  CHECK_NUMBER(packet.key, 7);
  CHECK_NUMBER(packet.type, ZX_PKT_TYPE_SIGNAL_ONE);
  CHECK_STATUS(packet.status, ZX_OK);
  CHECK_NUMBER(packet.signal.trigger, ZX_EVENT_SIGNALED);
  CHECK_NUMBER(packet.signal.observed, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_2);
  CHECK_NUMBER(packet.signal.count, 1);
  CHECK(zx::time(packet.signal.timestamp) >= before);
  CHECK(zx::time(packet.signal.timestamp) <= zx::clock::get_monotonic());

  // A level is there at once, an edge only when it comes.
  CHECK_STATUS(event.wait_async(port, 8, ZX_EVENT_SIGNALED, 0), ZX_OK);
  packet = NextPacket(port, ZX_OK);
  CHECK(packet.key == 8 && packet.signal.timestamp == 0);
  CHECK_STATUS(event.wait_async(port, 9, ZX_EVENT_SIGNALED, ZX_WAIT_ASYNC_EDGE), ZX_OK);
  NextPacket(port, ZX_ERR_TIMED_OUT);
  CHECK_STATUS(event.signal(ZX_EVENT_SIGNALED, 0), ZX_OK);
  CHECK_STATUS(event.signal(0, ZX_EVENT_SIGNALED), ZX_OK);
  CHECK_NUMBER(NextPacket(port, ZX_OK).key, 9);
  CHECK_STATUS(event.wait_async(port, 1, ZX_EVENT_SIGNALED, 20), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(event.wait_async(zx::port(), 1, ZX_EVENT_SIGNALED, 0), ZX_ERR_BAD_HANDLE);
}

void CheckSockets() {
  zx::port port = CreatePort();
  zx::socket near;
  zx::socket far;
  CHECK_STATUS(zx::socket::create(0, &near, &far), ZX_OK);
  CHECK_STATUS(near.wait_async(port, 1, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED, 0), ZX_OK);
  CHECK_STATUS(far.write(0, "x", 1, nullptr), ZX_OK);
  far.reset();
  zx_port_packet_t packet = NextPacket(port, ZX_OK);
  CHECK_NUMBER(packet.signal.observed, ZX_SOCKET_READABLE | ZX_SOCKET_WRITABLE);
  CHECK_STATUS(near.wait_async(port, 2, ZX_SOCKET_PEER_CLOSED, 0), ZX_OK);
  packet = NextPacket(port, ZX_OK);
  CHECK_NUMBER(packet.signal.observed, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED);
}

void CheckCancellation() {
  zx::port port = CreatePort();
  zx::event event = CreateEvent();
  zx::event copy;
  CHECK_STATUS(event.duplicate(ZX_RIGHT_SAME_RIGHTS, &copy), ZX_OK);
  CHECK_STATUS(event.wait_async(port, 1, ZX_EVENT_SIGNALED, 0), ZX_OK);
  CHECK_STATUS(copy.wait_async(port, 2, ZX_EVENT_SIGNALED, 0), ZX_OK);
  CHECK_STATUS(port.cancel(copy, 1), ZX_ERR_NOT_FOUND);
  CHECK_STATUS(port.cancel(event, 1), ZX_OK);
  CHECK_STATUS(port.cancel(event, 1), ZX_ERR_NOT_FOUND);
  CHECK_STATUS(port.cancel(zx::event(), 1), ZX_ERR_BAD_HANDLE);
  CHECK_STATUS(event.signal(0, ZX_EVENT_SIGNALED), ZX_OK);
  CHECK_STATUS(port.cancel_key(1, 2), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(port.cancel_key(0, 2), ZX_OK);
  CHECK_STATUS(port.cancel_key(0, 2), ZX_ERR_NOT_FOUND);
  NextPacket(port, ZX_ERR_TIMED_OUT);

  // Closing the handle takes its waits along.
  zx::event quiet = CreateEvent();
  CHECK_STATUS(quiet.duplicate(ZX_RIGHT_SAME_RIGHTS, &copy), ZX_OK);
  CHECK_STATUS(copy.wait_async(port, 3, ZX_EVENT_SIGNALED, 0), ZX_OK);
  copy.reset();
  CHECK_STATUS(quiet.signal(0, ZX_EVENT_SIGNALED), ZX_OK);
  NextPacket(port, ZX_ERR_TIMED_OUT);
}

void CheckAll() {
  CheckCreation();
  CheckUserPackets();
  CheckSignalPackets();
  CheckSockets();
  CheckCancellation();
}

const Suite suite(CheckAll);

}  // namespace
