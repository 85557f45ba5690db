// Fifos: the zx_fifo_ calls.
#ifndef LIB_ZX_FIFO_H_
#define LIB_ZX_FIFO_H_

#include <lib/zx/handle.h>
#include <lib/zx/object.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/syscalls.h>
#include <zircon/types.h>

namespace zx {

class fifo final : public object<fifo> {
 public:
  static constexpr zx_obj_type_t TYPE = ZX_OBJ_TYPE_FIFO;

  using object<fifo>::object;

  // The two results may be one.
  static zx_status_t create(uint32_t elem_count, uint32_t elem_size, uint32_t options,
                            fifo* endpoint0, fifo* endpoint1) {
    fifo first;
    fifo second;
    zx_status_t status =
        zx_fifo_create(elem_count, elem_size, options, first.reset_and_get_address(),
                       second.reset_and_get_address());
    endpoint0->reset(first.release());
    endpoint1->reset(second.release());
    return status;
  }

  zx_status_t write(size_t elem_size, const void* elements, size_t count,
                    size_t* actual_count) const {
    return zx_fifo_write(get(), elem_size, elements, count, actual_count);
  }

  zx_status_t read(size_t elem_size, void* elements, size_t count, size_t* actual_count) const {
    return zx_fifo_read(get(), elem_size, elements, count, actual_count);
  }
};

using unowned_fifo = unowned<fifo>;

}  // namespace zx

#endif  // LIB_ZX_FIFO_H_
