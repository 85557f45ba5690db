/* Channels that are met at a path, between processes, one of another user where this one may be that. */
#include <signal.h>
#include <zircon/syscalls/port.h>

#include "meet.h"

int passed;
int failed;

/* The user that a client is after become_nobody. */
static uint32_t client_uid(void) { return geteuid() == 0 ? NOBODY : geteuid(); }
static uint32_t client_gid(void) { return geteuid() == 0 ? NOBODY : getegid(); }

static void check_mode(const place_t* place) {
  zx_handle_t service = serve(place, 0646), other = 77;
  struct stat facts;
  CHECK(stat(place->path, &facts) == 0);
  CHECK_NUMBER(facts.st_mode & 07777, 0646);
  CHECK_STATUS(zxl_channel_serve(place->path, 01600, &other), ZX_ERR_INVALID_ARGS);
  CHECK_NUMBER(other, 77);
  CHECK_STATUS(zx_handle_close(service), ZX_OK);
}

static void check_refusals(const place_t* place) {
  zx_handle_t service = serve(place, 0600), other = 77;
  CHECK_STATUS(zx_channel_read(service, 0, 0, 0, 0, 0, 0, 0), ZX_ERR_SHOULD_WAIT);
  CHECK_STATUS(zx_channel_write(service, 0, "x", 1, 0, 0), ZX_ERR_ACCESS_DENIED);
  CHECK_STATUS(zxl_channel_serve(place->path, 0600, &other), ZX_ERR_ALREADY_EXISTS);
  CHECK_STATUS(zxl_channel_serve("", 0600, &other), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zxl_channel_serve(NULL, 0600, &other), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zxl_channel_serve((const char*)8, 0600, &other), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zxl_channel_serve("/tmp/none-x/y", 0600, &other), ZX_ERR_NOT_FOUND);
  CHECK_STATUS(zxl_channel_serve("/etc/passwd/y", 0600, &other), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zxl_channel_serve("/etc/passwd", 0600, &other), ZX_ERR_ALREADY_EXISTS);
  CHECK_STATUS(zxl_channel_connect("/tmp/none-x", &other), ZX_ERR_NOT_FOUND);
  CHECK_STATUS(zxl_channel_connect("", &other), ZX_ERR_INVALID_ARGS);
  CHECK_NUMBER(other, 77);
  CHECK_STATUS(zx_handle_close(service), ZX_OK);
}

/* A path of 107 bytes and one of 108. */
static void check_lengths(const place_t* place) {
  char path[109];
  zx_handle_t service = ZX_HANDLE_INVALID;
  memset(path, 'x', sizeof(path));
  memcpy(path, place->folder, strlen(place->folder));
  path[strlen(place->folder)] = '/';
  path[108] = 0;
  CHECK_STATUS(zxl_channel_serve(path, 0600, &service), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zxl_channel_connect(path, &service), ZX_ERR_INVALID_ARGS);
  path[107] = 0;
  CHECK_STATUS(zxl_channel_serve(path, 0600, &service), ZX_OK);
  CHECK_STATUS(zx_handle_close(service), ZX_OK);
}

/* The connection was made before its handle could not be given. */
static void check_bad_out(const place_t* place) {
  zx_handle_t service = serve(place, 0600);
  zxl_peer_t peer;
  CHECK_STATUS(zxl_channel_connect(place->path, NULL), ZX_ERR_INVALID_ARGS);
  zx_handle_t channel = receive_connection(service, &peer);
  check_peer_closes(channel);
  CHECK_STATUS(zx_handle_close(channel), ZX_OK);
  CHECK_STATUS(zx_handle_close(service), ZX_OK);
}

/* What a client in another process does. */
static void ask(const void* argument) {
  const place_t* place = argument;
  zx_handle_t channel = ZX_HANDLE_INVALID;
  zxl_peer_t server = {0};
  const uint32_t uid = geteuid();
  become_nobody();
  CHECK_STATUS(zxl_channel_connect(place->path, &channel), ZX_OK);
  CHECK_STATUS(zxl_channel_get_peer(channel, &server), ZX_OK);
  CHECK_NUMBER(server.pid, getppid());
  CHECK_NUMBER(server.uid, uid);
  send_byte(channel, 3);
  receive_byte(channel, 4);
}

