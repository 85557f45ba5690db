package import ZirconTypes

extension Kernel {
  /// Makes a timer.
  ///
  /// - Throws: `noMemory`.
  ///
  /// Source: `zx_timer_create`.
  package func makeTimer(on clock: TimerClock, slackMode: UInt32) throws(Status) -> HandleValue {
    try makeHandle(rights: .defaultTimer) { kernel in
      TimerDispatcher(
        koid: kernel.nextKoid(), queue: kernel.timers, clock: clock, slackMode: slackMode)
    }
  }

  /// Sets a timer to expire at `deadline` on its clock; one that has passed expires it at once.
  ///
  /// What it was set to before is forgotten.
  ///
  /// - Throws: `badHandle`; `wrongType`; `accessDenied` without the right to write; `noMemory` without room
  ///   for the thread that timers need. In this order.
  ///
  /// Source: `zx_timer_set`.
  package func setTimer(
    _ value: HandleValue, to deadline: Int64, slackInNanoseconds: Int64
  ) throws(Status) {
    try with(value, .timer, as: TimerDispatcher.self, rights: .write) { (timer) throws(Status) in
      try timer.set(deadline, slackInNanoseconds: slackInNanoseconds)
    }
  }

  /// Forgets what a timer was set to, and that it has expired.
  ///
  /// - Throws: `badHandle`; `wrongType`; `accessDenied` without the right to write. In this order.
  ///
  /// Source: `zx_timer_cancel`.
  package func cancelTimer(_ value: HandleValue) throws(Status) {
    try with(value, .timer, as: TimerDispatcher.self, rights: .write) { timer in timer.cancel() }
  }

  /// What a timer is and is set to.
  ///
  /// - Throws: `badHandle`; `wrongType`; `accessDenied` without the right to inspect. In this order.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_TIMER`.
  package func timerFacts(of value: HandleValue) throws(Status) -> TimerFacts {
    try with(value, .timer, as: TimerDispatcher.self, rights: .inspect) { timer in timer.facts }
  }
}
