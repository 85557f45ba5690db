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
final class EventPairDispatcher: PeeredDispatcher<EventPair>, @unchecked Sendable {
  override var settableSignals: Signals { Signals.allUser.union(.signaled) }

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
