import ZirconLinux
import ZirconTypes

/// One end of a Zircon socket: a real descriptor, and its side of the pair's state.
///
/// The descriptor is closed when the last call that holds this end has left it, after the last handle
/// has told the peer.
final class SocketDispatcher: Dispatcher, @unchecked Sendable {
  let pair: SocketPair
  let end: End
  let descriptor: Descriptor
  private let peerKoid: Koid

  init(
    koid: Koid, peerKoid: Koid, pair: SocketPair, end: End, descriptor: consuming Descriptor
  ) {
    self.pair = pair
    self.end = end
    self.descriptor = descriptor
    self.peerKoid = peerKoid
    super.init(koid: koid, type: .socket)
  }

  /// Makes both ends.
  ///
  /// - Throws: `noMemory` without memory or without a free descriptor.
  static func makePair(
    _ kind: SocketKind, in kernel: Kernel
  ) throws(Status) -> (SocketDispatcher, SocketDispatcher) {
    try linux { () throws(Errno) in
      try Descriptor.withSocketPair(kind) { first, second in
        let (left, right) = (kernel.nextKoid(), kernel.nextKoid())
        let pair = SocketPair(kind, koid: left)
        return (
          SocketDispatcher(
            koid: left, peerKoid: right, pair: pair, end: .left, descriptor: first),
          SocketDispatcher(
            koid: right, peerKoid: left, pair: pair, end: .right, descriptor: second)
        )
      }
    }
  }

  override var relatedKoid: Koid { peerKoid }

  override func withObservers(_ body: (inout ObserverList, Signals) -> Void) {
    pair.withObservers(of: end, body)
  }

  override func prepareToBeWatched() {
    if pair.isShared { pair.prepareToBeWatched() }
  }

  override func sleep(_ waiter: Waiter, until deadline: Deadline) {
    guard let shared = pair.shared, shared.here == end else {
      return waiter.sleep(until: deadline)
    }
    pair.sleep(waiter, shared, until: deadline)
  }

  override func currentSignals() -> Signals {
    if pair.isShared { _ = pair.noticeHangUp() }
    return pair.signals(of: end)
  }

  override func signal(clear: Signals, set: Signals) {
    pair.signal(end, clear: clear, set: set)
  }

  override func signalPeer(clear: Signals, set: Signals) throws(Status) {
    try checkSettable(clear: clear, set: set)
    if pair.isShared { _ = pair.noticeHangUp() }
    try pair.signalPeer(of: end, clear: clear, set: set)
  }

  override func lastHandleClosed() {
    pair.close(end)
    if pair.isShared { pair.stopWatching() }
  }

  func setDisposition(_ own: Disposition, peer: Disposition) throws(Status) {
    guard own != .unchanged || peer != .unchanged else { return }
    if pair.isShared { _ = pair.noticeHangUp() }
    try pair.setDisposition(of: end, own, peer: peer)
  }

  override func checkDeparture() throws(Status) { try checkTransfer() }

  override func depart(
    into parcel: inout Parcel, rights: Rights, isLast: Bool
  ) throws(Status) {
    try leave(into: &parcel, rights: rights, isLast: isLast)
  }
}
