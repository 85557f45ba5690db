import CZircon

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
  public static let ok = Status(rawValue: ZX_OK)
  /// The system met a condition it does not expect.
  public static let `internal` = Status(rawValue: ZX_ERR_INTERNAL)
  /// The operation is not implemented, or not for this kind of object.
  public static let notSupported = Status(rawValue: ZX_ERR_NOT_SUPPORTED)
  /// The system has no more of something other than memory.
  public static let noResources = Status(rawValue: ZX_ERR_NO_RESOURCES)
  /// Memory, handles or descriptors are used up.
  public static let noMemory = Status(rawValue: ZX_ERR_NO_MEMORY)
  /// An argument is malformed, or a pointer leads nowhere.
  public static let invalidArgs = Status(rawValue: ZX_ERR_INVALID_ARGS)
  /// The value is no live handle.
  public static let badHandle = Status(rawValue: ZX_ERR_BAD_HANDLE)
  /// The handle's object is of another type.
  public static let wrongType = Status(rawValue: ZX_ERR_WRONG_TYPE)
  /// A number lies outside what is allowed.
  public static let outOfRange = Status(rawValue: ZX_ERR_OUT_OF_RANGE)
  /// The caller's buffer cannot hold the answer.
  public static let bufferTooSmall = Status(rawValue: ZX_ERR_BUFFER_TOO_SMALL)
  /// The object's state does not allow the operation.
  public static let badState = Status(rawValue: ZX_ERR_BAD_STATE)
  /// The deadline passed first.
  public static let timedOut = Status(rawValue: ZX_ERR_TIMED_OUT)
  /// The operation cannot go on now; wait for a signal and try again.
  public static let shouldWait = Status(rawValue: ZX_ERR_SHOULD_WAIT)
  /// The handle waited on was closed.
  public static let canceled = Status(rawValue: ZX_ERR_CANCELED)
  /// The last handle of the other end is closed.
  public static let peerClosed = Status(rawValue: ZX_ERR_PEER_CLOSED)
  /// Nothing matches.
  public static let notFound = Status(rawValue: ZX_ERR_NOT_FOUND)
  /// Something is there already.
  public static let alreadyExists = Status(rawValue: ZX_ERR_ALREADY_EXISTS)
  /// The operation is not for this object.
  public static let unavailable = Status(rawValue: ZX_ERR_UNAVAILABLE)
  /// The handle lacks a right that the operation needs.
  public static let accessDenied = Status(rawValue: ZX_ERR_ACCESS_DENIED)
}
