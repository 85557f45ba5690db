/// A point in time on the monotonic clock; stands for `zx_instant_mono_t`.
public struct Deadline: RawRepresentable, Hashable, Comparable, Sendable {
  /// Nanoseconds since boot on the monotonic clock.
  public let rawValue: Int64

  /// Wraps nanoseconds on the monotonic clock.
  @inlinable
  public init(rawValue: Int64) {
    self.rawValue = rawValue
  }

  /// Never: `ZX_TIME_INFINITE`.
  @inlinable public static var infinite: Deadline { Deadline(rawValue: .max) }
  /// Always past, which makes a wait a poll: `ZX_TIME_INFINITE_PAST`.
  @inlinable public static var infinitePast: Deadline { Deadline(rawValue: .min) }

  /// Orders by time.
  @inlinable
  public static func < (left: Deadline, right: Deadline) -> Bool {
    left.rawValue < right.rawValue
  }

  /// The deadline `nanoseconds` later, held at the ends of the range.
  @inlinable
  public func advanced(byNanoseconds nanoseconds: Int64) -> Deadline {
    let (sum, overflow) = rawValue.addingReportingOverflow(nanoseconds)
    guard overflow else { return Deadline(rawValue: sum) }
    return nanoseconds > 0 ? .infinite : .infinitePast
  }
}
