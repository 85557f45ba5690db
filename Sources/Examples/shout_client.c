/* Sends standard input to a server at a path and prints what that gives back.
 *
 * Usage: shout_client PATH
 *
 * Makes a socket, sends the server one end of it in a message, and streams through the other, writing and
 * reading at the same time; says that it is done by disabling its writes. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zircon/linux.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>

#define CHUNK 65536

/* Bytes of standard input that have yet to be sent. */
typedef struct input {
  char bytes[CHUNK];
  size_t begin;
  size_t end;
  bool has_ended;
} input_t;

static zx_status_t report(const char* what, zx_status_t status) {
  fprintf(stderr, "shout_client: %s: %s\n", what, zx_status_get_string(status));
  return status;
}

/* Connects, and hands the server its end of a new socket. */
static zx_status_t meet(const char* path, zx_handle_t* socket) {
  zx_handle_t channel;
  zx_handle_t far;
  zxl_peer_t peer;

  zx_status_t status = zxl_channel_connect(path, &channel);
  if (status != ZX_OK) {
    return report(path, status);
  }
  status = zxl_channel_get_peer(channel, &peer);
  if (status != ZX_OK) {
    return report("zxl_channel_get_peer", status);
  }
  fprintf(stderr, "server: user %" PRIu32 ", group %" PRIu32 ", process %" PRId32 "\n", peer.uid,
          peer.gid, peer.pid);
  status = zx_socket_create(ZX_SOCKET_STREAM, socket, &far);
  if (status != ZX_OK) {
    return report("zx_socket_create", status);
  }
  status = zx_channel_write(channel, 0, NULL, 0, &far, 1);
  if (status != ZX_OK) {
    return report("zx_channel_write", status);
  }
  /* What has been written arrives all the same. */
  return zx_handle_close(channel);
}

/* Reads more of standard input if all of it has been sent. */
static zx_status_t fill(input_t* input) {
  while (input->begin == input->end && !input->has_ended) {
    ssize_t size = read(STDIN_FILENO, input->bytes, CHUNK);
    if (size < 0 && errno != EINTR) {
      perror("shout_client: standard input");
      return ZX_ERR_IO;
    }
    if (size >= 0) {
      input->begin = 0;
      input->end = (size_t)size;
      input->has_ended = size == 0;
    }
  }
  return ZX_OK;
}

/* Sends what fits, and after the last byte says so. */
static zx_status_t send_some(zx_handle_t socket, input_t* input, uint64_t* sent) {
  while (!input->has_ended) {
    size_t actual;
    zx_status_t status = fill(input);
    if (status != ZX_OK) {
      return status;
    }
    if (input->has_ended) {
      return zx_socket_set_disposition(socket, ZX_SOCKET_DISPOSITION_WRITE_DISABLED, 0);
    }
    status = zx_socket_write(socket, 0, input->bytes + input->begin, input->end - input->begin,
                             &actual);
    if (status != ZX_OK) {
      return status == ZX_ERR_SHOULD_WAIT ? ZX_OK : status;
    }
    input->begin += actual;
    *sent += actual;
  }
  return ZX_OK;
}

/* Prints what is there; ZX_ERR_PEER_CLOSED once nothing more will come. */
static zx_status_t print_some(zx_handle_t socket, uint64_t* received) {
  static char bytes[CHUNK];

  for (;;) {
    size_t actual;
    zx_status_t status = zx_socket_read(socket, 0, bytes, sizeof(bytes), &actual);
    if (status != ZX_OK) {
      return status == ZX_ERR_SHOULD_WAIT ? ZX_OK : status;
    }
    if (fwrite(bytes, 1, actual, stdout) != actual) {
      perror("shout_client: standard output");
      return ZX_ERR_IO;
    }
    *received += actual;
  }
}

/* Sends and prints in turns, and sleeps while neither can go on. */
static zx_status_t talk(zx_handle_t socket, uint64_t* sent, uint64_t* received) {
  static input_t input;

  for (;;) {
    /* That the server is gone is for the read to find, after what it has sent. */
    zx_status_t status = send_some(socket, &input, sent);
    if (status != ZX_OK && status != ZX_ERR_PEER_CLOSED) {
      return report("sending", status);
    }
    status = print_some(socket, received);
    if (status == ZX_ERR_PEER_CLOSED) {
      return ZX_OK;
    }
    if (status != ZX_OK) {
      return report("receiving", status);
    }
    zx_signals_t wanted = ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED;
    if (!input.has_ended) {
      wanted |= ZX_SOCKET_WRITABLE;
    }
    status = zx_object_wait_one(socket, wanted, ZX_TIME_INFINITE, NULL);
    if (status != ZX_OK) {
      return report("zx_object_wait_one", status);
    }
  }
}

int main(int argc, char** argv) {
  zx_handle_t socket;
  uint64_t sent = 0;
  uint64_t received = 0;

  if (argc != 2) {
    fputs("usage: shout_client PATH\n", stderr);
    return 2;
  }
  if (meet(argv[1], &socket) != ZX_OK || talk(socket, &sent, &received) != ZX_OK) {
    return EXIT_FAILURE;
  }
  if (fflush(stdout) != 0) {
    perror("shout_client: standard output");
    return EXIT_FAILURE;
  }
  fprintf(stderr, "shout_client: %" PRIu64 " bytes sent, %" PRIu64 " came back\n", sent, received);
  return sent == received ? EXIT_SUCCESS : EXIT_FAILURE;
}
