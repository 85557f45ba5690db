#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

typedef union {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(CLINUX_MAX_DESCRIPTORS * sizeof(int))];
} clinux_control;

long clinux_message_send(int fd, const struct iovec* parts, size_t part_count,
                         const int* descriptors, size_t descriptor_count) {
  clinux_control control;
  struct msghdr message = {.msg_iov = (struct iovec*)parts, .msg_iovlen = part_count};
  if (descriptor_count > CLINUX_MAX_DESCRIPTORS) return -EINVAL;
  if (descriptor_count > 0) {
    size_t size = descriptor_count * sizeof(int);
    memset(&control, 0, CMSG_SPACE(size));
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(size);
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), descriptors, size);
  }
  return clinux_call6(SYS_sendmsg, fd, (long)&message, CLINUX_SEND_FLAGS, 0, 0, 0);
}

static void take_descriptors(struct msghdr* from, clinux_message* into) {
  for (struct cmsghdr* header = CMSG_FIRSTHDR(from); header != NULL;
       header = CMSG_NXTHDR(from, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    size_t room = CLINUX_MAX_DESCRIPTORS - into->descriptor_count;
    if (count > room) count = room;
    memcpy(into->descriptors + into->descriptor_count, CMSG_DATA(header), count * sizeof(int));
    into->descriptor_count += count;
  }
}

long clinux_message_peek(int fd, void* buffer, size_t size, clinux_message* message) {
  clinux_control control;
  struct iovec part = {.iov_base = buffer, .iov_len = size};
  struct msghdr wanted = {.msg_iov = &part, .msg_iovlen = 1};
  if (message != NULL) {
    wanted.msg_control = &control;
    wanted.msg_controllen = sizeof control;
    message->descriptor_count = 0;
  }
  long answer = clinux_call6(SYS_recvmsg, fd, (long)&wanted,
                             MSG_DONTWAIT | MSG_PEEK | MSG_TRUNC | MSG_CMSG_CLOEXEC, 0, 0, 0);
  if (answer < 0 || message == NULL) return answer;
  message->size = (size_t)answer;
  message->is_cut = (wanted.msg_flags & MSG_CTRUNC) != 0;
  take_descriptors(&wanted, message);
  return answer;
}

long clinux_message_drop(int fd) { return clinux_recv(fd, NULL, 0, CLINUX_RECV_FLAGS); }

static long option(int fd, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  long result =
      clinux_call6(SYS_getsockopt, fd, SOL_SOCKET, name, (long)&value, (long)&size, 0);
  return result < 0 ? result : value;
}

bool clinux_is_message_socket(int fd) {
  struct sockaddr_un name;
  socklen_t size = sizeof name;
  return option(fd, SO_DOMAIN) == AF_UNIX && option(fd, SO_TYPE) == SOCK_SEQPACKET &&
         option(fd, SO_ACCEPTCONN) == 0 &&
         clinux_call6(SYS_getpeername, fd, (long)&name, (long)&size, 0, 0, 0) != -ENOTCONN;
}

long clinux_copy(int fd) { return clinux_call6(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 0, 0, 0, 0); }

void clinux_shut_down(int fd, int how) { clinux_call6(SYS_shutdown, fd, how, 0, 0, 0, 0); }

long clinux_peer_credentials(int fd, clinux_credentials* credentials) {
  struct ucred found;
  socklen_t size = sizeof found;
  long result =
      clinux_call6(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, (long)&found, (long)&size, 0);
  if (result < 0) return result;
  *credentials = (clinux_credentials){.pid = found.pid, .uid = found.uid, .gid = found.gid};
  return 0;
}

long clinux_peer_process(int fd) { return option(fd, SO_PEERPIDFD); }
