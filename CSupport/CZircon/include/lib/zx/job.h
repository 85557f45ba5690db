// Jobs: the zx_job_ calls and zx_job_default.
#ifndef LIB_ZX_JOB_H_
#define LIB_ZX_JOB_H_

#include <lib/zx/handle.h>
#include <lib/zx/object.h>
#include <lib/zx/task.h>
#include <stdint.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>
#include <zircon/types.h>

namespace zx {

class job final : public task<job> {
 public:
  static constexpr zx_obj_type_t TYPE = ZX_OBJ_TYPE_JOB;

  using task<job>::task;

  // The job that the process is in.
  static unowned<job> default_job() { return unowned<job>(zx_job_default()); }

  // `result` may be the parent.
  static zx_status_t create(const object<job>& parent, uint32_t options, job* result) {
    zx_handle_t child = ZX_HANDLE_INVALID;
    zx_status_t status = zx_job_create(parent.get(), options, &child);
    result->reset(child);
    return status;
  }

  zx_status_t set_policy(uint32_t options, uint32_t topic, const void* policy,
                         uint32_t count) const {
    return zx_job_set_policy(get(), options, topic, policy, count);
  }

  zx_status_t set_critical(uint32_t options, const object<process>& process) const {
    return zx_job_set_critical(get(), options, process.get());
  }
};

using unowned_job = unowned<job>;

}  // namespace zx

#endif  // LIB_ZX_JOB_H_
