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

  /// An event.
  public static let event = ObjectType(rawValue: ZX_OBJ_TYPE_EVENT)
  /// A socket endpoint.
  public static let socket = ObjectType(rawValue: ZX_OBJ_TYPE_SOCKET)
  /// One end of an event pair.
  public static let eventPair = ObjectType(rawValue: ZX_OBJ_TYPE_EVENTPAIR)
  /// A port.
  public static let port = ObjectType(rawValue: ZX_OBJ_TYPE_PORT)
  /// A timer.
  public static let timer = ObjectType(rawValue: ZX_OBJ_TYPE_TIMER)
}
