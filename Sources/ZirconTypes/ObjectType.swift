public import CZircon

/// The type of a kernel object; the Swift face of `zx_obj_type_t`.
public struct ObjectType: RawRepresentable, Hashable, Sendable {
  /// The number, as in `zircon/types.h`.
  public let rawValue: UInt32

  /// Wraps a number from `zircon/types.h`.
  @inlinable
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// One end of a channel.
  @inlinable public static var channel: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_CHANNEL) }
  /// A counter.
  @inlinable public static var counter: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_COUNTER) }
  /// A process.
  @inlinable public static var process: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_PROCESS) }
  /// A thread.
  @inlinable public static var thread: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_THREAD) }
  /// A job.
  @inlinable public static var job: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_JOB) }
  /// A region of the address space.
  @inlinable public static var vmar: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_VMAR) }
  /// Memory.
  @inlinable public static var vmo: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_VMO) }
  /// A clock.
  @inlinable public static var clock: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_CLOCK) }
  /// An exception.
  @inlinable public static var exception: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_EXCEPTION) }
  /// A stream.
  @inlinable public static var stream: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_STREAM) }
  /// An event.
  @inlinable public static var event: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_EVENT) }
  /// One end of a fifo.
  @inlinable public static var fifo: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_FIFO) }
  /// A socket endpoint.
  @inlinable public static var socket: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_SOCKET) }
  /// One end of an event pair.
  @inlinable public static var eventPair: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_EVENTPAIR) }
  /// A port.
  @inlinable public static var port: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_PORT) }
  /// A timer.
  @inlinable public static var timer: ObjectType { ObjectType(rawValue: ZX_OBJ_TYPE_TIMER) }
}
