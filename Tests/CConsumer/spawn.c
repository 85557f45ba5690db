/* Starts itself again, with descriptors and handles: two processes through the public calls alone. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <lib/fdio/spawn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zircon/process.h>
#include <zircon/processargs.h>
#include <zircon/syscalls/object.h>

#include "check.h"

int passed;
int failed;

enum { MANY = 150, LARGE = 3 << 20 };

static char self[4096];

/* Fills or checks a buffer whose bytes tell where they belong. */
static void fill(unsigned char* bytes, size_t size, size_t offset) {
  for (size_t i = 0; i < size; i++) bytes[i] = (unsigned char)((offset + i) * 31 >> 3);
}

static int is_filled(const unsigned char* bytes, size_t size, size_t offset) {
  for (size_t i = 0; i < size; i++) {
    if (bytes[i] != (unsigned char)((offset + i) * 31 >> 3)) return 0;
  }
  return 1;
}

static void say(zx_handle_t channel, const char* text) {
  CHECK_STATUS(zx_channel_write(channel, 0, text, (uint32_t)strlen(text), NULL, 0), ZX_OK);
}

static void hear(zx_handle_t channel, const char* text) {
  char bytes[64] = {0};
  uint32_t size = 0, count = 0;
  CHECK_STATUS(zx_object_wait_one(channel, ZX_CHANNEL_READABLE, soon(), NULL), ZX_OK);
  CHECK_STATUS(zx_channel_read(channel, 0, bytes, NULL, sizeof bytes - 1, 0, &size, &count), ZX_OK);
  CHECK(strcmp(bytes, text) == 0);
}

/* Writes LARGE bytes to a socket, and disables writing. */
static void pour(zx_handle_t to) {
  static unsigned char bytes[60000];
  size_t sent = 0;
  while (sent < LARGE) {
    size_t size = LARGE - sent < sizeof bytes ? LARGE - sent : sizeof bytes, actual = 0;
    fill(bytes, size, sent);
    zx_status_t status = zx_socket_write(to, 0, bytes, size, &actual);
    if (status == ZX_ERR_SHOULD_WAIT) {
      status = zx_object_wait_one(to, ZX_SOCKET_WRITABLE | ZX_SOCKET_PEER_CLOSED, soon(), NULL);
    } else {
      sent += actual;
    }
    if (status != ZX_OK) break;
  }
  CHECK_NUMBER(sent, LARGE);
  CHECK_STATUS(zx_socket_set_disposition(to, ZX_SOCKET_DISPOSITION_WRITE_DISABLED, 0), ZX_OK);
}

/* Reads until there is no more, and counts. */
static size_t drink(zx_handle_t from) {
  static unsigned char bytes[50000];
  size_t received = 0, actual;
  for (;;) {
    zx_status_t status = zx_socket_read(from, 0, bytes, sizeof bytes, &actual);
    if (status == ZX_OK) {
      if (!is_filled(bytes, actual, received)) return 0;
      received += actual;
    } else if (status != ZX_ERR_SHOULD_WAIT ||
               zx_object_wait_one(from, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_WRITE_DISABLED, soon(),
                                  NULL) != ZX_OK) {
      CHECK_STATUS(status, ZX_ERR_BAD_STATE);
      return received;
    }
  }
}

/* ---- the child ---- */

