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
    pair.watchers.withLock { $0.setDispatcher(end, self) }
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

  /// Takes notice of what others have done to the pair without telling.
  @inline(__always)
  func catchUp() {
    if !pair.isOnItsOwn { catchUpWithOthers() }
  }

  @inline(never)
  private func catchUpWithOthers() {
    if pair.isRaw { pair.lookAtLinux(end) } else { pair.noticeHangUp() }
  }

  private func followLinux() {
    guard let kernel = try? Kernel.current else { return }
    pair.followLinux(end, kernel.reactor)
  }

  override func withObservers(_ body: (inout ObserverList, Signals) -> Void) {
    if pair.isRaw { pair.lookAtLinux(end) }
    pair.withObservers(of: end, body)
  }

  override func prepareToBeWatched() {
    if pair.isShared { pair.prepareToBeWatched(end) }
    if pair.isRaw { followLinux() }
  }

  override func glance(for wanted: Signals, until deadline: Deadline) -> Signals? {
    guard pair.isShared, pair.glance(end, for: wanted, until: deadline) else { return nil }
    let seen = pair.signals(of: end)
    return seen.isDisjoint(with: wanted) ? nil : seen
  }

  override func sleep(_ waiter: Waiter, until deadline: Deadline) {
    if let shared = pair.shared {
      pair.sleep(waiter, at: end, shared, until: deadline)
      guard pair.isRaw else { return }
    }
    if pair.isRaw { followLinux() }
    waiter.sleep(until: deadline)
  }

  override func currentSignals() -> Signals {
    catchUp()
    return pair.signals(of: end)
  }

  override func signal(clear: Signals, set: Signals) {
    pair.signal(end, clear: clear, set: set)
  }

  override func signalPeer(clear: Signals, set: Signals) throws(Status) {
    try checkSettable(clear: clear, set: set)
    catchUp()
    try pair.signalPeer(of: end, clear: clear, set: set)
  }

  override func lastHandleClosed() {
    pair.close(end)
    if pair.isRaw { stopFollowing() }
  }

  func setDisposition(_ own: Disposition, peer: Disposition) throws(Status) {
    guard own != .unchanged || peer != .unchanged else { return }
    catchUp()
    if pair.isRaw { return try setRawDisposition(own, peer) }
    try pair.setDisposition(of: end, own, peer: peer)
  }

  /// Forbids writes; see `SocketPair.shutDown`.
  func shutDown(own: Bool, peer: Bool) {
    catchUp()
    if pair.isRaw { return endRaw(own: own, peer: peer) }
    pair.shutDown(end, own: own, peer: peer)
  }

  override func lastHandleDeparted() {
    if pair.isShared && !pair.isRaw { pair.letGo(end) }
  }

  override func checkDeparture() throws(Status) {}

  override func depart(
    into parcel: inout Parcel, rights: Rights, isLast: Bool
  ) throws(Status) {
    try leave(into: &parcel, rights: rights, isLast: isLast)
  }
}
