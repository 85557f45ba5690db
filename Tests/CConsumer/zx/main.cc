// The wrappers of <lib/zx/...> against the library.

#include <cstdio>

#include "suite.h"

int passed;
int failed;

Suite* Suite::first_;

int main() {
  Suite::RunAll();
  std::printf("lib/zx: %d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
