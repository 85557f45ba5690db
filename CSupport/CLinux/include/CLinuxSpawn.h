/* Processes that run other programs. Included by CLinux.h. Every function answers a number, a descriptor
 * or 0, or minus an error number. */
#ifndef CLINUX_SPAWN_H
#define CLINUX_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A descriptor of this process, and its number in the child. */
typedef struct {
  int source;
  int target;
} clinux_given;

/* Starts the program at `path`; answers the number of its process. It has the descriptors given, in this
 * order, and no others, but /dev/null for those of 0 to 2 that are not given if `fills` says so. No source
 * is a target, and all are above 2. No signal is blocked there, and SIGPIPE ends it. */
long clinux_spawn(const char* _Nonnull path, char* _Nullable const* _Nonnull arguments,
                  char* _Nullable const* _Nonnull variables, const clinux_given* _Nullable given,
                  size_t count, bool fills);

/* A descriptor for the process, close on exec. */
long clinux_process_open(int32_t pid);
/* Kills it. */
long clinux_process_kill(int process);
/* Kills a child and waits until it has ended. */
void clinux_child_abandon(int32_t pid);

typedef struct {
  bool has_ended;
  bool was_killed; /* by the signal `code`; else it has exited with `code` */
  int32_t code;
} clinux_end;

/* Takes the end of a child, if it has come; nothing is left of it then. -ECHILD: somebody else has. */
long clinux_child_reap(int process, clinux_end* _Nonnull end);

/* Waits for it. */
void clinux_child_wait(int process);

/* Another descriptor for the same, of at least this number, close on exec. */
long clinux_copy_above(int fd, int least);
/* Whether there is such a descriptor. */
bool clinux_is_open(int fd);

/* The process's variables; null behind the last, and null for none. */
char* _Nullable* _Nullable clinux_variables(void);

#endif