static int be_worker(void) {
  zx_handle_t socket = zx_take_startup_handle(PA_HND(PA_USER0, 0));
  zx_handle_t channel = zx_take_startup_handle(PA_HND(PA_USER0, 1));
  CHECK(socket != ZX_HANDLE_INVALID && channel != ZX_HANDLE_INVALID);
  CHECK_NUMBER(zx_take_startup_handle(PA_HND(PA_USER0, 0)), ZX_HANDLE_INVALID);
  CHECK_NUMBER(zx_take_startup_handle(PA_HND(PA_USER1, 0)), ZX_HANDLE_INVALID);
  CHECK(getenv("ZIRCON_STARTUP") == NULL);
  zx_info_handle_basic_t info = {0};
  CHECK_STATUS(zx_object_get_info(channel, ZX_INFO_HANDLE_BASIC, &info, sizeof info, NULL, NULL),
               ZX_OK);
  CHECK_NUMBER(info.type, ZX_OBJ_TYPE_CHANNEL);
  CHECK_NUMBER(info.rights, ZX_DEFAULT_CHANNEL_RIGHTS & ~ZX_RIGHT_INSPECT);
  hear(channel, "hello, child");
  say(channel, "hello, parent");

  /* What comes over the channel is as good as what was there at the start. */
  zx_handle_t event;
  uint32_t size, count;
  CHECK_STATUS(zx_object_wait_one(channel, ZX_CHANNEL_READABLE, soon(), NULL), ZX_OK);
  CHECK_STATUS(zx_channel_read(channel, 0, NULL, &event, 0, 1, &size, &count), ZX_OK);
  CHECK_STATUS(zx_object_signal(event, 0, ZX_USER_SIGNAL_3), ZX_OK);

  CHECK_NUMBER(drink(socket), LARGE);
  pour(socket);

  char text[16] = {0};
  CHECK_NUMBER(read(7, text, sizeof text), 5);
  CHECK(strcmp(text, "ping\n") == 0);
  CHECK_NUMBER(write(8, "pong\n", 5), 5);
  CHECK_STATUS(zx_object_wait_one(channel, ZX_CHANNEL_PEER_CLOSED, soon(), NULL), ZX_OK);
  return failed == 0 ? 42 : 1;
}

static int be_many(void) {
  for (uint32_t index = 0; index < MANY; index++) {
    zx_handle_t channel = zx_take_startup_handle(PA_HND(PA_USER1, index));
    char wanted[8];
    snprintf(wanted, sizeof wanted, "%u", index);
    hear(channel, wanted);
    CHECK_STATUS(zx_handle_close(channel), ZX_OK);
  }
  return failed == 0 ? 0 : 1;
}

/* Prints what is open, but for the folder itself. */
static int be_list(void) {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == NULL) return 1;
  for (struct dirent* entry; (entry = readdir(folder)) != NULL;) {
    int number = atoi(entry->d_name);
    if (entry->d_name[0] != '.' && number != dirfd(folder)) printf("%d ", number);
  }
  closedir(folder);
  return 0;
}

/* ---- the parent, and a child that is one ---- */

static zx_handle_t spawn(const char* role, size_t count, const fdio_spawn_action_t* actions) {
  const char* const argv[] = {self, role, NULL};
  char words[FDIO_SPAWN_ERR_MSG_MAX_LENGTH] = "not touched";
  zx_handle_t process = ZX_HANDLE_INVALID;
  CHECK_STATUS(fdio_spawn_etc(ZX_HANDLE_INVALID, FDIO_SPAWN_CLONE_ALL, self, argv, NULL, count,
                              actions, &process, words),
               ZX_OK);
  if (words[0] != '\0') fprintf(stderr, "%s\n", words);
  CHECK(words[0] == '\0');
  return process;
}

static void expect_end(zx_handle_t process, int64_t code) {
  zx_info_process_t info = {0};
  CHECK_STATUS(zx_object_wait_one(process, ZX_TASK_TERMINATED, soon(), NULL), ZX_OK);
  CHECK_STATUS(zx_object_get_info(process, ZX_INFO_PROCESS, &info, sizeof info, NULL, NULL), ZX_OK);
  CHECK_NUMBER(info.return_code, code);
  CHECK_NUMBER(info.flags, ZX_INFO_PROCESS_FLAG_STARTED | ZX_INFO_PROCESS_FLAG_EXITED);
  CHECK_STATUS(zx_handle_close(process), ZX_OK);
}

