/* What sockets must answer however their bytes reach Linux. */
#ifndef TRAFFIC_H_
#define TRAFFIC_H_

#include <string.h>
#include <zircon/linux.h>

#include "check.h"

#define CAPACITY ((size_t)264160)

/* Byte number `position` of a sequence that does not repeat with any power of two. */
static inline unsigned char byte_at(size_t position) { return (unsigned char)(position % 251); }

static inline void check_single_calls(uint32_t options) {
  zx_handle_t a = 0, b = 0;
  char text[8] = {0};
  size_t actual = 99;
  CHECK_STATUS(zx_socket_create(options, &a, &b), ZX_OK);
  CHECK_STATUS(zx_socket_read(b, 0, text, sizeof(text), &actual), ZX_ERR_SHOULD_WAIT);
  CHECK_NUMBER(actual, 99);
  CHECK_STATUS(zx_socket_write(a, 0, "hello", 5, &actual), ZX_OK);
  CHECK_NUMBER(actual, 5);
  CHECK_STATUS(zx_socket_read(b, ZX_SOCKET_PEEK, text, 2, &actual), ZX_OK);
  CHECK(memcmp(text, "he", 2) == 0);
  CHECK_STATUS(zx_socket_read(b, 0, text, sizeof(text), &actual), ZX_OK);
  CHECK_NUMBER(actual, 5);
  CHECK(memcmp(text, "hello", 5) == 0);
  CHECK_STATUS(zx_socket_write(a, 0, (void*)16, 5, &actual), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_read(b, 0, text, sizeof(text), &actual), ZX_ERR_SHOULD_WAIT);

  const zx_iovec_t vector[] = {{text, 2}, {text + 2, 3}};
  CHECK_STATUS(zxl_socket_writev(b, 0, vector, 2, &actual), ZX_OK);
  memset(text, 0, sizeof(text));
  CHECK_STATUS(zxl_socket_readv(a, 0, vector, 2, &actual), ZX_OK);
  CHECK_NUMBER(actual, 5);
  CHECK(memcmp(text, "hello", 5) == 0);

  CHECK_STATUS(zx_socket_write(a, 0, "last", 4, NULL), ZX_OK);
  CHECK_STATUS(zx_handle_close(a), ZX_OK);
  CHECK_NUMBER(signals_of(b), ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED);
  CHECK_STATUS(zx_socket_read(b, 0, text, sizeof(text), &actual), ZX_OK);
  CHECK_NUMBER(actual, 4);
  CHECK_STATUS(zx_socket_read(b, 0, text, sizeof(text), &actual), ZX_ERR_PEER_CLOSED);
  CHECK_STATUS(zx_handle_close(b), ZX_OK);
}

enum { BATCH = 100 };

/* More operations than a ring takes at once, with errors among them. */
static inline void check_batches(uint32_t options) {
  zx_handle_t a = 0, b = 0;
  unsigned char out[BATCH], in[BATCH + 1];
  zxl_socket_op_t ops[BATCH + 1];
  CHECK_STATUS(zx_socket_create(options, &a, &b), ZX_OK);
  for (size_t i = 0; i < BATCH; i++) {
    out[i] = byte_at(i);
    ops[i] = (zxl_socket_op_t){ZXL_SOCKET_WRITE, i % 10 == 7 ? ZX_HANDLE_INVALID : a, 0, 1,
                               i % 10 == 3 ? (void*)16 : out + i, 1, 77};
  }
  CHECK_STATUS(zxl_socket_batch(ops, BATCH), ZX_OK);
  size_t wrong = 0, written = 0;
  for (size_t i = 0; i < BATCH; i++) {
    zx_status_t expected = i % 10 == 7   ? ZX_ERR_BAD_HANDLE
                           : i % 10 == 3 ? ZX_ERR_INVALID_ARGS
                                         : ZX_OK;
    wrong += ops[i].status != expected || ops[i].actual != (expected == ZX_OK ? 1u : 77u);
    if (expected == ZX_OK) out[written++] = byte_at(i);
  }
  CHECK_NUMBER(wrong, 0);
  for (size_t i = 0; i <= written; i++) {
    ops[i] = (zxl_socket_op_t){ZXL_SOCKET_READ, b, 0, 1, in + i, 1, 77};
  }
  CHECK_STATUS(zxl_socket_batch(ops, written + 1), ZX_OK);
  for (size_t i = 0; i < written; i++) {
    wrong += ops[i].status != ZX_OK || ops[i].actual != 1 || in[i] != out[i];
  }
  CHECK_NUMBER(wrong, 0);
  CHECK_STATUS(ops[written].status, ZX_ERR_SHOULD_WAIT);
  CHECK_NUMBER(ops[written].actual, 77);
  CHECK_STATUS(zx_handle_close(a), ZX_OK);
  CHECK_STATUS(zx_handle_close(b), ZX_OK);
}

/* Writes messages of `size` bytes, a divisor of the capacity for a stream, until no more fit, and
 * reads them all back. */
static inline void check_fill(uint32_t options, size_t size, size_t expected) {
  static unsigned char out[2 * CAPACITY], in[CAPACITY];
  zx_handle_t a = 0, b = 0;
  CHECK_STATUS(zx_socket_create(options, &a, &b), ZX_OK);
  for (size_t i = 0; i < CAPACITY; i++) out[i] = byte_at(i);
  size_t count = 0, written = 0, actual = 0, wrong = 0;
  zx_status_t status;
  while ((status = zx_socket_write(a, 0, out + written, size, &actual)) == ZX_OK) {
    count++;
    written += actual;
    wrong += actual != size;
    if (written > CAPACITY) break;
  }
  CHECK_STATUS(status, ZX_ERR_SHOULD_WAIT);
  CHECK_NUMBER(count, expected);
  CHECK_NUMBER(written, expected * size);
  CHECK_NUMBER(wrong, 0);

  size_t got = 0;
  const size_t step = options == ZX_SOCKET_DATAGRAM ? size : 5003;
  while (got < written) {
    /* Room for more than a datagram, so that two melted into one would show. */
    size_t room = options == ZX_SOCKET_DATAGRAM ? size + 1 : step;
    if (room > CAPACITY - got) room = CAPACITY - got;
    if (zx_socket_read(b, 0, in + got, room, &actual) != ZX_OK) break;
    wrong += actual != (step < written - got ? step : written - got);
    got += actual;
  }
  CHECK_NUMBER(got, written);
  CHECK_NUMBER(wrong, 0);
  CHECK(memcmp(in, out, written) == 0);
  CHECK_STATUS(zx_socket_read(b, 0, in, 1, &actual), ZX_ERR_SHOULD_WAIT);
  CHECK_NUMBER(signals_of(a), ZX_SOCKET_WRITABLE);
  CHECK_STATUS(zx_handle_close(a), ZX_OK);
  CHECK_STATUS(zx_handle_close(b), ZX_OK);
}

/* All of it, for both kinds of sockets. */
static inline void check_traffic(void) {
  for (uint32_t options = ZX_SOCKET_STREAM; options <= ZX_SOCKET_DATAGRAM; options++) {
    check_single_calls(options);
    check_batches(options);
    check_fill(options, 5080, 52);
  }
}

static inline zxl_backend_info_t backend_info(void) {
  zxl_backend_info_t info = {99, 99, 0, 0, 0};
  CHECK_STATUS(zxl_backend_get_info(&info), ZX_OK);
  return info;
}

#endif /* TRAFFIC_H_ */
