/* VMOs, regions and clocks, as the programs on Zircon use them. */

#include <string.h>
#include <zircon/process.h>
#include <zircon/syscalls/clock.h>

#include "check.h"

static void check_guarded_buffer(void) {
  zx_handle_t vmo = 0, region = 0, a = 0, b = 0;
  zx_vaddr_t base = 0, buffer = 0;
  size_t actual = 0;
  CHECK_STATUS(zx_vmo_create(4096, 0, &vmo), ZX_OK);
  CHECK_STATUS(zx_vmar_allocate(zx_vmar_root_self(),
                                ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE | ZX_VM_CAN_MAP_SPECIFIC,
                                0, 3 * 4096, &region, &base),
               ZX_OK);
  CHECK_STATUS(zx_vmar_map(region, ZX_VM_PERM_READ | ZX_VM_PERM_WRITE | ZX_VM_SPECIFIC, 4096, vmo, 0,
                           4096, &buffer),
               ZX_OK);
  CHECK_NUMBER(buffer, base + 4096);
  memcpy((void*)buffer, "hello", 5);
  CHECK_STATUS(zx_socket_create(0, &a, &b), ZX_OK);
  CHECK_STATUS(zx_socket_write(a, 0, (void*)buffer, 5, &actual), ZX_OK);
  CHECK_STATUS(zx_socket_write(a, 0, (void*)base, 5, &actual), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_vmar_protect(region, 0, buffer, 4096), ZX_OK);
  CHECK_STATUS(zx_socket_read(b, 0, (void*)buffer, 5, &actual), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_vmar_protect(region, ZX_VM_PERM_READ | ZX_VM_PERM_WRITE, buffer, 4096), ZX_OK);
  CHECK(memcmp((void*)buffer, "hello", 5) == 0);
  CHECK_STATUS(zx_vmar_unmap(zx_vmar_root_self(), base, 3 * 4096), ZX_OK);
  CHECK_STATUS(zx_vmar_destroy(region), ZX_ERR_BAD_STATE);
  const zx_handle_t handles[] = {vmo, region, a, b};
  CHECK_STATUS(zx_handle_close_many(handles, 4), ZX_OK);
}

static void check_clock(void) {
  zx_handle_t clock = 0;
  zx_time_t now = 0;
  zx_clock_update_args_v1_t update = {0, {0}, ZX_SEC(1000), 0};
  CHECK_STATUS(zx_clock_create(ZX_CLOCK_OPT_MONOTONIC, NULL, &clock), ZX_OK);
  CHECK_STATUS(zx_clock_read(clock, &now), ZX_OK);
  CHECK_NUMBER(now, 0);
  CHECK_STATUS(
      zx_clock_update(clock, ZX_CLOCK_ARGS_VERSION(1) | ZX_CLOCK_UPDATE_OPTION_VALUE_VALID, &update),
      ZX_OK);
  CHECK_STATUS(zx_clock_read(clock, &now), ZX_OK);
  CHECK(now >= ZX_SEC(1000));
  CHECK_NUMBER(signals_of(clock), ZX_CLOCK_STARTED);
  CHECK_STATUS(zx_handle_close(clock), ZX_OK);
}

void check_memory(void) {
  char name[ZX_MAX_NAME_LEN];
  zx_handle_t vmo = 0;
  CHECK_STATUS(zx_vmo_create(100, 0, &vmo), ZX_OK);
  CHECK_STATUS(zx_object_set_property(vmo, ZX_PROP_NAME, "memory", 6), ZX_OK);
  CHECK_STATUS(zx_object_get_property(vmo, ZX_PROP_NAME, name, sizeof(name)), ZX_OK);
  CHECK(strcmp(name, "memory") == 0);
  CHECK_STATUS(zx_handle_close(vmo), ZX_OK);
  check_guarded_buffer();
  check_clock();
}
