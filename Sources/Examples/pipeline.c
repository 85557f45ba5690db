/* Carries standard input through a stream socket from one thread to another, to standard output.
 *
 * The writing thread waits until its end is writable, the reading one until its end is readable;
 * both notice when the other end goes away. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>

#define CHUNK 65536

/* What a thread works on, and what came of it. */
typedef struct end {
  zx_handle_t socket;
  zx_status_t status;
} end_t;

static zx_status_t report(const char* what, zx_status_t status) {
  fprintf(stderr, "pipeline: %s: %s\n", what, zx_status_get_string(status));
  return status;
}

/* Reports what standard input or output could not do. */
static zx_status_t report_stdio(const char* what) {
  perror(what);
  return ZX_ERR_IO;
}

/* Writes all of `bytes`, waiting whenever the socket is full. */
static zx_status_t write_all(zx_handle_t socket, const char* bytes, size_t size) {
  while (size > 0) {
    size_t actual;
    zx_status_t status = zx_socket_write(socket, 0, bytes, size, &actual);
    if (status == ZX_ERR_SHOULD_WAIT) {
      status = zx_object_wait_one(socket, ZX_SOCKET_WRITABLE | ZX_SOCKET_PEER_CLOSED,
                                  ZX_TIME_INFINITE, NULL);
      if (status != ZX_OK) {
        return report("zx_object_wait_one", status);
      }
    } else if (status != ZX_OK) {
      return report("zx_socket_write", status);
    } else {
      bytes += actual;
      size -= actual;
    }
  }
  return ZX_OK;
}

static zx_status_t write_input(zx_handle_t socket) {
  static char bytes[CHUNK];

  for (;;) {
    ssize_t size = read(STDIN_FILENO, bytes, sizeof(bytes));
    if (size == 0) {
      return ZX_OK;
    }
    if (size < 0 && errno != EINTR) {
      return report_stdio("pipeline: standard input");
    }
    if (size > 0) {
      zx_status_t status = write_all(socket, bytes, (size_t)size);
      if (status != ZX_OK) {
        return status;
      }
    }
  }
}

static zx_status_t print_all(const char* bytes, size_t size) {
  while (size > 0) {
    ssize_t written = write(STDOUT_FILENO, bytes, size);
    if (written < 0 && errno != EINTR) {
      return report_stdio("pipeline: standard output");
    }
    if (written > 0) {
      bytes += written;
      size -= (size_t)written;
    }
  }
  return ZX_OK;
}

/* Reads until the other end is closed and everything that it wrote has been read. */
static zx_status_t read_output(zx_handle_t socket) {
  static char bytes[CHUNK];

  for (;;) {
    size_t actual;
    zx_status_t status = zx_socket_read(socket, 0, bytes, sizeof(bytes), &actual);
    if (status == ZX_ERR_SHOULD_WAIT) {
      status = zx_object_wait_one(socket, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED,
                                  ZX_TIME_INFINITE, NULL);
      if (status != ZX_OK) {
        return report("zx_object_wait_one", status);
      }
    } else if (status == ZX_ERR_PEER_CLOSED) {
      return ZX_OK;
    } else if (status != ZX_OK) {
      return report("zx_socket_read", status);
    } else {
      status = print_all(bytes, actual);
      if (status != ZX_OK) {
        return status;
      }
    }
  }
}

/* Closing the end tells the other thread that nothing more comes, or that nobody reads any more. */
static void* writer(void* argument) {
  end_t* end = argument;
  end->status = write_input(end->socket);
  zx_handle_close(end->socket);
  return NULL;
}

static void* reader(void* argument) {
  end_t* end = argument;
  end->status = read_output(end->socket);
  zx_handle_close(end->socket);
  return NULL;
}

int main(void) {
  end_t in = {ZX_HANDLE_INVALID, ZX_OK};
  end_t out = {ZX_HANDLE_INVALID, ZX_OK};
  pthread_t writing;
  pthread_t reading;

  zx_status_t status = zx_socket_create(ZX_SOCKET_STREAM, &in.socket, &out.socket);
  if (status != ZX_OK) {
    report("zx_socket_create", status);
    return EXIT_FAILURE;
  }
  if (pthread_create(&writing, NULL, writer, &in) != 0 ||
      pthread_create(&reading, NULL, reader, &out) != 0) {
    fputs("pipeline: no thread\n", stderr);
    return EXIT_FAILURE;
  }
  /* The reader ends first only if it failed; then the writer may be waiting for input. */
  pthread_join(reading, NULL);
  if (out.status != ZX_OK) {
    return EXIT_FAILURE;
  }
  pthread_join(writing, NULL);
  return in.status == ZX_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
