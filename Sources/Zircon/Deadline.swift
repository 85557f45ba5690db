import ZirconLinux
public import ZirconTypes

extension Deadline {
  /// This moment, on the monotonic clock.
  ///
  /// Source: `zx_clock_get_monotonic`.
  public static var now: Deadline { Deadline(rawValue: Clock.monotonic) }

  /// The moment `duration` from now, on the monotonic clock, held at the ends of the range.
  ///
  /// What `duration` has below a nanosecond does not count.
  ///
  /// Source: `zx_deadline_after`.
  public static func after(_ duration: Duration) -> Deadline {
    now.advanced(byNanoseconds: duration.nanosecondsHeld)
  }
}

extension Duration {
  /// Whole nanoseconds, held at the ends of the range.
  var nanosecondsHeld: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflowToo) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
    guard overflow || overflowToo else { return sum }
    return seconds < 0 ? .min : .max
  }
}
