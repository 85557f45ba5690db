/* The way to a process that has one side of a workload for itself, and back. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "Many.h"

/* A process that says nothing for so long is given up. */
#define PATIENCE_SECONDS 120

#define CALL_SIZE ((size_t)64u)

/* The call that failed last in another process. */
static char last_call[CALL_SIZE];

typedef struct opening {
  cbench_workload_t workload;
  uint32_t side;
} opening_t;

typedef struct answer {
  int32_t result;
  int32_t status;
  int32_t error;
  char call[CALL_SIZE];
  uint64_t numbers[CBENCH_SLICES_MAX];
} answer_t;

static bool send_all(int fd, const void* source, size_t size) {
  const char* next = source;
  while (size > 0) {
    ssize_t moved = send(fd, next, size, MSG_NOSIGNAL);
    if (moved <= 0 && errno != EINTR) {
      return false;
    }
    if (moved > 0) {
      next += moved;
      size -= (size_t)moved;
    }
  }
  return true;
}

static bool recv_all(int fd, void* destination, size_t size) {
  ssize_t moved;
  do {
    moved = recv(fd, destination, size, MSG_WAITALL);
  } while (moved < 0 && errno == EINTR);
  if (moved >= 0 && (size_t)moved != size) {
    errno = ECONNRESET;
  }
  return moved == (ssize_t)size;
}

static int take_answer(const cbench_peer_t* peer, answer_t* answer, cbench_failure_t* failure) {
  if (!recv_all(peer->fd, answer, sizeof(*answer))) {
    return bench_fail_errno(failure, "recv from the side's process");
  }
  memcpy(last_call, answer->call, CALL_SIZE);
  last_call[CALL_SIZE - 1] = '\0';
  *failure =
      (cbench_failure_t){.call = last_call, .status = answer->status, .error = answer->error};
  return answer->result;
}

static int spawn(cbench_peer_t* peer, const char* path, const char* argument, int theirs,
                 cbench_failure_t* failure) {
  extern char** environ;
  char* const arguments[] = {(char*)path, (char*)argument, NULL};
  posix_spawn_file_actions_t actions;
  pid_t pid;

  if ((errno = posix_spawn_file_actions_init(&actions)) != 0) {
    return bench_fail_errno(failure, "posix_spawn_file_actions_init");
  }
  int error = posix_spawn_file_actions_adddup2(&actions, theirs, 0);
  if (error == 0) {
    error = posix_spawn(&pid, path, &actions, NULL, arguments, environ);
  }
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    errno = error;
    return bench_fail_errno(failure, "posix_spawn");
  }
  peer->pid = pid;
  return 0;
}

static int open_pairs(const cbench_peer_t* peer, const cbench_workload_t* workload, uint32_t side,
                      cbench_failure_t* failure) {
  opening_t opening = {.workload = *workload, .side = side};
  answer_t answer;

  if (!send_all(peer->fd, &opening, sizeof(opening))) {
    return bench_fail_errno(failure, "send to the side's process");
  }
  return take_answer(peer, &answer, failure);
}

int cbench_peer_start(cbench_peer_t* peer, const char* path, const char* argument,
                      const cbench_workload_t* workload, uint32_t side,
                      cbench_failure_t* failure) {
  struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
  int ends[2];

  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return bench_fail_errno(failure, "socketpair");
  }
  *peer = (cbench_peer_t){.pid = 0, .fd = ends[0]};
  setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  int result = spawn(peer, path, argument, ends[1], failure);
  close(ends[1]);
  if (result == 0) {
    result = open_pairs(peer, workload, side, failure);
  }
  if (result != 0) {
    cbench_peer_stop(peer);
  }
  return result;
}

int cbench_peer_run(const cbench_peer_t* peer, uint64_t* slice_nanoseconds, size_t slices,
                    cbench_failure_t* failure) {
  uint64_t wanted = slices;
  answer_t answer;

  if (slices > CBENCH_SLICES_MAX) {
    errno = EINVAL;
    return bench_fail_errno(failure, "cbench_peer_run");
  }
  if (!send_all(peer->fd, &wanted, sizeof(wanted))) {
    return bench_fail_errno(failure, "send to the side's process");
  }
  int result = take_answer(peer, &answer, failure);
  if (result == 0) {
    memcpy(slice_nanoseconds, answer.numbers, slices * sizeof(*slice_nanoseconds));
  }
  return result;
}

void cbench_peer_stop(const cbench_peer_t* peer) {
  close(peer->fd);
  if (peer->pid > 0) {
    /* It has nothing to lose, and may be stuck. */
    kill(peer->pid, SIGKILL);
    while (waitpid(peer->pid, NULL, 0) < 0 && errno == EINTR) {
    }
  }
}

static bool give_answer(int fd, int result, const cbench_failure_t* failure,
                        const uint64_t* numbers) {
  answer_t answer = {.result = result, .status = failure->status, .error = failure->error};
  strncpy(answer.call, failure->call, sizeof(answer.call) - 1);
  memcpy(answer.numbers, numbers, sizeof(answer.numbers));
  return send_all(fd, &answer, sizeof(answer));
}

void cbench_serve(int fd) {
  static served_t served;
  cbench_failure_t failure = {.call = "", .status = 0, .error = 0};
  opening_t opening;
  uint64_t slices;

  if (!recv_all(fd, &opening, sizeof(opening))) {
    return;
  }
  served.workload = opening.workload;
  int result = many_open(&served, opening.side, &failure);
  while (give_answer(fd, result, &failure, served.numbers) && result == 0 &&
         recv_all(fd, &slices, sizeof(slices)) && slices <= CBENCH_SLICES_MAX) {
    result = many_round(&served, slices);
  }
}
