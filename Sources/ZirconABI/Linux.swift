// swift-format-ignore-file: AlwaysUseLowerCamelCase
public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Tells how the calling thread reaches Linux.
///
/// `ZX_ERR_INVALID_ARGS` for a bad pointer.
@c @implementation
public func zxl_backend_get_info(_ info: UnsafeMutablePointer<zxl_backend_info_t>?) -> zx_status_t {
  syscall { () throws(Status) in
    let operations = Backend.operationCounts
    try unsafe UserOut(info).put(
      record: zxl_backend_info_t(
        backend: UInt32(Backend.requested.rawValue), ring: Ring.state.rawValue,
        ring_operations: operations.ring, syscall_operations: operations.syscall,
        socket_buffer: UInt64(SendBuffer.granted)))
  }
}
