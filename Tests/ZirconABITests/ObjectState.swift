import CZircon
import Testing

/// Reads the signals: a wait for nothing that is already over reports the current word.
func signals(
  of handle: zx_handle_t, sourceLocation: SourceLocation = #_sourceLocation
) -> zx_signals_t {
  var observed = zx_signals_t.max
  let status = zx_object_wait_one(handle, 0, 0, &observed)
  #expect(status == ZX_ERR_TIMED_OUT, sourceLocation: sourceLocation)
  return observed
}

/// A deadline no correct test reaches.
func farDeadline() -> zx_instant_mono_t { zx_deadline_after(30_000_000_000) }

func basicInfo(of handle: zx_handle_t) throws -> zx_info_handle_basic_t {
  var info = zx_info_handle_basic_t()
  let size = MemoryLayout<zx_info_handle_basic_t>.size
  try #require(zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &info, size, nil, nil) == ZX_OK)
  return info
}

func socketInfo(of handle: zx_handle_t) throws -> zx_info_socket_t {
  var info = zx_info_socket_t()
  let size = MemoryLayout<zx_info_socket_t>.size
  try #require(zx_object_get_info(handle, ZX_INFO_SOCKET, &info, size, nil, nil) == ZX_OK)
  return info
}

func handleCount(of handle: zx_handle_t) throws -> UInt32 {
  var info = zx_info_handle_count_t()
  let size = MemoryLayout<zx_info_handle_count_t>.size
  try #require(zx_object_get_info(handle, ZX_INFO_HANDLE_COUNT, &info, size, nil, nil) == ZX_OK)
  return info.handle_count
}

func isLive(_ handle: zx_handle_t) -> Bool {
  zx_object_get_info(handle, ZX_INFO_HANDLE_VALID, nil, 0, nil, nil) == ZX_OK
}

func setThreshold(
  _ handle: zx_handle_t, _ property: UInt32, _ threshold: Int
) -> zx_status_t {
  var value = threshold
  return zx_object_set_property(handle, property, &value, MemoryLayout<Int>.size)
}

/// The stored threshold, or nil when the call fails.
func threshold(of handle: zx_handle_t, _ property: UInt32) -> Int? {
  var value = -1
  let status = zx_object_get_property(handle, property, &value, MemoryLayout<Int>.size)
  return status == ZX_OK ? value : nil
}
