/* Sockets: data, capacity, dispositions, thresholds, bad pointers. */

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

#define CAPACITY ((size_t)264160)

static zx_info_socket_t socket_info(zx_handle_t handle) {
  zx_info_socket_t info = {0};
  CHECK_STATUS(zx_object_get_info(handle, ZX_INFO_SOCKET, &info, sizeof(info), NULL, NULL), ZX_OK);
  return info;
}

static void check_stream(void) {
  zx_handle_t a = 0, b = 0;
  CHECK_STATUS(zx_socket_create(~ZX_SOCKET_CREATE_MASK, &a, &b), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_STREAM, &a, NULL), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_STREAM, &a, &b), ZX_OK);
  CHECK_NUMBER(signals_of(a), ZX_SOCKET_WRITABLE);
  CHECK_NUMBER(signals_of(b), ZX_SOCKET_WRITABLE);

  char text[16] = {0};
  size_t actual = 99;
  CHECK_STATUS(zx_socket_read(b, 0, text, sizeof(text), &actual), ZX_ERR_SHOULD_WAIT);
  CHECK_STATUS(zx_socket_read(b, ZX_SOCKET_PEEK, text, sizeof(text), &actual), ZX_ERR_SHOULD_WAIT);
  CHECK_NUMBER(actual, 99);
  CHECK_STATUS(zx_socket_write(a, 0, "1234", 4, &actual), ZX_OK);
  CHECK_NUMBER(actual, 4);
  CHECK_STATUS(zx_socket_write(a, 0, "5678", 4, &actual), ZX_OK);
  CHECK_NUMBER(signals_of(a), ZX_SOCKET_WRITABLE);
  CHECK_NUMBER(signals_of(b), ZX_SOCKET_READABLE | ZX_SOCKET_WRITABLE);
  CHECK_STATUS(zx_socket_read(b, ZX_SOCKET_PEEK, text, 5, &actual), ZX_OK);
  CHECK_NUMBER(actual, 5);
  CHECK(memcmp(text, "12345", 5) == 0);
  CHECK_STATUS(zx_socket_read(b, 0, NULL, 0, &actual), ZX_OK);
  CHECK_NUMBER(actual, 0);
  CHECK_STATUS(zx_socket_read(b, 0, text, sizeof(text), &actual), ZX_OK);
  CHECK_NUMBER(actual, 8);
  CHECK(memcmp(text, "12345678", 8) == 0);
  CHECK_NUMBER(signals_of(b), ZX_SOCKET_WRITABLE);

  /* What was written before the close is read first. */
  CHECK_STATUS(zx_socket_write(a, 0, "last", 4, NULL), ZX_OK);
  CHECK_STATUS(zx_handle_close(a), ZX_OK);
  CHECK_NUMBER(signals_of(b), ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED);
  CHECK_STATUS(zx_socket_read(b, 0, text, sizeof(text), &actual), ZX_OK);
  CHECK_NUMBER(actual, 4);
  CHECK_STATUS(zx_socket_read(b, 0, text, sizeof(text), &actual), ZX_ERR_PEER_CLOSED);
  CHECK_STATUS(zx_socket_write(b, 0, NULL, 0, &actual), ZX_ERR_PEER_CLOSED);
  CHECK_NUMBER(signals_of(b), ZX_SOCKET_PEER_CLOSED);
  CHECK_STATUS(zx_handle_close(b), ZX_OK);
}

static void check_arguments(void) {
  zx_handle_t a = 0, b = 0, event = 0, reduced = 0;
  char byte = 'x';
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_STREAM, &a, &b), ZX_OK);
  CHECK_STATUS(zx_event_create(0, &event), ZX_OK);
  CHECK_STATUS(zx_socket_write(a, 1, &byte, 1, NULL), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_read(a, 1, &byte, 1, NULL), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_write(a, 0, NULL, 1, NULL), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_read(a, 0, NULL, 1, NULL), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_write(a, 0, &byte, (size_t)1 << 32, NULL), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_read(a, 0, &byte, (size_t)1 << 32, NULL), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_write(0, 0, &byte, 1, NULL), ZX_ERR_BAD_HANDLE);
  CHECK_STATUS(zx_socket_read(0, 0, &byte, 1, NULL), ZX_ERR_BAD_HANDLE);
  CHECK_STATUS(zx_socket_write(event, 0, &byte, 1, NULL), ZX_ERR_WRONG_TYPE);
  CHECK_STATUS(zx_socket_read(event, 0, &byte, 1, NULL), ZX_ERR_WRONG_TYPE);
  CHECK_STATUS(zx_socket_set_disposition(event, 0, 0), ZX_ERR_WRONG_TYPE);
  CHECK_STATUS(zx_handle_duplicate(a, ZX_RIGHTS_BASIC, &reduced), ZX_OK);
  CHECK_STATUS(zx_socket_write(reduced, 0, &byte, 1, NULL), ZX_ERR_ACCESS_DENIED);
  CHECK_STATUS(zx_socket_read(reduced, 0, &byte, 1, NULL), ZX_ERR_ACCESS_DENIED);
  CHECK_STATUS(zx_socket_set_disposition(reduced, 0, 0), ZX_ERR_ACCESS_DENIED);
  const zx_handle_t all[] = {a, b, event, reduced};
  CHECK_STATUS(zx_handle_close_many(all, 4), ZX_OK);
}

