// Channels: the zx_channel_ calls. Handles that are written are gone in any case.
#ifndef LIB_ZX_CHANNEL_H_
#define LIB_ZX_CHANNEL_H_

#include <lib/zx/handle.h>
#include <lib/zx/object.h>
#include <lib/zx/time.h>
#include <stdint.h>
#include <zircon/syscalls.h>
#include <zircon/types.h>

namespace zx {

class channel final : public object<channel> {
 public:
  static constexpr zx_obj_type_t TYPE = ZX_OBJ_TYPE_CHANNEL;

  using object<channel>::object;

  // The two results may be one.
  static zx_status_t create(uint32_t options, channel* endpoint0, channel* endpoint1) {
    channel first;
    channel second;
    zx_status_t status =
        zx_channel_create(options, first.reset_and_get_address(), second.reset_and_get_address());
    endpoint0->reset(first.release());
    endpoint1->reset(second.release());
    return status;
  }

  zx_status_t read(uint32_t options, void* bytes, zx_handle_t* handles, uint32_t num_bytes,
                   uint32_t num_handles, uint32_t* actual_bytes, uint32_t* actual_handles) const {
    return zx_channel_read(get(), options, bytes, handles, num_bytes, num_handles, actual_bytes,
                           actual_handles);
  }

  zx_status_t read_etc(uint32_t options, void* bytes, zx_handle_info_t* handles,
                       uint32_t num_bytes, uint32_t num_handles, uint32_t* actual_bytes,
                       uint32_t* actual_handles) const {
    return zx_channel_read_etc(get(), options, bytes, handles, num_bytes, num_handles,
                               actual_bytes, actual_handles);
  }

  zx_status_t write(uint32_t options, const void* bytes, uint32_t num_bytes,
                    const zx_handle_t* handles, uint32_t num_handles) const {
    return zx_channel_write(get(), options, bytes, num_bytes, handles, num_handles);
  }

  zx_status_t write_etc(uint32_t options, const void* bytes, uint32_t num_bytes,
                        zx_handle_disposition_t* handles, uint32_t num_handles) const {
    return zx_channel_write_etc(get(), options, bytes, num_bytes, handles, num_handles);
  }

  zx_status_t call(uint32_t options, zx::time deadline, const zx_channel_call_args_t* args,
                   uint32_t* actual_bytes, uint32_t* actual_handles) const {
    return zx_channel_call(get(), options, deadline.get(), args, actual_bytes, actual_handles);
  }

  zx_status_t call_etc(uint32_t options, zx::time deadline, zx_channel_call_etc_args_t* args,
                       uint32_t* actual_bytes, uint32_t* actual_handles) const {
    return zx_channel_call_etc(get(), options, deadline.get(), args, actual_bytes,
                               actual_handles);
  }
};

using unowned_channel = unowned<channel>;

}  // namespace zx

#endif  // LIB_ZX_CHANNEL_H_
