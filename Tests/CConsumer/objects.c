/* Handles, signals and waits, on events, eventpairs and sockets. */

#include <pthread.h>

#include "check.h"

static zx_info_handle_basic_t basic_info(zx_handle_t handle) {
  zx_info_handle_basic_t info = {0};
  size_t actual = 9, avail = 9;
  zx_status_t status =
      zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), &actual, &avail);
  CHECK_STATUS(status, ZX_OK);
  CHECK_NUMBER(actual, 1);
  CHECK_NUMBER(avail, 1);
  CHECK_NUMBER(info.reserved, 0);
  return info;
}

static uint32_t handle_count(zx_handle_t handle) {
  zx_info_handle_count_t info = {0};
  CHECK_STATUS(
      zx_object_get_info(handle, ZX_INFO_HANDLE_COUNT, &info, sizeof(info), NULL, NULL), ZX_OK);
  return info.handle_count;
}

static void check_values(void) {
  zx_handle_t event = ZX_HANDLE_INVALID;
  CHECK_STATUS(zx_event_create(1, &event), ZX_ERR_INVALID_ARGS);
  CHECK_NUMBER(event, ZX_HANDLE_INVALID);
  CHECK_STATUS(zx_event_create(0, NULL), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_event_create(0, &event), ZX_OK);
  CHECK_NUMBER(event & ZX_HANDLE_FIXED_BITS_MASK, ZX_HANDLE_FIXED_BITS_MASK);

  CHECK_STATUS(zx_handle_check_valid(event), ZX_OK);
  CHECK_STATUS(zx_handle_check_valid(ZX_HANDLE_INVALID), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_handle_check_valid(event & ~1u), ZX_ERR_OUT_OF_RANGE);
  CHECK_STATUS(zx_object_get_info(event, ZX_INFO_HANDLE_VALID, NULL, 0, NULL, NULL), ZX_OK);

  CHECK_STATUS(zx_handle_close(event), ZX_OK);
  CHECK_STATUS(zx_handle_close(event), ZX_ERR_BAD_HANDLE);
  CHECK_STATUS(zx_handle_close(ZX_HANDLE_INVALID), ZX_OK);
  CHECK_STATUS(zx_handle_check_valid(event), ZX_ERR_NOT_FOUND);
  CHECK_STATUS(zx_object_get_info(event, ZX_INFO_HANDLE_VALID, NULL, 0, NULL, NULL),
               ZX_ERR_BAD_HANDLE);
}

static void check_duplicates(void) {
  zx_handle_t event = 0, copy = 0, waiter = 0, other = 0;
  CHECK_STATUS(zx_event_create(0, &event), ZX_OK);
  zx_info_handle_basic_t info = basic_info(event);
  CHECK(info.koid >= ZX_KOID_FIRST);
  CHECK_NUMBER(info.rights, ZX_DEFAULT_EVENT_RIGHTS);
  CHECK_NUMBER(info.type, ZX_OBJ_TYPE_EVENT);
  CHECK_NUMBER(info.related_koid, ZX_KOID_INVALID);

  CHECK_STATUS(zx_handle_duplicate(event, ZX_RIGHT_SAME_RIGHTS, &copy), ZX_OK);
  CHECK_NUMBER(basic_info(copy).koid, info.koid);
  CHECK_NUMBER(basic_info(copy).rights, info.rights);
  CHECK_NUMBER(handle_count(event), 2);

  CHECK_STATUS(zx_handle_duplicate(event, ZX_RIGHT_WAIT, &waiter), ZX_OK);
  CHECK_NUMBER(basic_info(waiter).rights, ZX_RIGHT_WAIT);
  CHECK_STATUS(zx_handle_duplicate(waiter, ZX_RIGHT_SAME_RIGHTS, &other), ZX_ERR_ACCESS_DENIED);
  CHECK_STATUS(zx_handle_duplicate(event, ZX_RIGHT_EXECUTE, &other), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_handle_duplicate(event, ZX_RIGHT_SAME_RIGHTS, NULL), ZX_ERR_INVALID_ARGS);
  CHECK_NUMBER(other, 0);
  CHECK_NUMBER(handle_count(event), 3);
  CHECK_STATUS(zx_object_signal(waiter, 0, ZX_EVENT_SIGNALED), ZX_ERR_ACCESS_DENIED);

  CHECK_STATUS(zx_handle_replace(copy, ZX_RIGHTS_BASIC, &other), ZX_OK);
  CHECK_STATUS(zx_handle_close(copy), ZX_ERR_BAD_HANDLE);
  CHECK_NUMBER(basic_info(other).rights, ZX_RIGHTS_BASIC);
  CHECK_STATUS(zx_handle_replace(other, ZX_RIGHT_WRITE, &copy), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_handle_close(other), ZX_ERR_BAD_HANDLE);

  const zx_handle_t all[] = {event, ZX_HANDLE_INVALID, waiter};
  CHECK_STATUS(zx_handle_close_many(all, 3), ZX_OK);
  CHECK_STATUS(zx_handle_close_many(all, 3), ZX_ERR_BAD_HANDLE);
  CHECK_STATUS(zx_handle_close_many(NULL, 0), ZX_OK);
}

