#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* glibc 2.36 is the first to name it. */
#define BY_DESCRIPTOR 3 /* P_PIDFD */

static bool is_target(int fd, const clinux_given* given, size_t count) {
  for (size_t index = 0; index < count; index += 1) {
    if (given[index].target == fd) return true;
  }
  return false;
}

static int plan_files(posix_spawn_file_actions_t* actions, const clinux_given* given, size_t count,
                      bool fills) {
  int highest = 2, error = 0;
  for (size_t index = 0; index < count && error == 0; index += 1) {
    error = posix_spawn_file_actions_adddup2(actions, given[index].source, given[index].target);
    if (given[index].target > highest) highest = given[index].target;
  }
  for (int fd = 0; fd <= highest && error == 0; fd += 1) {
    if (is_target(fd, given, count)) continue;
    if (fd <= 2 && fills) {
      error = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
    } else {
      error = posix_spawn_file_actions_addclose(actions, fd);
    }
  }
  if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(actions, highest + 1);
  return error;
}

static int plan_signals(posix_spawnattr_t* attributes) {
  sigset_t none, pipe;
  sigemptyset(&none);
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  int error = posix_spawnattr_setsigmask(attributes, &none);
  if (error == 0) error = posix_spawnattr_setsigdefault(attributes, &pipe);
  if (error == 0) {
    error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  return error;
}

long clinux_spawn(const char* path, char* const* arguments, char* const* variables,
                  const clinux_given* given, size_t count, bool fills) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  pid_t pid = 0;
  int saved = errno;
  int error = posix_spawn_file_actions_init(&actions);
  if (error != 0) return -error;
  error = posix_spawnattr_init(&attributes);
  if (error == 0) {
    error = plan_files(&actions, given, count, fills);
    if (error == 0) error = plan_signals(&attributes);
    if (error == 0) error = posix_spawn(&pid, path, &actions, &attributes, arguments, variables);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  errno = saved;
  return error == 0 ? pid : -error;
}

long clinux_process_open(int32_t pid) {
  return clinux_call6(SYS_pidfd_open, pid, 0, 0, 0, 0, 0);
}

long clinux_process_kill(int process) {
  return clinux_call6(SYS_pidfd_send_signal, process, SIGKILL, 0, 0, 0, 0);
}

void clinux_child_abandon(int32_t pid) {
  clinux_call6(SYS_kill, pid, SIGKILL, 0, 0, 0, 0);
  while (clinux_call6(SYS_wait4, pid, 0, 0, 0, 0, 0) == -EINTR) continue;
}

long clinux_child_reap(int process, clinux_end* end) {
  siginfo_t info = {0};
  long answer;
  do {
    answer = clinux_call6(SYS_waitid, BY_DESCRIPTOR, process, (long)&info, WEXITED | WNOHANG, 0, 0);
  } while (answer == -EINTR);
  *end = (clinux_end){.has_ended = answer == 0 && info.si_pid != 0,
                      .was_killed = info.si_code != CLD_EXITED,
                      .code = info.si_status};
  return answer;
}

void clinux_child_wait(int process) {
  while (clinux_call6(SYS_waitid, BY_DESCRIPTOR, process, 0, WEXITED, 0, 0) == -EINTR) continue;
}

long clinux_copy_above(int fd, int least) {
  return clinux_call6(SYS_fcntl, fd, F_DUPFD_CLOEXEC, least, 0, 0, 0);
}

bool clinux_is_open(int fd) { return clinux_call6(SYS_fcntl, fd, F_GETFD, 0, 0, 0, 0) >= 0; }

char** clinux_variables(void) { return environ; }
