// The checks of one file. Those that are linked into the program run; `run` says which. Only the
// main thread counts: others hand over what they got.
#ifndef SUITE_H_
#define SUITE_H_

#include "../check.h"

class Suite {
 public:
  explicit Suite(void (*checks)()) : checks_(checks), next_(first_) { first_ = this; }

  static void RunAll() {
    for (const Suite* suite = first_; suite != nullptr; suite = suite->next_) {
      suite->checks_();
    }
  }

 private:
  static Suite* first_;

  void (*checks_)();
  Suite* next_;
};

// Whether a value that was a handle is none any more.
inline bool IsGone(zx_handle_t value) { return zx_handle_check_valid(value) == ZX_ERR_NOT_FOUND; }

#endif  // SUITE_H_
