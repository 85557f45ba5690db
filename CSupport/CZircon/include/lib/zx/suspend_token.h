// Suspend tokens: a task sleeps while there is one. From zx::task.
#ifndef LIB_ZX_SUSPEND_TOKEN_H_
#define LIB_ZX_SUSPEND_TOKEN_H_

#include <lib/zx/handle.h>
#include <lib/zx/object.h>
#include <zircon/types.h>

namespace zx {

class suspend_token final : public object<suspend_token> {
 public:
  static constexpr zx_obj_type_t TYPE = ZX_OBJ_TYPE_SUSPEND_TOKEN;

  using object<suspend_token>::object;
};

using unowned_suspend_token = unowned<suspend_token>;

}  // namespace zx

#endif  // LIB_ZX_SUSPEND_TOKEN_H_
