/* The Zircon side: the same workloads through the headers. */
#include <errno.h>
#include <zircon/linux.h>
#include <zircon/syscalls.h>

#include "Bench.h"

typedef struct zircon {
  zx_handle_t left[CBENCH_BATCH_MAX];
  zx_handle_t right[CBENCH_BATCH_MAX];
  uint32_t pairs;
  zxl_socket_op_t writes[CBENCH_BATCH_MAX];
  zxl_socket_op_t reads[CBENCH_BATCH_MAX];
} zircon_t;

static int zircon_create(bench_t* bench, zx_handle_t* left, zx_handle_t* right) {
  uint32_t options = bench->workload->datagram != 0 ? ZX_SOCKET_DATAGRAM : ZX_SOCKET_STREAM;
  zx_status_t status = zx_socket_create(options, left, right);
  return status == ZX_OK ? 0 : bench_fail_status(bench->failure, "zx_socket_create", status);
}

static int zircon_create_close(bench_t* bench, void* side) {
  (void)side;
  for (size_t i = 0; i < bench->workload->repeats; i++) {
    zx_handle_t left;
    zx_handle_t right;
    if (zircon_create(bench, &left, &right) != 0) {
      return -1;
    }
    zx_handle_close(left);
    zx_handle_close(right);
  }
  return 0;
}

static int zircon_message(bench_t* bench, void* side) {
  const zircon_t* zircon = side;
  size_t size = bench->workload->message_size;

  for (size_t i = 0; i < bench->workload->repeats; i++) {
    size_t actual;
    zx_status_t status = zx_socket_write(zircon->left[0], 0, bench->source, size, &actual);
    if (status != ZX_OK) {
      return bench_fail_status(bench->failure, "zx_socket_write", status);
    }
    if (actual != size) {
      return bench_fail_short(bench->failure, "zx_socket_write");
    }
    status = zx_socket_read(zircon->right[0], 0, bench->destination, size, &actual);
    if (status != ZX_OK) {
      return bench_fail_status(bench->failure, "zx_socket_read", status);
    }
    if (actual != size) {
      return bench_fail_short(bench->failure, "zx_socket_read");
    }
  }
  return 0;
}

static void zircon_fill_batch(bench_t* bench, zircon_t* zircon) {
  size_t size = bench->workload->message_size;
  for (uint32_t k = 0; k < bench->workload->messages; k++) {
    uint32_t pair = k % zircon->pairs;
    zircon->writes[k] = (zxl_socket_op_t){.op = ZXL_SOCKET_WRITE,
                                          .handle = zircon->left[pair],
                                          .buffer = bench->source + k * size,
                                          .size = size};
    zircon->reads[k] = (zxl_socket_op_t){.op = ZXL_SOCKET_READ,
                                         .handle = zircon->right[pair],
                                         .buffer = bench->destination + k * size,
                                         .size = size};
  }
}

static int zircon_one_batch(bench_t* bench, zxl_socket_op_t* ops, const char* call) {
  zx_status_t status = zxl_socket_batch(ops, bench->workload->messages);
  if (status != ZX_OK) {
    return bench_fail_status(bench->failure, "zxl_socket_batch", status);
  }
  for (uint32_t k = 0; k < bench->workload->messages; k++) {
    if (ops[k].status != ZX_OK) {
      return bench_fail_status(bench->failure, call, ops[k].status);
    }
    if (ops[k].actual != ops[k].size) {
      return bench_fail_short(bench->failure, call);
    }
  }
  return 0;
}

static int zircon_batch(bench_t* bench, void* side) {
  zircon_t* zircon = side;

  for (size_t i = 0; i < bench->workload->repeats; i++) {
    if (zircon_one_batch(bench, zircon->writes, "zxl_socket_batch (write)") != 0 ||
        zircon_one_batch(bench, zircon->reads, "zxl_socket_batch (read)") != 0) {
      return -1;
    }
  }
  return 0;
}

/* Waits until `handle` has one of `signals`. */
static int zircon_wait(zx_handle_t handle, zx_signals_t signals, cbench_failure_t* failure) {
  zx_time_t deadline = zx_deadline_after(ZX_MSEC(CBENCH_PATIENCE_MILLISECONDS));
  zx_status_t status = zx_object_wait_one(handle, signals, deadline, NULL);
  return status == ZX_OK ? 0 : bench_fail_status(failure, "zx_object_wait_one", status);
}

static int zircon_writer(bench_t* bench, void* side, cbench_failure_t* failure) {
  zx_handle_t handle = ((const zircon_t*)side)->left[0];
  size_t left = bench->workload->repeats;

  while (left > 0) {
    size_t size = left < bench->workload->message_size ? left : bench->workload->message_size;
    size_t actual;
    zx_status_t status = zx_socket_write(handle, 0, bench->source, size, &actual);
    if (status == ZX_OK) {
      left -= actual;
    } else if (status != ZX_ERR_SHOULD_WAIT) {
      return bench_fail_status(failure, "zx_socket_write", status);
    } else if (zircon_wait(handle, ZX_SOCKET_WRITABLE | ZX_SOCKET_PEER_CLOSED, failure) != 0) {
      return -1;
    }
  }
  return 0;
}

static int zircon_reader(bench_t* bench, void* side, cbench_failure_t* failure) {
  zx_handle_t handle = ((const zircon_t*)side)->right[0];
  size_t left = bench->workload->repeats;

  while (left > 0) {
    size_t actual;
    zx_status_t status =
        zx_socket_read(handle, 0, bench->destination, bench->workload->message_size, &actual);
    if (status == ZX_OK) {
      left -= actual;
    } else if (status != ZX_ERR_SHOULD_WAIT) {
      return bench_fail_status(failure, "zx_socket_read", status);
    } else if (zircon_wait(handle, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED, failure) != 0) {
      return -1;
    }
  }
  return 0;
}

static int zircon_open(bench_t* bench, zircon_t* zircon) {
  uint32_t wanted = bench->workload->shape == CBENCH_BATCH ? bench->workload->pairs : 1;

  while (zircon->pairs < wanted) {
    if (zircon_create(bench, &zircon->left[zircon->pairs], &zircon->right[zircon->pairs]) != 0) {
      return -1;
    }
    zircon->pairs++;
  }
  if (bench->workload->shape == CBENCH_BATCH) {
    zircon_fill_batch(bench, zircon);
  }
  return 0;
}

static void zircon_close(zircon_t* zircon) {
  for (uint32_t i = 0; i < zircon->pairs; i++) {
    zx_handle_close(zircon->left[i]);
    zx_handle_close(zircon->right[i]);
  }
}

static int zircon_measure(bench_t* bench, zircon_t* zircon) {
  switch (bench->workload->shape) {
    case CBENCH_MESSAGE:
      return bench_time_slices(bench, zircon_message, zircon);
    case CBENCH_CREATE_CLOSE:
      return bench_time_slices(bench, zircon_create_close, zircon);
    case CBENCH_BATCH:
      return bench_time_slices(bench, zircon_batch, zircon);
    case CBENCH_THREADS:
      return bench_time_threads(bench, zircon_writer, zircon_reader, zircon);
    default:
      errno = EINVAL;
      return bench_fail_errno(bench->failure, "cbench_run");
  }
}

int zircon_run(bench_t* bench) {
  zircon_t zircon = {.pairs = 0};
  int result = zircon_open(bench, &zircon);
  if (result == 0) {
    result = zircon_measure(bench, &zircon);
  }
  zircon_close(&zircon);
  return result;
}
