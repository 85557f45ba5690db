import ZirconLinux
import ZirconTypes

/// An object that stands alone: no peer, and a word of signals of its own.
///
/// Locking: one lock for the signals; what a subclass guards besides, it says.
class SoloDispatcher: Dispatcher, @unchecked Sendable {
  private let state: Guarded<SignalState>

  init(koid: Koid, type: ObjectType, signals: Signals = .none) {
    state = Guarded(SignalState(signals))
    super.init(koid: koid, type: type)
  }

  override func withObservers(_ body: (inout ObserverList, Signals) -> Void) {
    state.withLock { body(&$0.observers, $0.signals) }
  }

  override func signal(clear: Signals, set: Signals) {
    var wakes = WakeList()
    state.withLock { $0.update(clear: clear, set: set, &wakes) }
    wakes.deliver()
  }

  /// Shows `pulse` to whoever waits at this moment, and takes it away again.
  final func signal(set: Signals, pulse: Signals) {
    var wakes = WakeList()
    state.withLock {
      $0.update(clear: .none, set: set.union(pulse), &wakes)
      $0.update(clear: pulse, set: .none, &wakes)
    }
    wakes.deliver()
  }
}
