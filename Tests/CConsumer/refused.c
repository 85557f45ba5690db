/* Where io_uring is refused, by a seccomp filter or for want of locked memory, for all or one
 * thread, from the beginning or later, everything works by system calls, and the library says so. */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "child.h"
#include "traffic.h"

int passed;
int failed;

enum { SETUP = 1, ENTER = 2, REGISTER = 4, ALL = 7 };

/* ---- refusing ---- */

/* From here on the calling thread, and what it makes, is answered `error` for these calls of
 * io_uring; 0, or -1 if this machine has no filters. */
static int refuse(unsigned calls, int error) {
#define REFUSES(call, number) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls & (call) ? (number) : 0xFFFFFFFFu, 0, 1), \
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error)
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      REFUSES(SETUP, SYS_io_uring_setup),
      REFUSES(ENTER, SYS_io_uring_enter),
      REFUSES(REGISTER, SYS_io_uring_register),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* 0, or why the calling thread can have no ring like the library's. */
static int ring_error(void) {
  struct io_uring_params params = {0};
  params.flags = (1u << 12) | (1u << 13); /* SINGLE_ISSUER, DEFER_TASKRUN */
  long ring = syscall(SYS_io_uring_setup, 64, &params);
  if (ring < 0) return errno;
  close((int)ring);
  return 0;
}

/* What the library calls the refusal. */
static uint32_t state_after(int error) {
  switch (error) {
    case 0: return ZXL_RING_USABLE;
    case EPERM:
    case EACCES: return ZXL_RING_REFUSED;
    case ENOSYS: return ZXL_RING_MISSING;
    case EINVAL: return ZXL_RING_TOO_OLD;
    default: return ZXL_RING_NO_MEMORY;
  }
}

/* ---- all threads of a process ---- */

struct refusal {
  const char* backend;
  unsigned calls;
  int error;
};

static uint32_t backend_of(const char* name) {
  return strcmp(name, "auto") == 0    ? ZXL_BACKEND_AUTO
         : strcmp(name, "uring") == 0 ? ZXL_BACKEND_URING
                                      : ZXL_BACKEND_SYSCALL;
}

static void* traffic_of_thread(void* argument) {
  (void)argument;
  check_traffic();
  return NULL;
}

static void refused_from_the_beginning(const void* argument) {
  const struct refusal* refusal = argument;
  setenv("ZIRCON_BACKEND", refusal->backend, 1);
  CHECK_NUMBER(refuse(refusal->calls, refusal->error), 0);
  check_traffic();
  pthread_t thread;
  CHECK_NUMBER(pthread_create(&thread, NULL, traffic_of_thread, NULL), 0);
  CHECK_NUMBER(pthread_join(thread, NULL), 0);

  zxl_backend_info_t info = backend_info();
  const int is_off = strcmp(refusal->backend, "syscall") == 0;
  CHECK_NUMBER(info.backend, backend_of(refusal->backend));
  if (refusal->calls == REGISTER) {
    /* A ring can do without what is registered with it. */
    CHECK_NUMBER(info.ring, is_off ? ZXL_RING_OFF : ZXL_RING_USABLE);
    CHECK((info.ring_operations > 0) == !is_off);
    return;
  }
  const uint32_t state = refusal->calls & SETUP ? state_after(refusal->error) : ZXL_RING_REFUSED;
  CHECK_NUMBER(info.ring, is_off ? ZXL_RING_OFF : state);
  CHECK_NUMBER(info.ring_operations, 0);
  CHECK(info.syscall_operations > 0);
}

static void refused_later(const void* argument) {
  const struct refusal* refusal = argument;
  setenv("ZIRCON_BACKEND", refusal->backend, 1);
  zx_handle_t a = 0, b = 0;
  char text[8] = {0};
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_STREAM, &a, &b), ZX_OK);
  CHECK_STATUS(zx_socket_write(a, 0, "before", 6, NULL), ZX_OK);
  check_traffic();
  zxl_backend_info_t before = backend_info();
  CHECK_NUMBER(before.ring, ZXL_RING_USABLE);
  CHECK(before.ring_operations > 0);

  CHECK_NUMBER(refuse(refusal->calls, refusal->error), 0);
  size_t actual = 0;
  CHECK_STATUS(zx_socket_read(b, 0, text, sizeof(text), &actual), ZX_OK);
  CHECK_NUMBER(actual, 6);
  CHECK(memcmp(text, "before", 6) == 0);
  check_traffic();
  zxl_backend_info_t after = backend_info();
  CHECK_NUMBER(after.ring, ZXL_RING_REFUSED);
  CHECK_NUMBER(after.ring_operations, before.ring_operations);
  CHECK(after.syscall_operations > before.syscall_operations);
  CHECK_STATUS(zx_handle_close(a), ZX_OK);
  CHECK_STATUS(zx_handle_close(b), ZX_OK);
}

/* ---- locked memory ---- */

