import ZirconLinux
import ZirconTypes

/// What the ends of a peered object share, and what is the same for all of them: signals of both ends, where the
/// other one may be reached over a link.
///
/// Locking: one lock for both ends, inside those of the link.
protocol PeeredPair: LinkOwner {
  static var objectType: ObjectType { get }
  var kernel: Kernel { get }

  /// Runs `body` with the signals of `end`, whether that has a handle, here or there, and the way to the end
  /// that is in another process, if one is; under the lock.
  func withEnd<Result>(
    _ end: End, _ body: (inout SignalState, _ isOpen: Bool, Link?) -> Result
  ) -> Result

  /// The end that is here, if the other is in another process.
  var here: End { get }

  /// The last handle of `end` is gone: its peer learns it, messages that nobody can read any more go to
  /// `orphans`.
  ///
  /// - Returns: The way to the end that is in another process, which is to be closed; nil if there is none.
  func close(
    _ end: End, leaving orphans: inout MessageQueue, _ wakes: inout WakeList
  ) -> Link?
}

/// Where the other end is.
enum Route {
  /// In this process, and what was to be done there is done.
  case here
  /// In another process.
  case link(Link)
  /// Nowhere any more.
  case closed
}

extension PeeredPair {
  /// Runs `body` with the observers of `end`; see `Dispatcher.withObservers`.
  ///
  /// With an end in another process this is once all that has come was taken over; the reactor watches for
  /// whoever is new.
  func withObservers(of end: End, _ body: (inout ObserverList, Signals) -> Void) {
    let link = withEnd(end) { signals, _, link -> Link? in
      if let link { return link }
      body(&signals.observers, signals.signals)
      return nil
    }
    guard let link else { return }
    link.pump()
    let isWatched = withEnd(end) { signals, _, _ in
      body(&signals.observers, signals.signals)
      return !signals.observers.isEmpty
    }
    if isWatched { link.update() }
  }

  /// Changes user signals of `end`.
  func signal(_ end: End, clear: Signals, set: Signals) {
    var wakes = WakeList()
    withEnd(end) { signals, _, _ in signals.update(clear: clear, set: set, &wakes) }
    wakes.deliver()
  }

  /// Changes user signals of the peer of `end`.
  ///
  /// - Throws: `peerClosed`.
  func signalPeer(of end: End, clear: Signals, set: Signals) throws(Status) {
    var wakes = WakeList()
    let route = withEnd(end.peer) { signals, isOpen, link -> Route in
      guard isOpen else { return .closed }
      if let link { return .link(link) }
      signals.update(clear: clear, set: set, &wakes)
      return .here
    }
    wakes.deliver()
    switch route {
    case .here: return
    case .closed: throw .peerClosed
    case .link(let link): try link.sendSignals(clear: clear, set: set)
    }
  }

  /// Changes user signals of the end that is here as the other process says.
  ///
  /// - Returns: False for signals beyond `settable`, which no sender of ours changes.
  func takeSignals(
    _ header: MessageHeader, settable: Signals = .allUser, _ wakes: inout WakeList
  ) -> Bool {
    let clear = Signals(rawValue: UInt32(truncatingIfNeeded: header.first))
    let set = Signals(rawValue: UInt32(truncatingIfNeeded: header.second))
    guard clear.union(set).isSubset(of: settable) else { return false }
    withEnd(here) { signals, _, _ in signals.update(clear: clear, set: set, &wakes) }
    return true
  }

  /// Whether somebody observes the end that is here.
  var isObserved: Bool { withEnd(here) { signals, _, _ in !signals.observers.isEmpty } }
}

extension Link {
  /// Changes user signals of the other end.
  ///
  /// - Throws: `peerClosed`.
  fileprivate func sendSignals(clear: Signals, set: Signals) throws(Status) {
    try send(MessageHeader(.signal, UInt64(clear.rawValue), UInt64(set.rawValue)))
  }
}
