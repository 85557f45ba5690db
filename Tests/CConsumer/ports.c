/* Ports, asynchronous waits and timers. */

#include "check.h"

#include <zircon/syscalls/port.h>

static void check_packets(void) {
  zx_handle_t port = 0;
  CHECK_STATUS(zx_port_create(2, &port), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_port_create(0, &port), ZX_OK);

  const zx_port_packet_t sent = {
      .key = 12, .type = 5, .status = -3, .user = {.u32 = {1, 2, 3, 4, 5, 6, 7, 8}}};
  zx_port_packet_t got;
  CHECK_STATUS(zx_port_queue(port, NULL), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_port_queue(port, &sent), ZX_OK);
  CHECK_STATUS(zx_port_queue(port, &sent), ZX_OK);
  CHECK_STATUS(zx_port_wait(port, ZX_TIME_INFINITE, NULL), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_port_wait(port, 0, &got), ZX_OK);
  CHECK_NUMBER(got.key, 12);
  CHECK(ZX_PKT_IS_USER(got.type));
  CHECK_STATUS(got.status, -3);
  CHECK_NUMBER(got.user.u32[7], 8);
  CHECK_STATUS(zx_port_wait(port, zx_deadline_after(1), &got), ZX_ERR_TIMED_OUT);
  CHECK_STATUS(zx_handle_close(port), ZX_OK);
}

static void check_async(void) {
  zx_handle_t port = 0, event = 0;
  zx_port_packet_t got;
  CHECK_STATUS(zx_port_create(0, &port), ZX_OK);
  CHECK_STATUS(zx_event_create(0, &event), ZX_OK);
  CHECK_STATUS(zx_object_wait_async(event, port, 1, ZX_EVENT_SIGNALED, 20), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_object_wait_async(port, port, 1, ZX_EVENT_SIGNALED, 0), ZX_ERR_ACCESS_DENIED);

  uint64_t sum = 0;
  for (uint64_t key = 0; key < 7; key++) {
    CHECK_STATUS(zx_object_wait_async(event, port, key, ZX_EVENT_SIGNALED, ZX_WAIT_ASYNC_ONCE),
                 ZX_OK);
  }
  CHECK_STATUS(zx_port_cancel(port, event, 9), ZX_ERR_NOT_FOUND);
  CHECK_STATUS(zx_object_signal(event, 0, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_2), ZX_OK);
  CHECK_STATUS(zx_object_signal(event, ZX_EVENT_SIGNAL_MASK, 0), ZX_OK);
  for (int i = 0; i < 5; i++) {
    CHECK_STATUS(zx_port_wait(port, 0, &got), ZX_OK);
    CHECK(ZX_PKT_IS_SIGNAL_ONE(got.type));
    CHECK_NUMBER(got.signal.trigger, ZX_EVENT_SIGNALED);
    CHECK_NUMBER(got.signal.observed, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_2);
    CHECK_NUMBER(got.signal.count, 1);
    CHECK_NUMBER(got.signal.timestamp, 0);
    sum += got.key;
  }
  CHECK_NUMBER(sum, 20);
  CHECK_STATUS(zx_port_cancel(port, event, 1), ZX_OK);
  CHECK_STATUS(zx_port_cancel_key(port, 1, 0), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_port_cancel_key(port, 0, 0), ZX_OK);
  CHECK_STATUS(zx_port_wait(port, 0, &got), ZX_ERR_TIMED_OUT);
  CHECK_STATUS(zx_handle_close(port), ZX_OK);
  CHECK_STATUS(zx_handle_close(event), ZX_OK);
}

static void check_timers(void) {
  zx_handle_t port = 0, timer = 0;
  zx_port_packet_t got;
  CHECK_STATUS(zx_timer_create(3, ZX_CLOCK_MONOTONIC, &timer), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_timer_create(ZX_TIMER_SLACK_LATE, ZX_CLOCK_MONOTONIC, &timer), ZX_OK);
  CHECK_STATUS(zx_port_create(0, &port), ZX_OK);
  CHECK_STATUS(zx_timer_set(timer, 0, -1), ZX_ERR_OUT_OF_RANGE);

  const zx_time_t far = zx_deadline_after(ZX_HOUR(1));
  zx_info_timer_t info;
  CHECK_STATUS(zx_timer_set(timer, far, 7), ZX_OK);
  CHECK_STATUS(zx_object_get_info(timer, ZX_INFO_TIMER, &info, sizeof(info), NULL, NULL), ZX_OK);
  CHECK_NUMBER(info.options, ZX_TIMER_SLACK_LATE);
  CHECK_NUMBER(info.clock_id, ZX_CLOCK_MONOTONIC);
  CHECK_NUMBER(info.deadline, far);
  CHECK_NUMBER(info.slack, 7);
  CHECK_STATUS(zx_timer_cancel(timer), ZX_OK);
  CHECK_NUMBER(signals_of(timer), 0);

  CHECK_STATUS(zx_object_wait_async(timer, port, 3, ZX_TIMER_SIGNALED, ZX_WAIT_ASYNC_TIMESTAMP),
               ZX_OK);
  const zx_time_t deadline = zx_deadline_after(ZX_MSEC(5));
  CHECK_STATUS(zx_timer_set(timer, deadline, 0), ZX_OK);
  CHECK_STATUS(zx_port_wait(port, soon(), &got), ZX_OK);
  CHECK_NUMBER(got.key, 3);
  CHECK(got.signal.timestamp >= deadline && got.signal.timestamp <= zx_clock_get_monotonic());
  CHECK_NUMBER(signals_of(timer), ZX_TIMER_SIGNALED);
  CHECK_STATUS(zx_handle_close(timer), ZX_OK);
  CHECK_STATUS(zx_handle_close(port), ZX_OK);
}

void check_ports(void) {
  check_packets();
  check_async();
  check_timers();
}
