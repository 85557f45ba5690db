/// Names a kernel object for ever: never reused, never given to another; stands for `zx_koid_t`.
public struct Koid: RawRepresentable, Hashable, Comparable, Sendable {
  /// The number: 0 for no object, else 1024 or more, with the top bit clear.
  public let rawValue: UInt64

  /// Wraps a number that a call has told.
  @inlinable
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Stands for no object: `ZX_KOID_INVALID`.
  @inlinable public static var invalid: Koid { Koid(rawValue: 0) }
  /// The least number an object gets: `ZX_KOID_FIRST`.
  @inlinable public static var first: Koid { Koid(rawValue: 1024) }

  /// Orders by number.
  @inlinable
  public static func < (left: Koid, right: Koid) -> Bool {
    left.rawValue < right.rawValue
  }
}