/* Fills a direction with writes of one size, then reads everything back and compares. */
static void check_capacity(size_t size) {
  static unsigned char out[65536], in[CAPACITY];
  zx_handle_t a = 0, b = 0;
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_STREAM, &a, &b), ZX_OK);
  size_t written = 0, step = 0;
  zx_status_t status;
  do {
    written += step;
    for (size_t i = 0; i < size; i++) out[i] = (unsigned char)((written + i) % 251);
    status = zx_socket_write(a, 0, out, size, &step);
  } while (status == ZX_OK && step > 0 && written <= CAPACITY);
  CHECK_STATUS(status, ZX_ERR_SHOULD_WAIT);
  CHECK_NUMBER(written, CAPACITY);
  CHECK_NUMBER(signals_of(a), 0);
  zx_info_socket_t info = socket_info(a);
  CHECK_NUMBER(info.tx_buf_max, CAPACITY);
  CHECK_NUMBER(info.tx_buf_size, CAPACITY);
  CHECK_NUMBER(info.rx_buf_size, 0);
  info = socket_info(b);
  CHECK_NUMBER(info.rx_buf_max, CAPACITY);
  CHECK_NUMBER(info.rx_buf_available, CAPACITY);

  size_t got = 0;
  while (got < CAPACITY && zx_socket_read(b, 0, in + got, CAPACITY - got, &step) == ZX_OK &&
         step > 0) {
    got += step;
  }
  CHECK_NUMBER(got, CAPACITY);
  size_t wrong = 0;
  for (size_t i = 0; i < got; i++) wrong += in[i] != i % 251;
  CHECK_NUMBER(wrong, 0);
  CHECK_NUMBER(signals_of(a), ZX_SOCKET_WRITABLE);
  CHECK_STATUS(zx_handle_close(a), ZX_OK);
  CHECK_STATUS(zx_handle_close(b), ZX_OK);
}

/* 8 MiB from one thread to another, each waiting on its own signal. */
enum { STREAMED = 8 << 20 };

static void* stream(void* argument) {
  zx_handle_t writer = *(zx_handle_t*)argument;
  static unsigned char out[40000];
  size_t sent = 0, step = 0;
  while (sent < STREAMED) {
    size_t size = STREAMED - sent < sizeof(out) ? STREAMED - sent : sizeof(out);
    for (size_t i = 0; i < size; i++) out[i] = (unsigned char)((sent + i) % 251);
    zx_status_t status = zx_socket_write(writer, 0, out, size, &step);
    if (status == ZX_OK && step > 0) {
      sent += step;
    } else if (status != ZX_ERR_SHOULD_WAIT ||
               zx_object_wait_one(writer, ZX_SOCKET_WRITABLE, soon(), NULL) != ZX_OK) {
      break;
    }
  }
  zx_handle_close(writer);
  return NULL;
}

static void check_streaming(void) {
  static unsigned char in[50000];
  zx_handle_t reader = 0, writer = 0;
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_STREAM, &reader, &writer), ZX_OK);
  pthread_t thread;
  CHECK_NUMBER(pthread_create(&thread, NULL, stream, &writer), 0);
  size_t got = 0, step = 0, wrong = 0;
  zx_status_t status;
  for (;;) {
    status = zx_socket_read(reader, 0, in, sizeof(in), &step);
    if (status == ZX_OK && step > 0) {
      for (size_t i = 0; i < step; i++) wrong += in[i] != (got + i) % 251;
      got += step;
    } else if (status != ZX_ERR_SHOULD_WAIT ||
               zx_object_wait_one(reader, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED, soon(),
                                  NULL) != ZX_OK) {
      break;
    }
  }
  CHECK_STATUS(status, ZX_ERR_PEER_CLOSED);
  CHECK_NUMBER(got, STREAMED);
  CHECK_NUMBER(wrong, 0);
  CHECK_STATUS(zx_handle_close(reader), ZX_OK);
  pthread_join(thread, NULL);
}

void check_sockets(void) {
  check_stream();
  check_arguments();
  check_capacity(65536);
  check_capacity(4096);
  check_capacity(1);
  check_streaming();
}