static fdio_spawn_action_t give(zx_handle_t handle, uint32_t id) {
  fdio_spawn_action_t action = {.action = FDIO_SPAWN_ACTION_ADD_HANDLE};
  action.h.id = id;
  action.h.handle = handle;
  return action;
}

static fdio_spawn_action_t give_fd(uint32_t code, int local, int target) {
  fdio_spawn_action_t action = {.action = code};
  action.fd.local_fd = local;
  action.fd.target_fd = target;
  return action;
}

static void check_worker(void) {
  zx_handle_t socket[2], channel[2], less, event, event_there;
  int to_child[2], from_child[2];
  char text[16] = {0};
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_STREAM, &socket[0], &socket[1]), ZX_OK);
  CHECK_STATUS(zx_channel_create(0, &channel[0], &channel[1]), ZX_OK);
  CHECK_STATUS(
      zx_handle_replace(channel[1], ZX_DEFAULT_CHANNEL_RIGHTS & ~ZX_RIGHT_INSPECT, &less), ZX_OK);
  CHECK(pipe(to_child) == 0 && pipe(from_child) == 0);
  /* What was said before the child is there. */
  say(channel[0], "hello, child");
  const fdio_spawn_action_t actions[] = {
      give(socket[1], PA_HND(PA_USER0, 0)), give(less, PA_HND(PA_USER0, 1)),
      give_fd(FDIO_SPAWN_ACTION_CLONE_FD, to_child[0], 7),
      give_fd(FDIO_SPAWN_ACTION_TRANSFER_FD, from_child[1], 8)};
  zx_handle_t process = spawn("worker", 4, actions);
  CHECK_STATUS(zx_handle_close(socket[1]), ZX_ERR_BAD_HANDLE);
  CHECK_STATUS(zx_handle_close(less), ZX_ERR_BAD_HANDLE);
  CHECK(fcntl(to_child[0], F_GETFD) != -1);
  CHECK(fcntl(from_child[1], F_GETFD) == -1);
  hear(channel[0], "hello, parent");

  CHECK_STATUS(zx_event_create(0, &event), ZX_OK);
  CHECK_STATUS(zx_handle_duplicate(event, ZX_RIGHT_SAME_RIGHTS, &event_there), ZX_OK);
  CHECK_STATUS(zx_channel_write(channel[0], 0, NULL, 0, &event_there, 1), ZX_OK);
  CHECK_STATUS(zx_object_wait_one(event, ZX_USER_SIGNAL_3, soon(), NULL), ZX_OK);
  CHECK_STATUS(zx_handle_close(event), ZX_OK);

  pour(socket[0]);
  CHECK_NUMBER(drink(socket[0]), LARGE);
  CHECK_NUMBER(write(to_child[1], "ping\n", 5), 5);
  CHECK_NUMBER(read(from_child[0], text, sizeof text), 5);
  CHECK(strcmp(text, "pong\n") == 0);
  CHECK_STATUS(zx_object_wait_one(process, ZX_TASK_TERMINATED, 0, NULL), ZX_ERR_TIMED_OUT);
  CHECK_STATUS(zx_handle_close(channel[0]), ZX_OK);
  expect_end(process, 42);
  CHECK_STATUS(zx_object_wait_one(socket[0], ZX_SOCKET_PEER_CLOSED, soon(), NULL), ZX_OK);
  CHECK_STATUS(zx_handle_close(socket[0]), ZX_OK);
  CHECK_NUMBER(read(from_child[0], text, sizeof text), 0);
  close(to_child[0]);
  close(to_child[1]);
  close(from_child[0]);
}

static void check_many(void) {
  static fdio_spawn_action_t actions[MANY];
  for (uint32_t index = 0; index < MANY; index++) {
    zx_handle_t here, there;
    char text[8];
    snprintf(text, sizeof text, "%u", index);
    CHECK_STATUS(zx_channel_create(0, &here, &there), ZX_OK);
    say(here, text);
    CHECK_STATUS(zx_handle_close(here), ZX_OK);
    actions[index] = give(there, PA_HND(PA_USER1, index));
  }
  expect_end(spawn("many", MANY, actions), 0);
}