static void check_info(void) {
  zx_handle_t event = 0;
  CHECK_STATUS(zx_event_create(0, &event), ZX_OK);
  zx_info_handle_basic_t info;
  size_t actual = 9, avail = 9;
  CHECK_STATUS(zx_object_get_info(event, ZX_INFO_HANDLE_BASIC, &info, 4, &actual, &avail),
               ZX_ERR_BUFFER_TOO_SMALL);
  CHECK_NUMBER(actual, 0);
  CHECK_NUMBER(avail, 1);
  CHECK_STATUS(zx_object_get_info(ZX_HANDLE_INVALID, 0xabcdu, &info, sizeof(info), NULL, NULL),
               ZX_ERR_NOT_SUPPORTED);
  zx_info_socket_t socket;
  CHECK_STATUS(zx_object_get_info(event, ZX_INFO_SOCKET, &socket, sizeof(socket), NULL, NULL),
               ZX_ERR_WRONG_TYPE);
  char name[ZX_MAX_NAME_LEN] = "x";
  CHECK_STATUS(zx_object_get_property(event, ZX_PROP_NAME, name, sizeof(name)),
               ZX_ERR_ACCESS_DENIED);
  CHECK_STATUS(zx_object_set_property(event, ZX_PROP_NAME, name, sizeof(name)),
               ZX_ERR_ACCESS_DENIED);
  CHECK_STATUS(zx_object_get_property(event, ZX_PROP_NAME, NULL, 0), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_handle_close(event), ZX_OK);
}

void check_handles(void) {
  check_values();
  check_duplicates();
  check_info();
}

void check_signals(void) {
  zx_handle_t event = 0;
  CHECK_STATUS(zx_event_create(0, &event), ZX_OK);
  CHECK_NUMBER(signals_of(event), 0);
  CHECK_STATUS(zx_object_signal(event, 0, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_3), ZX_OK);
  CHECK_NUMBER(signals_of(event), ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_3);
  CHECK_STATUS(zx_object_signal(event, ZX_EVENT_SIGNAL_MASK, ZX_USER_SIGNAL_0), ZX_OK);
  CHECK_NUMBER(signals_of(event), ZX_USER_SIGNAL_0);
  CHECK_STATUS(zx_object_signal(event, 0, __ZX_OBJECT_READABLE), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_object_signal_peer(event, 0, ZX_USER_SIGNAL_0), ZX_ERR_ACCESS_DENIED);
  CHECK_STATUS(zx_handle_close(event), ZX_OK);

  zx_handle_t left = 0, right = 0;
  CHECK_STATUS(zx_eventpair_create(1, &left, &right), ZX_ERR_NOT_SUPPORTED);
  CHECK_STATUS(zx_eventpair_create(0, &left, &right), ZX_OK);
  zx_info_handle_basic_t left_info = basic_info(left), right_info = basic_info(right);
  CHECK_NUMBER(left_info.related_koid, right_info.koid);
  CHECK_NUMBER(right_info.related_koid, left_info.koid);
  CHECK_NUMBER(left_info.rights, ZX_DEFAULT_EVENTPAIR_RIGHTS);
  CHECK_NUMBER(left_info.type, ZX_OBJ_TYPE_EVENTPAIR);

  CHECK_STATUS(zx_object_signal_peer(left, 0, ZX_EVENTPAIR_SIGNALED | ZX_USER_SIGNAL_1), ZX_OK);
  CHECK_NUMBER(signals_of(left), 0);
  CHECK_NUMBER(signals_of(right), ZX_EVENTPAIR_SIGNALED | ZX_USER_SIGNAL_1);
  CHECK_STATUS(zx_object_signal_peer(left, 0, ZX_EVENTPAIR_PEER_CLOSED), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_handle_close(left), ZX_OK);
  CHECK_NUMBER(signals_of(right),
               ZX_EVENTPAIR_SIGNALED | ZX_USER_SIGNAL_1 | ZX_EVENTPAIR_PEER_CLOSED);
  CHECK_STATUS(zx_object_signal_peer(right, 0, ZX_USER_SIGNAL_1), ZX_ERR_PEER_CLOSED);
  CHECK_NUMBER(basic_info(right).related_koid, left_info.koid);
  CHECK_STATUS(zx_handle_close(right), ZX_OK);
}

/* One wait on another thread. */
struct waiter {
  zx_handle_t handle;
  zx_signals_t signals;
  zx_signals_t observed;
  zx_status_t status;
  pthread_t thread;
};

