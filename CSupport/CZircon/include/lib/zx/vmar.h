// Regions of addresses: the zx_vmar_ calls.
#ifndef LIB_ZX_VMAR_H_
#define LIB_ZX_VMAR_H_

#include <lib/zx/handle.h>
#include <lib/zx/object.h>
#include <lib/zx/vmo.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/process.h>
#include <zircon/syscalls.h>
#include <zircon/types.h>

namespace zx {

class vmar final : public object<vmar> {
 public:
  static constexpr zx_obj_type_t TYPE = ZX_OBJ_TYPE_VMAR;

  using object<vmar>::object;

  // The addresses of the process.
  static unowned<vmar> root_self() { return unowned<vmar>(zx_vmar_root_self()); }

  // `child` may be this.
  zx_status_t allocate(zx_vm_option_t options, size_t offset, size_t size, vmar* child,
                       zx_vaddr_t* child_addr) const {
    zx_handle_t region = ZX_HANDLE_INVALID;
    zx_status_t status = zx_vmar_allocate(get(), options, offset, size, &region, child_addr);
    child->reset(region);
    return status;
  }

  zx_status_t map(zx_vm_option_t options, size_t vmar_offset, const vmo& vmo, uint64_t vmo_offset,
                  size_t len, zx_vaddr_t* mapped_addr) const {
    return zx_vmar_map(get(), options, vmar_offset, vmo.get(), vmo_offset, len, mapped_addr);
  }

  zx_status_t unmap(zx_vaddr_t addr, size_t len) const { return zx_vmar_unmap(get(), addr, len); }

  zx_status_t protect(zx_vm_option_t options, zx_vaddr_t addr, size_t len) const {
    return zx_vmar_protect(get(), options, addr, len);
  }

  zx_status_t op_range(uint32_t op, zx_vaddr_t addr, size_t size, void* buffer,
                       size_t buffer_size) const {
    return zx_vmar_op_range(get(), op, addr, size, buffer, buffer_size);
  }

  zx_status_t destroy() const { return zx_vmar_destroy(get()); }
};

using unowned_vmar = unowned<vmar>;

}  // namespace zx

#endif  // LIB_ZX_VMAR_H_
