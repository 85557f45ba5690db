/* The Zircon side of many pairs: a port, with each wait asked for again. */
#include <zircon/syscalls.h>
#include <zircon/syscalls/port.h>

#include "Bench.h"

static int zircon_make(bench_t* bench, many_t* many, uint32_t index) {
  zx_status_t status =
      zx_socket_create(ZX_SOCKET_STREAM, &many->left[index], &many->right[index]);
  return status == ZX_OK ? 0 : bench_fail_status(bench->failure, "zx_socket_create", status);
}

static int zircon_fill(bench_t* bench, many_t* many, uint32_t index, size_t size) {
  size_t left = bench->workload->repeats;
  size_t unread = left;

  while (left > 0) {
    size_t moved = 0;
    zx_status_t status =
        zx_socket_write(many->left[index], 0, bench->source, left < size ? left : size, &moved);
    if (status != ZX_OK) {
      return bench_fail_status(bench->failure, "zx_socket_write", status);
    }
    left -= moved;
  }
  while (unread > 0) {
    size_t moved = 0;
    zx_status_t status = zx_socket_read(many->right[index], 0, bench->destination,
                                        bench->workload->message_size, &moved);
    if (status != ZX_OK) {
      return bench_fail_status(bench->failure, "zx_socket_read", status);
    }
    unread -= moved;
  }
  return 0;
}

static inline int zircon_watch_one(bench_t* bench, const many_t* many, uint32_t index) {
  zx_status_t status = zx_object_wait_async(many->right[index], many->loop, index,
                                            ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED, 0);
  return status == ZX_OK ? 0 : bench_fail_status(bench->failure, "zx_object_wait_async", status);
}

static int zircon_watch(bench_t* bench, many_t* many) {
  zx_status_t status = zx_port_create(0, &many->loop);
  if (status != ZX_OK) {
    return bench_fail_status(bench->failure, "zx_port_create", status);
  }
  for (uint32_t i = 0; i < bench->workload->pairs; i++) {
    if (zircon_watch_one(bench, many, i) != 0) {
      return -1;
    }
  }
  return 0;
}

static inline int zircon_write_one(bench_t* bench, const many_t* many, uint32_t index) {
  size_t actual;
  zx_status_t status = zx_socket_write(many->left[index], 0, bench->source, 1, &actual);
  if (status != ZX_OK) {
    return bench_fail_status(bench->failure, "zx_socket_write", status);
  }
  return actual == 1 ? 0 : bench_fail_short(bench->failure, "zx_socket_write");
}

static inline int zircon_next(bench_t* bench, const many_t* many, uint32_t* index) {
  zx_port_packet_t packet;
  zx_status_t status = zx_port_wait(many->loop, ZX_TIME_INFINITE, &packet);
  if (status != ZX_OK) {
    return bench_fail_status(bench->failure, "zx_port_wait", status);
  }
  if (packet.type != ZX_PKT_TYPE_SIGNAL_ONE || packet.key >= bench->workload->pairs ||
      (packet.signal.observed & ZX_SOCKET_READABLE) == 0) {
    return bench_fail_short(bench->failure, "zx_port_wait");
  }
  *index = (uint32_t)packet.key;
  return 0;
}

static inline int zircon_read_one(bench_t* bench, const many_t* many, uint32_t index) {
  size_t actual;
  zx_status_t status = zx_socket_read(many->right[index], 0, bench->destination, 1, &actual);
  if (status != ZX_OK) {
    return bench_fail_status(bench->failure, "zx_socket_read", status);
  }
  return actual == 1 ? 0 : bench_fail_short(bench->failure, "zx_socket_read");
}

static int zircon_event(bench_t* bench, void* side) {
  const many_t* many = side;

  for (size_t i = 0; i < bench->workload->repeats; i++) {
    uint32_t busy = bench_busy(bench->workload, i);
    uint32_t index;
    if (zircon_write_one(bench, many, busy) != 0 || zircon_next(bench, many, &index) != 0) {
      return -1;
    }
    if (index != busy) {
      return bench_fail_short(bench->failure, "zx_port_wait");
    }
    if (zircon_read_one(bench, many, index) != 0 || zircon_watch_one(bench, many, index) != 0) {
      return -1;
    }
  }
  return 0;
}

static int zircon_burst(bench_t* bench, void* side) {
  const many_t* many = side;
  uint32_t messages = bench->workload->messages;

  for (size_t i = 0; i < bench->workload->repeats; i++) {
    for (uint32_t k = 0; k < messages; k++) {
      if (zircon_write_one(bench, many, bench_busy(bench->workload, k)) != 0) {
        return -1;
      }
    }
    for (uint32_t k = 0; k < messages; k++) {
      uint32_t index;
      if (zircon_next(bench, many, &index) != 0 || zircon_read_one(bench, many, index) != 0 ||
          zircon_watch_one(bench, many, index) != 0) {
        return -1;
      }
    }
  }
  return 0;
}

const many_side_t zircon_many = {.make = zircon_make,
                                 .fill = zircon_fill,
                                 .watch = zircon_watch,
                                 .event = zircon_event,
                                 .burst = zircon_burst};
