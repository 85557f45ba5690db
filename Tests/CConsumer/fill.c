/* Sockets take all that their capacity promises, whoever asks, through whatever backend, and
 * however little Linux grants. Each combination in a child of its own: the library reads its
 * environment once. */

#include "child.h"
#include "traffic.h"

int passed;
int failed;

struct setting {
  const char* backend;
  const char* request; /* of ZIRCON_SNDBUF, or NULL */
  uint64_t granted;    /* or 0: what the machine allows */
  int as_nobody;
};

static void fill(const void* argument) {
  const struct setting* setting = argument;
  setenv("ZIRCON_BACKEND", setting->backend, 1);
  unsetenv("ZIRCON_SNDBUF");
  if (setting->request != NULL) setenv("ZIRCON_SNDBUF", setting->request, 1);
  if (setting->as_nobody) become_nobody();
  zxl_backend_info_t info = backend_info();
  if (setting->granted != 0) CHECK_NUMBER(info.socket_buffer, setting->granted);
  check_fill(ZX_SOCKET_STREAM, 1, 264160);
  check_fill(ZX_SOCKET_DATAGRAM, 100, 2641);
}

int main(void) {
  static const char* const backends[] = {"uring", "syscall"};
  /* Linux grants twice what is asked for. */
  static const struct setting settings[] = {
      {NULL, NULL, 0, 0},           {NULL, "2304", 4608, 0},  {NULL, NULL, 0, 1},
      {NULL, "212992", 425984, 1}, {NULL, "2304", 4608, 1},
  };
  for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
    struct setting setting = settings[i];
    if (setting.as_nobody && geteuid() != 0) {
      printf("fill: not root, so not as user nobody but as ourselves\n");
    }
    for (size_t j = 0; j < sizeof(backends) / sizeof(backends[0]); j++) {
      char name[96];
      setting.backend = backends[j];
      snprintf(name, sizeof(name), "fill: %s, ZIRCON_SNDBUF=%s%s", setting.backend,
               setting.request ? setting.request : "", setting.as_nobody ? ", as nobody" : "");
      in_child(name, fill, &setting);
    }
  }
  printf("fill: %d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
