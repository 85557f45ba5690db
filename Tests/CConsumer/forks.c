/* Forks and execs while other threads are busy in calls. A child's calls on inherited values answer
 * BAD_HANDLE, it holds no socket of its parent, and new objects work in it. The parent's traffic
 * goes on unharmed, and what the parent closes its peer sees at once although the child lives. exec
 * inherits no descriptor. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zircon/linux.h>

#include "check.h"

int passed;
int failed;

enum { ROUNDS = 40, SEEN_WITHIN_MS = 100, MAX_DESCRIPTORS = 1024 };

extern char** environ;

/* ---- descriptors ---- */

/* Sockets that were open before the library made any. */
static char was_socket[MAX_DESCRIPTORS];

static int is_socket(int descriptor) {
  struct stat status;
  return fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode);
}

static int new_sockets(void) {
  int count = 0;
  for (int i = 0; i < MAX_DESCRIPTORS; i++) count += is_socket(i) && !was_socket[i];
  return count;
}

/* Open descriptors above the standard three. */
static int descriptor_count(void) {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == NULL) return -1;
  int count = 0;
  for (struct dirent* entry; (entry = readdir(folder)) != NULL;) {
    const int number = atoi(entry->d_name);
    count += number > 2 && number != dirfd(folder);
  }
  closedir(folder);
  return count;
}

/* ---- children ---- */

/* The exit code of a child, or -1 if it did not end by itself. */
static int code_of(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* How many descriptors above the standard three this program is born with when run from here. */
static int descriptors_after_exec(int with_fork) {
  char* arguments[] = {"forks", "descriptors", NULL};
  pid_t child = -1;
  if (with_fork) {
    child = fork();
    if (child == 0) {
      execv("/proc/self/exe", arguments);
      _exit(255);
    }
  } else if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ) != 0) {
    return -1;
  }
  return child < 0 ? -1 : code_of(child);
}

/* Whether every call on an inherited value answers that it is none. */
static int refuses_all(zx_handle_t handle) {
  zx_handle_t out = 0;
  char byte = 0;
  zx_info_handle_basic_t info;
  zx_wait_item_t item = {handle, 0, 0};
  zxl_socket_op_t op = {ZXL_SOCKET_WRITE, handle, 0, ZX_OK, &byte, 1, 0};
  const zx_status_t answers[] = {
      zx_socket_write(handle, 0, &byte, 1, NULL),
      zx_socket_read(handle, 0, &byte, 1, NULL),
      zx_socket_set_disposition(handle, 0, 0),
      zx_object_wait_one(handle, 0, 0, NULL),
      zx_object_wait_many(&item, 1, 0),
      zx_object_signal(handle, 0, 0),
      zx_object_signal_peer(handle, 0, 0),
      zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &info, sizeof(info), NULL, NULL),
      zx_handle_duplicate(handle, ZX_RIGHT_SAME_RIGHTS, &out),
      zx_handle_replace(handle, ZX_RIGHT_SAME_RIGHTS, &out),
      zxl_socket_batch(&op, 1) == ZX_OK ? op.status : ZX_OK,
      zx_handle_close(handle),
  };
  for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
    if (answers[i] != ZX_ERR_BAD_HANDLE) return 0;
  }
  return zx_handle_check_valid(handle) == ZX_ERR_NOT_FOUND;
}

/* Whether new sockets, batches and events do what they should. */
static int new_objects_work(void) {
  zx_handle_t a, b, event;
  for (uint32_t options = 0; options <= 1; options++) {
    char got[8];
    size_t actual = 0;
    if (zx_socket_create(options, &a, &b) != ZX_OK) return 0;
    if (zx_socket_write(a, 0, "new", 3, NULL) != ZX_OK) return 0;
    if (zx_object_wait_one(b, ZX_SOCKET_READABLE, 0, NULL) != ZX_OK) return 0;
    if (zx_socket_read(b, 0, got, sizeof(got), &actual) != ZX_OK || actual != 3) return 0;
    if (memcmp(got, "new", 3) != 0) return 0;
    zxl_socket_op_t ops[] = {{ZXL_SOCKET_WRITE, a, 0, 1, "ab", 2, 0},
                             {ZXL_SOCKET_WRITE, b, 0, 1, "c", 1, 0}};
    if (zxl_socket_batch(ops, 2) != ZX_OK || ops[0].status != ZX_OK) return 0;
    if (zx_socket_read(a, 0, got, sizeof(got), &actual) != ZX_OK || actual != 1) return 0;
    if (zx_handle_close(a) != ZX_OK) return 0;
    if (zx_object_wait_one(b, ZX_SOCKET_PEER_CLOSED, 0, NULL) != ZX_OK) return 0;
    if (zx_handle_close(b) != ZX_OK) return 0;
  }
  if (zx_event_create(0, &event) != ZX_OK) return 0;
  if (zx_object_signal(event, 0, ZX_EVENT_SIGNALED) != ZX_OK) return 0;
  if (zx_object_wait_one(event, ZX_EVENT_SIGNALED, 0, NULL) != ZX_OK) return 0;
  return zx_handle_close(event) == ZX_OK;
}

