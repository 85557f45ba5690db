/* Calls without a handle, the ends of a process and a thread, the twins, the Linux extensions. */

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zircon/assert.h>
#include <zircon/linux.h>
#include <zircon/process.h>

#include "check.h"

void check_time(void) {
  zx_time_t before = zx_clock_get_monotonic();
  CHECK(before > 0);
  CHECK(zx_clock_get_monotonic() >= before);
  CHECK(zx_clock_get_boot() >= before);
  CHECK(zx_ticks_per_second() > 0);
  zx_ticks_t ticks = zx_ticks_get();
  CHECK(zx_ticks_get() >= ticks);
  CHECK(zx_ticks_get_boot() > 0);
  CHECK(zx_deadline_after(ZX_SEC(1)) >= before + ZX_SEC(1));
  CHECK_NUMBER(zx_deadline_after(INT64_MAX - 100), ZX_TIME_INFINITE);
  CHECK(zx_deadline_after(ZX_TIME_INFINITE_PAST) < 0);
  CHECK_STATUS(zx_nanosleep(0), ZX_OK);
  CHECK_STATUS(zx_nanosleep(ZX_TIME_INFINITE_PAST), ZX_OK);
  zx_time_t deadline = zx_deadline_after(ZX_MSEC(3));
  CHECK_STATUS(zx_nanosleep(deadline), ZX_OK);
  CHECK(zx_clock_get_monotonic() >= deadline);

  CHECK_NUMBER(zx_time_add_duration(ZX_TIME_INFINITE, 1), ZX_TIME_INFINITE);
  CHECK_NUMBER(zx_time_add_duration(ZX_TIME_INFINITE_PAST, -1), ZX_TIME_INFINITE_PAST);
  CHECK_NUMBER(zx_time_add_duration(-5, 7), 2);
  CHECK_NUMBER(zx_time_sub_duration(ZX_TIME_INFINITE_PAST, 1), ZX_TIME_INFINITE_PAST);
  CHECK_NUMBER(zx_time_sub_duration(0, INT64_MIN), ZX_TIME_INFINITE);
  CHECK_NUMBER(zx_time_sub_time(ZX_TIME_INFINITE, -1), INT64_MAX);
  CHECK_NUMBER(zx_duration_add_duration(INT64_MAX, INT64_MAX), INT64_MAX);
  CHECK_NUMBER(zx_duration_sub_duration(INT64_MIN, INT64_MAX), INT64_MIN);
  CHECK_NUMBER(zx_duration_mul_int64(INT64_MIN, 2), INT64_MIN);
  CHECK_NUMBER(zx_duration_mul_int64(INT64_MIN, -1), INT64_MAX);
  CHECK_NUMBER(zx_duration_from_msec(3), ZX_MSEC(3));
  CHECK_NUMBER(zx_duration_from_hour(INT64_MAX), INT64_MAX);
  CHECK_NUMBER(zx_duration_from_min(INT64_MIN), INT64_MIN);
}

static void check_random(void) {
  unsigned char first[300], second[300];
  memset(first, 0, sizeof(first));
  memset(second, 0, sizeof(second));
  zx_cprng_draw(first, sizeof(first));
  zx_cprng_draw(second, sizeof(second));
  CHECK(memcmp(first, second, sizeof(first)) != 0);
  zx_cprng_draw(NULL, 0);
  CHECK_STATUS(zx_cprng_add_entropy(first, ZX_CPRNG_ADD_ENTROPY_MAX_LEN), ZX_OK);
  CHECK_STATUS(zx_cprng_add_entropy(first, ZX_CPRNG_ADD_ENTROPY_MAX_LEN + 1), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_cprng_add_entropy(NULL, 1), ZX_ERR_INVALID_ARGS);
}

static void check_names(void) {
  CHECK(strcmp(zx_status_get_string(ZX_OK), "ZX_OK") == 0);
  CHECK(strcmp(zx_status_get_string(ZX_ERR_PEER_CLOSED), "ZX_ERR_PEER_CLOSED") == 0);
  CHECK(strcmp(zx_status_get_string(ZX_ERR_CONNECTION_ABORTED), "ZX_ERR_CONNECTION_ABORTED") == 0);
  CHECK(strcmp(zx_status_get_string(1), "(UNKNOWN)") == 0);
  CHECK(strcmp(zx_status_get_string(-5), "(UNKNOWN)") == 0);
  CHECK(strcmp(zx_status_get_string(ZX_ERR_INTERNAL_INTR_KILLED), "(UNKNOWN)") == 0);
}

