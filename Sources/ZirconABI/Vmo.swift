// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Makes memory; see `Kernel.makeMemory`.
///
/// `ZX_ERR_INVALID_ARGS` for a bad `out`, after all else.
@c @implementation
public func zx_vmo_create(
  _ size: UInt64, _ options: UInt32, _ out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let kernel = try Kernel.current
    try kernel.give(kernel.makeMemory(size, options: options), to: unsafe UserOut(out))
  }
}

/// Copies bytes out of memory; see `Kernel.readMemory`.
@c @implementation
public func zx_vmo_read(
  _ handle: zx_handle_t, _ buffer: UnsafeMutableRawPointer?, _ offset: UInt64, _ buffer_size: Int
) -> zx_status_t {
  syscall { () throws(Status) in
    try Kernel.current.readMemory(
      HandleValue(handle), to: unsafe UserOut(buffer, byteCount: buffer_size), from: offset,
      count: UInt64(UInt(bitPattern: buffer_size)))
  }
}

/// Copies bytes into memory; see `Kernel.writeMemory`.
@c @implementation
public func zx_vmo_write(
  _ handle: zx_handle_t, _ buffer: UnsafeRawPointer?, _ offset: UInt64, _ buffer_size: Int
) -> zx_status_t {
  syscall { () throws(Status) in
    try Kernel.current.writeMemory(
      HandleValue(handle), unsafe UserIn(buffer, byteCount: buffer_size), at: offset,
      count: UInt64(UInt(bitPattern: buffer_size)))
  }
}

/// Tells the size of memory; see `Kernel.memorySize`.
///
/// `ZX_ERR_INVALID_ARGS` for a bad pointer.
@c @implementation
public func zx_vmo_get_size(
  _ handle: zx_handle_t, _ size: UnsafeMutablePointer<UInt64>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let bytes = try Kernel.current.memorySize(of: HandleValue(handle))
    try unsafe UserOut(size).put(number: bytes)
  }
}

/// Changes the size of memory; see `Kernel.setMemorySize`.
@c @implementation
public func zx_vmo_set_size(_ handle: zx_handle_t, _ size: UInt64) -> zx_status_t {
  syscall { () throws(Status) in
    try Kernel.current.setMemorySize(of: HandleValue(handle), to: size)
  }
}

/// Tells the content size of memory; see `Kernel.contentSize`.
///
/// `ZX_ERR_INVALID_ARGS` for a bad pointer.
@c @implementation
public func zx_vmo_get_stream_size(
  _ handle: zx_handle_t, _ size: UnsafeMutablePointer<UInt64>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let bytes = try Kernel.current.contentSize(of: HandleValue(handle))
    try unsafe UserOut(size).put(number: bytes)
  }
}

/// Sets the content size of memory; see `Kernel.setContentSize`.
@c @implementation
public func zx_vmo_set_stream_size(_ handle: zx_handle_t, _ size: UInt64) -> zx_status_t {
  syscall { () throws(Status) in
    try Kernel.current.setContentSize(of: HandleValue(handle), to: size)
  }
}

/// Does something to a range of memory; see `Kernel.operate`.
///
/// The buffer is for operations that are refused.
@c @implementation
public func zx_vmo_op_range(
  _ handle: zx_handle_t, _ op: UInt32, _ offset: UInt64, _ size: UInt64,
  _ buffer: UnsafeMutableRawPointer?, _ buffer_size: Int
) -> zx_status_t {
  syscall { () throws(Status) in
    try Kernel.current.operate(
      onRangeOf: HandleValue(handle), operation: op, from: offset, size: size)
  }
}

/// Makes memory out of other memory; see `Kernel.makeChild`.
///
/// `ZX_ERR_INVALID_ARGS` for a bad `out`, after all else.
@c @implementation
public func zx_vmo_create_child(
  _ handle: zx_handle_t, _ options: UInt32, _ offset: UInt64, _ size: UInt64,
  _ out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let kernel = try Kernel.current
    let child = try kernel.makeChild(
      of: HandleValue(handle), options: options, from: offset, size: size)
    try kernel.give(child, to: unsafe UserOut(out))
  }
}

/// Replaces a handle by one that also allows to run what the memory holds; see
/// `Kernel.replaceAsExecutable`.
///
/// The old handle is gone also if `vmex`, which nobody has here, is refused.
@c @implementation
public func zx_vmo_replace_as_executable(
  _ handle: zx_handle_t, _ vmex: zx_handle_t, _ out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let kernel = try Kernel.current
    let made = try kernel.replaceAsExecutable(HandleValue(handle))
    guard vmex == ZX_HANDLE_INVALID else {
      try kernel.close(made)
      throw kernel.isLive(HandleValue(vmex)) ? .wrongType : .badHandle
    }
    try kernel.give(made, to: unsafe UserOut(out))
  }
}