static void* objects_of_thread(void* argument) {
  *(int*)argument = new_objects_work();
  return NULL;
}

/* What a forked child finds wrong, by number; 0 for nothing. */
static int look_around(const zx_handle_t* inherited, size_t count, int has_child) {
  for (size_t i = 0; i < count; i++) {
    if (!refuses_all(inherited[i])) return 1;
  }
  if (new_sockets() != 0) return 2;
  if (!new_objects_work()) return 3;
  pthread_t thread;
  int worked = 0;
  if (pthread_create(&thread, NULL, objects_of_thread, &worked) != 0) return 4;
  if (pthread_join(thread, NULL) != 0 || !worked) return 5;
  zx_handle_t own[2];
  if (zx_socket_create(ZX_SOCKET_STREAM, &own[0], &own[1]) != ZX_OK) return 6;
  /* What is made here does not bring the inherited values back. */
  for (size_t i = 0; i < count; i++) {
    if (!refuses_all(inherited[i])) return 7;
  }
  if (!has_child) return 0;
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) _exit(look_around(own, 2, 0));
  if (code_of(child) != 0) return 8;
  char byte;
  if (zx_socket_write(own[0], 0, "x", 1, NULL) != ZX_OK) return 9;
  return zx_socket_read(own[1], 0, &byte, 1, NULL) == ZX_OK && byte == 'x' ? 0 : 10;
}

/* ---- what the parent's other threads do ---- */

static atomic_int is_over;
static atomic_int troubles;
static atomic_size_t moved, made, batches;
static zx_handle_t stream[2];

/* Counts what the threads find wrong: the checks' own counts are the main thread's. */
static void expect(int holds) {
  if (!holds) atomic_fetch_add(&troubles, 1);
}

static void* write_all_the_time(void* unused) {
  unsigned char bytes[700];
  size_t position = 0, actual;
  while (!atomic_load(&is_over)) {
    for (size_t i = 0; i < sizeof(bytes); i++) bytes[i] = (unsigned char)((position + i) % 251);
    zx_status_t status = zx_socket_write(stream[0], 0, bytes, sizeof(bytes), &actual);
    if (status == ZX_ERR_SHOULD_WAIT) {
      expect(zx_object_wait_one(stream[0], ZX_SOCKET_WRITABLE, soon(), NULL) == ZX_OK);
      continue;
    }
    expect(status == ZX_OK);
    if (status != ZX_OK) break;
    position += actual;
  }
  expect(zx_handle_close(stream[0]) == ZX_OK);
  return unused;
}

static void* read_all_the_time(void* unused) {
  unsigned char bytes[4096];
  size_t position = 0, actual = 0;
  zx_signals_t seen = 0;
  for (;;) {
    expect(zx_object_wait_one(stream[1], ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED, soon(),
                              &seen) == ZX_OK);
    if (!(seen & ZX_SOCKET_READABLE)) break;
    expect(zx_socket_read(stream[1], 0, bytes, sizeof(bytes), &actual) == ZX_OK);
    for (size_t i = 0; i < actual; i++) expect(bytes[i] == (position + i) % 251);
    position += actual;
    atomic_store(&moved, position);
  }
  expect(zx_handle_close(stream[1]) == ZX_OK);
  return unused;
}

static void* make_all_the_time(void* unused) {
  while (!atomic_load(&is_over)) {
    zx_handle_t both[2];
    expect(zx_socket_create(ZX_SOCKET_DATAGRAM, &both[0], &both[1]) == ZX_OK);
    expect(zx_socket_write(both[0], 0, "abc", 3, NULL) == ZX_OK);
    expect(zx_handle_close_many(both, 2) == ZX_OK);
    atomic_fetch_add(&made, 1);
  }
  return unused;
}

static void* batch_all_the_time(void* unused) {
  zx_handle_t a, b;
  expect(zx_socket_create(ZX_SOCKET_DATAGRAM, &a, &b) == ZX_OK);
  while (!atomic_load(&is_over)) {
    char out[] = "abc", in[3][4];
    zxl_socket_op_t writes[3], reads[3];
    for (int i = 0; i < 3; i++) {
      writes[i] = (zxl_socket_op_t){ZXL_SOCKET_WRITE, a, 0, 1, out + i, 1, 0};
      reads[i] = (zxl_socket_op_t){ZXL_SOCKET_READ, b, 0, 1, in[i], 4, 0};
    }
    expect(zxl_socket_batch(writes, 3) == ZX_OK && zxl_socket_batch(reads, 3) == ZX_OK);
    for (int i = 0; i < 3; i++) {
      expect(writes[i].status == ZX_OK && reads[i].status == ZX_OK);
      expect(reads[i].actual == 1 && in[i][0] == out[i]);
    }
    atomic_fetch_add(&batches, 1);
  }
  expect(zx_handle_close(a) == ZX_OK && zx_handle_close(b) == ZX_OK);
  return unused;
}