static void* wait_once(void* argument) {
  struct waiter* waiter = argument;
  waiter->status = zx_object_wait_one(waiter->handle, waiter->signals, soon(), &waiter->observed);
  return NULL;
}

static void start(struct waiter* waiter, zx_handle_t handle, zx_signals_t signals) {
  waiter->handle = handle;
  waiter->signals = signals;
  CHECK_NUMBER(pthread_create(&waiter->thread, NULL, wait_once, waiter), 0);
}

static void check_wait_one(void) {
  zx_handle_t event = 0;
  zx_signals_t observed = 0;
  CHECK_STATUS(zx_event_create(0, &event), ZX_OK);
  zx_time_t deadline = zx_deadline_after(ZX_MSEC(5));
  CHECK_STATUS(zx_object_wait_one(event, ZX_EVENT_SIGNALED, deadline, &observed), ZX_ERR_TIMED_OUT);
  CHECK(zx_clock_get_monotonic() >= deadline);

  struct waiter waiter = {0};
  start(&waiter, event, ZX_EVENT_SIGNALED);
  CHECK_STATUS(zx_object_signal(event, 0, ZX_EVENT_SIGNALED), ZX_OK);
  pthread_join(waiter.thread, NULL);
  CHECK_STATUS(waiter.status, ZX_OK);
  CHECK_NUMBER(waiter.observed, ZX_EVENT_SIGNALED);

  /* Closing the handle ends the wait. The waiter may not have begun it: then it finds no handle. */
  CHECK_STATUS(zx_object_signal(event, ZX_EVENT_SIGNALED, 0), ZX_OK);
  start(&waiter, event, ZX_EVENT_SIGNALED);
  CHECK_STATUS(zx_handle_close(event), ZX_OK);
  pthread_join(waiter.thread, NULL);
  CHECK(waiter.status == ZX_ERR_CANCELED || waiter.status == ZX_ERR_BAD_HANDLE);
  CHECK(waiter.status != ZX_ERR_CANCELED || waiter.observed == ZX_SIGNAL_HANDLE_CLOSED);
  CHECK_STATUS(zx_object_wait_one(event, 0, 0, NULL), ZX_ERR_BAD_HANDLE);
}

static void check_wait_many(void) {
  zx_wait_item_t items[ZX_WAIT_MANY_MAX_ITEMS + 1] = {0};
  for (size_t i = 0; i < 3; i++) {
    CHECK_STATUS(zx_event_create(0, &items[i].handle), ZX_OK);
    items[i].waitfor = ZX_EVENT_SIGNALED;
  }
  CHECK_STATUS(zx_object_wait_many(items, 3, ZX_TIME_INFINITE_PAST), ZX_ERR_TIMED_OUT);
  CHECK_STATUS(zx_object_signal(items[1].handle, 0, ZX_EVENT_SIGNALED), ZX_OK);
  CHECK_STATUS(zx_object_wait_many(items, 3, soon()), ZX_OK);
  CHECK_NUMBER(items[0].pending, 0);
  CHECK_NUMBER(items[1].pending, ZX_EVENT_SIGNALED);
  CHECK_NUMBER(items[2].pending, 0);
  CHECK_STATUS(zx_object_wait_many(items, ZX_WAIT_MANY_MAX_ITEMS + 1, 0), ZX_ERR_OUT_OF_RANGE);
  CHECK_STATUS(zx_object_wait_many(NULL, 0, 0), ZX_ERR_TIMED_OUT);
  CHECK_STATUS(zx_object_wait_many(NULL, 1, 0), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_handle_close(items[1].handle), ZX_OK);
  CHECK_STATUS(zx_object_wait_many(items, 3, 0), ZX_ERR_BAD_HANDLE);
  CHECK_STATUS(zx_handle_close(items[0].handle), ZX_OK);
  CHECK_STATUS(zx_handle_close(items[2].handle), ZX_OK);
}

static void check_wait_for_data(void) {
  zx_handle_t reader = 0, writer = 0;
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_STREAM, &reader, &writer), ZX_OK);
  struct waiter waiter = {0};
  start(&waiter, reader, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED);
  CHECK_STATUS(zx_socket_write(writer, 0, "data", 4, NULL), ZX_OK);
  pthread_join(waiter.thread, NULL);
  CHECK_STATUS(waiter.status, ZX_OK);
  CHECK_NUMBER(waiter.observed, ZX_SOCKET_READABLE | ZX_SOCKET_WRITABLE);

  start(&waiter, reader, ZX_SOCKET_PEER_CLOSED);
  CHECK_STATUS(zx_handle_close(writer), ZX_OK);
  pthread_join(waiter.thread, NULL);
  CHECK_STATUS(waiter.status, ZX_OK);
  CHECK_NUMBER(waiter.observed, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED);
  CHECK_STATUS(zx_handle_close(reader), ZX_OK);
}

void check_waits(void) {
  check_wait_one();
  check_wait_many();
  check_wait_for_data();
}