void check_system(void) {
  uint32_t page = zx_system_get_page_size();
  CHECK(page >= ZX_MIN_PAGE_SIZE && (page & (page - 1)) == 0);
  CHECK(zx_system_get_num_cpus() >= 1);
  CHECK(zx_system_get_physmem() >= page);
  uint32_t line = zx_system_get_dcache_line_size();
  CHECK(line >= 1 && (line & (line - 1)) == 0);
  zx_string_view_t version = zx_system_get_version_string();
  CHECK(version.c_str != NULL && version.length == strlen(version.c_str) && version.length > 4);
  CHECK(zx_system_get_version_string().c_str == version.c_str);
  check_random();
  check_names();

  /* Of the calls that are not covered, some that no program of this library's kind needs. */
  zx_handle_t out = 5;
  CHECK_STATUS(zx_guest_create(0, 0, &out, &out), ZX_ERR_NOT_SUPPORTED);
  CHECK_STATUS(zx_bti_create(0, 0, 0, &out), ZX_ERR_NOT_SUPPORTED);
  CHECK_STATUS(zx_system_mexec(0, 0, 0), ZX_ERR_NOT_SUPPORTED);
  CHECK_NUMBER(out, 5);
  CHECK_NUMBER(zx_take_startup_handle(0), ZX_HANDLE_INVALID);
}

/* Runs body in a child and answers how it ended; what it printed on standard error is in text. */
static int run_child(void (*body)(void), char* text, size_t size) {
  int ends[2];
  memset(text, 0, size);
  if (pipe(ends) != 0) return -1;
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    body();
    _exit(99);
  }
  close(ends[1]);
  size_t got = 0;
  ssize_t step;
  while (got + 1 < size && (step = read(ends[0], text + got, size - 1 - got)) > 0) {
    got += (size_t)step;
  }
  close(ends[0]);
  int status = -1;
  return waitpid(child, &status, 0) == child ? status : -1;
}

static void exit_with_code(void) { zx_process_exit(42); }
static void panic(void) { ZX_PANIC("panic %d\n", 7); }
static void fail_assertion(void) { ZX_ASSERT_MSG(passed < 0, "passed is %d", passed); }

static pthread_key_t key;
static int destroyed;
static void destroy(void* value) { *(int*)value = 1; }

static void* exit_thread(void* argument) {
  pthread_setspecific(key, argument);
  zx_thread_exit();
}

void check_ends(void) {
  char text[256];
  int status = run_child(exit_with_code, text, sizeof(text));
  CHECK(WIFEXITED(status));
  CHECK_NUMBER(WEXITSTATUS(status), 42);
  status = run_child(panic, text, sizeof(text));
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  CHECK(strstr(text, "panic 7\n") != NULL);
  status = run_child(fail_assertion, text, sizeof(text));
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  CHECK(strstr(text, "ASSERT FAILED at (") != NULL && strstr(text, "passed < 0") != NULL);
  CHECK(strstr(text, "passed is ") != NULL);
  ZX_ASSERT(passed > 0);
  ZX_DEBUG_ASSERT(passed > 0);

  pthread_t thread;
  CHECK_NUMBER(pthread_key_create(&key, destroy), 0);
  CHECK_NUMBER(pthread_create(&thread, NULL, exit_thread, &destroyed), 0);
  CHECK_NUMBER(pthread_join(thread, NULL), 0);
  CHECK_NUMBER(destroyed, 1);
  pthread_key_delete(key);
}

void check_twins(void) {
  zx_handle_t a = 0, b = 0;
  size_t actual = 0;
  char text[4] = {0};
  CHECK_STATUS(_zx_socket_create(ZX_SOCKET_STREAM, &a, &b), ZX_OK);
  CHECK_STATUS(_zx_socket_write(a, 0, "twin", 4, &actual), ZX_OK);
  CHECK_STATUS(_zx_object_wait_one(b, ZX_SOCKET_READABLE, _zx_deadline_after(ZX_SEC(20)), NULL),
               ZX_OK);
  CHECK_STATUS(_zx_socket_read(b, 0, text, sizeof(text), &actual), ZX_OK);
  CHECK_NUMBER(actual, 4);
  CHECK(memcmp(text, "twin", 4) == 0);
  CHECK_STATUS(_zx_handle_close(a), ZX_OK);
  CHECK_STATUS(_zx_handle_close(b), ZX_OK);
  CHECK_STATUS(_zx_guest_create(0, 0, &a, &b), ZX_ERR_NOT_SUPPORTED);
  CHECK(strcmp(_zx_status_get_string(ZX_ERR_IO), "ZX_ERR_IO") == 0);
  CHECK(_zx_system_get_version_string().c_str == zx_system_get_version_string().c_str);
}

