// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Makes a counter of value 0.
///
/// `ZX_ERR_INVALID_ARGS` for any option or a bad `out`, `ZX_ERR_NO_MEMORY`.
@c @implementation
public func zx_counter_create(
  _ options: UInt32, _ out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    guard options == 0 else { throw .invalidArgs }
    let kernel = try Kernel.current
    try kernel.give(kernel.makeCounter(), to: unsafe UserOut(out))
  }
}

/// Adds to a counter; see `Kernel.addToCounter`.
@c @implementation
public func zx_counter_add(_ handle: zx_handle_t, _ value: Int64) -> zx_status_t {
  syscall { () throws(Status) in try Kernel.current.addToCounter(HandleValue(handle), value) }
}

/// Reads a counter; see `Kernel.readCounter`.
///
/// `ZX_ERR_INVALID_ARGS` for a null `value`, before all else, and for a bad one.
@c @implementation
public func zx_counter_read(
  _ handle: zx_handle_t, _ value: UnsafeMutablePointer<Int64>?
) -> zx_status_t {
  syscall { () throws(Status) in
    guard let value = unsafe value else { throw .invalidArgs }
    let number = try Kernel.current.readCounter(HandleValue(handle))
    try unsafe UserOut(value).put(number: UInt64(bitPattern: number))
  }
}

/// Sets a counter; see `Kernel.writeCounter`.
@c @implementation
public func zx_counter_write(_ handle: zx_handle_t, _ value: Int64) -> zx_status_t {
  syscall { () throws(Status) in try Kernel.current.writeCounter(HandleValue(handle), value) }
}
