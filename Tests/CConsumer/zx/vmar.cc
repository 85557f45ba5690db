// zx::vmar, with memory to map.

#include <lib/zx/vmar.h>
#include <lib/zx/vmo.h>

#include <cstring>

#include "suite.h"

namespace {

constexpr zx_vm_option_t kReadWrite = ZX_VM_PERM_READ | ZX_VM_PERM_WRITE;

void CheckRoot() {
  const size_t page = zx_system_get_page_size();
  zx::unowned_vmar root = zx::vmar::root_self();
  CHECK(root && *root == zx_vmar_root_self());
  zx::vmo vmo;
  CHECK_STATUS(zx::vmo::create(page, 0, &vmo), ZX_OK);
  zx_vaddr_t addr = 0;
  CHECK_STATUS(root->map(kReadWrite, 0, vmo, 0, page, &addr), ZX_OK);
  char* bytes = reinterpret_cast<char*>(addr);
  if (bytes == nullptr) {
    return;
  }
  std::memcpy(bytes, "mapped", 6);
  char got[6] = {};
  CHECK_STATUS(vmo.read(got, 0, 6), ZX_OK);
  CHECK(std::memcmp(got, "mapped", 6) == 0);

  // What may not be touched is a bad pointer.
  CHECK_STATUS(root->protect(0, addr, page), ZX_OK);
  CHECK(vmo.read(bytes, 0, 6) != ZX_OK);
  CHECK_STATUS(root->protect(kReadWrite, addr, page), ZX_OK);
  CHECK(std::memcmp(bytes, "mapped", 6) == 0);
  CHECK_STATUS(root->unmap(addr, page), ZX_OK);
  CHECK_STATUS(root->destroy(), ZX_ERR_NOT_SUPPORTED);
}

void CheckChild() {
  const size_t page = zx_system_get_page_size();
  zx::unowned_vmar root = zx::vmar::root_self();
  zx::vmar child;
  zx_vaddr_t base = 0;
  CHECK_STATUS(
      root->allocate(ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE | ZX_VM_CAN_MAP_SPECIFIC, 0,
                     3 * page, &child, &base),
      ZX_OK);
  zx_info_vmar_t info = {};
  CHECK_STATUS(child.get_info(ZX_INFO_VMAR, &info, sizeof(info), nullptr, nullptr), ZX_OK);
  CHECK(info.base == base && info.len == 3 * page);
  zx::vmo vmo;
  CHECK_STATUS(zx::vmo::create(page, 0, &vmo), ZX_OK);
  zx_vaddr_t addr = 0;
  CHECK_STATUS(child.map(kReadWrite | ZX_VM_SPECIFIC, page, vmo, 0, page, &addr), ZX_OK);
  CHECK_NUMBER(addr, base + page);
  CHECK_STATUS(child.map(kReadWrite | ZX_VM_SPECIFIC, page, vmo, 0, page, &addr),
               ZX_ERR_ALREADY_EXISTS);
  CHECK_STATUS(child.destroy(), ZX_OK);
  CHECK_STATUS(child.map(kReadWrite, 0, vmo, 0, page, &addr), ZX_ERR_BAD_STATE);

  zx_handle_t old = child.get();
  CHECK_STATUS(root->allocate(ZX_VM_PERM_READ, 0, page, &child, &base), ZX_ERR_INVALID_ARGS);
  CHECK(!child && IsGone(old));
}

void CheckAll() {
  CheckRoot();
  CheckChild();
}

const Suite suite(CheckAll);

}  // namespace