static void check_batch(void) {
  zx_handle_t a = 0, b = 0;
  char one[] = "one", three[] = "three", in[2][8];
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_DATAGRAM, &a, &b), ZX_OK);
  zxl_socket_op_t writes[] = {
      {ZXL_SOCKET_WRITE, a, 0, 1, one, 3, 0},
      {ZXL_SOCKET_WRITE, ZX_HANDLE_INVALID, 0, 1, one, 3, 77},
      {ZXL_SOCKET_WRITE, a, 0, 1, three, 5, 0},
  };
  CHECK_STATUS(zxl_socket_batch(writes, 3), ZX_OK);
  CHECK_STATUS(writes[0].status, ZX_OK);
  CHECK_STATUS(writes[1].status, ZX_ERR_BAD_HANDLE);
  CHECK_STATUS(writes[2].status, ZX_OK);
  CHECK_NUMBER(writes[0].actual, 3);
  CHECK_NUMBER(writes[1].actual, 77);
  CHECK_NUMBER(writes[2].actual, 5);
  zxl_socket_op_t reads[] = {
      {ZXL_SOCKET_READ, b, 0, 1, in[0], sizeof(in[0]), 0},
      {ZXL_SOCKET_READ, b, 0, 1, in[1], sizeof(in[1]), 0},
      {ZXL_SOCKET_READ, b, 0, 1, one, sizeof(one), 77},
  };
  CHECK_STATUS(zxl_socket_batch(reads, 3), ZX_OK);
  CHECK_STATUS(reads[0].status, ZX_OK);
  CHECK_STATUS(reads[1].status, ZX_OK);
  CHECK_STATUS(reads[2].status, ZX_ERR_SHOULD_WAIT);
  CHECK_NUMBER(reads[0].actual, 3);
  CHECK_NUMBER(reads[1].actual, 5);
  CHECK_NUMBER(reads[2].actual, 77);
  CHECK(memcmp(in[0], "one", 3) == 0 && memcmp(in[1], "three", 5) == 0);
  CHECK_STATUS(zxl_socket_batch(NULL, 0), ZX_OK);
  CHECK_STATUS(zxl_socket_batch(NULL, 1), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zxl_socket_batch(reads, ZXL_SOCKET_BATCH_MAX_OPS + 1), ZX_ERR_OUT_OF_RANGE);
  CHECK_STATUS(zx_handle_close(a), ZX_OK);
  CHECK_STATUS(zx_handle_close(b), ZX_OK);
}

static void check_vectors(void) {
  zx_handle_t a = 0, b = 0;
  char left[3], right[8];
  size_t actual = 0;
  char abc[] = "abc", defg[] = "defg";
  const zx_iovec_t out[] = {{abc, 3}, {NULL, 0}, {defg, 4}};
  const zx_iovec_t in[] = {{left, sizeof(left)}, {right, sizeof(right)}};
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_DATAGRAM, &a, &b), ZX_OK);
  CHECK_STATUS(zxl_socket_writev(a, 0, out, 3, &actual), ZX_OK);
  CHECK_NUMBER(actual, 7);
  CHECK_STATUS(zxl_socket_readv(b, 0, in, 2, &actual), ZX_OK);
  CHECK_NUMBER(actual, 7);
  CHECK(memcmp(left, "abc", 3) == 0 && memcmp(right, "defg", 4) == 0);
  CHECK_STATUS(zxl_socket_readv(b, 0, in, 2, &actual), ZX_ERR_SHOULD_WAIT);
  CHECK_STATUS(zxl_socket_writev(a, 0, NULL, 1, &actual), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zxl_socket_writev(a, 0, out, ZXL_SOCKET_MAX_IOVECS + 1, &actual),
               ZX_ERR_OUT_OF_RANGE);
  CHECK_STATUS(zx_handle_close(a), ZX_OK);
  CHECK_STATUS(zx_handle_close(b), ZX_OK);
}

void check_extensions(void) {
  zxl_backend_info_t info = {99, 99, 0, 0, 0};
  CHECK_STATUS(zxl_backend_get_info(&info), ZX_OK);
  CHECK(info.backend <= ZXL_BACKEND_SYSCALL);
  CHECK(info.ring <= ZXL_RING_NO_MEMORY);
  CHECK(info.socket_buffer > 0);
  CHECK(info.ring_operations + info.syscall_operations > 0);
  CHECK_STATUS(zxl_backend_get_info(NULL), ZX_ERR_INVALID_ARGS);
  check_batch();
  check_vectors();
}