void check_datagrams(void) {
  static char big[200 << 10], other[200 << 10];
  zx_handle_t a = 0, b = 0;
  size_t actual = 99;
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_DATAGRAM, &a, &b), ZX_OK);
  CHECK_NUMBER(socket_info(a).options, ZX_SOCKET_DATAGRAM);
  CHECK_STATUS(zx_socket_write(a, 0, "12345", 5, &actual), ZX_OK);
  CHECK_STATUS(zx_socket_write(a, 0, "abcdef", 6, &actual), ZX_OK);
  CHECK_STATUS(zx_socket_write(a, 0, NULL, 0, &actual), ZX_OK);
  CHECK_NUMBER(actual, 0);
  CHECK_NUMBER(socket_info(b).rx_buf_size, 11);
  CHECK_NUMBER(socket_info(b).rx_buf_available, 5);
  char text[16] = {0};
  CHECK_STATUS(zx_socket_read(b, 0, text, 4, &actual), ZX_OK);
  CHECK_NUMBER(actual, 4);
  CHECK_NUMBER(socket_info(b).rx_buf_available, 6);
  CHECK_STATUS(zx_socket_read(b, 0, text, sizeof(text), &actual), ZX_OK);
  CHECK_NUMBER(actual, 6);
  CHECK(memcmp(text, "abcdef", 6) == 0);
  CHECK_STATUS(zx_socket_read(b, 0, text, sizeof(text), &actual), ZX_ERR_SHOULD_WAIT);

  for (size_t i = 0; i < sizeof(big); i++) big[i] = (char)(i % 127);
  CHECK_STATUS(zx_socket_write(a, 0, big, sizeof(big), &actual), ZX_OK);
  CHECK_NUMBER(actual, sizeof(big));
  actual = 99;
  CHECK_STATUS(zx_socket_write(a, 0, big, 100 << 10, &actual), ZX_ERR_SHOULD_WAIT);
  CHECK_STATUS(zx_socket_write(a, 0, big, 2 * CAPACITY, &actual), ZX_ERR_OUT_OF_RANGE);
  CHECK_NUMBER(actual, 99);
  CHECK_STATUS(zx_socket_read(b, 0, other, sizeof(other), &actual), ZX_OK);
  CHECK_NUMBER(actual, sizeof(big));
  CHECK(memcmp(big, other, sizeof(big)) == 0);
  CHECK_STATUS(zx_handle_close(a), ZX_OK);
  CHECK_STATUS(zx_handle_close(b), ZX_OK);
}

static void check_disposition(void) {
  const uint32_t off = ZX_SOCKET_DISPOSITION_WRITE_DISABLED;
  const uint32_t on = ZX_SOCKET_DISPOSITION_WRITE_ENABLED;
  zx_handle_t a = 0, b = 0;
  char byte = 'x';
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_STREAM, &a, &b), ZX_OK);
  CHECK_STATUS(zx_socket_set_disposition(a, off | on, 0), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_set_disposition(a, 0, 1337), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_write(a, 0, &byte, 1, NULL), ZX_OK);
  CHECK_STATUS(zx_socket_set_disposition(a, off, 0), ZX_OK);
  CHECK_NUMBER(signals_of(a), ZX_SOCKET_WRITE_DISABLED);
  CHECK_NUMBER(signals_of(b),
               ZX_SOCKET_READABLE | ZX_SOCKET_WRITABLE | ZX_SOCKET_PEER_WRITE_DISABLED);
  CHECK_STATUS(zx_socket_write(a, 0, &byte, 1, NULL), ZX_ERR_BAD_STATE);
  CHECK_STATUS(zx_socket_set_disposition(a, on, 0), ZX_ERR_BAD_STATE);
  CHECK_STATUS(zx_socket_read(b, 0, &byte, 1, NULL), ZX_OK);
  CHECK_STATUS(zx_socket_read(b, 0, &byte, 1, NULL), ZX_ERR_BAD_STATE);
  CHECK_STATUS(zx_socket_set_disposition(a, on, 0), ZX_OK);
  CHECK_NUMBER(signals_of(a), ZX_SOCKET_WRITABLE);
  CHECK_NUMBER(signals_of(b), ZX_SOCKET_WRITABLE);

  CHECK_STATUS(zx_socket_shutdown(a, ~ZX_SOCKET_SHUTDOWN_MASK), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_shutdown(a, ZX_SOCKET_SHUTDOWN_READ), ZX_OK);
  CHECK_NUMBER(signals_of(b), ZX_SOCKET_WRITE_DISABLED);
  CHECK_NUMBER(signals_of(a), ZX_SOCKET_WRITABLE | ZX_SOCKET_PEER_WRITE_DISABLED);
  CHECK_STATUS(zx_handle_close(a), ZX_OK);
  CHECK_STATUS(zx_handle_close(b), ZX_OK);
}

