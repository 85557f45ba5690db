import ZirconLinux
import ZirconTypes

/// What `zx_socket_set_disposition` asks of one end's writes.
package enum Disposition: UInt32, Sendable {
  /// Leave them as they are.
  case unchanged = 0
  /// Forbid them.
  case writeDisabled = 1
  /// Allow them.
  case writeEnabled = 2
}

extension SocketPair {
  /// Changes user signals of `end`.
  func signal(_ end: End, clear: Signals, set: Signals) {
    change { state in
      state[end].userSignals = state[end].userSignals.updated(clear: clear, set: set)
    }
  }

  /// Changes user signals of the peer of `end`.
  ///
  /// - Throws: `peerClosed`; `notSupported` if the other end of a raw pair is no object here.
  func signalPeer(of end: End, clear: Signals, set: Signals) throws(Status) {
    try change { (state) throws(Status) in
      if state.isRaw && state[end].isHungUp { throw .peerClosed }
      guard !state[end.peer].isClosed else { throw state.isRaw ? .notSupported : .peerClosed }
      let signals = state[end.peer].userSignals
      state[end.peer].userSignals = signals.updated(clear: clear, set: set)
    }
  }

  /// Sets what `end` may write, and what its peer may.
  ///
  /// - Throws: `badState` if writes would be enabled that are disabled while something they wrote is
  ///   still unread; then nothing changed.
  func setDisposition(of end: End, _ own: Disposition, peer: Disposition) throws(Status) {
    try changeWrites(of: end, own, peer) { (state) throws(Status) in
      try state.checkEnabling(end.peer, peer)
      if !state[end.peer].isClosed { try state.checkEnabling(end, own) }
      state.apply(own, peer, at: end)
    }
  }

  /// Forbids writes of `end` if `own` is set, and its peer's if `peer` is; nothing happens if what is asked
  /// for already holds.
  func shutDown(_ end: End, own: Bool, peer: Bool) {
    let (mine, theirs): (Disposition, Disposition) =
      (own ? .writeDisabled : .unchanged, peer ? .writeDisabled : .unchanged)
    changeWrites(of: end, mine, theirs) { state in
      let holds =
        (!own || state[end].isWriteDisabled) && (!peer || state[end.peer].isWriteDisabled)
      if !holds { state.apply(mine, theirs, at: end) }
    }
  }

  /// Changes the word by `edit` with no write under way at an end whose disposition is touched; the
  /// peer's observers learn it first.
  private func changeWrites<Failure: Error>(
    of end: End, _ own: Disposition, _ peer: Disposition,
    _ edit: (inout PairState) throws(Failure) -> Void
  ) throws(Failure) {
    let isTouched = end == .left ? (own, peer) : (peer, own)
    if isTouched.0 != .unchanged { left.enterWrite() }
    if isTouched.1 != .unchanged { right.enterWrite() }
    defer {
      if isTouched.1 != .unchanged { right.leaveWrite() }
      if isTouched.0 != .unchanged { left.leaveWrite() }
    }
    try change(telling: end.peer, edit)
  }

  /// The thresholds of `end`.
  func thresholds(of end: End) -> Thresholds {
    watchers.withLock { _ in block.thresholds(of: end) }
  }

  /// Changes the thresholds of `end` by `edit`, which sees the pair's state and may refuse.
  func setThresholds(
    of end: End, _ edit: (inout Thresholds, PairState) throws(Status) -> Void
  ) throws(Status) {
    var wakes = WakeList()
    let told = try watchers.withLock { (watchers) throws(Status) -> ToldEnds in
      let state = load()
      let old = block.thresholds(of: end)
      var new = old
      try edit(&new, state)
      block.setThresholds(of: end, to: new)
      // In one process what could raise a bit waits for this lock while anybody watches. Another process
      // changes the word and then reads the thresholds: one of the two sees what the other did.
      let (before, now) = (state.signals(of: end, old), load().signals(of: end, new))
      watchers.notify(end, from: before, to: now, &wakes)
      var told = ToldEnds(watchers.sharing)
      if state[end].isHeldByMany { told.add(now.subtracting(before), of: end) }
      return told
    }
    wakes.deliver()
    told.ring()
  }

  /// The last handle of `end` here is gone: its peer learns it, and what it had not read is dropped.
  ///
  /// Of an end that several processes hold, or held, Linux says when the last one is gone.
  func close(_ end: End) {
    if isShared && load()[end].isHeldByMany {
      letGo(end)
      noticeHangUp()
      return
    }
    closeForAll(end)
    if isShared { letGo(end) }
  }

  /// Nobody has a handle of `end` any more, in any process.
  private func closeForAll(_ end: End) {
    watchers.withLock { $0.setDispatcher(end, nil) }
    change { state in
      state[end].isClosed = true
      // Of a raw pair somebody may have the end still, as a descriptor.
      if !state.isRaw { state[end.peer].isWritable = false }
    }
    FaultPoint.closed.pass()
    let (incoming, outgoing) = (direction(end.peer), direction(end))
    incoming.enterRead()
    discardIdleRing(end.peer)
    incoming.leaveRead()
    // A batch that reads what `end` wrote has looked at the word and has yet to receive: it is let out
    // before the descriptor goes, since it could not tell a reset from an empty place.
    outgoing.enterRead()
    outgoing.leaveRead()
  }

  /// Unmaps the ring of the direction that `end` writes if nothing is in it, or if nobody will read
  /// it.
  ///
  /// To be called under that direction's read gate.
  func discardIdleRing(_ end: End) {
    let direction = direction(end)
    direction.enterWrite()
    defer { direction.leaveWrite() }
    let state = load()
    if state[end].spilled == 0 || state[end.peer].isClosed { direction.ring.discard() }
  }
}

extension PairState {
  /// Throws `badState` if `disposition` would enable writes of `end` too early.
  fileprivate func checkEnabling(_ end: End, _ disposition: Disposition) throws(Status) {
    guard disposition == .writeEnabled else { return }
    if self[end].isWriteDisabled && self[end].used > 0 { throw .badState }
  }

  /// Applies both; the signals that a closed peer has caused are frozen.
  fileprivate mutating func apply(_ own: Disposition, _ peer: Disposition, at end: End) {
    apply(own, to: end)
    if !self[end.peer].isClosed { apply(peer, to: end.peer) }
  }

  private mutating func apply(_ disposition: Disposition, to end: End) {
    guard disposition != .unchanged else { return }
    self[end].isWritable = disposition == .writeEnabled
    self[end].isWriteDisabled = disposition == .writeDisabled
  }
}
