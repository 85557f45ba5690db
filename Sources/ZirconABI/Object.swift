// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

// MARK: Waiting

/// Waits for signals of one object; see `Kernel.waitOne`.
///
/// `observed`, if not null, gets the object's word also on `ZX_ERR_TIMED_OUT` and `ZX_ERR_CANCELED`;
/// a bad one is found after the wait: `ZX_ERR_INVALID_ARGS`.
@c @implementation
public func zx_object_wait_one(
  _ handle: zx_handle_t, _ signals: zx_signals_t, _ deadline: zx_instant_mono_t,
  _ observed: UnsafeMutablePointer<zx_signals_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let (end, word) = try Kernel.current.waitOne(
      HandleValue(handle), for: Signals(rawValue: signals), until: Deadline(rawValue: deadline))
    if unsafe observed != nil { try unsafe UserOut(observed).put(word) }
    try end.check()
  }
}

/// Waits for signals of up to 64 objects; see `Kernel.waitMany`.
///
/// `ZX_ERR_OUT_OF_RANGE` for more; `ZX_ERR_INVALID_ARGS` if the items cannot be read, or not written
/// afterwards.
@c @implementation
public func zx_object_wait_many(
  _ items: UnsafeMutablePointer<zx_wait_item_t>?, _ num_items: Int, _ deadline: zx_instant_mono_t
) -> zx_status_t {
  syscall { () throws(Status) in
    guard num_items <= Kernel.maxWaitItems, num_items >= 0 else { throw .outOfRange }
    let kernel = try Kernel.current
    let deadline = Deadline(rawValue: deadline)
    let byteCount = num_items * MemoryLayout<WaitItem>.stride
    try unsafe withUnsafeTemporaryAllocation(of: WaitItem.self, capacity: Kernel.maxWaitItems) {
      (copy) throws(Status) in
      let base = unsafe UnsafeMutableRawPointer(copy.baseAddress.unsafelyUnwrapped)
      try unsafe UserIn(items, byteCount: byteCount).fetch(into: base, count: byteCount)
      var span = unsafe MutableSpan(
        _unsafeStart: copy.baseAddress.unsafelyUnwrapped, count: num_items)
      let end = try kernel.waitMany(&span, until: deadline)
      try unsafe UserOut(items, byteCount: byteCount).put(from: base, count: byteCount)
      try end.check()
    }
  }
}

// MARK: Signals

/// Changes user signals of an object; see `Kernel.signal`.
@c @implementation
public func zx_object_signal(
  _ handle: zx_handle_t, _ clear_mask: UInt32, _ set_mask: UInt32
) -> zx_status_t {
  syscall { () throws(Status) in
    try Kernel.current.signal(
      HandleValue(handle), clear: Signals(rawValue: clear_mask), set: Signals(rawValue: set_mask))
  }
}

/// Changes user signals of an object's peer; see `Kernel.signalPeer`.
@c @implementation
public func zx_object_signal_peer(
  _ handle: zx_handle_t, _ clear_mask: UInt32, _ set_mask: UInt32
) -> zx_status_t {
  syscall { () throws(Status) in
    try Kernel.current.signalPeer(
      HandleValue(handle), clear: Signals(rawValue: clear_mask), set: Signals(rawValue: set_mask))
  }
}

// MARK: Properties

/// Gets a property; see `Kernel.property`.
///
/// `ZX_ERR_INVALID_ARGS` for a null `value`, before all else, and for a bad one.
@c @implementation
public func zx_object_get_property(
  _ handle: zx_handle_t, _ property: UInt32, _ value: UnsafeMutableRawPointer?, _ value_size: Int
) -> zx_status_t {
  syscall { () throws(Status) in
    guard let value = unsafe value else { throw .invalidArgs }
    let room = unsafe UserOut(value, byteCount: value_size)
    if property == ZX_PROP_NAME {
      let name = try Kernel.current.name(of: HandleValue(handle), roomInBytes: room.byteCount)
      return try room.put(record: name)
    }
    let number = try Kernel.current.property(
      property, of: HandleValue(handle), roomInBytes: room.byteCount)
    try room.put(number: number)
  }
}

/// Sets a property; see `Kernel.setProperty`.
///
/// `ZX_ERR_INVALID_ARGS` for a null `value`, before all else, and for a bad one.
@c @implementation
public func zx_object_set_property(
  _ handle: zx_handle_t, _ property: UInt32, _ value: UnsafeRawPointer?, _ value_size: Int
) -> zx_status_t {
  syscall { () throws(Status) in
    guard let value = unsafe value else { throw .invalidArgs }
    let source = unsafe UserIn(value, byteCount: value_size)
    if property == ZX_PROP_NAME {
      return try Kernel.current.setName(of: HandleValue(handle)) { () throws(Status) in
        try ObjectName(source)
      }
    }
    try Kernel.current.setProperty(
      property, of: HandleValue(handle), sizeInBytes: source.byteCount
    ) { () throws(Status) in try source.value(as: UInt64.self) }
  }
}