static void limit_locked_memory(rlim_t bytes) {
  const struct rlimit limit = {bytes, bytes};
  CHECK_NUMBER(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
  become_nobody();
}

static void without_locked_memory(const void* backend) {
  setenv("ZIRCON_BACKEND", backend, 1);
  limit_locked_memory(0);
  const int error = ring_error();
  if (error != ENOMEM) printf("refused: locked memory does not limit rings here (%d)\n", error);
  check_traffic();
  zxl_backend_info_t info = backend_info();
  CHECK_NUMBER(info.ring, state_after(error));
  CHECK_NUMBER(info.backend, backend_of(backend));
  CHECK((info.ring_operations == 0) == (error != 0));
  CHECK((info.syscall_operations > 0) || error == 0);
}

enum { THREADS = 24 };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t all_there;

/* Answers the state of the thread's ring, which lives as long as the last thread's; one at a time,
 * since the counts of the checks are not made for threads. */
static void* traffic_beside_others(void* argument) {
  uint32_t* state = argument;
  pthread_mutex_lock(&turn);
  check_single_calls(ZX_SOCKET_STREAM);
  check_batches(ZX_SOCKET_DATAGRAM);
  *state = backend_info().ring;
  pthread_mutex_unlock(&turn);
  pthread_barrier_wait(&all_there);
  return NULL;
}

static void with_locked_memory_for_some(const void* backend) {
  setenv("ZIRCON_BACKEND", backend, 1);
  limit_locked_memory(64 << 10);
  pthread_t threads[THREADS];
  uint32_t states[THREADS];
  CHECK_NUMBER(pthread_barrier_init(&all_there, NULL, THREADS), 0);
  for (int i = 0; i < THREADS; i++) {
    CHECK_NUMBER(pthread_create(&threads[i], NULL, traffic_beside_others, &states[i]), 0);
  }
  int without = 0, others = 0;
  for (int i = 0; i < THREADS; i++) {
    CHECK_NUMBER(pthread_join(threads[i], NULL), 0);
    without += states[i] == ZXL_RING_NO_MEMORY;
    others += states[i] != ZXL_RING_NO_MEMORY && states[i] != ZXL_RING_USABLE;
  }
  CHECK_NUMBER(others, 0);
  const struct rlimit none = {0, 0};
  CHECK_NUMBER(setrlimit(RLIMIT_MEMLOCK, &none), 0);
  CHECK(without > 0 || ring_error() != ENOMEM);
  printf("refused: with 64 KiB of locked memory %d of %d threads had a ring\n", THREADS - without,
         THREADS);
  check_traffic();
}

/* ---- one thread ---- */

enum { STREAMED = 4 << 20 };

static zx_handle_t stream[2];
static pthread_barrier_t steps;
static zxl_backend_info_t refused_thread;

/* Moves bytes to or from one end until all have moved; the number of wrong ones. */
static size_t move(zx_handle_t end, int is_writer) {
  unsigned char bytes[3000];
  size_t wrong = 0;
  for (size_t moved = 0, actual; moved < STREAMED; moved += actual) {
    const size_t size = STREAMED - moved < sizeof(bytes) ? STREAMED - moved : sizeof(bytes);
    for (size_t i = 0; is_writer && i < size; i++) bytes[i] = byte_at(moved + i);
    zx_status_t status = is_writer ? zx_socket_write(end, 0, bytes, size, &actual)
                                   : zx_socket_read(end, 0, bytes, size, &actual);
    if (status == ZX_ERR_SHOULD_WAIT) {
      actual = 0;
      status = zx_object_wait_one(end, is_writer ? ZX_SOCKET_WRITABLE : ZX_SOCKET_READABLE, soon(),
                                  NULL);
    }
    if (status != ZX_OK) return STREAMED;
    for (size_t i = 0; !is_writer && i < actual; i++) wrong += bytes[i] != byte_at(moved + i);
  }
  return wrong;
}

/* All its results go to the main thread, which alone counts. */
static void* refused_alone(void* argument) {
  pthread_barrier_wait(&steps);
  size_t wrong = refuse(ALL, EPERM) != 0;
  pthread_barrier_wait(&steps);
  wrong += move(stream[0], 1);
  zxl_socket_op_t ops[4];
  for (int i = 0; i < 4; i++) {
    ops[i] = (zxl_socket_op_t){ZXL_SOCKET_WRITE, stream[0], 0, 1, "x", 1, 0};
  }
  wrong += zxl_socket_batch(ops, 4) != ZX_OK;
  for (int i = 0; i < 4; i++) wrong += ops[i].status != ZX_OK || ops[i].actual != 1;
  wrong += zxl_backend_get_info(&refused_thread) != ZX_OK;
  *(size_t*)argument = wrong;
  return NULL;
}

static void refused_for_one_thread(const void* backend) {
  setenv("ZIRCON_BACKEND", backend, 1);
  size_t wrong = 1;
  pthread_t thread;
  CHECK_NUMBER(pthread_barrier_init(&steps, NULL, 2), 0);
  CHECK_NUMBER(pthread_create(&thread, NULL, refused_alone, &wrong), 0);
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_STREAM, &stream[0], &stream[1]), ZX_OK);
  check_traffic();
  zxl_backend_info_t before = backend_info();
  CHECK_NUMBER(before.ring, ZXL_RING_USABLE);
  CHECK(before.ring_operations > 0);
  pthread_barrier_wait(&steps);
  pthread_barrier_wait(&steps);

  CHECK_NUMBER(move(stream[1], 0), 0);
  CHECK_NUMBER(pthread_join(thread, NULL), 0);
  CHECK_NUMBER(wrong, 0);
  CHECK_NUMBER(refused_thread.ring, ZXL_RING_REFUSED);
  CHECK_NUMBER(refused_thread.ring_operations, 0);
  CHECK(refused_thread.syscall_operations > 0);

  char text[8];
  size_t actual = 0;
  CHECK_STATUS(zx_socket_read(stream[1], 0, text, sizeof(text), &actual), ZX_OK);
  CHECK_NUMBER(actual, 4);
  check_traffic();
  zxl_backend_info_t after = backend_info();
  CHECK_NUMBER(after.ring, ZXL_RING_USABLE);
  CHECK(after.ring_operations > before.ring_operations);
  if (before.backend == ZXL_BACKEND_URING) {
    CHECK_NUMBER(after.syscall_operations, before.syscall_operations);
  }
  /* Whatever it is told of rings, a thread made now works as any. */
  CHECK_NUMBER(pthread_create(&thread, NULL, traffic_of_thread, NULL), 0);
  CHECK_NUMBER(pthread_join(thread, NULL), 0);
}

