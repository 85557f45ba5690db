import ZirconTypes

/// What both ends of a peered object share, as their dispatchers see it.
protocol PeeredPair: AnyObject, Sendable {
  static var objectType: ObjectType { get }
  var kernel: Kernel { get }

  /// Runs `body` with the observers of `end`; see `Dispatcher.withObservers`.
  func withObservers(of end: End, _ body: (inout ObserverList, Signals) -> Void)

  /// Changes user signals of `end`.
  func signal(_ end: End, clear: Signals, set: Signals)

  /// Changes user signals of the peer of `end`.
  ///
  /// - Throws: `peerClosed`.
  func signalPeer(of end: End, clear: Signals, set: Signals) throws(Status)

  /// The last handle of `end` is gone: its peer learns it, messages that nobody can read any more go to
  /// `orphans`.
  func close(_ end: End, leaving orphans: inout MessageQueue)
}

extension PeeredPair {
  /// Both ends of a new pair.
  func makeEnds<Made: PeeredDispatcher<Self>>(as type: Made.Type) -> (Made, Made) {
    let (left, right) = (kernel.nextKoid(), kernel.nextKoid())
    return (
      Made(koid: left, peerKoid: right, pair: self, end: .left),
      Made(koid: right, peerKoid: left, pair: self, end: .right)
    )
  }
}
