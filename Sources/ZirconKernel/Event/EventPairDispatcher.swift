import ZirconLinux
import ZirconTypes

/// What the ends of an event pair share.
///
/// Locking: one lock for both ends.
final class EventPair: Sendable {
  struct State: ~Copyable {
    private var left = SignalState()
    private var right = SignalState()
    private var leftIsOpen = true
    private var rightIsOpen = true
    /// The way to the end that is in another process, if one is.
    var link: Link?
    /// Which end that is.
    var remote = End.right
    /// Ends that live in another process since they left this one.
    var departed: Set<End> = []

    func isOpen(_ end: End) -> Bool { end == .left ? leftIsOpen : rightIsOpen }

    mutating func withSignals<Result>(
      _ end: End, _ body: (inout SignalState) -> Result
    ) -> Result {
      if end == .left { return body(&left) }
      return body(&right)
    }

    /// The last handle of `end` is gone.
    mutating func close(_ end: End, _ wakes: inout WakeList) {
      link = nil
      if end == .left { leftIsOpen = false } else { rightIsOpen = false }
      withSignals(end.peer) { $0.update(clear: .none, set: .peerClosed, &wakes) }
    }
  }

  let kernel: Kernel
  let state = Guarded(State())

  init(in kernel: Kernel) {
    self.kernel = kernel
  }

  /// The way to the end that is in another process, if one is.
  var link: Link? { state.withLock { $0.link } }
}

/// One end of an event pair.
final class EventPairDispatcher: Dispatcher, @unchecked Sendable {
  let pair: EventPair
  let end: End
  private let peerKoid: Koid

  init(koid: Koid, peerKoid: Koid, pair: EventPair, end: End) {
    self.pair = pair
    self.end = end
    self.peerKoid = peerKoid
    super.init(koid: koid, type: .eventPair)
  }

  /// Makes both ends.
  static func makePair(in kernel: Kernel) -> (EventPairDispatcher, EventPairDispatcher) {
    let pair = EventPair(in: kernel)
    let (left, right) = (kernel.nextKoid(), kernel.nextKoid())
    return (
      EventPairDispatcher(koid: left, peerKoid: right, pair: pair, end: .left),
      EventPairDispatcher(koid: right, peerKoid: left, pair: pair, end: .right)
    )
  }

  override var relatedKoid: Koid { peerKoid }

  override var settableSignals: Signals { Signals.allUser.union(.signaled) }

  override func withObservers(_ body: (inout ObserverList, Signals) -> Void) {
    pair.withObservers(of: end, body)
  }

  override func signal(clear: Signals, set: Signals) {
    pair.signal(end, clear: clear, set: set)
  }

  override func signalPeer(clear: Signals, set: Signals) throws(Status) {
    try checkSettable(clear: clear, set: set)
    try pair.signalPeer(of: end, clear: clear, set: set)
  }

  override func lastHandleClosed() {
    var wakes = WakeList()
    let link = pair.state.withLock { state in
      let link = state.link
      state.close(end, &wakes)
      return link
    }
    wakes.deliver()
    link?.close()
  }

  override func checkDeparture() throws(Status) {
    guard handleCount == 1 else { throw .notSupported }
  }

  override func depart(
    into parcel: inout Parcel, rights: Rights, isLast: Bool
  ) throws(Status) {
    guard isLast else { throw .notSupported }
    let (departure, signals) = try leave(&parcel)
    parcel.append(
      self, rights: rights, signals: signals,
      body: departure.isPrelude ? [Parcel.preludeMark] : [], departure.wire.lent)
  }
}