/* ---- zx doctor ---- */

static const char* zx;

static void check_doctor(int error, const char* expected) {
  int ends[2], status = -1;
  char text[4096];
  size_t got = 0;
  fflush(NULL);
  if (pipe(ends) != 0) abort();
  pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    if (refuse(ALL, error) == 0) execl(zx, zx, "doctor", (char*)NULL);
    _exit(99);
  }
  close(ends[1]);
  ssize_t step;
  while (got + 1 < sizeof(text) && (step = read(ends[0], text + got, sizeof(text) - 1 - got)) > 0) {
    got += (size_t)step;
  }
  text[got] = 0;
  close(ends[0]);
  waitpid(child, &status, 0);
  CHECK_NUMBER(status, 0);
  CHECK(strstr(text, expected) != NULL);
  CHECK(strstr(text, "system calls for everything, because io_uring cannot be used") != NULL);
  CHECK(strstr(text, "a byte went through a socket") != NULL);
}

/* ---- all of it ---- */

static void can_refuse(const void* unused) {
  (void)unused;
  CHECK_NUMBER(refuse(ALL, EPERM), 0);
  CHECK_NUMBER(ring_error(), EPERM);
}

int main(void) {
  static const char* const backends[] = {"auto", "uring", "syscall"};
  static const int errors[] = {EPERM, ENOSYS, EACCES, EINVAL, ENOMEM};
  const int has_ring = ring_error() == 0;
  char name[96];
  if (!has_ring) printf("refused: io_uring cannot be used here; what needs it first is left out\n");
  in_child("refused: a filter", can_refuse, NULL);

  for (size_t b = 0; b < sizeof(backends) / sizeof(backends[0]); b++) {
    const char* const backend = backends[b];
    for (size_t e = 0; e < sizeof(errors) / sizeof(errors[0]); e++) {
      const struct refusal all = {backend, ALL, errors[e]};
      snprintf(name, sizeof(name), "refused: %s, error %d", backend, errors[e]);
      in_child(name, refused_from_the_beginning, &all);
    }
    if (!has_ring) continue;
    for (size_t e = 0; e < 2; e++) {
      const struct refusal enter = {backend, ENTER, errors[e]};
      snprintf(name, sizeof(name), "refused: %s, enter, error %d", backend, errors[e]);
      in_child(name, refused_from_the_beginning, &enter);
      const struct refusal registering = {backend, REGISTER, errors[e]};
      snprintf(name, sizeof(name), "refused: %s, register, error %d", backend, errors[e]);
      in_child(name, refused_from_the_beginning, &registering);
      if (strcmp(backend, "syscall") == 0) continue;
      const struct refusal later = {backend, ALL, errors[e]};
      snprintf(name, sizeof(name), "refused: %s, later, error %d", backend, errors[e]);
      in_child(name, refused_later, &later);
    }
    if (strcmp(backend, "syscall") == 0) continue;
    snprintf(name, sizeof(name), "refused: %s, one thread", backend);
    in_child(name, refused_for_one_thread, backend);
    snprintf(name, sizeof(name), "refused: %s, no locked memory", backend);
    in_child(name, without_locked_memory, backend);
    snprintf(name, sizeof(name), "refused: %s, little locked memory", backend);
    in_child(name, with_locked_memory_for_some, backend);
  }
  zx = getenv("ZX");
  if (zx != NULL && *zx != 0) {
    unsetenv("ZIRCON_BACKEND");
    check_doctor(EPERM, "refused: by a seccomp filter");
    check_doctor(ENOSYS, "missing: this kernel was built without it");
  }
  printf("refused: %d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
