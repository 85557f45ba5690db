/// How a clock follows its reference clock; as `zx_clock_transformation_t`.
package struct ClockTransformation: Sendable {
  /// A moment of the reference clock, in nanoseconds.
  package let reference: Int64
  /// What the clock shows at that moment.
  package let synthetic: Int64
  /// How many nanoseconds it goes on, in those of the reference clock that `referenceTicks` counts.
  package let syntheticTicks: UInt32
  package let referenceTicks: UInt32

  /// What the clock shows when the reference clock shows `time`; held at the ends of the range.
  func apply(_ time: Int64) -> Int64 {
    let product = (Int128(time) - Int128(reference)) * Int128(syntheticTicks)
    let ticks = Int128(referenceTicks)
    let (quotient, remainder) = product.quotientAndRemainder(dividingBy: ticks)
    // Down, not towards zero.
    let scaled = remainder < 0 ? quotient - 1 : quotient
    return Int64(clamping: scaled + Int128(synthetic))
  }

  /// Whether the clock goes on at all.
  var isStarted: Bool { syntheticTicks != 0 }

  /// Stands still at `time`.
  static func stopped(at time: Int64) -> ClockTransformation {
    ClockTransformation(reference: 0, synthetic: time, syntheticTicks: 0, referenceTicks: 1)
  }

  /// Shows what the reference clock shows.
  static var identity: ClockTransformation {
    ClockTransformation(reference: 0, synthetic: 0, syntheticTicks: 1, referenceTicks: 1)
  }
}
