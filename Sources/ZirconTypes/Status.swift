public import CZircon

/// What a Zircon call answers when it does not succeed; the Swift face of `zx_status_t`.
///
/// A structure around the number, not an enumeration: numbers this library does not know survive.
public struct Status: Error, RawRepresentable, Hashable, Sendable {
  /// The number, as in `zircon/errors.h`: 0 for success, negative for an error.
  public let rawValue: Int32

  /// Wraps a number from `zircon/errors.h`.
  @inlinable
  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }
}

extension Status {
  /// Success.
  @inlinable public static var ok: Status { Status(rawValue: ZX_OK) }
  /// The system met a condition it does not expect.
  @inlinable public static var `internal`: Status { Status(rawValue: ZX_ERR_INTERNAL) }
  /// The operation is not implemented, or not for this kind of object.
  @inlinable public static var notSupported: Status { Status(rawValue: ZX_ERR_NOT_SUPPORTED) }
  /// The system has no more of something other than memory.
  @inlinable public static var noResources: Status { Status(rawValue: ZX_ERR_NO_RESOURCES) }
  /// Memory, handles or descriptors are used up.
  @inlinable public static var noMemory: Status { Status(rawValue: ZX_ERR_NO_MEMORY) }
  /// An argument is malformed, or a pointer leads nowhere.
  @inlinable public static var invalidArgs: Status { Status(rawValue: ZX_ERR_INVALID_ARGS) }
  /// The value is no live handle.
  @inlinable public static var badHandle: Status { Status(rawValue: ZX_ERR_BAD_HANDLE) }
  /// The handle's object is of another type.
  @inlinable public static var wrongType: Status { Status(rawValue: ZX_ERR_WRONG_TYPE) }
  /// A number lies outside what is allowed.
  @inlinable public static var outOfRange: Status { Status(rawValue: ZX_ERR_OUT_OF_RANGE) }
  /// The caller's buffer cannot hold the answer.
  @inlinable public static var bufferTooSmall: Status { Status(rawValue: ZX_ERR_BUFFER_TOO_SMALL) }
  /// The object's state does not allow the operation.
  @inlinable public static var badState: Status { Status(rawValue: ZX_ERR_BAD_STATE) }
  /// The deadline passed first.
  @inlinable public static var timedOut: Status { Status(rawValue: ZX_ERR_TIMED_OUT) }
  /// The operation cannot go on now; wait for a signal and try again.
  @inlinable public static var shouldWait: Status { Status(rawValue: ZX_ERR_SHOULD_WAIT) }
  /// The handle waited on was closed.
  @inlinable public static var canceled: Status { Status(rawValue: ZX_ERR_CANCELED) }
  /// The last handle of the other end is closed.
  @inlinable public static var peerClosed: Status { Status(rawValue: ZX_ERR_PEER_CLOSED) }
  /// Nothing matches.
  @inlinable public static var notFound: Status { Status(rawValue: ZX_ERR_NOT_FOUND) }
  /// Something is there already.
  @inlinable public static var alreadyExists: Status { Status(rawValue: ZX_ERR_ALREADY_EXISTS) }
  /// Reading or writing a file failed.
  @inlinable public static var io: Status { Status(rawValue: ZX_ERR_IO) }
  /// The operation is not for this object.
  @inlinable public static var unavailable: Status { Status(rawValue: ZX_ERR_UNAVAILABLE) }
  /// The handle lacks a right that the operation needs.
  @inlinable public static var accessDenied: Status { Status(rawValue: ZX_ERR_ACCESS_DENIED) }
}
