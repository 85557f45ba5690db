/* Handles that a program is started with, and takes once. */
#include <sys/socket.h>
#include <sys/un.h>
#include <zircon/process.h>
#include <zircon/processargs.h>

#include "meet.h"

int passed;
int failed;

/* The program that is started; a socket and an event are what it is given. */
static int started(void) {
  const char* number = getenv("ZIRCON_STARTUP");
  const int fd = number != NULL ? atoi(number) : -1;
  CHECK(fcntl(fd, F_GETFD) >= 0);
  CHECK_NUMBER(zx_take_startup_handle(PA_HND(PA_USER1, 9)), ZX_HANDLE_INVALID);
  CHECK(getenv("ZIRCON_STARTUP") == NULL);
  CHECK(fcntl(fd, F_GETFD) < 0);
  zx_handle_t event = zx_take_startup_handle(PA_HND(PA_USER0, 1));
  zx_handle_t socket = zx_take_startup_handle(PA_HND(PA_USER0, 0));
  CHECK(event != ZX_HANDLE_INVALID && socket != ZX_HANDLE_INVALID);
  CHECK_NUMBER(zx_take_startup_handle(PA_HND(PA_USER0, 0)), ZX_HANDLE_INVALID);
  CHECK_STATUS(zx_socket_write(socket, 0, "hi", 2, NULL), ZX_OK);
  CHECK_STATUS(zx_object_signal(event, 0, ZX_USER_SIGNAL_0), ZX_OK);
  return failed == 0 ? 0 : 1;
}

/* A plain socket that leads to channel and passes through exec. */
static int connect_to_channel(zx_handle_t* channel) {
  place_t place;
  zxl_peer_t peer;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  make_place(&place);
  zx_handle_t service = serve(&place, 0600);
  int raw = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  strcpy(address.sun_path, place.path);
  CHECK(connect(raw, (const struct sockaddr*)&address, sizeof(address)) == 0);
  *channel = receive_connection(service, &peer);
  CHECK_STATUS(zx_handle_close(service), ZX_OK);
  remove_place(&place);
  return raw;
}

/* Starts this program once more, with what channel brings. */
static void start_again(const void* inherited) {
  char number[12];
  snprintf(number, sizeof(number), "%d", *(const int*)inherited);
  setenv("ZIRCON_STARTUP", number, 1);
  execl("/proc/self/exe", "startup", "started", (char*)NULL);
  CHECK(!"exec");
}

static void check_handles_arrive(void) {
  zx_handle_t channel, near, far, event, other;
  const uint32_t purposes[2] = {PA_HND(PA_USER0, 0), PA_HND(PA_USER0, 1)};
  char bytes[2] = {0};
  size_t actual = 0;
  const int raw = connect_to_channel(&channel);
  CHECK_STATUS(zx_socket_create(0, &near, &far), ZX_OK);
  CHECK_STATUS(zx_event_create(0, &event), ZX_OK);
  CHECK_STATUS(zx_handle_duplicate(event, ZX_RIGHT_SAME_RIGHTS, &other), ZX_OK);
  const zx_handle_t handles[2] = {far, other};
  CHECK_STATUS(zx_channel_write(channel, 0, purposes, sizeof(purposes), handles, 2), ZX_OK);
  CHECK_STATUS(zx_handle_close(channel), ZX_OK);
  pid_t child = start_child(start_again, &raw);
  close(raw);

  CHECK_STATUS(zx_object_wait_one(near, ZX_SOCKET_READABLE, soon(), NULL), ZX_OK);
  CHECK_STATUS(zx_socket_read(near, 0, bytes, sizeof(bytes), &actual), ZX_OK);
  CHECK(actual == 2 && memcmp(bytes, "hi", 2) == 0);
  CHECK_STATUS(zx_object_wait_one(event, ZX_USER_SIGNAL_0, soon(), NULL), ZX_OK);
  check_child_ends_well(child);
}

/* A number that names no such socket is left alone, and so is the descriptor. */
static void check_stray_number(void) {
  setenv("ZIRCON_STARTUP", "1", 1);
  CHECK_NUMBER(zx_take_startup_handle(PA_HND(PA_USER0, 0)), ZX_HANDLE_INVALID);
  CHECK(fcntl(STDOUT_FILENO, F_GETFD) == 0);
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "started") == 0) return started();
  check_handles_arrive();
  check_stray_number();
  printf("startup: %d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
