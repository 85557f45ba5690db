import ZirconLinux
import ZirconTypes

/// A counter: a number with a sign, and signals that say whether it is above zero.
///
/// Locking: one lock.
final class CounterDispatcher: Dispatcher, @unchecked Sendable {
  private struct State: ~Copyable {
    var signals = SignalState(.nonPositive)
    var value: Int64 = 0
  }

  private let state = Guarded(State())

  init(koid: Koid) {
    super.init(koid: koid, type: .counter)
  }

  override var settableSignals: Signals { Signals.allUser.union(.signaled) }

  override func withObservers(_ body: (inout ObserverList, Signals) -> Void) {
    state.withLock { body(&$0.signals.observers, $0.signals.signals) }
  }

  override func signal(clear: Signals, set: Signals) {
    var wakes = WakeList()
    state.withLock { $0.signals.update(clear: clear, set: set, &wakes) }
    wakes.deliver()
  }

  var value: Int64 { state.withLock { $0.value } }

  /// Sets the value to what `change` makes of it.
  func change(_ change: (Int64) throws(Status) -> Int64) throws(Status) {
    var wakes = WakeList()
    try state.withLock { (state) throws(Status) in
      let old = state.value
      state.value = try change(old)
      guard (old > 0) != (state.value > 0) else { return }
      if state.value > 0 {
        state.signals.update(clear: .nonPositive, set: .positive, &wakes)
      } else {
        state.signals.update(clear: .positive, set: .nonPositive, &wakes)
      }
    }
    wakes.deliver()
  }
}