static void check_descriptors(void) {
  int ends[2];
  char text[256] = {0}, wanted[64];
  zx_handle_t here, there;
  CHECK(pipe(ends) == 0);
  int leak = dup(ends[0]);
  CHECK_STATUS(zx_channel_create(0, &here, &there), ZX_OK);
  const fdio_spawn_action_t actions[] = {give_fd(FDIO_SPAWN_ACTION_TRANSFER_FD, ends[1], 1),
                                         give_fd(FDIO_SPAWN_ACTION_CLONE_FD, ends[0], ends[1]),
                                         give(there, PA_HND(PA_USER0, 0))};
  expect_end(spawn("list", 3, actions), 0);
  CHECK(fcntl(ends[1], F_GETFD) == -1);
  CHECK(read(ends[0], text, sizeof text - 1) > 0);
  /* The lowest that is free is the way for the handle. */
  int way = ends[1] == 3 ? 4 : 3;
  int low = way < ends[1] ? way : ends[1], high = way < ends[1] ? ends[1] : way;
  snprintf(wanted, sizeof wanted, "0 1 2 %d %d ", low, high);
  CHECK(strcmp(text, wanted) == 0);
  if (strcmp(text, wanted) != 0) fprintf(stderr, "the child has %s, not %s\n", text, wanted);
  CHECK_STATUS(zx_object_wait_one(here, ZX_CHANNEL_PEER_CLOSED, soon(), NULL), ZX_OK);
  CHECK_STATUS(zx_handle_close(here), ZX_OK);
  close(ends[0]);
  close(leak);
}

/* Without a descriptor 0 of its own: the library's may have that number. The child is none the wiser, and
 * has a 2 that no other program here would. */
static int be_bare(void) {
  int ends[2];
  char text[64] = {0};
  CHECK(pipe(ends) == 0 && close(0) == 0 && fcntl(2, F_SETFD, FD_CLOEXEC) == 0);
  const fdio_spawn_action_t action = give_fd(FDIO_SPAWN_ACTION_TRANSFER_FD, ends[1], 1);
  expect_end(spawn("list", 1, &action), 0);
  CHECK(read(ends[0], text, sizeof text - 1) > 0);
  CHECK(strcmp(text, "1 2 ") == 0);
  return failed == 0 ? 0 : 1;
}

static void expect_role_end(const char* role, int64_t code) {
  expect_end(spawn(role, 0, NULL), code);
}

static void check_kill(void) {
  zx_handle_t process = spawn("sleep", 0, NULL);
  zx_handle_t here, there;
  CHECK_STATUS(zx_task_kill(process), ZX_OK);
  expect_end(process, ZX_TASK_RETCODE_SYSCALL_KILL);
  /* Whoever is killed takes its handles along. */
  CHECK_STATUS(zx_channel_create(0, &here, &there), ZX_OK);
  fdio_spawn_action_t action = give(there, PA_HND(PA_USER0, 0));
  process = spawn("sleep", 1, &action);
  CHECK_STATUS(zx_task_kill(process), ZX_OK);
  CHECK_STATUS(zx_object_wait_one(here, ZX_CHANNEL_PEER_CLOSED, soon(), NULL), ZX_OK);
  expect_end(process, ZX_TASK_RETCODE_SYSCALL_KILL);
  CHECK_STATUS(zx_handle_close(here), ZX_OK);
}

