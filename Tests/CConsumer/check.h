/* The consumer's checks: each counts, and one that fails says where and what. */
#ifndef CHECK_H_
#define CHECK_H_

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>

extern int passed;
extern int failed;

static inline void check_that(int holds, const char* text, const char* file, int line) {
  if (holds) {
    passed++;
  } else {
    failed++;
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
  }
}

static inline void check_status(zx_status_t actual, zx_status_t expected, const char* text,
                                const char* file, int line) {
  if (actual == expected) {
    passed++;
  } else {
    failed++;
    fprintf(stderr, "%s:%d: %s is %" PRId32 " %s, expected %" PRId32 " %s\n", file, line, text,
            actual, zx_status_get_string(actual), expected, zx_status_get_string(expected));
  }
}

static inline void check_number(uint64_t actual, uint64_t expected, const char* text,
                                const char* file, int line) {
  if (actual == expected) {
    passed++;
  } else {
    failed++;
    fprintf(stderr, "%s:%d: %s is %" PRIu64 ", expected %" PRIu64 "\n", file, line, text, actual,
            expected);
  }
}

#define CHECK(condition) check_that((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define CHECK_STATUS(call, expected) check_status((call), (expected), #call, __FILE__, __LINE__)
#define CHECK_NUMBER(value, expected) \
  check_number((uint64_t)(value), (uint64_t)(expected), #value, __FILE__, __LINE__)

/* All signals of the object now. A wait for nothing that does not wait: Zircon's own idiom. */
static inline zx_signals_t signals_of(zx_handle_t handle) {
  zx_signals_t observed = 0;
  zx_status_t status = zx_object_wait_one(handle, 0, ZX_TIME_INFINITE_PAST, &observed);
  check_status(status, ZX_ERR_TIMED_OUT, "poll of the signals", __FILE__, __LINE__);
  return observed;
}

/* Long enough for any machine; a wait that gets here fails its check. */
static inline zx_time_t soon(void) { return zx_deadline_after(ZX_SEC(20)); }

void check_handles(void);
void check_signals(void);
void check_waits(void);
void check_ports(void);
void check_sockets(void);
void check_datagrams(void);
void check_socket_state(void);
void check_bad_pointers(void);
void check_channels(void);
void check_fifos(void);
void check_counters(void);
void check_futexes(void);
void check_time(void);
void check_system(void);
void check_ends(void);
void check_twins(void);
void check_extensions(void);

#endif /* CHECK_H_ */