/* ---- one round ---- */

static void read_byte(int descriptor) {
  char byte;
  while (read(descriptor, &byte, 1) < 0 && errno == EINTR) continue;
}

/* Forks one child; how long the peer took to see a close while the child lived. */
static zx_duration_t fork_once(int round) {
  zx_handle_t a = 0, b = 0, event = 0;
  int gate[2], ready[2];
  CHECK_STATUS(zx_socket_create(round % 2 ? ZX_SOCKET_DATAGRAM : ZX_SOCKET_STREAM, &a, &b), ZX_OK);
  CHECK_STATUS(zx_event_create(0, &event), ZX_OK);
  CHECK_STATUS(zx_socket_write(a, 0, "before", 6, NULL), ZX_OK);
  CHECK(pipe2(gate, O_CLOEXEC) == 0 && pipe2(ready, O_CLOEXEC) == 0);
  const zx_handle_t inherited[] = {a, b, event, stream[0], stream[1]};

  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    alarm(60);
    close(gate[1]);
    const int code = look_around(inherited, 5, round % 4 == 0);
    /* Lives on until the parent has seen its peer's signals. */
    if (write(ready[1], "", 1) == 1) read_byte(gate[0]);
    if (round % 3 == 0) exit(code);
    _exit(code);
  }
  close(ready[1]);
  read_byte(ready[0]);

  char text[8];
  size_t actual = 0;
  const zx_time_t started = zx_clock_get_monotonic();
  CHECK_STATUS(zx_handle_close(a), ZX_OK);
  CHECK_STATUS(zx_object_wait_one(b, ZX_SOCKET_PEER_CLOSED, soon(), NULL), ZX_OK);
  const zx_duration_t taken = zx_clock_get_monotonic() - started;
  CHECK_STATUS(zx_socket_read(b, 0, text, sizeof(text), &actual), ZX_OK);
  CHECK(actual == 6 && memcmp(text, "before", 6) == 0);
  CHECK_STATUS(zx_socket_read(b, 0, text, sizeof(text), &actual), ZX_ERR_PEER_CLOSED);

  const int pipes[] = {gate[0], gate[1], ready[0]};
  for (int i = 0; i < 3; i++) close(pipes[i]);
  CHECK_NUMBER(code_of(child), 0);
  CHECK_STATUS(zx_object_signal(event, 0, ZX_EVENT_SIGNALED), ZX_OK);
  CHECK_NUMBER(signals_of(event), ZX_EVENT_SIGNALED);
  CHECK_STATUS(zx_handle_close(b), ZX_OK);
  CHECK_STATUS(zx_handle_close(event), ZX_OK);
  return taken;
}

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "descriptors") == 0) {
    const int count = descriptor_count();
    return count >= 0 && count < 250 ? count : 254;
  }
  alarm(300);
  for (int i = 0; i < MAX_DESCRIPTORS; i++) was_socket[i] = (char)is_socket(i);
  const int strangers = descriptors_after_exec(1);
  CHECK(strangers >= 0 && strangers < 250);

  CHECK_STATUS(zx_socket_create(ZX_SOCKET_STREAM, &stream[0], &stream[1]), ZX_OK);
  void* (*const work[])(void*) = {write_all_the_time, read_all_the_time, make_all_the_time,
                                  batch_all_the_time};
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) CHECK_NUMBER(pthread_create(&threads[i], NULL, work[i], NULL), 0);
  CHECK(new_objects_work());
  zx_duration_t slowest = 0;
  for (int round = 0; round < ROUNDS; round++) {
    const zx_duration_t taken = fork_once(round);
    if (taken > slowest) slowest = taken;
    CHECK_NUMBER(descriptors_after_exec(round % 2), strangers);
  }
  atomic_store(&is_over, 1);
  for (int i = 0; i < 4; i++) CHECK_NUMBER(pthread_join(threads[i], NULL), 0);

  CHECK_NUMBER(atomic_load(&troubles), 0);
  CHECK(atomic_load(&moved) > 0);
  CHECK(atomic_load(&made) > 0);
  CHECK(atomic_load(&batches) > 0);
  CHECK(slowest < ZX_MSEC(SEEN_WITHIN_MS));
  printf("forks: %d children; meanwhile %zu bytes moved, %zu pairs made, %zu batches; a close was "
         "seen after at most %lld us\n",
         ROUNDS, atomic_load(&moved), atomic_load(&made), atomic_load(&batches),
         (long long)(slowest / 1000));
  printf("forks: %d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
