#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

long clinux_epoll_create(void) {
  return clinux_call6(SYS_epoll_create1, EPOLL_CLOEXEC, 0, 0, 0, 0, 0);
}

long clinux_epoll_set(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data = {.u64 = token}};
  return clinux_call6(SYS_epoll_ctl, epoll, operation, fd, (long)&event, 0, 0);
}

long clinux_epoll_wait(int epoll, clinux_event* events, int milliseconds) {
  struct epoll_event found[CLINUX_EVENTS_AT_ONCE];
  long count = clinux_call6(SYS_epoll_pwait, epoll, (long)found, CLINUX_EVENTS_AT_ONCE,
                            milliseconds, 0, 8);
  for (long index = 0; index < count; index += 1) {
    events[index] = (clinux_event){.token = found[index].data.u64, .events = found[index].events};
  }
  return count;
}

long clinux_counter_create(void) {
  return clinux_call6(SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK, 0, 0, 0, 0);
}

void clinux_counter_add(int fd) {
  uint64_t one = 1;
  clinux_call6(SYS_write, fd, (long)&one, sizeof one, 0, 0, 0);
}

bool clinux_bell_ring(int fd) { return clinux_send(fd, "", 1, CLINUX_SEND_FLAGS) != -EAGAIN; }

bool clinux_bell_empty(int fd) {
  char bytes[512];
  /* Once: what comes meanwhile is another edge. A hostile peer could keep a loop busy. */
  return clinux_recv(fd, bytes, sizeof bytes, CLINUX_RECV_FLAGS) > 0;
}

long clinux_common_bell_create(void) {
  /* Without a name of the caller's Linux gives one that is free. */
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  int size = sizeof name;
  long fd = clinux_call6(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, 0, 0, 0);
  if (fd < 0) return fd;
  long result = clinux_call6(SYS_bind, fd, (long)&name, sizeof name.sun_family, 0, 0, 0);
  if (result == 0) result = clinux_call6(SYS_getsockname, fd, (long)&name, (long)&size, 0, 0, 0);
  if (result == 0) result = clinux_call6(SYS_connect, fd, (long)&name, size, 0, 0, 0);
  if (result == 0) return fd;
  clinux_close((int)fd);
  return result;
}

void clinux_common_bell_ring(int fd) {
  if (clinux_bell_ring(fd)) return;
  /* What lies there has been seen as edges. So many are more than fit: a hostile holder cannot keep this
   * busy. */
  for (int turn = 0; turn < 1024; turn += 1) {
    char byte;
    if (clinux_recv(fd, &byte, sizeof byte, CLINUX_RECV_FLAGS) < 0) break;
  }
  clinux_bell_ring(fd);
}

bool clinux_is_common_bell(int fd) { return clinux_is_unix_socket(fd, SOCK_DGRAM) != 0; }

/* ---- locks between processes ---- */

long clinux_reopen(int fd) {
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return clinux_call6(SYS_openat, AT_FDCWD, (long)path, O_RDWR | O_CLOEXEC, 0, 0, 0);
}

long clinux_reopen_in_place(int fd) {
  long opened = clinux_reopen(fd);
  if (opened < 0) return opened;
  long result = clinux_call6(SYS_dup3, opened, fd, O_CLOEXEC, 0, 0, 0);
  clinux_close((int)opened);
  return result;
}

static long set_byte(int fd, uint64_t byte, short type) {
  struct flock64 lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = (long)byte, .l_len = 1};
  return clinux_call6(SYS_fcntl, fd, F_OFD_SETLK, (long)&lock, 0, 0, 0);
}

long clinux_byte_lock(int fd, uint64_t byte) { return set_byte(fd, byte, F_WRLCK); }

void clinux_byte_unlock(int fd, uint64_t byte) { set_byte(fd, byte, F_UNLCK); }

int clinux_is_hung_up(int fd) {
  struct pollfd one = {.fd = fd, .events = 0};
  struct timespec now = {0};
  long result = clinux_call6(SYS_ppoll, (long)&one, 1, (long)&now, 0, 8, 0);
  return result > 0 && (one.revents & POLLHUP) != 0;
}

uint32_t clinux_look(int fd) {
  struct pollfd one = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP};
  struct timespec now = {0};
  long result = clinux_call6(SYS_ppoll, (long)&one, 1, (long)&now, 0, 8, 0);
  return result > 0 ? (uint32_t)(unsigned short)one.revents : 0;
}

int clinux_is_unix_socket(int fd, int type) {
  int domain = 0, actual = 0, listening = 1;
  socklen_t size = sizeof domain;
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
         getsockopt(fd, SOL_SOCKET, SO_TYPE, &actual, &size) == 0 && actual == type &&
         getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening == 0;
}

void clinux_close(int fd) { clinux_call6(SYS_close, fd, 0, 0, 0, 0, 0); }

static struct timespec clinux_until(int64_t nanoseconds) {
  if (nanoseconds < 0) nanoseconds = 0;
  return (struct timespec){.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
}

long clinux_shared_wait(const uint32_t* word, uint32_t expected, int64_t deadline) {
  struct timespec until = clinux_until(deadline);
  return clinux_call6(SYS_futex, (long)word, FUTEX_WAIT_BITSET, expected,
                      deadline == INT64_MAX ? 0 : (long)&until, 0, FUTEX_BITSET_MATCH_ANY);
}

void clinux_shared_wake(const uint32_t* word) {
  clinux_call6(SYS_futex, (long)word, FUTEX_WAKE, INT_MAX, 0, 0, 0);
}
