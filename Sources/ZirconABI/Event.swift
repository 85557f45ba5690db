// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Makes an event.
///
/// `ZX_ERR_INVALID_ARGS` for any option or a bad `out`, `ZX_ERR_NO_MEMORY`.
@c @implementation
public func zx_event_create(
  _ options: UInt32, _ out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    guard options == 0 else { throw .invalidArgs }
    let kernel = try Kernel.current
    try kernel.give(kernel.makeEvent(), to: unsafe UserOut(out))
  }
}

/// Makes an event pair.
///
/// `ZX_ERR_NOT_SUPPORTED` for any option, `ZX_ERR_NO_MEMORY`, `ZX_ERR_INVALID_ARGS` for a bad out.
@c @implementation
public func zx_eventpair_create(
  _ options: UInt32, _ out0: UnsafeMutablePointer<zx_handle_t>?,
  _ out1: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    guard options == 0 else { throw .notSupported }
    let kernel = try Kernel.current
    try kernel.give(kernel.makeEventPair(), to: unsafe UserOut(out0), unsafe UserOut(out1))
  }
}
