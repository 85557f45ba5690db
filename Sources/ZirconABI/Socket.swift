// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Makes a socket.
///
/// `ZX_ERR_INVALID_ARGS` for an unknown option or a bad out, `ZX_ERR_NO_MEMORY`, also without a free
/// descriptor.
@c @implementation
public func zx_socket_create(
  _ options: UInt32, _ out0: UnsafeMutablePointer<zx_handle_t>?,
  _ out1: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    guard let kind = SocketKind(rawValue: options) else { throw .invalidArgs }
    let kernel = try Kernel.current
    try kernel.give(kernel.makeSocket(kind), to: unsafe UserOut(out0), unsafe UserOut(out1))
  }
}

/// Writes to a socket; see `SocketDispatcher.write`.
///
/// A bad `actual` is found when the data is already on its way: `ZX_ERR_INVALID_ARGS`.
@c @implementation
public func zx_socket_write(
  _ handle: zx_handle_t, _ options: UInt32, _ buffer: UnsafeRawPointer?, _ buffer_size: Int,
  _ actual: UnsafeMutablePointer<Int>?
) -> zx_status_t {
  syscall { () throws(Status) in
    guard unsafe buffer_size == 0 || buffer != nil, options == 0 else { throw .invalidArgs }
    let bytes = unsafe UserIn(buffer, byteCount: buffer_size)
    let written = try Kernel.current.writeSocket(HandleValue(handle), bytes)
    try unsafe UserOut(actual, byteCount: 8).putIfWanted(written)
  }
}

/// Reads from a socket, or peeks; see `SocketDispatcher.read`.
///
/// A bad `actual` is found when the data is already consumed: `ZX_ERR_INVALID_ARGS`.
@c @implementation
public func zx_socket_read(
  _ handle: zx_handle_t, _ options: UInt32, _ buffer: UnsafeMutableRawPointer?, _ buffer_size: Int,
  _ actual: UnsafeMutablePointer<Int>?
) -> zx_status_t {
  syscall { () throws(Status) in
    guard unsafe buffer_size == 0 || buffer != nil, options & ~ZX_SOCKET_PEEK == 0 else {
      throw .invalidArgs
    }
    let room = unsafe UserOut(buffer, byteCount: buffer_size)
    let read = try Kernel.current.readSocket(
      HandleValue(handle), into: room, isPeek: options != 0)
    try unsafe UserOut(actual, byteCount: 8).putIfWanted(read)
  }
}

/// Allows or forbids writes at either end; see `Kernel.setSocketDisposition`.
@c @implementation
public func zx_socket_set_disposition(
  _ handle: zx_handle_t, _ disposition: UInt32, _ disposition_peer: UInt32
) -> zx_status_t {
  syscall { () throws(Status) in
    guard let own = Disposition(rawValue: disposition),
      let peer = Disposition(rawValue: disposition_peer)
    else { throw .invalidArgs }
    try Kernel.current.setSocketDisposition(HandleValue(handle), own, peer: peer)
  }
}

/// Forbids writes for good, here or at the other end: the form that dispositions replaced.
///
/// `ZX_ERR_INVALID_ARGS` for unknown options; needs the right to write.
@c @implementation
public func zx_socket_shutdown(_ handle: zx_handle_t, _ options: UInt32) -> zx_status_t {
  syscall { () throws(Status) in
    guard options & ~(ZX_SOCKET_SHUTDOWN_WRITE | ZX_SOCKET_SHUTDOWN_READ) == 0 else {
      throw .invalidArgs
    }
    try Kernel.current.shutDownSocket(
      HandleValue(handle), own: options & ZX_SOCKET_SHUTDOWN_WRITE != 0,
      peer: options & ZX_SOCKET_SHUTDOWN_READ != 0)
  }
}
