// Eventpairs: zx_eventpair_create.
#ifndef LIB_ZX_EVENTPAIR_H_
#define LIB_ZX_EVENTPAIR_H_

#include <lib/zx/handle.h>
#include <lib/zx/object.h>
#include <stdint.h>
#include <zircon/syscalls.h>
#include <zircon/types.h>

namespace zx {

class eventpair final : public object<eventpair> {
 public:
  static constexpr zx_obj_type_t TYPE = ZX_OBJ_TYPE_EVENTPAIR;

  using object<eventpair>::object;

  // The two results may be one.
  static zx_status_t create(uint32_t options, eventpair* endpoint0, eventpair* endpoint1) {
    eventpair first;
    eventpair second;
    zx_status_t status =
        zx_eventpair_create(options, first.reset_and_get_address(), second.reset_and_get_address());
    endpoint0->reset(first.release());
    endpoint1->reset(second.release());
    return status;
  }
};

using unowned_eventpair = unowned<eventpair>;

}  // namespace zx

#endif  // LIB_ZX_EVENTPAIR_H_