/* The server is told by a port that somebody connects. */
static void check_another_process(const place_t* place) {
  zx_handle_t service = serve(place, 0646), port = ZX_HANDLE_INVALID;
  zx_port_packet_t packet = {0};
  zxl_peer_t peer = {0}, again = {0};
  CHECK_STATUS(zx_port_create(0, &port), ZX_OK);
  CHECK_STATUS(zx_object_wait_async(service, port, 9, ZX_CHANNEL_READABLE, 0), ZX_OK);
  pid_t child = start_child(ask, place);
  CHECK_STATUS(zx_port_wait(port, soon(), &packet), ZX_OK);
  CHECK_NUMBER(packet.key, 9);
  zx_handle_t channel = receive_connection(service, &peer);
  CHECK_NUMBER(peer.pid, child);
  CHECK_NUMBER(peer.uid, client_uid());
  CHECK_NUMBER(peer.gid, client_gid());
  CHECK_STATUS(zxl_channel_get_peer(channel, &again), ZX_OK);
  CHECK(memcmp(&peer, &again, sizeof(peer)) == 0);
  receive_byte(channel, 3);
  send_byte(channel, 4);
  check_child_ends_well(child);
  check_peer_closes(channel);
  CHECK_STATUS(zxl_channel_get_peer(channel, &again), ZX_ERR_PEER_CLOSED);
  CHECK_STATUS(zx_handle_close(channel), ZX_OK);
  CHECK_STATUS(zx_handle_close(port), ZX_OK);
  CHECK_STATUS(zx_handle_close(service), ZX_OK);
}

/* More than wait in the channel; each is let in, in order. */
static void check_many(const place_t* place) {
  enum { COUNT = 300 };
  zx_handle_t service = serve(place, 0600), clients[COUNT];
  zxl_peer_t peer;
  for (int i = 0; i < COUNT; i++) {
    CHECK_STATUS(zxl_channel_connect(place->path, &clients[i]), ZX_OK);
  }
  for (int i = 0; i < COUNT; i++) {
    zx_handle_t channel = receive_connection(service, &peer);
    send_byte(clients[i], 'a');
    receive_byte(channel, 'a');
    CHECK_STATUS(zx_handle_close(channel), ZX_OK);
    CHECK_STATUS(zx_handle_close(clients[i]), ZX_OK);
  }
  CHECK_STATUS(zx_handle_close(service), ZX_OK);
}

static void be_refused(const void* argument) {
  const place_t* place = argument;
  zx_handle_t channel;
  become_nobody();
  CHECK_STATUS(zxl_channel_connect(place->path, &channel), ZX_ERR_ACCESS_DENIED);
}

/* Only root has another user to be refused. */
static void check_other_user(const place_t* place) {
  if (geteuid() != 0) return;
  zx_handle_t service = serve(place, 0600);
  check_child_ends_well(start_child(be_refused, place));
  CHECK_STATUS(zx_handle_close(service), ZX_OK);
}

static void check_end(const place_t* place) {
  zx_handle_t service = serve(place, 0600), waiting = ZX_HANDLE_INVALID;
  CHECK_STATUS(zxl_channel_connect(place->path, &waiting), ZX_OK);
  CHECK_STATUS(zx_handle_close(service), ZX_OK);
  CHECK(access(place->path, F_OK) != 0);
  check_peer_closes(waiting);
  CHECK_STATUS(zx_handle_close(waiting), ZX_OK);
}

static void serve_and_die(const void* argument) {
  serve(argument, 0600);
  CHECK(failed == 0 && kill(getpid(), SIGKILL) == 0);
}

/* What a server that was killed leaves is replaced. */
static void check_leftovers(const place_t* place) {
  zx_handle_t client = ZX_HANDLE_INVALID;
  int status = 0;
  pid_t child = start_child(serve_and_die, place);
  CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  CHECK(access(place->path, F_OK) == 0);
  CHECK_STATUS(zxl_channel_connect(place->path, &client), ZX_ERR_NOT_FOUND);
  zx_handle_t service = serve(place, 0600);
  CHECK_STATUS(zxl_channel_connect(place->path, &client), ZX_OK);
  CHECK_STATUS(zx_handle_close(client), ZX_OK);
  CHECK_STATUS(zx_handle_close(service), ZX_OK);
}

int main(void) {
  place_t place;
  make_place(&place);
  check_mode(&place);
  check_refusals(&place);
  check_lengths(&place);
  check_bad_out(&place);
  check_another_process(&place);
  check_many(&place);
  check_other_user(&place);
  check_end(&place);
  check_leftovers(&place);
  remove_place(&place);
  printf("meeting: %d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
