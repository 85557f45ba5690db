/* Checks made in a child process, where the library meets its first call. */
#ifndef CHILD_H_
#define CHILD_H_

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/* The user without privileges, by number: Linux's overflow id. */
#define NOBODY 65534

/* Becomes an ordinary user; root is left as it is found where it may not. */
static inline void become_nobody(void) {
  if (geteuid() != 0) return;
  CHECK(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

/* Runs body in a child and adds its counts to ours; a child that does not end by itself within a
 * minute fails. */
static inline void in_child(const char* name, void (*body)(const void*), const void* argument) {
  int ends[2], counts[2] = {0, 1}, status = -1;
  fflush(NULL);
  if (pipe(ends) != 0) abort();
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    passed = failed = 0;
    alarm(60);
    body(argument);
    counts[0] = passed;
    counts[1] = failed;
    fflush(NULL);
    _exit(write(ends[1], counts, sizeof(counts)) == sizeof(counts) ? 0 : 1);
  }
  close(ends[1]);
  while (read(ends[0], counts, sizeof(counts)) < 0 && errno == EINTR) continue;
  close(ends[0]);
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  passed += counts[0];
  failed += counts[1];
  if (status != 0) fprintf(stderr, "%s: the child ended with status %#x\n", name, status);
  if (counts[1] != 0) fprintf(stderr, "%s: %d failed\n", name, counts[1]);
}

#endif /* CHILD_H_ */
