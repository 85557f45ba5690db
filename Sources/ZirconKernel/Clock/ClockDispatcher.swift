import ZirconLinux
import ZirconTypes

/// A clock that a program sets and adjusts.
///
/// A tick is a nanosecond here, so that one transformation serves for both.
///
/// Locking: one lock for the transformation, besides that of the signals, which is taken after it.
final class ClockDispatcher: SoloDispatcher, @unchecked Sendable {
  private let options: ClockOptions
  private let backstop: Int64
  private let state: Guarded<ClockState>

  init(_ options: ClockOptions, backstop: Int64, koid: Koid) {
    self.options = options
    self.backstop = backstop
    let starts = options.contains(.autoStart)
    state = Guarded(ClockState(backstop: backstop, startedAt: starts ? options.now : nil))
    super.init(koid: koid, type: .clock, signals: starts ? .clockStarted : .none)
  }

  /// What the clock shows; before its first update the backstop.
  func read() -> Int64 {
    state.withLock { $0.transformation.apply(options.now) }
  }

  func details() -> ClockDetails {
    state.withLock { ClockDetails(options: options, backstop: backstop, now: options.now, $0) }
  }

  /// Sets, adjusts or both.
  ///
  /// - Throws: `invalidArgs` for a reference without anything that happens then; `badState` if the first
  ///   update sets no value; `invalidArgs` for what the clock's options forbid, and if it would run
  ///   backwards or show less than its backstop. In this order.
  func update(_ update: ClockUpdate) throws(Status) {
    try update.checkShape()
    let starts = try state.withLock { (state) throws(Status) in
      let now = options.now
      let starts = !state.transformation.isStarted
      try update.check(against: options, isStarted: !starts)
      var next = state
      try next.apply(update, at: now, options, backstop: backstop)
      state = next
      return starts
    }
    signal(set: starts ? .clockStarted : .none, pulse: .clockUpdated)
  }
}

/// What a clock remembers.
struct ClockState {
  fileprivate(set) var transformation: ClockTransformation
  fileprivate(set) var rateAdjust: Int32 = 0
  fileprivate(set) var errorBound = UInt64.max
  fileprivate(set) var lastValueUpdate: Int64 = 0
  fileprivate(set) var lastRateUpdate: Int64 = 0
  fileprivate(set) var lastErrorUpdate: Int64 = 0
  fileprivate(set) var generation: UInt32 = 0

  fileprivate init(backstop: Int64, startedAt now: Int64?) {
    transformation = now == nil ? .stopped(at: backstop) : .identity
    lastValueUpdate = now ?? 0
    lastRateUpdate = now ?? 0
  }

  fileprivate mutating func apply(
    _ update: ClockUpdate, at now: Int64, _ options: ClockOptions, backstop: Int64
  ) throws(Status) {
    let starts = !transformation.isStarted
    if update.changesTransformation(from: rateAdjust) {
      let next = update.transformation(from: transformation, at: now)
      let shown = next.apply(now)
      if options.contains(.monotonic) && shown < transformation.apply(now) { throw .invalidArgs }
      guard shown >= backstop else { throw .invalidArgs }
      transformation = next
    }
    if update.synthetic != nil { lastValueUpdate = now }
    if update.rateAdjust != nil || starts {
      lastRateUpdate = now
      rateAdjust = update.rateAdjust ?? 0
    }
    if let bound = update.errorBound {
      lastErrorUpdate = now
      errorBound = bound
    }
    generation &+= 1
  }
}
