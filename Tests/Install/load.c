/* Loads the library given as the argument and looks at what that does to the process: no thread,
 * no signal handler and no descriptor comes with it, it takes at most 10 ms, and it stays. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WARM_UPS 3
#define LOADS 20
#define LIMIT_NS 10000000

static int failed;

static void check(int holds, const char* what) {
  printf("%s: %s\n", holds ? "ok" : "FAILED", what);
  if (!holds) failed++;
}

static int entries(const char* path) {
  DIR* folder = opendir(path);
  if (folder == NULL) return -1;
  int count = 0;
  while (readdir(folder) != NULL) count++;
  closedir(folder);
  return count;
}

/* What /proc/self/status says after `key`; `line` is static. */
static const char* status(const char* key) {
  static char lines[2][256];
  static int turn;
  char* line = lines[turn++ % 2];
  strcpy(line, "missing");
  FILE* file = fopen("/proc/self/status", "r");
  if (file == NULL) return line;
  char text[256];
  while (fgets(text, sizeof text, file) != NULL) {
    if (strncmp(text, key, strlen(key)) == 0) strcpy(line, text);
  }
  fclose(file);
  return line;
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* How long it takes to load the library in a new process; negative if it cannot be. */
static long long load_time(const char* path) {
  int ends[2];
  if (pipe(ends) != 0) return -1;
  pid_t child = fork();
  if (child == 0) {
    long long start = now();
    void* library = dlopen(path, RTLD_NOW);
    long long time = library != NULL ? now() - start : -1;
    _exit(write(ends[1], &time, sizeof time) == sizeof time ? 0 : 1);
  }
  close(ends[1]);
  long long time = -1;
  if (child < 0 || read(ends[0], &time, sizeof time) != sizeof time) time = -1;
  close(ends[0]);
  if (child > 0) waitpid(child, NULL, 0);
  return time;
}

static int by_size(const void* left, const void* right) {
  long long l = *(const long long*)left, r = *(const long long*)right;
  return (l > r) - (l < r);
}

static void check_load_time(const char* path) {
  long long times[LOADS];
  int loaded = 1;
  for (int i = 0; i < WARM_UPS; i++) loaded &= load_time(path) >= 0;
  for (int i = 0; i < LOADS; i++) loaded &= (times[i] = load_time(path)) >= 0;
  qsort(times, LOADS, sizeof times[0], by_size);
  long long median = (times[LOADS / 2 - 1] + times[LOADS / 2]) / 2;
  printf("dlopen: median %.2f ms, %.2f to %.2f\n", (double)median / 1e6, (double)times[0] / 1e6,
         (double)times[LOADS - 1] / 1e6);
  check(loaded && median <= LIMIT_NS, "dlopen takes at most 10 ms, warm, median of 20");
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  check_load_time(argv[1]);

  char handlers[256];
  strcpy(handlers, status("SigCgt:"));
  int threads = entries("/proc/self/task");
  int descriptors = entries("/proc/self/fd");
  struct sigaction before[NSIG];
  for (int number = 1; number < NSIG; number++) sigaction(number, NULL, &before[number]);

  void* library = dlopen(argv[1], RTLD_NOW);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  check(strcmp(handlers, status("SigCgt:")) == 0, "no signal is caught after the load");
  int same = 1;
  for (int number = 1; number < NSIG; number++) {
    struct sigaction after;
    if (sigaction(number, NULL, &after) != 0) continue;
    same &= after.sa_handler == before[number].sa_handler;
  }
  check(same, "every signal is disposed of as before the load");
  check(entries("/proc/self/task") == threads, "no thread comes with the load");
  check(entries("/proc/self/fd") == descriptors, "no descriptor comes with the load");

  dlclose(library);
  check(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) != NULL, "dlclose does not unload it");

  return failed == 0 ? 0 : 1;
}
