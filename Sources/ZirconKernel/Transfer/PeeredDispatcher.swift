import ZirconTypes

/// One end of a peered object: what is the same for all of them.
class PeeredDispatcher<Pair: PeeredPair>: Dispatcher, @unchecked Sendable {
  final let pair: Pair
  final let end: End
  private let peerKoid: Koid

  required init(koid: Koid, peerKoid: Koid, pair: Pair, end: End) {
    self.pair = pair
    self.end = end
    self.peerKoid = peerKoid
    super.init(koid: koid, type: Pair.objectType)
  }

  override var relatedKoid: Koid { peerKoid }

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

  override func lastHandleClosed(leaving orphans: inout MessageQueue) {
    pair.close(end, leaving: &orphans)
  }
}
