// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Makes a port.
///
/// `ZX_ERR_INVALID_ARGS` for an option other than `ZX_PORT_BIND_TO_INTERRUPT`, which changes nothing
/// as no interrupts are here to bind, and for a bad `out`; `ZX_ERR_NO_MEMORY`.
@c @implementation
public func zx_port_create(
  _ options: UInt32, _ out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    guard options & ~ZX_PORT_BIND_TO_INTERRUPT == 0 else { throw .invalidArgs }
    let kernel = try Kernel.current
    try kernel.give(kernel.makePort(), to: unsafe UserOut(out))
  }
}

/// Queues a packet of the caller's; see `Kernel.queue`.
///
/// `ZX_ERR_INVALID_ARGS` if it cannot be read. Its type becomes `ZX_PKT_TYPE_USER`.
@c @implementation
public func zx_port_queue(
  _ handle: zx_handle_t, _ packet: UnsafePointer<zx_port_packet_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    try Kernel.current.queue(on: HandleValue(handle)) { () throws(Status) in
      let source = unsafe UserIn(packet, byteCount: MemoryLayout<PortPacket>.size)
      var copy = PortPacket()
      try unsafe withUnsafeMutableBytes(of: &copy) { (copy) throws(Status) in
        try unsafe source.fetch(into: copy.baseAddress.unsafelyUnwrapped, count: copy.count)
      }
      return copy
    }
  }
}

/// Takes a packet off a port; see `Kernel.takePacket`.
///
/// `ZX_ERR_INVALID_ARGS` if it cannot be stored; then it is lost.
@c @implementation
public func zx_port_wait(
  _ handle: zx_handle_t, _ deadline: zx_instant_mono_t,
  _ packet: UnsafeMutablePointer<zx_port_packet_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let taken = try Kernel.current.takePacket(
      from: HandleValue(handle), until: Deadline(rawValue: deadline))
    let out = unsafe UserOut(packet, byteCount: MemoryLayout<PortPacket>.size)
    try unsafe withUnsafeBytes(of: taken) { (taken) throws(Status) in
      try unsafe out.put(from: taken.baseAddress.unsafelyUnwrapped, count: taken.count)
    }
  }
}

/// Ends asynchronous waits made through one handle; see `Kernel.cancelPackets(on:from:key:)`.
@c @implementation
public func zx_port_cancel(
  _ handle: zx_handle_t, _ source: zx_handle_t, _ key: UInt64
) -> zx_status_t {
  syscall { () throws(Status) in
    try Kernel.current.cancelPackets(
      on: HandleValue(handle), from: HandleValue(source), key: key)
  }
}

/// Ends asynchronous waits and drops packets by key; see `Kernel.cancelPackets(on:key:)`.
///
/// `ZX_ERR_INVALID_ARGS` for any option, before the handle is looked at.
@c @implementation
public func zx_port_cancel_key(
  _ handle: zx_handle_t, _ options: UInt32, _ key: UInt64
) -> zx_status_t {
  syscall { () throws(Status) in
    guard options == 0 else { throw .invalidArgs }
    try Kernel.current.cancelPackets(on: HandleValue(handle), key: key)
  }
}

/// Lets a port have a packet when an object shows signals; see `Kernel.waitAsync`.
///
/// `ZX_ERR_INVALID_ARGS` for unknown options or two clocks at once, before the handles.
@c @implementation
public func zx_object_wait_async(
  _ handle: zx_handle_t, _ port: zx_handle_t, _ key: UInt64, _ signals: zx_signals_t,
  _ options: UInt32
) -> zx_status_t {
  syscall { () throws(Status) in
    guard let mode = AsyncWaitMode(options: options) else { throw .invalidArgs }
    try Kernel.current.waitAsync(
      HandleValue(handle), on: HandleValue(port), key: key, for: Signals(rawValue: signals), mode)
  }
}
