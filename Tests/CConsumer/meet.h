/* A place at which processes meet, and what both sides of a meeting do. */
#ifndef MEET_H_
#define MEET_H_

#include <sys/stat.h>
#include <zircon/linux.h>

#include "child.h"

/* A folder of the test's own that others may enter, and a path in it. */
typedef struct place {
  char folder[32];
  char path[40];
} place_t;

static inline void make_place(place_t* place) {
  strcpy(place->folder, "/tmp/zircon-meeting-XXXXXX");
  if (mkdtemp(place->folder) == NULL || chmod(place->folder, 0755) != 0) abort();
  snprintf(place->path, sizeof(place->path), "%s/s", place->folder);
}

/* Nothing may be left in it. */
static inline void remove_place(const place_t* place) { CHECK(rmdir(place->folder) == 0); }

static inline zx_handle_t serve(const place_t* place, uint32_t mode) {
  zx_handle_t service = ZX_HANDLE_INVALID;
  CHECK_STATUS(zxl_channel_serve(place->path, mode, &service), ZX_OK);
  return service;
}

/* Takes the next connection once it is there. */
static inline zx_handle_t receive_connection(zx_handle_t service, zxl_peer_t* peer) {
  zx_handle_t channel = ZX_HANDLE_INVALID;
  uint32_t bytes = 0, handles = 0;
  CHECK_STATUS(zx_object_wait_one(service, ZX_CHANNEL_READABLE, soon(), NULL), ZX_OK);
  CHECK_STATUS(
      zx_channel_read(service, 0, peer, &channel, sizeof(*peer), 1, &bytes, &handles), ZX_OK);
  CHECK_NUMBER(bytes, sizeof(*peer));
  CHECK_NUMBER(handles, 1);
  return channel;
}

static inline void send_byte(zx_handle_t channel, char byte) {
  CHECK_STATUS(zx_channel_write(channel, 0, &byte, 1, NULL, 0), ZX_OK);
}

/* Takes the next message, of that one byte, once it is there. */
static inline void receive_byte(zx_handle_t channel, char expected) {
  char byte = 0;
  uint32_t size = 0;
  CHECK_STATUS(zx_object_wait_one(channel, ZX_CHANNEL_READABLE, soon(), NULL), ZX_OK);
  CHECK_STATUS(zx_channel_read(channel, 0, &byte, NULL, 1, 0, &size, NULL), ZX_OK);
  CHECK(size == 1 && byte == expected);
}

static inline void check_peer_closes(zx_handle_t channel) {
  CHECK_STATUS(zx_object_wait_one(channel, ZX_CHANNEL_PEER_CLOSED, soon(), NULL), ZX_OK);
}

/* Starts a child that makes checks meanwhile and ends with 0 if all hold; says itself what does not. */
static inline pid_t start_child(void (*body)(const void*), const void* argument) {
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    alarm(60);
    failed = 0;
    body(argument);
    fflush(NULL);
    _exit(failed == 0 ? 0 : 1);
  }
  return child;
}

static inline void check_child_ends_well(pid_t child) {
  int status = -1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  CHECK_NUMBER(status, 0);
}

#endif /* MEET_H_ */
