import ZirconLinux
import ZirconTypes

/// What a clock was made for; the options of `zx_clock_create` without the version.
package struct ClockOptions: OptionSet, Sendable {
  package let rawValue: UInt64

  package init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  static let monotonic = ClockOptions(rawValue: 1 << 0)
  static let continuous = ClockOptions(rawValue: 1 << 1)
  static let autoStart = ClockOptions(rawValue: 1 << 2)
  static let boot = ClockOptions(rawValue: 1 << 3)
  static let mappable = ClockOptions(rawValue: 1 << 4)
  static let all = ClockOptions(rawValue: 0x1F)

  /// What the reference clock shows.
  var now: Int64 { contains(.boot) ? Clock.boot : Clock.monotonic }
}

/// One update of a clock: only what is not nil counts.
package struct ClockUpdate: Sendable {
  /// Parts in a million, -1000 through 1000.
  package let rateAdjust: Int32?
  /// What the clock shows from then on.
  package let synthetic: Int64?
  /// When, on the reference clock; now if nil.
  package let reference: Int64?
  /// How far off it may be, in nanoseconds.
  package let errorBound: UInt64?
  /// Whether the rules of the second version hold.
  package let isSecondVersion: Bool

  package init(
    rateAdjust: Int32?, synthetic: Int64?, reference: Int64?, errorBound: UInt64?,
    isSecondVersion: Bool
  ) {
    self.rateAdjust = rateAdjust
    self.synthetic = synthetic
    self.reference = reference
    self.errorBound = errorBound
    self.isSecondVersion = isSecondVersion
  }

  /// Throws `invalidArgs` for a reference that nothing needs, or that the first version cannot give.
  func checkShape() throws(Status) {
    guard reference != nil else { return }
    guard isSecondVersion, synthetic != nil || rateAdjust != nil else { throw .invalidArgs }
  }

  /// Throws what forbids the update of a clock with these options.
  func check(against options: ClockOptions, isStarted: Bool) throws(Status) {
    guard isStarted else {
      if synthetic == nil { throw .badState }
      return
    }
    if synthetic != nil && options.contains(.continuous) { throw .invalidArgs }
    guard isSecondVersion, options.contains(.monotonic) else { return }
    if synthetic != nil && reference == nil { throw .invalidArgs }
    if (synthetic != nil || reference != nil) && rateAdjust != nil { throw .invalidArgs }
  }

  /// Whether the clock follows its reference differently afterwards.
  func changesTransformation(from rate: Int32) -> Bool {
    if synthetic != nil { return true }
    guard let rateAdjust else { return false }
    return reference != nil || rateAdjust != rate
  }

  /// How the clock follows its reference afterwards.
  func transformation(from old: ClockTransformation, at now: Int64) -> ClockTransformation {
    let moment = reference ?? now
    let ticks: (synthetic: UInt32, reference: UInt32)
    if let rateAdjust {
      ticks = (UInt32(clamping: 1_000_000 + Int64(rateAdjust)), 1_000_000)
    } else if old.isStarted {
      ticks = (old.syntheticTicks, old.referenceTicks)
    } else {
      ticks = (1, 1)
    }
    return ClockTransformation(
      reference: moment, synthetic: synthetic ?? old.apply(moment),
      syntheticTicks: ticks.synthetic, referenceTicks: ticks.reference)
  }
}

/// What `zx_clock_get_details` tells.
package struct ClockDetails: Sendable {
  package let options: UInt64
  package let backstop: Int64
  package let transformation: ClockTransformation
  package let errorBound: UInt64
  /// Ticks of the reference clock, when the details were taken.
  package let now: Int64
  package let lastValueUpdate: Int64
  package let lastRateUpdate: Int64
  package let lastErrorUpdate: Int64
  package let generation: UInt32

  init(options: ClockOptions, backstop: Int64, now: Int64, _ state: ClockState) {
    self.options = options.rawValue
    self.backstop = backstop
    self.now = now
    transformation = state.transformation
    errorBound = state.errorBound
    lastValueUpdate = state.lastValueUpdate
    lastRateUpdate = state.lastRateUpdate
    lastErrorUpdate = state.lastErrorUpdate
    generation = state.generation
  }
}
