/* Names that Zircon had between 2018 and 2020 and has no more, for programs of that time.
 *
 * Define ZXL_LEGACY_NAMES before <zircon/syscalls.h>, for example on the compiler's command line, and
 * this comes with it. What such a name meant is kept where today's calls can do it; the rest answers an
 * error:
 *
 *   zx_vmo_clone                     a snapshot, by zx_vmo_create_child
 *   zx_clock_get(id)                 with one argument, gives the time, 0 for a bad id; with two, as in
 *                                    2019 to 2021; clocks 1 and 2 are UTC and THREAD
 *   zx_system_get_version            copies what zx_system_get_version_string tells
 *   zx_socket_share, _accept         ZX_ERR_NOT_SUPPORTED
 *   ZX_SOCKET_HAS_CONTROL and so on  options that zx_socket_create, _read and _write refuse
 *   ZX_WAIT_ASYNC_REPEATING          an option that zx_object_wait_async refuses */
#ifndef ZIRCON_SYSCALLS_LEGACY_H_
#define ZIRCON_SYSCALLS_LEGACY_H_

#ifndef ZXL_LEGACY_NAMES
#define ZXL_LEGACY_NAMES 1
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <zircon/compiler.h>
#include <zircon/syscalls.h>

__BEGIN_CDECLS

/* Clocks. Called by name, not by macro: the new form. */

#define ZX_CLOCK_UTC ((zx_clock_t)1u)
#define ZX_CLOCK_THREAD ((zx_clock_t)2u)

static inline zx_status_t zxl_legacy_clock_get2(zx_clock_t clock_id, zx_time_t* out) {
  struct timespec now;
  if (clock_id != ZX_CLOCK_UTC) return zx_clock_get(clock_id, out);
  if (out == NULL || timespec_get(&now, TIME_UTC) == 0) return ZX_ERR_INVALID_ARGS;
  *out = (zx_time_t)now.tv_sec * 1000000000 + now.tv_nsec;
  return ZX_OK;
}

static inline zx_time_t zxl_legacy_clock_get1(zx_clock_t clock_id) {
  zx_time_t time = 0;
  return zxl_legacy_clock_get2(clock_id, &time) == ZX_OK ? time : 0;
}

#define ZXL_LEGACY_THIRD(first, second, third, ...) third
#define zx_clock_get(...)                                                                 \
  ZXL_LEGACY_THIRD(__VA_ARGS__, zxl_legacy_clock_get2, zxl_legacy_clock_get1, 0)(__VA_ARGS__)

/* Memory */

#define ZX_VMO_NON_RESIZABLE ((uint32_t)0u) /* the default by now */
#define ZX_VMO_CLONE_COPY_ON_WRITE ((uint32_t)1u << 0)
#define ZX_VMO_CLONE_NON_RESIZEABLE ((uint32_t)1u << 1)
#define ZX_VMO_CHILD_COPY_ON_WRITE ZX_VMO_CHILD_SNAPSHOT_AT_LEAST_ON_WRITE
#define ZX_VMO_CHILD_NON_RESIZEABLE ((uint32_t)0u)

static inline zx_status_t zx_vmo_clone(zx_handle_t handle, uint32_t options, uint64_t offset,
                                       uint64_t size, zx_handle_t* out) {
  uint32_t known = ZX_VMO_CLONE_COPY_ON_WRITE | ZX_VMO_CLONE_NON_RESIZEABLE;
  uint32_t child = ZX_VMO_CHILD_SNAPSHOT_AT_LEAST_ON_WRITE;
  if ((options & ~known) != 0 || (options & ZX_VMO_CLONE_COPY_ON_WRITE) == 0) {
    return ZX_ERR_INVALID_ARGS;
  }
  if ((options & ZX_VMO_CLONE_NON_RESIZEABLE) == 0) child |= ZX_VMO_CHILD_RESIZABLE;
  return zx_vmo_create_child(handle, child, offset, size, out);
}

#define ZX_VM_FLAG_PERM_READ ZX_VM_PERM_READ
#define ZX_VM_FLAG_PERM_WRITE ZX_VM_PERM_WRITE
#define ZX_VM_FLAG_PERM_EXECUTE ZX_VM_PERM_EXECUTE
#define ZX_VM_FLAG_COMPACT ZX_VM_COMPACT
#define ZX_VM_FLAG_SPECIFIC ZX_VM_SPECIFIC
#define ZX_VM_FLAG_SPECIFIC_OVERWRITE ZX_VM_SPECIFIC_OVERWRITE
#define ZX_VM_FLAG_CAN_MAP_SPECIFIC ZX_VM_CAN_MAP_SPECIFIC
#define ZX_VM_FLAG_CAN_MAP_READ ZX_VM_CAN_MAP_READ
#define ZX_VM_FLAG_CAN_MAP_WRITE ZX_VM_CAN_MAP_WRITE
#define ZX_VM_FLAG_CAN_MAP_EXECUTE ZX_VM_CAN_MAP_EXECUTE
#define ZX_VM_FLAG_MAP_RANGE ZX_VM_MAP_RANGE
#define ZX_VM_FLAG_REQUIRE_NON_RESIZABLE ZX_VM_REQUIRE_NON_RESIZABLE

/* Sockets: what a socket had besides its data. */

#define ZX_SOCKET_HAS_CONTROL ((uint32_t)1u << 1)
#define ZX_SOCKET_HAS_ACCEPT ((uint32_t)1u << 2)
#define ZX_SOCKET_CONTROL ((uint32_t)1u << 2)
#define ZX_SOCKET_CONTROL_READABLE __ZX_OBJECT_SIGNAL_6
#define ZX_SOCKET_CONTROL_WRITABLE __ZX_OBJECT_SIGNAL_7
#define ZX_SOCKET_ACCEPT __ZX_OBJECT_SIGNAL_8
#define ZX_SOCKET_SHARE __ZX_OBJECT_SIGNAL_9

static inline zx_status_t zx_socket_share(zx_handle_t handle, zx_handle_t socket_to_share) {
  (void)handle;
  (void)socket_to_share;
  return ZX_ERR_NOT_SUPPORTED;
}

static inline zx_status_t zx_socket_accept(zx_handle_t handle, zx_handle_t* out_socket) {
  (void)handle;
  (void)out_socket;
  return ZX_ERR_NOT_SUPPORTED;
}

/* Ports. Its number then is that of another option today. */
#define ZX_WAIT_ASYNC_REPEATING ((uint32_t)1u << 31)
#define ZX_PKT_TYPE_SIGNAL_REP ((uint32_t)2u)

/* The system */

static inline zx_status_t zx_system_get_version(char* version, size_t version_size) {
  zx_string_view_t text = zx_system_get_version_string();
  if (version == NULL) return ZX_ERR_INVALID_ARGS;
  if (version_size <= text.length) return ZX_ERR_BUFFER_TOO_SMALL;
  memcpy(version, text.c_str, text.length + 1);
  return ZX_OK;
}

__END_CDECLS

#endif /* ZIRCON_SYSCALLS_LEGACY_H_ */
