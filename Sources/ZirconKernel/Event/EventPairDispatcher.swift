import ZirconLinux
import ZirconTypes

/// What the ends of an event pair share.
///
/// Locking: one lock for both ends.
private final class EventPair: Sendable {
  struct State: ~Copyable {
    private var left = SignalState()
    private var right = SignalState()
    private var leftIsOpen = true
    private var rightIsOpen = true

    func isOpen(_ end: End) -> Bool { end == .left ? leftIsOpen : rightIsOpen }

    mutating func withEnd(_ end: End, _ body: (inout SignalState) -> Void) {
      if end == .left { body(&left) } else { body(&right) }
    }

    /// The last handle of `end` is gone.
    mutating func close(_ end: End, _ wakes: inout WakeList) {
      if end == .left { leftIsOpen = false } else { rightIsOpen = false }
      withEnd(end.peer) { $0.update(clear: .none, set: .peerClosed, &wakes) }
    }
  }

  let state = Guarded(State())
}

/// One end of an event pair.
final class EventPairDispatcher: Dispatcher, @unchecked Sendable {
  private let pair: EventPair
  private let end: End
  private let peerKoid: Koid

  private init(koid: Koid, peerKoid: Koid, pair: EventPair, end: End) {
    self.pair = pair
    self.end = end
    self.peerKoid = peerKoid
    super.init(koid: koid, type: .eventPair)
  }

  /// Makes both ends.
  static func makePair(in kernel: Kernel) -> (EventPairDispatcher, EventPairDispatcher) {
    let pair = EventPair()
    let (left, right) = (kernel.nextKoid(), kernel.nextKoid())
    return (
      EventPairDispatcher(koid: left, peerKoid: right, pair: pair, end: .left),
      EventPairDispatcher(koid: right, peerKoid: left, pair: pair, end: .right)
    )
  }

  override var relatedKoid: Koid { peerKoid }

  override var settableSignals: Signals { Signals.allUser.union(.signaled) }

  override func withObservers(_ body: (inout ObserverList, Signals) -> Void) {
    pair.state.withLock { $0.withEnd(end) { body(&$0.observers, $0.signals) } }
  }

  override func signal(clear: Signals, set: Signals) {
    var wakes = WakeList()
    pair.state.withLock { $0.withEnd(end) { $0.update(clear: clear, set: set, &wakes) } }
    wakes.deliver()
  }

  override func signalPeer(clear: Signals, set: Signals) throws(Status) {
    try checkSettable(clear: clear, set: set)
    var wakes = WakeList()
    let isOpen = pair.state.withLock { state in
      guard state.isOpen(end.peer) else { return false }
      state.withEnd(end.peer) { $0.update(clear: clear, set: set, &wakes) }
      return true
    }
    wakes.deliver()
    guard isOpen else { throw .peerClosed }
  }

  override func lastHandleClosed() {
    var wakes = WakeList()
    pair.state.withLock { $0.close(end, &wakes) }
    wakes.deliver()
  }
}
