/* Handles that a program is started with, and takes once. */
#include <sys/socket.h>
#include <sys/un.h>
#include <zircon/linux.h>
#include <zircon/process.h>
#include <zircon/processargs.h>

#include "child.h"

int passed;
int failed;

int main(int argc, char** argv) {
  (void)argv;
  if (argc > 1) {
    int fd = atoi(getenv("ZIRCON_STARTUP"));
    CHECK_NUMBER(zx_take_startup_handle(PA_HND(PA_USER1, 9)), 0);
    CHECK_NUMBER(getenv("ZIRCON_STARTUP") == 0, 1); CHECK_NUMBER(fcntl(fd, F_GETFD), -1);
    zx_handle_t e = zx_take_startup_handle(PA_HND(PA_USER0, 1)), s = zx_take_startup_handle(PA_HND(PA_USER0, 0));
    CHECK_NUMBER(e != 0 && s != 0, 1);
    CHECK_NUMBER(zx_take_startup_handle(PA_HND(PA_USER0, 0)), 0);
    CHECK_NUMBER(zx_socket_write(s, 0, "hi", 2, 0), ZX_OK);
    CHECK_NUMBER(zx_object_signal(e, 0, ZX_USER_SIGNAL_0), ZX_OK);
    return failed; }
  char folder[] = "/tmp/zircon-startup-XXXXXX", path[64];
  if (mkdtemp(folder) == NULL) return 2;
  snprintf(path, sizeof path, "%s/s", folder);
  zx_handle_t service, end, s0, s1, e, e2; zxl_peer_t peer;
  CHECK_NUMBER(zxl_channel_serve(path, 0600, &service), ZX_OK);
  int raw = socket(AF_UNIX, SOCK_SEQPACKET, 0); struct sockaddr_un a = {.sun_family = AF_UNIX}; strcpy(a.sun_path, path);
  CHECK_NUMBER(connect(raw, (void*)&a, sizeof a), 0);
  CHECK_NUMBER(zx_object_wait_one(service, ZX_CHANNEL_READABLE, soon(), 0), ZX_OK);
  CHECK_NUMBER(zx_channel_read(service, 0, &peer, &end, sizeof peer, 1, 0, 0), ZX_OK); zx_handle_close(service);
  zx_socket_create(0, &s0, &s1); zx_event_create(0, &e); zx_handle_duplicate(e, ZX_RIGHT_SAME_RIGHTS, &e2);
  uint32_t infos[2] = {PA_HND(PA_USER0, 0), PA_HND(PA_USER0, 1)}; zx_handle_t h[2] = {s1, e2};
  CHECK_NUMBER(zx_channel_write(end, 0, infos, 8, h, 2), ZX_OK); zx_handle_close(end);
  char n[12]; snprintf(n, 12, "%d", raw); setenv("ZIRCON_STARTUP", n, 1);
  pid_t c = fork(); if (!c) { execl("/proc/self/exe", "x", "child", (char*)0); _exit(99); }
  close(raw); unsetenv("ZIRCON_STARTUP");
  char b[2]; size_t got = 0;
  CHECK_NUMBER(zx_object_wait_one(s0, ZX_SOCKET_READABLE, soon(), 0), ZX_OK);
  CHECK_NUMBER(zx_socket_read(s0, 0, b, 2, &got), ZX_OK); CHECK_NUMBER(memcmp(b, "hi", 2), 0);
  CHECK_NUMBER(zx_object_wait_one(e, ZX_USER_SIGNAL_0, soon(), 0), ZX_OK);
  int st; waitpid(c, &st, 0); CHECK_NUMBER(st, 0);
  setenv("ZIRCON_STARTUP", "1", 1); CHECK_NUMBER(zx_take_startup_handle(PA_HND(PA_USER0, 0)), 0); CHECK_NUMBER(fcntl(1, F_GETFD), 0);
  CHECK(rmdir(folder) == 0);
  printf("startup: %d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
