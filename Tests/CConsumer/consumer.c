/* A program as a user writes it: the public headers, the shared library and nothing else. Prints
 * "N passed, M failed" and answers with 1 if anything failed. */

#include "check.h"

int passed;
int failed;

int main(void) {
  check_handles();
  check_signals();
  check_waits();
  check_ports();
  check_sockets();
  check_datagrams();
  check_socket_state();
  check_bad_pointers();
  check_channels();
  check_fifos();
  check_counters();
  check_futexes();
  check_time();
  check_system();
  check_ends();
  check_twins();
  check_extensions();
  printf("consumer: %d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
