// What jobs, processes and threads have in common: the zx_task_ calls.
#ifndef LIB_ZX_TASK_H_
#define LIB_ZX_TASK_H_

#include <lib/zx/channel.h>
#include <lib/zx/object.h>
#include <lib/zx/suspend_token.h>
#include <stdint.h>
#include <zircon/syscalls.h>
#include <zircon/types.h>

namespace zx {

template <typename T>
class task : public object<T> {
 public:
  using object<T>::object;

  zx_status_t kill() const { return zx_task_kill(this->get()); }

  // Until the token is closed.
  zx_status_t suspend(suspend_token* result) const {
    return zx_task_suspend_token(this->get(), result->reset_and_get_address());
  }

  zx_status_t create_exception_channel(uint32_t options, object<channel>* result) const {
    return zx_task_create_exception_channel(this->get(), options, result->reset_and_get_address());
  }
};

}  // namespace zx

#endif  // LIB_ZX_TASK_H_
