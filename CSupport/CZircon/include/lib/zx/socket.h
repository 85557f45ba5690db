// Sockets: the zx_socket_ calls.
#ifndef LIB_ZX_SOCKET_H_
#define LIB_ZX_SOCKET_H_

#include <lib/zx/handle.h>
#include <lib/zx/object.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/syscalls.h>
#include <zircon/types.h>

namespace zx {

class socket final : public object<socket> {
 public:
  static constexpr zx_obj_type_t TYPE = ZX_OBJ_TYPE_SOCKET;

  using object<socket>::object;

  // The two results may be one.
  static zx_status_t create(uint32_t options, socket* endpoint0, socket* endpoint1) {
    socket first;
    socket second;
    zx_status_t status =
        zx_socket_create(options, first.reset_and_get_address(), second.reset_and_get_address());
    endpoint0->reset(first.release());
    endpoint1->reset(second.release());
    return status;
  }

  zx_status_t write(uint32_t options, const void* buffer, size_t size, size_t* actual) const {
    return zx_socket_write(get(), options, buffer, size, actual);
  }

  zx_status_t read(uint32_t options, void* buffer, size_t size, size_t* actual) const {
    return zx_socket_read(get(), options, buffer, size, actual);
  }

  zx_status_t set_disposition(uint32_t disposition, uint32_t disposition_peer) const {
    return zx_socket_set_disposition(get(), disposition, disposition_peer);
  }

  // The earlier form of set_disposition.
  zx_status_t shutdown(uint32_t options) const { return zx_socket_shutdown(get(), options); }
};

using unowned_socket = unowned<socket>;

}  // namespace zx

#endif  // LIB_ZX_SOCKET_H_