static void check_thresholds(void) {
  static char data[101];
  zx_handle_t a = 0, b = 0;
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_STREAM, &a, &b), ZX_OK);
  size_t value = 101, answer = 7;
  CHECK_STATUS(zx_object_get_property(b, ZX_PROP_SOCKET_RX_THRESHOLD, &answer, sizeof(answer)),
               ZX_OK);
  CHECK_NUMBER(answer, 0);
  CHECK_STATUS(zx_object_set_property(b, ZX_PROP_SOCKET_RX_THRESHOLD, &value, 4),
               ZX_ERR_BUFFER_TOO_SMALL);
  CHECK_STATUS(zx_object_set_property(b, ZX_PROP_SOCKET_RX_THRESHOLD, &value, sizeof(value)),
               ZX_OK);
  CHECK_STATUS(zx_object_get_property(b, ZX_PROP_SOCKET_RX_THRESHOLD, &answer, sizeof(answer)),
               ZX_OK);
  CHECK_NUMBER(answer, 101);
  CHECK_STATUS(zx_socket_write(a, 0, data, 100, NULL), ZX_OK);
  CHECK_NUMBER(signals_of(b) & ZX_SOCKET_READ_THRESHOLD, 0);
  CHECK_STATUS(zx_socket_write(a, 0, data, 1, NULL), ZX_OK);
  CHECK_NUMBER(signals_of(b) & ZX_SOCKET_READ_THRESHOLD, ZX_SOCKET_READ_THRESHOLD);

  value = CAPACITY - 101;
  CHECK_STATUS(zx_object_set_property(a, ZX_PROP_SOCKET_TX_THRESHOLD, &value, sizeof(value)),
               ZX_OK);
  CHECK_NUMBER(signals_of(a), ZX_SOCKET_WRITABLE | ZX_SOCKET_WRITE_THRESHOLD);
  value = CAPACITY + 1;
  CHECK_STATUS(zx_object_set_property(a, ZX_PROP_SOCKET_TX_THRESHOLD, &value, sizeof(value)),
               ZX_ERR_INVALID_ARGS);
  char name[ZX_MAX_NAME_LEN] = "";
  CHECK_STATUS(zx_object_get_property(a, ZX_PROP_NAME, name, sizeof(name)), ZX_ERR_WRONG_TYPE);
  CHECK_STATUS(zx_object_get_property(a, 999, name, sizeof(name)), ZX_ERR_NOT_SUPPORTED);
  CHECK_STATUS(zx_handle_close(b), ZX_OK);
  value = 1;
  CHECK_STATUS(zx_object_set_property(a, ZX_PROP_SOCKET_TX_THRESHOLD, &value, sizeof(value)),
               ZX_ERR_PEER_CLOSED);
  CHECK_STATUS(zx_handle_close(a), ZX_OK);
}

void check_socket_state(void) {
  check_disposition();
  check_thresholds();
}

void check_bad_pointers(void) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char* none = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char* constant = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(none != MAP_FAILED && constant != MAP_FAILED);
  zx_handle_t a = 0, b = 0, gone = 0;
  char byte = 'x';
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_STREAM, &a, &b), ZX_OK);
  CHECK_STATUS(zx_socket_write(a, 0, none, 8, NULL), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_write(a, 0, (const void*)1, 8, NULL), ZX_ERR_INVALID_ARGS);
  CHECK_NUMBER(signals_of(b), ZX_SOCKET_WRITABLE);
  CHECK_STATUS(zx_socket_write(a, 0, &byte, 1, (size_t*)(void*)constant), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_read(b, ZX_SOCKET_PEEK, none, 1, NULL), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_read(b, ZX_SOCKET_PEEK, constant, 1, NULL), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_read(b, 0, &byte, 1, (size_t*)(void*)none), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_event_create(0, (zx_handle_t*)(void*)constant), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_create(0, &gone, (zx_handle_t*)(void*)none), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_create(0, (zx_handle_t*)(void*)none, &gone), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_handle_close_many((const zx_handle_t*)(void*)none, 3), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_object_wait_one(b, ZX_SOCKET_WRITABLE, 0, (zx_signals_t*)(void*)none),
               ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_object_wait_many((zx_wait_item_t*)(void*)none, 1, 0), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_object_get_info(b, ZX_INFO_SOCKET, constant, 48, NULL, NULL),
               ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_object_set_property(b, ZX_PROP_SOCKET_RX_THRESHOLD, none, 8),
               ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_object_get_property(b, ZX_PROP_SOCKET_RX_THRESHOLD, constant, 8),
               ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_handle_close(a), ZX_OK);
  CHECK_STATUS(zx_handle_close(b), ZX_OK);
  munmap(none, page);
  munmap(constant, page);
}
