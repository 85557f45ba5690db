import CZircon

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
  public static let channel = ObjectType(rawValue: ZX_OBJ_TYPE_CHANNEL)
  /// A counter.
  public static let counter = ObjectType(rawValue: ZX_OBJ_TYPE_COUNTER)
  /// A process.
  public static let process = ObjectType(rawValue: ZX_OBJ_TYPE_PROCESS)
  /// A thread.
  public static let thread = ObjectType(rawValue: ZX_OBJ_TYPE_THREAD)
  /// A job.
  public static let job = ObjectType(rawValue: ZX_OBJ_TYPE_JOB)
  /// A region of the address space.
  public static let vmar = ObjectType(rawValue: ZX_OBJ_TYPE_VMAR)
  /// Memory.
  public static let vmo = ObjectType(rawValue: ZX_OBJ_TYPE_VMO)
  /// A clock.
  public static let clock = ObjectType(rawValue: ZX_OBJ_TYPE_CLOCK)
  /// An exception.
  public static let exception = ObjectType(rawValue: ZX_OBJ_TYPE_EXCEPTION)
  /// A stream.
  public static let stream = ObjectType(rawValue: ZX_OBJ_TYPE_STREAM)
  /// An event.
  public static let event = ObjectType(rawValue: ZX_OBJ_TYPE_EVENT)
  /// One end of a fifo.
  public static let fifo = ObjectType(rawValue: ZX_OBJ_TYPE_FIFO)
  /// A socket endpoint.
  public static let socket = ObjectType(rawValue: ZX_OBJ_TYPE_SOCKET)
  /// One end of an event pair.
  public static let eventPair = ObjectType(rawValue: ZX_OBJ_TYPE_EVENTPAIR)
  /// A port.
  public static let port = ObjectType(rawValue: ZX_OBJ_TYPE_PORT)
  /// A timer.
  public static let timer = ObjectType(rawValue: ZX_OBJ_TYPE_TIMER)
}
