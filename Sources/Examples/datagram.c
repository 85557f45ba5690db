/* Sends each line of standard input as one datagram to another thread, which sends it back, and
 * prints each datagram that comes back as one line.
 *
 * A datagram goes whole or not at all, so that "writable" does not say that there is room for it.
 * The write threshold does: its signal is there while so many bytes are free at the other end. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>

/* A longer line goes in several datagrams, an empty one not at all. */
#define DATAGRAM_SIZE 65536

static zx_status_t report(const char* what, zx_status_t status) {
  fprintf(stderr, "datagram: %s: %s\n", what, zx_status_get_string(status));
  return status;
}

static zx_status_t wait_for(zx_handle_t socket, zx_signals_t signals) {
  zx_status_t status =
      zx_object_wait_one(socket, signals | ZX_SOCKET_PEER_CLOSED, ZX_TIME_INFINITE, NULL);
  return status == ZX_OK ? ZX_OK : report("zx_object_wait_one", status);
}

/* Waits until `size` bytes are free at the other end. That it is closed is for the next write to
 * find. */
static zx_status_t wait_for_room(zx_handle_t socket, size_t size) {
  zx_status_t status =
      zx_object_set_property(socket, ZX_PROP_SOCKET_TX_THRESHOLD, &size, sizeof(size));
  if (status == ZX_ERR_PEER_CLOSED) {
    return ZX_OK;
  }
  return status == ZX_OK ? wait_for(socket, ZX_SOCKET_WRITE_THRESHOLD)
                         : report("zx_object_set_property", status);
}

static zx_status_t send_datagram(zx_handle_t socket, const char* bytes, size_t size) {
  for (;;) {
    zx_status_t status = zx_socket_write(socket, 0, bytes, size, NULL);
    if (status != ZX_ERR_SHOULD_WAIT) {
      return status == ZX_OK ? ZX_OK : report("zx_socket_write", status);
    }
    status = wait_for_room(socket, size);
    if (status != ZX_OK) {
      return status;
    }
  }
}

/* Waits for a datagram. ZX_ERR_STOP: no more will come, because the other end is closed or does not
 * write any more, and everything that it wrote has been read. */
static zx_status_t receive_datagram(zx_handle_t socket, char* bytes, size_t* actual) {
  for (;;) {
    zx_status_t status = zx_socket_read(socket, 0, bytes, DATAGRAM_SIZE, actual);
    if (status == ZX_OK) {
      return ZX_OK;
    }
    if (status == ZX_ERR_PEER_CLOSED || status == ZX_ERR_BAD_STATE) {
      return ZX_ERR_STOP;
    }
    if (status != ZX_ERR_SHOULD_WAIT) {
      return report("zx_socket_read", status);
    }
    status = wait_for(socket, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_WRITE_DISABLED);
    if (status != ZX_OK) {
      return status;
    }
  }
}

/* Sends back what comes until no more will come, then closes its end. */
static void* echo(void* argument) {
  static char bytes[DATAGRAM_SIZE];
  zx_handle_t socket = *(const zx_handle_t*)argument;
  size_t actual;

  while (receive_datagram(socket, bytes, &actual) == ZX_OK &&
         send_datagram(socket, bytes, actual) == ZX_OK) {
  }
  zx_handle_close(socket);
  return NULL;
}

/* What the printing thread reads from, and how many datagrams came. */
typedef struct printer {
  zx_handle_t socket;
  size_t count;
} printer_t;

/* Prints what comes back until the echo closes its end. */
static void* print_datagrams(void* argument) {
  static char bytes[DATAGRAM_SIZE];
  printer_t* printer = argument;
  size_t actual;

  while (receive_datagram(printer->socket, bytes, &actual) == ZX_OK) {
    if (fwrite(bytes, 1, actual, stdout) != actual || putchar('\n') == EOF) {
      perror("datagram: standard output");
      exit(EXIT_FAILURE);
    }
    printer->count++;
  }
  return NULL;
}

/* Reads bytes up to the end of a line, which is left out; fewer if they do not fit. */
static size_t read_line(char* bytes) {
  size_t size = 0;
  int byte;

  while (size < DATAGRAM_SIZE && (byte = getchar()) != EOF && byte != '\n') {
    bytes[size++] = (char)byte;
  }
  return size;
}

/* Sends the lines, then says that no more will come. */
static zx_status_t send_lines(zx_handle_t socket, size_t* count) {
  static char line[DATAGRAM_SIZE];

  while (!feof(stdin) && !ferror(stdin)) {
    size_t size = read_line(line);
    if (size > 0) {
      zx_status_t status = send_datagram(socket, line, size);
      if (status != ZX_OK) {
        return status;
      }
      (*count)++;
    }
  }
  if (ferror(stdin)) {
    perror("datagram: standard input");
    return ZX_ERR_IO;
  }
  zx_status_t status = zx_socket_set_disposition(socket, ZX_SOCKET_DISPOSITION_WRITE_DISABLED, 0);
  return status == ZX_OK ? ZX_OK : report("zx_socket_set_disposition", status);
}

int main(void) {
  zx_handle_t near;
  zx_handle_t far;
  pthread_t echoing;
  pthread_t printing;
  size_t count = 0;

  zx_status_t status = zx_socket_create(ZX_SOCKET_DATAGRAM, &near, &far);
  if (status != ZX_OK) {
    report("zx_socket_create", status);
    return EXIT_FAILURE;
  }
  printer_t printer = {near, 0};
  if (pthread_create(&echoing, NULL, echo, &far) != 0 ||
      pthread_create(&printing, NULL, print_datagrams, &printer) != 0) {
    fputs("datagram: no thread\n", stderr);
    return EXIT_FAILURE;
  }
  status = send_lines(near, &count);
  if (status != ZX_OK) {
    return EXIT_FAILURE;
  }
  pthread_join(echoing, NULL);
  pthread_join(printing, NULL);
  zx_handle_close(near);
  if (fflush(stdout) != 0) {
    perror("datagram: standard output");
    return EXIT_FAILURE;
  }
  fprintf(stderr, "datagram: %zu sent, %zu came back\n", count, printer.count);
  return printer.count == count ? EXIT_SUCCESS : EXIT_FAILURE;
}
