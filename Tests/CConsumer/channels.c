/* Channels, fifos, counters and futexes, as C sees them. */

#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* Answers one call with the handles it came with, and one byte more. */
static void* serve(void* argument) {
  zx_handle_t channel = *(zx_handle_t*)argument, handles[4];
  char bytes[16] = {0};
  uint32_t byte_count = 0, handle_count = 0;
  if (zx_object_wait_one(channel, ZX_CHANNEL_READABLE, soon(), NULL) != ZX_OK) return NULL;
  if (zx_channel_read(channel, 0, bytes, handles, sizeof(bytes), 4, &byte_count, &handle_count) !=
      ZX_OK) {
    return NULL;
  }
  bytes[byte_count] = '!';
  zx_channel_write(channel, 0, bytes, byte_count + 1, handles, handle_count);
  return NULL;
}

void check_channels(void) {
  zx_handle_t a = 0, b = 0, event = 0, handle = 0;
  zx_handle_info_t info = {0};
  char bytes[16];
  uint32_t byte_count = 77, handle_count = 77;
  CHECK_STATUS(zx_channel_create(0, &a, &b), ZX_OK);
  CHECK_STATUS(zx_event_create(0, &event), ZX_OK);
  CHECK_NUMBER(signals_of(a), ZX_CHANNEL_WRITABLE);

  zx_handle_disposition_t sent = {ZX_HANDLE_OP_DUPLICATE, event, ZX_OBJ_TYPE_EVENT, ZX_RIGHT_WAIT,
                                  ZX_OK};
  const zx_channel_iovec_t parts[] = {{"one", 3, 0}, {NULL, 0, 0}, {"two", 3, 0}};
  CHECK_STATUS(zx_channel_write_etc(a, ZX_CHANNEL_WRITE_USE_IOVEC, parts, 3, &sent, 1), ZX_OK);
  CHECK_STATUS(zx_channel_read(b, 0, NULL, NULL, 0, 0, &byte_count, &handle_count),
               ZX_ERR_BUFFER_TOO_SMALL);
  CHECK_NUMBER(byte_count, 6);
  CHECK_NUMBER(handle_count, 1);
  CHECK_STATUS(zx_channel_read_etc(b, 0, bytes, &info, sizeof(bytes), 1, NULL, NULL), ZX_OK);
  CHECK(memcmp(bytes, "onetwo", 6) == 0);
  CHECK_NUMBER(info.type, ZX_OBJ_TYPE_EVENT);
  CHECK_NUMBER(info.rights, ZX_RIGHT_WAIT);
  CHECK_STATUS(zx_handle_close(info.handle), ZX_OK);

  pthread_t thread;
  CHECK_NUMBER(pthread_create(&thread, NULL, serve, &b), 0);
  zx_channel_call_args_t args = {.wr_bytes = "idididwho", .wr_handles = &event, .rd_bytes = bytes,
                                 .rd_handles = &handle, .wr_num_bytes = 9, .wr_num_handles = 1,
                                 .rd_num_bytes = sizeof(bytes), .rd_num_handles = 1};
  CHECK_STATUS(zx_channel_call(a, 0, soon(), &args, &byte_count, &handle_count), ZX_OK);
  CHECK_NUMBER(pthread_join(thread, NULL), 0);
  CHECK_NUMBER(byte_count, 10);
  CHECK_NUMBER(handle_count, 1);
  CHECK(memcmp(bytes + 4, "idwho!", 6) == 0);
  CHECK_STATUS(zx_handle_close(event), ZX_ERR_BAD_HANDLE);
  CHECK_STATUS(zx_handle_close(handle), ZX_OK);
  CHECK_STATUS(zx_channel_call(a, 0, 0, NULL, &byte_count, &handle_count), ZX_ERR_INVALID_ARGS);

  CHECK_STATUS(zx_handle_close(a), ZX_OK);
  CHECK_NUMBER(signals_of(b), ZX_CHANNEL_PEER_CLOSED);
  CHECK_STATUS(_zx_channel_write(b, 0, NULL, 0, NULL, 0), ZX_ERR_PEER_CLOSED);
  CHECK_STATUS(zx_handle_close(b), ZX_OK);
}

