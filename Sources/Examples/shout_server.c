/* Gives back in capitals whatever its clients send, and says who they are.
 *
 * Usage: shout_server PATH MODE [COUNT]
 *
 * Serves at PATH, to which may connect who MODE (octal, as of a file) lets write; ends after COUNT clients.
 * A client sends one message with one handle, its server's end of a stream socket, streams bytes
 * through it, and then disables its writes. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <zircon/linux.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>

#define CHUNK 65536

/* A client, on its way to a thread of its own. */
typedef struct client {
  zx_handle_t channel;
  zxl_peer_t peer;
} client_t;

/* How many clients are being served. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t idle = PTHREAD_COND_INITIALIZER;
static unsigned long busy;

static zx_status_t report(const char* what, zx_status_t status) {
  fprintf(stderr, "shout_server: %s: %s\n", what, zx_status_get_string(status));
  return status;
}

static zx_status_t wait_for(zx_handle_t handle, zx_signals_t signals) {
  return zx_object_wait_one(handle, signals, ZX_TIME_INFINITE, NULL);
}

/* Waits for the message that brings the socket. What else a client sends is closed. */
static zx_status_t receive_socket(zx_handle_t channel, zx_handle_t* socket) {
  zx_handle_t handles[ZX_CHANNEL_MAX_MSG_HANDLES];
  static _Thread_local char bytes[ZX_CHANNEL_MAX_MSG_BYTES];
  uint32_t actual = 0;

  zx_status_t status = wait_for(channel, ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED);
  if (status == ZX_OK) {
    status = zx_channel_read(channel, 0, bytes, handles, sizeof(bytes),
                             ZX_CHANNEL_MAX_MSG_HANDLES, NULL, &actual);
  }
  if (status != ZX_OK) {
    return status;
  }
  if (actual != 1) {
    zx_handle_close_many(handles, actual);
    return ZX_ERR_INVALID_ARGS;
  }
  *socket = handles[0];
  return ZX_OK;
}

/* Writes all of `bytes`, waiting whenever the socket is full. */
static zx_status_t write_all(zx_handle_t socket, const char* bytes, size_t size) {
  while (size > 0) {
    size_t actual = 0;
    zx_status_t status = zx_socket_write(socket, 0, bytes, size, &actual);
    if (status == ZX_ERR_SHOULD_WAIT) {
      status = wait_for(socket, ZX_SOCKET_WRITABLE | ZX_SOCKET_PEER_CLOSED);
    }
    if (status != ZX_OK) {
      return status;
    }
    bytes += actual;
    size -= actual;
  }
  return ZX_OK;
}

static void shout(char* bytes, size_t size) {
  for (size_t i = 0; i < size; i++) {
    if (bytes[i] >= 'a' && bytes[i] <= 'z') {
      bytes[i] -= 'a' - 'A';
    }
  }
}

/* Gives back what comes until the client has disabled its writes and all of it has been read. */
static zx_status_t serve_socket(zx_handle_t socket, uint64_t* count) {
  char bytes[CHUNK];

  for (;;) {
    size_t actual;
    zx_status_t status = zx_socket_read(socket, 0, bytes, sizeof(bytes), &actual);
    if (status == ZX_ERR_SHOULD_WAIT) {
      status = wait_for(socket, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_WRITE_DISABLED |
                                    ZX_SOCKET_PEER_CLOSED);
    } else if (status == ZX_ERR_BAD_STATE) {
      return ZX_OK;
    } else if (status == ZX_OK) {
      shout(bytes, actual);
      status = write_all(socket, bytes, actual);
      *count += actual;
    }
    if (status != ZX_OK) {
      return status;
    }
  }
}

static void* serve_client(void* argument) {
  client_t client = *(client_t*)argument;
  zx_handle_t socket = ZX_HANDLE_INVALID;
  uint64_t count = 0;

  free(argument);
  zx_status_t status = receive_socket(client.channel, &socket);
  if (status == ZX_OK) {
    status = serve_socket(socket, &count);
  }
  zx_handle_close(socket);
  zx_handle_close(client.channel);
  printf("client: user %" PRIu32 ", group %" PRIu32 ", process %" PRId32 ": %" PRIu64 " bytes, %s\n",
         client.peer.uid, client.peer.gid, client.peer.pid, count, zx_status_get_string(status));
  fflush(stdout);

  pthread_mutex_lock(&lock);
  busy--;
  pthread_cond_signal(&idle);
  pthread_mutex_unlock(&lock);
  return NULL;
}

/* Waits for a connection and gives it a thread. */
static zx_status_t accept_client(zx_handle_t service) {
  client_t* client = malloc(sizeof(*client));
  pthread_t thread;

  if (client == NULL) {
    return report("malloc", ZX_ERR_NO_MEMORY);
  }
  zx_status_t status = wait_for(service, ZX_CHANNEL_READABLE);
  if (status == ZX_OK) {
    status = zx_channel_read(service, 0, &client->peer, &client->channel, sizeof(client->peer), 1,
                             NULL, NULL);
  }
  if (status != ZX_OK) {
    free(client);
    return report("the service", status);
  }
  pthread_mutex_lock(&lock);
  busy++;
  pthread_mutex_unlock(&lock);
  if (pthread_create(&thread, NULL, serve_client, client) != 0) {
    return report("pthread_create", ZX_ERR_NO_MEMORY);
  }
  pthread_detach(thread);
  return ZX_OK;
}

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    fputs("usage: shout_server PATH MODE [COUNT]\n", stderr);
    return 2;
  }
  zx_handle_t service;
  uint32_t mode = (uint32_t)strtoul(argv[2], NULL, 8);
  unsigned long left = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;

  zx_status_t status = zxl_channel_serve(argv[1], mode, &service);
  if (status != ZX_OK) {
    report(argv[1], status);
    return EXIT_FAILURE;
  }
  printf("serving at %s\n", argv[1]);
  fflush(stdout);
  do {
    if (accept_client(service) != ZX_OK) {
      return EXIT_FAILURE;
    }
  } while (left == 0 || --left > 0);

  zx_handle_close(service);
  pthread_mutex_lock(&lock);
  while (busy > 0) {
    pthread_cond_wait(&idle, &lock);
  }
  pthread_mutex_unlock(&lock);
  return EXIT_SUCCESS;
}
