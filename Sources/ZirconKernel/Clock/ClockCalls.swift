package import ZirconTypes

extension Kernel {
  /// Makes a clock, which stands still at `backstop` unless the options say otherwise.
  ///
  /// - Throws: `invalidArgs` for an unknown option, for a continuous clock that is not monotonic, for a
  ///   backstop below 0, and for one in the future of a clock that starts at once; `noMemory`.
  ///
  /// Source: `zx_clock_create`.
  package func makeClock(
    _ options: ClockOptions, backstop: Int64
  ) throws(Status) -> HandleValue {
    guard options.isSubset(of: .all) else { throw .invalidArgs }
    if options.contains(.continuous) && !options.contains(.monotonic) { throw .invalidArgs }
    guard backstop >= 0 else { throw .invalidArgs }
    if options.contains(.autoStart) && backstop > options.now { throw .invalidArgs }
    let rights = options.contains(.mappable) ? Rights.defaultClock.union(.map) : .defaultClock
    return try makeHandle(rights: rights) { kernel in
      ClockDispatcher(options, backstop: backstop, koid: kernel.nextKoid())
    }
  }

  /// What a clock shows, in nanoseconds; before its first update the backstop.
  ///
  /// - Throws: `badHandle`, `wrongType`; `accessDenied` without the right to read. In this order.
  ///
  /// Source: `zx_clock_read`.
  package func readClock(_ value: HandleValue) throws(Status) -> Int64 {
    try with(value, .clock, as: ClockDispatcher.self, rights: .read) {
      (clock) throws(Status) in clock.read()
    }
  }

  /// How a clock follows its reference clock.
  ///
  /// - Throws: `badHandle`, `wrongType`; `accessDenied` without the right to read. In this order.
  ///
  /// Source: `zx_clock_get_details`.
  package func clockDetails(of value: HandleValue) throws(Status) -> ClockDetails {
    try with(value, .clock, as: ClockDispatcher.self, rights: .read) {
      (clock) throws(Status) in clock.details()
    }
  }

  /// Sets or adjusts a clock.
  ///
  /// - Throws: `badHandle`, `wrongType`; `accessDenied` without the right to write; `badState` for a
  ///   first update without a value; `invalidArgs` for what its options forbid. In this order.
  ///
  /// Source: `zx_clock_update`.
  package func updateClock(_ value: HandleValue, _ update: ClockUpdate) throws(Status) {
    try with(value, .clock, as: ClockDispatcher.self, rights: .write) {
      (clock) throws(Status) in try clock.update(update)
    }
  }
}
