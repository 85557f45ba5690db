/* Starting programs, with descriptors and handles. Names and numbers as in Fuchsia's <lib/fdio/spawn.h>.
 *
 * The child is a Linux process. It has the descriptors that it is given and no others, sees the same file
 * system, and takes its handles by zx_take_startup_handle if it uses this library too. */
#ifndef LIB_FDIO_SPAWN_H_
#define LIB_FDIO_SPAWN_H_

#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

/* What the child has of the caller's. There is one job, one loader, one file system and one clock, which
 * every process has: their flags change nothing, and neither do others. */
#define FDIO_SPAWN_CLONE_JOB ((uint32_t)0x0001u)
#define FDIO_SPAWN_DEFAULT_LDSVC ((uint32_t)0x0002u)
#define FDIO_SPAWN_CLONE_NAMESPACE ((uint32_t)0x0004u)
/* Descriptors 0 to 2, as far as they are open and no targets; without it those are /dev/null. */
#define FDIO_SPAWN_CLONE_STDIO ((uint32_t)0x0008u)
/* Variables, unless others are given; without either there are none. */
#define FDIO_SPAWN_CLONE_ENVIRON ((uint32_t)0x0010u)
#define FDIO_SPAWN_CLONE_UTC_CLOCK ((uint32_t)0x0020u)
#define FDIO_SPAWN_CLONE_ALL ((uint32_t)0xFFFFu)

/* The child gets fd.local_fd as fd.target_fd, 0 to 1023; of several with one target the last counts. */
#define FDIO_SPAWN_ACTION_CLONE_FD ((uint32_t)0x0001u)
/* The same, and fd.local_fd is closed here on every outcome. */
#define FDIO_SPAWN_ACTION_TRANSFER_FD ((uint32_t)0x0002u)
/* Answers ZX_ERR_NOT_SUPPORTED: Linux has no namespaces of this kind. ns.handle is gone here. */
#define FDIO_SPAWN_ACTION_ADD_NS_ENTRY ((uint32_t)0x0003u)
/* The child takes h.handle by zx_take_startup_handle(h.id), or has the socket h.handle as its descriptor n
 * where h.id is PA_HND(PA_FD, n), as fdio_fd_create makes it; it is gone here on every outcome. */
#define FDIO_SPAWN_ACTION_ADD_HANDLE ((uint32_t)0x0004u)
/* The name of the process object is name.data, not the first argument. */
#define FDIO_SPAWN_ACTION_SET_NAME ((uint32_t)0x0005u)
/* Changes nothing: the child has every directory that the caller has. dir.prefix is "/" or an absolute path
 * that does not end with one. */
#define FDIO_SPAWN_ACTION_CLONE_DIR ((uint32_t)0x0006u)

struct fdio_spawn_action_fd {
  int local_fd;
  int target_fd;
};

struct fdio_spawn_action_ns {
  const char* prefix;
  zx_handle_t handle;
};

struct fdio_spawn_action_h {
  uint32_t id; /* PA_HND(type, argument) */
  zx_handle_t handle;
};

struct fdio_spawn_action_name {
  const char* data;
};

struct fdio_spawn_action_dir {
  const char* prefix;
};

typedef struct fdio_spawn_action fdio_spawn_action_t;
struct fdio_spawn_action {
  uint32_t action; /* FDIO_SPAWN_ACTION_*; others are passed over */
  union {
    struct fdio_spawn_action_fd fd;
    struct fdio_spawn_action_ns ns;
    struct fdio_spawn_action_h h;
    struct fdio_spawn_action_name name;
    struct fdio_spawn_action_dir dir;
  };
};

#define FDIO_SPAWN_ERR_MSG_MAX_LENGTH ((size_t)1024u)

/* fdio_spawn_etc without variables, actions and words. */
zx_status_t fdio_spawn(zx_handle_t job, uint32_t flags, const char* path, const char* const* argv,
                       zx_handle_t* process_out);

/* Starts the program at path.
 *
 * job: ZX_HANDLE_INVALID for the one there is, or a handle to it with ZX_RIGHT_MANAGE_PROCESS. argv: the
 * arguments, at least one, and null. environ: NAME=VALUE each, and null; may be null. process_out: a
 * handle to the process; may be null. err_msg_out: what failed, in words, and a NUL, in
 * FDIO_SPAWN_ERR_MSG_MAX_LENGTH bytes; may be null.
 *
 * At its end the process shows ZX_TASK_TERMINATED, and ZX_INFO_PROCESS tells its return code: that of its
 * exit, 0 to 255; ZX_TASK_RETCODE_SYSCALL_KILL after zx_task_kill; ZX_TASK_RETCODE_EXCEPTION_KILL after a
 * signal that Linux sends for a fault, or abort(); after another signal 128 and its number. Nothing is left
 * of it in Linux then, whether or not a handle is. A program must not wait for such a child itself, nor
 * ignore SIGCHLD: its return code is -1 then.
 *
 * ZX_ERR_INVALID_ARGS: a bad pointer; no arguments; a descriptor that is not open, or this library's; a
 * target out of range; no handle to give; a bad prefix. ZX_ERR_NOT_FOUND: no such program.
 * ZX_ERR_ACCESS_DENIED: it may not be run; the job's handle, or one to be given, lacks a right.
 * ZX_ERR_NOT_SUPPORTED: an action, a kind of handle or a kind of file that cannot be. ZX_ERR_BAD_HANDLE.
 * ZX_ERR_WRONG_TYPE: the job. ZX_ERR_OUT_OF_RANGE: the strings are too long. ZX_ERR_UNAVAILABLE: the file is
 * being written. ZX_ERR_IO: it cannot be read. ZX_ERR_NO_RESOURCES: too many processes.
 * ZX_ERR_NO_MEMORY: also without free descriptors. */
zx_status_t fdio_spawn_etc(zx_handle_t job, uint32_t flags, const char* path,
                           const char* const* argv, const char* const* environ,
                           size_t action_count, const fdio_spawn_action_t* actions,
                           zx_handle_t* process_out, char* err_msg_out);

__END_CDECLS

#endif /* LIB_FDIO_SPAWN_H_ */
