/* A program of 2018: names that are gone. */

#define ZXL_LEGACY_NAMES
#include <string.h>

#include "check.h"

static void check_legacy_clocks(void) {
  zx_time_t before = zx_clock_get_monotonic();
  zx_time_t time = 0;
  CHECK(zx_clock_get(ZX_CLOCK_MONOTONIC) >= before);
  CHECK(zx_clock_get(ZX_CLOCK_UTC) > ZX_SEC(1500000000));
  CHECK(zx_clock_get(ZX_CLOCK_THREAD) > 0);
  CHECK_NUMBER(zx_clock_get(99), 0);
  CHECK_STATUS(zx_clock_get(ZX_CLOCK_MONOTONIC, &time), ZX_OK);
  CHECK(time >= before && time <= zx_clock_get_monotonic());
  CHECK_STATUS(zx_clock_get(ZX_CLOCK_UTC, &time), ZX_OK);
  CHECK(time > ZX_SEC(1500000000));
  CHECK_STATUS(zx_clock_get(99, &time), ZX_ERR_INVALID_ARGS);
}

static void check_legacy_memory(void) {
  zx_handle_t vmo = 0, clone = 0;
  char byte = 7;
  CHECK_STATUS(zx_vmo_create(4096, ZX_VMO_NON_RESIZABLE, &vmo), ZX_OK);
  CHECK_STATUS(zx_vmo_write(vmo, &byte, 0, 1), ZX_OK);
  CHECK_STATUS(zx_vmo_clone(vmo, ZX_VMO_CLONE_COPY_ON_WRITE, 0, 4096, &clone), ZX_OK);
  byte = 8;
  CHECK_STATUS(zx_vmo_write(vmo, &byte, 0, 1), ZX_OK);
  CHECK_STATUS(zx_vmo_read(clone, &byte, 0, 1), ZX_OK);
  CHECK_NUMBER(byte, 7);
  CHECK_STATUS(zx_vmo_set_size(clone, 8192), ZX_OK);
  CHECK_STATUS(zx_handle_close(clone), ZX_OK);
  CHECK_STATUS(zx_vmo_clone(vmo, 0, 0, 4096, &clone), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_handle_close(vmo), ZX_OK);
}

void check_legacy(void) {
  zx_handle_t a = 0, b = 0;
  char version[64];
  check_legacy_clocks();
  check_legacy_memory();
  CHECK_STATUS(zx_socket_share(0, 0), ZX_ERR_NOT_SUPPORTED);
  CHECK_STATUS(zx_socket_accept(0, &a), ZX_ERR_NOT_SUPPORTED);
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_HAS_CONTROL, &a, &b), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_socket_create(ZX_SOCKET_HAS_ACCEPT, &a, &b), ZX_ERR_INVALID_ARGS);
  CHECK_STATUS(zx_system_get_version(version, sizeof(version)), ZX_OK);
  CHECK(strcmp(version, zx_system_get_version_string().c_str) == 0);
  CHECK_STATUS(zx_system_get_version(version, 3), ZX_ERR_BUFFER_TOO_SMALL);
}
