// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Makes a fifo.
///
/// `ZX_ERR_OUT_OF_RANGE` unless both numbers are at least 1 and their product at most 4,096; then
/// `ZX_ERR_INVALID_ARGS` for any option; `ZX_ERR_NO_MEMORY`; `ZX_ERR_INVALID_ARGS` for a bad out.
@c @implementation
public func zx_fifo_create(
  _ elem_count: Int, _ elem_size: Int, _ options: UInt32,
  _ out0: UnsafeMutablePointer<zx_handle_t>?, _ out1: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let elements = FifoElements(count: elem_count, size: elem_size)
    guard elements.makeAFifo else { throw .outOfRange }
    guard options == 0 else { throw .invalidArgs }
    let kernel = try Kernel.current
    try kernel.give(kernel.makeFifo(elements), to: unsafe UserOut(out0), unsafe UserOut(out1))
  }
}

/// Writes elements; see `Kernel.writeFifo`.
///
/// A bad `actual_count` is found when the elements are already written: `ZX_ERR_INVALID_ARGS`.
@c @implementation
public func zx_fifo_write(
  _ handle: zx_handle_t, _ elem_size: Int, _ data: UnsafeRawPointer?, _ count: Int,
  _ actual_count: UnsafeMutablePointer<Int>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let written = try Kernel.current.writeFifo(
      HandleValue(handle), unsafe UserIn(data, byteCount: .max),
      FifoElements(count: count, size: elem_size))
    try unsafe UserOut(actual_count).putIfWanted(written)
  }
}

/// Reads elements; see `Kernel.readFifo`.
///
/// A bad `actual_count` is found when the elements are already consumed: `ZX_ERR_INVALID_ARGS`.
@c @implementation
public func zx_fifo_read(
  _ handle: zx_handle_t, _ elem_size: Int, _ data: UnsafeMutableRawPointer?, _ count: Int,
  _ actual_count: UnsafeMutablePointer<Int>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let read = try Kernel.current.readFifo(
      HandleValue(handle), into: unsafe UserOut(data, byteCount: .max),
      FifoElements(count: count, size: elem_size))
    try unsafe UserOut(actual_count).putIfWanted(read)
  }
}
