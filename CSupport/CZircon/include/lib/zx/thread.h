// Threads: the zx_thread_ calls and zx_thread_self.
#ifndef LIB_ZX_THREAD_H_
#define LIB_ZX_THREAD_H_

#include <lib/zx/handle.h>
#include <lib/zx/object.h>
#include <lib/zx/process.h>
#include <lib/zx/task.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>
#include <zircon/types.h>

namespace zx {

class thread final : public task<thread> {
 public:
  static constexpr zx_obj_type_t TYPE = ZX_OBJ_TYPE_THREAD;

  using task<thread>::task;

  // The calling thread. Good until it ends.
  static unowned<thread> self() { return unowned<thread>(zx_thread_self()); }

  static zx_status_t create(const object<process>& process, const char* name, size_t name_size,
                            uint32_t options, thread* result) {
    return zx_thread_create(process.get(), name, name_size, options,
                            result->reset_and_get_address());
  }

  zx_status_t start(zx_vaddr_t entry, zx_vaddr_t stack, uintptr_t arg1, uintptr_t arg2) const {
    return zx_thread_start(get(), entry, stack, arg1, arg2);
  }

  zx_status_t read_state(uint32_t kind, void* buffer, size_t size) const {
    return zx_thread_read_state(get(), kind, buffer, size);
  }

  zx_status_t write_state(uint32_t kind, const void* buffer, size_t size) const {
    return zx_thread_write_state(get(), kind, buffer, size);
  }
};

using unowned_thread = unowned<thread>;

}  // namespace zx

#endif  // LIB_ZX_THREAD_H_