static void check_missing(void) {
  const char* const argv[] = {"/nowhere/at/all", NULL};
  char words[FDIO_SPAWN_ERR_MSG_MAX_LENGTH] = "";
  zx_handle_t process = ZX_HANDLE_INVALID, here, there;
  int ends[2];
  CHECK(pipe(ends) == 0);
  CHECK_STATUS(zx_channel_create(0, &here, &there), ZX_OK);
  const fdio_spawn_action_t actions[] = {give(there, PA_HND(PA_USER0, 0)),
                                         give_fd(FDIO_SPAWN_ACTION_TRANSFER_FD, ends[1], 5)};
  CHECK_STATUS(fdio_spawn_etc(ZX_HANDLE_INVALID, FDIO_SPAWN_CLONE_ALL, argv[0], argv, NULL, 2,
                              actions, &process, words),
               ZX_ERR_NOT_FOUND);
  CHECK(strstr(words, "/nowhere/at/all") != NULL);
  CHECK_NUMBER(process, ZX_HANDLE_INVALID);
  CHECK_STATUS(zx_handle_close(there), ZX_ERR_BAD_HANDLE);
  CHECK(fcntl(ends[1], F_GETFD) == -1);
  CHECK_STATUS(zx_object_wait_one(here, ZX_CHANNEL_PEER_CLOSED, soon(), NULL), ZX_OK);
  CHECK_STATUS(zx_handle_close(here), ZX_OK);
  CHECK_STATUS(fdio_spawn(ZX_HANDLE_INVALID, FDIO_SPAWN_CLONE_ALL, argv[0], argv, &process),
               ZX_ERR_NOT_FOUND);
  close(ends[0]);
}

/* A forked child has no part in its parent's processes, and can have its own. */
static void check_fork(void) {
  zx_handle_t process = spawn("sleep", 0, NULL);
  int status = -1;
  pid_t child = fork();
  if (child == 0) {
    passed = failed = 0;
    alarm(60);
    CHECK_STATUS(zx_task_kill(process), ZX_ERR_BAD_HANDLE);
    expect_role_end("seven", 7);
    _exit(failed == 0 ? 0 : 1);
  }
  CHECK(waitpid(child, &status, 0) == child);
  CHECK_NUMBER(status, 0);
  CHECK_STATUS(zx_object_wait_one(process, ZX_TASK_TERMINATED, 0, NULL), ZX_ERR_TIMED_OUT);
  CHECK_STATUS(zx_task_kill(process), ZX_OK);
  expect_end(process, ZX_TASK_RETCODE_SYSCALL_KILL);
}

static int descriptors(void) {
  int count = 0;
  for (int fd = 0; fd < 1024; fd++) count += fcntl(fd, F_GETFD) != -1;
  return count;
}

int main(int argc, char** argv) {
  const char* role = argc > 1 ? argv[1] : "";
  if (realpath("/proc/self/exe", self) == NULL) abort();
  if (strcmp(role, "worker") == 0) return be_worker();
  if (strcmp(role, "many") == 0) return be_many();
  if (strcmp(role, "list") == 0) return be_list();
  if (strcmp(role, "bare") == 0) return be_bare();
  if (strcmp(role, "seven") == 0) return 7;
  if (strcmp(role, "exit") == 0) zx_process_exit(200);
  if (strcmp(role, "abort") == 0) {
    signal(SIGABRT, SIG_DFL);
    abort();
  }
  if (strcmp(role, "sleep") == 0) return (int)sleep(60);

  check_worker();
  /* The library's own thread may hold what it was told of last for a moment longer. */
  usleep(100000);
  int before = descriptors();
  check_worker();
  check_many();
  check_descriptors();
  expect_role_end("bare", 0);
  expect_role_end("seven", 7);
  expect_role_end("exit", 200);
  expect_role_end("abort", ZX_TASK_RETCODE_EXCEPTION_KILL);
  check_kill();
  check_missing();
  check_fork();
  zx_time_t until = soon();
  while (descriptors() != before && zx_clock_get_monotonic() < until) usleep(1000);
  CHECK_NUMBER(descriptors(), before);
  CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
  printf("spawn: %d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
