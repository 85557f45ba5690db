// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Makes a descriptor of a socket; see `Kernel.makePlain`.
///
/// `ZX_ERR_INVALID_ARGS` for a bad pointer; the handle is gone then, too.
@c @implementation
public func fdio_fd_create(
  _ handle: zx_handle_t, _ fd_out: UnsafeMutablePointer<Int32>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let plain = try Kernel.current.makePlain(HandleValue(handle))
    do throws(Status) {
      try unsafe UserOut(fd_out).put(word: UInt32(bitPattern: plain.number))
    } catch {
      plain.close()
      throw error
    }
  }
}

/// Makes a socket of a descriptor; see `Kernel.makeSocket(copying:)`.
///
/// `ZX_ERR_INVALID_ARGS` for a bad pointer.
@c @implementation
public func fdio_fd_clone(_ fd: Int32, _ out: UnsafeMutablePointer<zx_handle_t>?) -> zx_status_t {
  syscall { () throws(Status) in try unsafe giveSocket(PlainDescriptor(fd), UserOut(out)) }
}

/// The same, and closes the descriptor if it succeeds.
@c @implementation
public func fdio_fd_transfer(
  _ fd: Int32, _ out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let plain = PlainDescriptor(fd)
    try unsafe giveSocket(plain, UserOut(out))
    plain.close()
  }
}

/// The same, with the number for a startup handle; answers 1, the count of handles.
@c @implementation
public func fdio_transfer_fd(
  _ fd: Int32, _ newfd: Int32, _ handles: UnsafeMutablePointer<zx_handle_t>?,
  _ types: UnsafeMutablePointer<UInt32>?
) -> zx_status_t {
  let status = syscall { () throws(Status) in
    let plain = PlainDescriptor(fd)
    try unsafe UserOut(types).put(word: UInt32(PA_FD) | UInt32(truncatingIfNeeded: newfd) << 16)
    try unsafe giveSocket(plain, UserOut(handles))
    plain.close()
  }
  return status == ZX_OK ? 1 : status
}

private func giveSocket(_ plain: PlainDescriptor, _ out: UserOut) throws(Status) {
  let kernel = try Kernel.current
  let socket = try kernel.makeSocket(copying: plain)
  do throws(Status) {
    try out.put(socket)
  } catch {
    try? kernel.close(socket)
    throw error
  }
}
