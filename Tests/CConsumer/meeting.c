/* Channels that are met at a path, between processes, one of another user where this one may be that. */
#include <sys/stat.h>
#include <zircon/linux.h>
#include <zircon/syscalls/port.h>

#include "child.h"

int passed;
int failed;

int main(void) {
  char folder[] = "/tmp/zircon-meeting-XXXXXX", path[64];
  zx_handle_t service = 0, other = 77, port;
  if (mkdtemp(folder) == NULL || chmod(folder, 0755) != 0) return 2;
  snprintf(path, sizeof path, "%s/s", folder);
  CHECK_NUMBER(zxl_channel_serve(path, 0646, &service), ZX_OK);
  struct stat st; stat(path, &st); CHECK_NUMBER(st.st_mode & 07777, 0646);
  CHECK_NUMBER(zxl_channel_serve(path, 0600, &other), ZX_ERR_ALREADY_EXISTS);
  CHECK_NUMBER(zx_channel_read(service, 0, 0, 0, 0, 0, 0, 0), ZX_ERR_SHOULD_WAIT);
  CHECK_NUMBER(zx_channel_write(service, 0, "x", 1, 0, 0), ZX_ERR_ACCESS_DENIED);
  CHECK_NUMBER(zxl_channel_serve("", 0600, &other), ZX_ERR_INVALID_ARGS);
  CHECK_NUMBER(zxl_channel_serve(0, 0600, &other), ZX_ERR_INVALID_ARGS);
  CHECK_NUMBER(zxl_channel_serve((char*)8, 0600, &other), ZX_ERR_INVALID_ARGS);
  CHECK_NUMBER(zxl_channel_serve("/tmp/none-x/y", 0600, &other), ZX_ERR_NOT_FOUND);
  CHECK_NUMBER(zxl_channel_serve("/etc/passwd/y", 0600, &other), ZX_ERR_INVALID_ARGS);
  CHECK_NUMBER(zxl_channel_serve("/etc/passwd", 0600, &other), ZX_ERR_ALREADY_EXISTS);
  CHECK_NUMBER(zxl_channel_connect("/tmp/none-x", &other), ZX_ERR_NOT_FOUND);
  CHECK_NUMBER(zxl_channel_connect(path, 0), ZX_ERR_INVALID_ARGS);
  CHECK_NUMBER(other, 77);
  CHECK_NUMBER(zx_object_wait_one(service, ZX_CHANNEL_READABLE, soon(), 0), ZX_OK);
  zxl_peer_t peer; zx_handle_t end;
  CHECK_NUMBER(zx_channel_read(service, 0, &peer, &end, sizeof peer, 1, 0, 0), ZX_OK); /* the bad out's */
  CHECK_NUMBER(zx_handle_close(end), ZX_OK);
  zx_port_create(0, &port);
  CHECK_NUMBER(zx_object_wait_async(service, port, 9, ZX_CHANNEL_READABLE, 0), ZX_OK);
  pid_t child = fork();
  if (!child) {
    alarm(20);
    become_nobody();
    zx_handle_t c;
    char b = 0;
    if (zxl_channel_connect(path, &c)) _exit(1);
    if (zx_channel_write(c, 0, "\3", 1, 0, 0)) _exit(2);
    if (zx_object_wait_one(c, ZX_CHANNEL_READABLE, ZX_TIME_INFINITE, 0)) _exit(3);
    _exit(zx_channel_read(c, 0, &b, 0, 1, 0, 0, 0) || b != 4 ? 4 : 0);
  }
  zx_port_packet_t packet; CHECK_NUMBER(zx_port_wait(port, soon(), &packet), ZX_OK);
  CHECK_NUMBER(zx_channel_read(service, 0, &peer, &end, sizeof peer, 1, 0, 0), ZX_OK);
  CHECK_NUMBER(peer.pid, child); CHECK_NUMBER(peer.uid, geteuid() == 0 ? NOBODY : geteuid());
  CHECK_NUMBER(peer.gid, geteuid() == 0 ? NOBODY : getegid());
  zxl_peer_t again; CHECK_NUMBER(zxl_channel_get_peer(end, &again), ZX_OK); CHECK_NUMBER(again.pid, child);
  CHECK_NUMBER(zx_object_wait_one(end, ZX_CHANNEL_READABLE, soon(), 0), ZX_OK);
  char b = 0; CHECK_NUMBER(zx_channel_read(end, 0, &b, 0, 1, 0, 0, 0), ZX_OK); CHECK_NUMBER(b, 3);
  CHECK_NUMBER(zx_channel_write(end, 0, "\4", 1, 0, 0), ZX_OK);
  int status; waitpid(child, &status, 0); CHECK_NUMBER(status, 0);
  CHECK_NUMBER(zx_object_wait_one(end, ZX_CHANNEL_PEER_CLOSED, soon(), 0), ZX_OK);
  CHECK_NUMBER(zxl_channel_get_peer(end, &again), ZX_ERR_PEER_CLOSED);
  zx_handle_t many[300];
  for (int i = 0; i < 300; i++) CHECK_NUMBER(zxl_channel_connect(path, &many[i]), ZX_OK);
  for (int i = 0; i < 300; i++) {
    CHECK_NUMBER(zx_object_wait_one(service, ZX_CHANNEL_READABLE, soon(), 0), ZX_OK);
    CHECK_NUMBER(zx_channel_read(service, 0, &peer, &end, sizeof peer, 1, 0, 0), ZX_OK);
    CHECK_NUMBER(zx_channel_write(many[i], 0, "a", 1, 0, 0), ZX_OK);
    CHECK_NUMBER(zx_object_wait_one(end, ZX_CHANNEL_READABLE, soon(), 0), ZX_OK);
    CHECK_NUMBER(zx_handle_close(end), ZX_OK);
  }
  if (geteuid() == 0) {
    CHECK(chmod(path, 0600) == 0);
    child = fork();
    if (child == 0) {
      become_nobody();
      zx_handle_t c;
      _exit(zxl_channel_connect(path, &c) == ZX_ERR_ACCESS_DENIED ? 0 : 1);
    }
    waitpid(child, &status, 0);
    CHECK_NUMBER(status, 0);
  }
  zx_handle_t waiting; CHECK_NUMBER(zxl_channel_connect(path, &waiting), ZX_OK);
  CHECK_NUMBER(zx_handle_close(service), ZX_OK);
  CHECK_NUMBER(access(path, F_OK), -1);
  CHECK_NUMBER(zx_object_wait_one(waiting, ZX_CHANNEL_PEER_CLOSED, soon(), 0), ZX_OK);
  child = fork();
  if (!child) { zx_handle_t c; _exit(zxl_channel_serve(path, 0600, &c) != 0); }
  waitpid(child, &status, 0); CHECK_NUMBER(status, 0); CHECK_NUMBER(access(path, F_OK), 0);
  CHECK_NUMBER(zxl_channel_connect(path, &other), ZX_ERR_NOT_FOUND);
  CHECK_NUMBER(zxl_channel_serve(path, 0600, &service), ZX_OK);
  CHECK_NUMBER(zxl_channel_connect(path, &other), ZX_OK);
  CHECK_NUMBER(zx_handle_close(service), ZX_OK); CHECK_NUMBER(access(path, F_OK), -1);
  CHECK(rmdir(folder) == 0);
  printf("meeting: %d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
