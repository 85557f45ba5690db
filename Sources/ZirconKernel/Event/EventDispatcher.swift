import ZirconLinux
import ZirconTypes

/// An event: a word of signals and nothing else.
///
/// Locking: one lock.
final class EventDispatcher: Dispatcher, @unchecked Sendable {
  private let state = Guarded(SignalState())

  init(koid: Koid) {
    super.init(koid: koid, type: .event)
  }

  override var settableSignals: Signals { Signals.allUser.union(.signaled) }

  override func withObservers(_ body: (inout ObserverList, Signals) -> Void) {
    state.withLock { body(&$0.observers, $0.signals) }
  }

  override func signal(clear: Signals, set: Signals) {
    var wakes = WakeList()
    state.withLock { $0.update(clear: clear, set: set, &wakes) }
    wakes.deliver()
  }
}
