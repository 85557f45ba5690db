import CZircon

/// A call of the library that failed.
struct LibraryError: Error, CustomStringConvertible {
  let call: String
  let status: zx_status_t

  var description: String { "\(call): \(String(cString: zx_status_get_string(status)))" }
}

/// Throws if `status` is an error of `call`.
func check(_ status: zx_status_t, _ call: String) throws(LibraryError) {
  guard status == 0 else { throw LibraryError(call: call, status: status) }
}

/// What the library says about its backends, for this thread.
func currentBackendInfo() throws(LibraryError) -> zxl_backend_info_t {
  var info = zxl_backend_info_t()
  try check(zxl_backend_get_info(&info), "zxl_backend_get_info")
  return info
}

/// Sends one byte through a new socket.
func moveOneByte() throws(LibraryError) {
  var ends: (zx_handle_t, zx_handle_t) = (0, 0)
  try check(zx_socket_create(0, &ends.0, &ends.1), "zx_socket_create")
  defer {
    zx_handle_close(ends.0)
    zx_handle_close(ends.1)
  }
  let sent: UInt8 = 0x5a
  var received: UInt8 = 0
  var actual = 0
  try withUnsafeBytes(of: sent) { (bytes) throws(LibraryError) in
    try check(zx_socket_write(ends.0, 0, bytes.baseAddress, 1, &actual), "zx_socket_write")
  }
  try check(zx_socket_read(ends.1, 0, &received, 1, &actual), "zx_socket_read")
  guard received == sent else {
    throw LibraryError(call: "zx_socket_read", status: ZX_ERR_INTERNAL)
  }
}