void check_fifos(void) {
  zx_handle_t a = 0, b = 0;
  uint64_t out[] = {1, 2, 3}, in[3] = {0};
  size_t actual = 77;
  CHECK_STATUS(zx_fifo_create(513, 8, 0, &a, &b), ZX_ERR_OUT_OF_RANGE);
  CHECK_STATUS(zx_fifo_create(2, 8, 0, &a, &b), ZX_OK);
  CHECK_STATUS(zx_fifo_write(a, 8, out, 3, &actual), ZX_OK);
  CHECK_NUMBER(actual, 2);
  CHECK_STATUS(zx_fifo_write(a, 8, out, 1, NULL), ZX_ERR_SHOULD_WAIT);
  CHECK_STATUS(zx_fifo_read(b, 8, in, 3, &actual), ZX_OK);
  CHECK_NUMBER(actual, 2);
  CHECK(in[0] == 1 && in[1] == 2 && in[2] == 0);
  CHECK_STATUS(zx_handle_close(a), ZX_OK);
  CHECK_STATUS(_zx_fifo_read(b, 8, in, 1, NULL), ZX_ERR_PEER_CLOSED);
  CHECK_STATUS(zx_handle_close(b), ZX_OK);
}

void check_counters(void) {
  zx_handle_t counter = 0;
  int64_t value = 77;
  CHECK_STATUS(zx_counter_create(0, &counter), ZX_OK);
  CHECK_NUMBER(signals_of(counter), ZX_COUNTER_NON_POSITIVE);
  CHECK_STATUS(zx_counter_add(counter, INT64_MAX), ZX_OK);
  CHECK_STATUS(zx_counter_add(counter, 1), ZX_ERR_OUT_OF_RANGE);
  CHECK_STATUS(zx_counter_read(counter, &value), ZX_OK);
  CHECK_NUMBER(value, INT64_MAX);
  CHECK_NUMBER(signals_of(counter), ZX_COUNTER_POSITIVE);
  CHECK_STATUS(_zx_counter_write(counter, -1), ZX_OK);
  CHECK_NUMBER(signals_of(counter), ZX_COUNTER_NON_POSITIVE);
  CHECK_STATUS(zx_handle_close(counter), ZX_OK);
}

static zx_futex_t word;
static zx_handle_t to_close;

static void* wake_and_exit(void* argument) {
  (void)argument;
  zx_futex_wake_handle_close_thread_exit(&word, 1, 1, to_close);
}

void check_futexes(void) {
  pthread_t thread;
  zx_koid_t koid = 77;
  CHECK_STATUS(zx_futex_wait(NULL, 0, 0, soon()), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_futex_wait(&word, 1, 0, soon()), ZX_ERR_BAD_STATE);
  CHECK_STATUS(zx_futex_wait(&word, 0, 0, 0), ZX_ERR_TIMED_OUT);
  CHECK_STATUS(_zx_futex_wake(&word, UINT32_MAX), ZX_OK);
  CHECK_STATUS(zx_futex_requeue(&word, 1, 0, &word, 1, 0), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_futex_get_owner(&word, &koid), ZX_OK);
  CHECK_NUMBER(koid, ZX_KOID_INVALID);

  CHECK_STATUS(zx_event_create(0, &to_close), ZX_OK);
  CHECK_NUMBER(pthread_create(&thread, NULL, wake_and_exit, NULL), 0);
  while (atomic_load(&word) == 0) {
    zx_status_t status = zx_futex_wait(&word, 0, 0, soon());
    CHECK(status == ZX_OK || status == ZX_ERR_BAD_STATE);
    if (status == ZX_ERR_TIMED_OUT) break;
  }
  CHECK_NUMBER(atomic_load(&word), 1);
  CHECK_NUMBER(pthread_join(thread, NULL), 0);
  CHECK_STATUS(zx_handle_close(to_close), ZX_ERR_BAD_HANDLE);
}
