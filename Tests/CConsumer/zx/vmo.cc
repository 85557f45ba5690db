// zx::vmo.

#include <lib/zx/vmo.h>

#include <cstring>

#include "suite.h"

namespace {

void CheckBytes() {
  zx::vmo vmo;
  CHECK_STATUS(zx::vmo::create(100, 0, &vmo), ZX_OK);
  zx_info_handle_basic_t info = {};
  CHECK_STATUS(vmo.get_info(ZX_INFO_HANDLE_BASIC, &info, sizeof(info), nullptr, nullptr), ZX_OK);
  CHECK_NUMBER(info.type, zx::vmo::TYPE);
  CHECK_NUMBER(signals_of(vmo.get()), ZX_VMO_ZERO_CHILDREN);

  char bytes[8] = "stored";
  CHECK_STATUS(vmo.write(bytes, 90, 6), ZX_OK);
  char got[8] = {};
  CHECK_STATUS(vmo.read(got, 89, 8), ZX_OK);
  CHECK(std::memcmp(got, "\0stored\0", 8) == 0);
  uint64_t size = 0;
  CHECK_STATUS(vmo.get_size(&size), ZX_OK);
  CHECK_NUMBER(size, zx_system_get_page_size());
  CHECK_STATUS(vmo.read(got, size - 7, 8), ZX_ERR_OUT_OF_RANGE);

  zx::vmo reader;
  CHECK_STATUS(vmo.duplicate(ZX_RIGHT_READ, &reader), ZX_OK);
  CHECK_STATUS(reader.read(got, 90, 6), ZX_OK);
  CHECK_STATUS(reader.write(got, 90, 6), ZX_ERR_ACCESS_DENIED);
}

void CheckSizes() {
  const uint64_t page = zx_system_get_page_size();
  zx::vmo vmo;
  CHECK_STATUS(zx::vmo::create(100, ZX_VMO_RESIZABLE, &vmo), ZX_OK);
  uint64_t size = 0;
  CHECK_STATUS(vmo.get_stream_size(&size), ZX_OK);
  CHECK_NUMBER(size, 100);
  CHECK_STATUS(vmo.set_stream_size(50), ZX_OK);
  CHECK_STATUS(vmo.get_prop_content_size(&size), ZX_OK);
  CHECK_NUMBER(size, 50);
  CHECK_STATUS(vmo.set_prop_content_size(60), ZX_OK);
  CHECK_STATUS(vmo.get_stream_size(&size), ZX_OK);
  CHECK_NUMBER(size, 60);
  CHECK_STATUS(vmo.set_size(page + 1), ZX_OK);
  CHECK_STATUS(vmo.get_size(&size), ZX_OK);
  CHECK_NUMBER(size, 2 * page);

  CHECK_STATUS(vmo.set_property(ZX_PROP_NAME, "memory", 6), ZX_OK);
  char name[ZX_MAX_NAME_LEN];
  CHECK_STATUS(vmo.get_property(ZX_PROP_NAME, name, sizeof(name)), ZX_OK);
  CHECK(std::strcmp(name, "memory") == 0);

  zx_handle_t old = vmo.get();
  CHECK_STATUS(zx::vmo::create(1, 1, &vmo), ZX_ERR_INVALID_ARGS);
  CHECK(!vmo && IsGone(old));
}

void CheckAll() {
  CheckBytes();
  CheckSizes();
}

const Suite suite(CheckAll);

}  // namespace
