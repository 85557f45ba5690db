#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Connections that wait to be accepted; Linux takes net.core.somaxconn if that is less. */
#define BACKLOG 4096

static long new_socket(int type) {
  return clinux_call6(SYS_socket, AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, 0, 0, 0);
}

static int fill(struct sockaddr_un* address, const char* path) {
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof address->sun_path) return -ENAMETOOLONG;
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, path, length);
  return 0;
}

static long call_with(long number, int fd, const struct sockaddr_un* address) {
  return clinux_call6(number, fd, (long)address, sizeof *address, 0, 0, 0);
}

/* 0 if no open socket has this file. Asks with a socket of another type, which nobody accepts. */
static long find_owner(const struct sockaddr_un* address) {
  long fd = new_socket(SOCK_DGRAM);
  if (fd < 0) return fd;
  long answer = call_with(SYS_connect, (int)fd, address);
  clinux_call6(SYS_close, fd, 0, 0, 0, 0, 0);
  if (answer == -ECONNREFUSED) return 0;
  return answer == -EACCES || answer == -ENOENT ? answer : -EEXIST;
}

static bool is_same(const struct stat* one, const struct stat* other) {
  return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
         one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
         one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

static long last_error(void) { return -errno; }

/* Takes away the file of a socket that is not open any more. Another server may be at it too: what is
 * moved aside by mistake goes back. */
static long clear(const struct sockaddr_un* address) {
  const char* path = address->sun_path;
  struct stat stale, moved;
  char aside[sizeof address->sun_path + 32];
  if (lstat(path, &stale) != 0) return errno == ENOENT ? 0 : last_error();
  if (!S_ISSOCK(stale.st_mode)) return -EEXIST;
  long answer = find_owner(address);
  if (answer == -ENOENT) return 0;
  if (answer < 0) return answer;
  snprintf(aside, sizeof aside, "%s.%ld.old", path, (long)clinux_call6(SYS_gettid, 0, 0, 0, 0, 0, 0));
  if (renameat2(AT_FDCWD, path, AT_FDCWD, aside, RENAME_NOREPLACE) != 0) {
    return errno == ENOENT ? 0 : last_error();
  }
  if (lstat(aside, &moved) == 0 && !is_same(&stale, &moved)) {
    if (renameat2(AT_FDCWD, aside, AT_FDCWD, path, RENAME_NOREPLACE) == 0) return -EEXIST;
  }
  unlink(aside);
  return 0;
}

static long listen_on(int fd, const struct sockaddr_un* address, uint32_t mode,
                      clinux_place* place) {
  long answer = -EADDRINUSE;
  for (int attempt = 0; attempt < 8 && answer == -EADDRINUSE; attempt += 1) {
    answer = call_with(SYS_bind, fd, address);
    if (answer != -EADDRINUSE) break;
    long cleared = clear(address);
    if (cleared < 0) return cleared;
  }
  if (answer < 0) return answer;
  struct stat made;
  if (lstat(address->sun_path, &made) != 0) return last_error();
  *place = (clinux_place){.device = made.st_dev, .inode = made.st_ino};
  answer = clinux_call6(SYS_fchmodat, AT_FDCWD, (long)address->sun_path, mode, 0, 0, 0);
  if (answer == 0) answer = clinux_call6(SYS_listen, fd, BACKLOG, 0, 0, 0, 0);
  if (answer < 0) clinux_leave_path(address->sun_path, place);
  return answer;
}

long clinux_listen_at(const char* path, uint32_t mode, clinux_place* place) {
  struct sockaddr_un address;
  int saved = errno;
  long answer = fill(&address, path);
  if (answer < 0) return answer;
  long fd = new_socket(SOCK_SEQPACKET);
  if (fd < 0) return fd;
  answer = listen_on((int)fd, &address, mode, place);
  errno = saved;
  if (answer == 0) return fd;
  clinux_call6(SYS_close, fd, 0, 0, 0, 0, 0);
  return answer;
}

void clinux_leave_path(const char* path, const clinux_place* place) {
  struct stat now;
  int saved = errno;
  if (lstat(path, &now) == 0 && now.st_dev == place->device && now.st_ino == place->inode) {
    unlink(path);
  }
  errno = saved;
}

long clinux_connect_to(const char* path) {
  struct sockaddr_un address;
  long answer = fill(&address, path);
  if (answer < 0) return answer;
  long fd = new_socket(SOCK_SEQPACKET);
  if (fd < 0) return fd;
  answer = call_with(SYS_connect, (int)fd, &address);
  if (answer == 0) return fd;
  clinux_call6(SYS_close, fd, 0, 0, 0, 0, 0);
  return answer;
}

long clinux_accept(int fd) {
  return clinux_call6(SYS_accept4, fd, 0, 0, SOCK_CLOEXEC, 0, 0);
}
