// Processes: the zx_process_ calls and zx_process_self.
#ifndef LIB_ZX_PROCESS_H_
#define LIB_ZX_PROCESS_H_

#include <lib/zx/handle.h>
#include <lib/zx/job.h>
#include <lib/zx/object.h>
#include <lib/zx/task.h>
#include <lib/zx/vmar.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>
#include <zircon/types.h>

namespace zx {

class process final : public task<process> {
 public:
  static constexpr zx_obj_type_t TYPE = ZX_OBJ_TYPE_PROCESS;

  using task<process>::task;

  static unowned<process> self() { return unowned<process>(zx_process_self()); }

  static zx_status_t create(const object<job>& job, const char* name, size_t name_size,
                            uint32_t options, process* result, vmar* root_vmar) {
    return zx_process_create(job.get(), name, name_size, options, result->reset_and_get_address(),
                             root_vmar->reset_and_get_address());
  }

  // `arg_handle` is gone in any case.
  zx_status_t start(const object<thread>& thread, zx_vaddr_t entry, zx_vaddr_t stack,
                    handle arg_handle, uintptr_t arg) const {
    return zx_process_start(get(), thread.get(), entry, stack, arg_handle.release(), arg);
  }

  zx_status_t read_memory(zx_vaddr_t addr, void* buffer, size_t size, size_t* actual) const {
    return zx_process_read_memory(get(), addr, buffer, size, actual);
  }

  zx_status_t write_memory(zx_vaddr_t addr, const void* buffer, size_t size,
                           size_t* actual) const {
    return zx_process_write_memory(get(), addr, buffer, size, actual);
  }
};

using unowned_process = unowned<process>;

}  // namespace zx

#endif  // LIB_ZX_PROCESS_H_
