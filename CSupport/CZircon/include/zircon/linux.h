/* What this library offers beyond Zircon, because it runs on Linux. Names begin with zxl_. */
#ifndef ZIRCON_LINUX_H_
#define ZIRCON_LINUX_H_

#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

#define ZXL_BACKEND_AUTO ((uint32_t)0u)    /* the faster of the two for each kind of work */
#define ZXL_BACKEND_URING ((uint32_t)1u)   /* every read and write through io_uring */
#define ZXL_BACKEND_SYSCALL ((uint32_t)2u) /* none of them */

#define ZXL_RING_USABLE ((uint32_t)0u)    /* io_uring works here */
#define ZXL_RING_OFF ((uint32_t)1u)       /* not asked: ZIRCON_BACKEND=syscall */
#define ZXL_RING_REFUSED ((uint32_t)2u)   /* EPERM, EACCES: seccomp or kernel.io_uring_disabled */
#define ZXL_RING_MISSING ((uint32_t)3u)   /* ENOSYS: the kernel has no io_uring */
#define ZXL_RING_TOO_OLD ((uint32_t)4u)   /* EINVAL: features we need are missing */
#define ZXL_RING_NO_MEMORY ((uint32_t)5u) /* ENOMEM: locked-memory limit */

typedef struct zxl_backend_info {
  uint32_t backend; /* ZXL_BACKEND_*: what ZIRCON_BACKEND asks for; AUTO if unset or unknown */
  uint32_t ring;    /* ZXL_RING_*: for the calling thread */
  uint64_t ring_operations;    /* reads and writes this thread sent through its ring */
  uint64_t syscall_operations; /* reads and writes this thread sent with send, recv and relatives */
  uint64_t socket_buffer;      /* SO_SNDBUF that a new socket pair is granted here, in bytes */
} zxl_backend_info_t;

/* Tells how this thread's reads and writes reach Linux. An unwritable info: ZX_ERR_INVALID_ARGS. */
zx_status_t zxl_backend_get_info(zxl_backend_info_t* info);

#define ZXL_SOCKET_BATCH_MAX_OPS ((size_t)4096u)
#define ZXL_SOCKET_MAX_IOVECS ((size_t)1024u)

#define ZXL_SOCKET_WRITE ((uint32_t)0u)
#define ZXL_SOCKET_READ ((uint32_t)1u)

typedef struct zxl_socket_op {
  uint32_t op;        /* in: ZXL_SOCKET_WRITE or ZXL_SOCKET_READ */
  zx_handle_t handle; /* in */
  uint32_t options;   /* in: as for zx_socket_write or zx_socket_read */
  zx_status_t status; /* out: what the single call would have answered */
  void* buffer;       /* in: source or destination */
  size_t size;        /* in: bytes at buffer */
  size_t actual;      /* out: bytes moved; left alone when status is an error */
} zxl_socket_op_t;

/* Runs the operations, in order for each socket, each with the checks of the single call, in as few
 * io_uring submissions as can be.
 *
 * ZX_OK: every status is valid; they may be errors. ZX_ERR_INVALID_ARGS: ops cannot be read or
 * written. ZX_ERR_OUT_OF_RANGE: num_ops above ZXL_SOCKET_BATCH_MAX_OPS. No operations: ZX_OK. */
zx_status_t zxl_socket_batch(zxl_socket_op_t* ops, size_t num_ops);

/* One zx_socket_write of the buffers, one after the other; a datagram is all of them together.
 * Checks as there, with the sum of the capacities for the size.
 *
 * ZX_ERR_INVALID_ARGS also when vector cannot be read; ZX_ERR_OUT_OF_RANGE also when num_vector is
 * above ZXL_SOCKET_MAX_IOVECS. */
zx_status_t zxl_socket_writev(zx_handle_t handle, uint32_t options, const zx_iovec_t* vector,
                              size_t num_vector, size_t* actual);

/* One zx_socket_read into the buffers, one after the other; errors as for zxl_socket_writev. */
zx_status_t zxl_socket_readv(zx_handle_t handle, uint32_t options, const zx_iovec_t* vector,
                             size_t num_vector, size_t* actual);

/* The handle of a thread of this process, by its pthread_t or thrd_t; lent, until the thread ends.
 * The thread need not have made a call before, and must not have been joined. ZX_HANDLE_INVALID once
 * it has ended. The end of a thread that never asked for its own handle shows when somebody looks or
 * begins to wait, and wakes nobody. */
zx_handle_t zxl_thread_handle(uintptr_t thread);

/* Who is at the other end of a channel, as Linux knew it when the connection was made. */
typedef struct zxl_peer {
  int32_t pid; /* may have ended since */
  uint32_t uid;
  uint32_t gid;
  uint32_t reserved; /* 0 */
} zxl_peer_t;

/* Serves at a path of the file system: whoever connects to it gets a channel, whose other end is read
 * from out as a message with one handle, that end, and a zxl_peer_t. Closing out ends the service and
 * takes the path away. out has no ZX_RIGHT_WRITE. Up to 256 connections wait to be read, and more with
 * Linux.
 *
 * mode: who may connect, the lowest nine bits of a file's mode; connecting takes write permission. What
 * a server that has died left behind at the path is replaced.
 *
 * ZX_ERR_INVALID_ARGS: path is empty, above 107 bytes, unreadable or leads through what is no folder;
 * mode has other bits; a bad out. ZX_ERR_ALREADY_EXISTS: there is a server, or a file of another kind.
 * ZX_ERR_NOT_FOUND: there is no such folder. ZX_ERR_ACCESS_DENIED: Linux does not let us.
 * ZX_ERR_NO_MEMORY: also without a free descriptor, or room for the file. */
zx_status_t zxl_channel_serve(const char* path, uint32_t mode, zx_handle_t* out);

/* Makes a channel to whoever serves at path. Does not wait: what is written is there once it is read.
 *
 * ZX_ERR_INVALID_ARGS: as above. ZX_ERR_NOT_FOUND: nobody serves there. ZX_ERR_ACCESS_DENIED: Linux does
 * not let us. ZX_ERR_WRONG_TYPE: another kind of socket. ZX_ERR_SHOULD_WAIT: too many wait to be let in.
 * ZX_ERR_NO_MEMORY. */
zx_status_t zxl_channel_connect(const char* path, zx_handle_t* out);

/* Who made the other end's side of the connection: of a channel from the two calls above the process at
 * the other end, and of one whose ends are both here this process; of one that has travelled, the process
 * that sent it away first.
 *
 * ZX_ERR_BAD_HANDLE. ZX_ERR_WRONG_TYPE. ZX_ERR_ACCESS_DENIED: without ZX_RIGHT_INSPECT.
 * ZX_ERR_PEER_CLOSED: the other end is known to be closed. ZX_ERR_INVALID_ARGS: a bad peer. */
zx_status_t zxl_channel_get_peer(zx_handle_t channel, zxl_peer_t* peer);

__END_CDECLS

#endif /* ZIRCON_LINUX_H_ */
