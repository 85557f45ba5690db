import ZirconLinux
import ZirconTypes

// The calls of an end of a raw pair; see `SocketPair+Raw.swift`.

extension SocketDispatcher {
  /// The one end that is here of a pair whose other end is anybody's.
  convenience init(
    koid: Koid, peerKoid: Koid, raw kind: SocketKind, end: End, descriptor: consuming Descriptor
  ) {
    self.init(
      koid: koid, peerKoid: peerKoid, pair: SocketPair(kind, koid: koid, raw: end), end: end,
      descriptor: descriptor)
  }

  /// Sends what Linux takes of `source`, of which `moved` has moved already; never blocks.
  ///
  /// - Throws: In this order: `peerClosed`, even for no bytes; `badState` if writing is disabled here;
  ///   `invalidArgs` above 2^32 - 1 bytes; `shouldWait` without room; `outOfRange` for a datagram above what
  ///   Linux ever takes; `invalidArgs` if the bytes cannot be read.
  @inline(never)
  func rawWrite<Source: UserSource>(
    _ source: Source, from moved: Moved
  ) throws(Status) -> Int {
    let sent = moved.queued
    let isDisabled = pair.load()[end].isWriteDisabled
    if sent == 0 && (isDisabled || source.byteCount == 0) {
      guard !descriptor.look().isHungUp else { throw .peerClosed }
      guard !isDisabled else { throw .badState }
      return 0
    }
    guard source.byteCount <= UInt32.max else { throw .invalidArgs }
    do throws(Errno) {
      let count = try source.send(
        through: descriptor, from: sent, count: source.byteCount - sent)
      lookIfWatched()
      return sent + count
    } catch {
      guard sent == 0 else { return sent }
      throw statusOfSend(error)
    }
  }

  private func statusOfSend(_ error: Errno) -> Status {
    if error == .messageTooLong { return .outOfRange }
    let status = Status(error)
    guard status == .peerClosed else { return status }
    // Linux refuses in the same way what the other end has forbidden.
    return descriptor.look().isHungUp ? .peerClosed : .badState
  }

  /// Takes what waits here, after `moved` has been taken already; never blocks.
  ///
  /// - Throws: In this order: `invalidArgs` above 2^32 - 1 bytes; if nothing waits, `peerClosed`, `badState` if
  ///   nothing more will come, or `shouldWait`; `invalidArgs` if the bytes cannot be stored.
  @inline(never)
  func rawRead<Sink: UserSink>(
    _ sink: Sink, isPeek: Bool, from moved: Moved
  ) throws(Status) -> Int {
    let taken = moved.queued
    guard taken < sink.byteCount else {
      if taken == 0 { try checkInput(descriptor.look()) }
      return taken
    }
    var hasCome = false
    do throws(Errno) {
      let count = try sink.receive(
        through: descriptor, to: taken, count: sink.byteCount - taken, options(isPeek: isPeek))
      if !isPeek { lookIfWatched() }
      if count > 0 { return min(taken + count, sink.byteCount) }
      hasCome = true
    } catch {
      guard taken == 0 else { return taken }
      guard error == .again else { throw Status(error) }
    }
    guard taken == 0 else { return taken }
    // Nothing, the end, or a datagram of no bytes.
    let look = descriptor.look()
    guard hasCome && !pair.isStream && !look.inputHasEnded else {
      try checkInput(look)
      // It has come since.
      throw .shouldWait
    }
    return 0
  }

  private func options(isPeek: Bool) -> ReceiveOptions {
    switch (pair.kind, isPeek) {
    case (.stream, false): .take
    case (.stream, true): .peek
    case (.datagram, false): .wholeLength
    case (.datagram, true): .peekWholeLength
    }
  }

  /// Throws why there is nothing to read, if so.
  private func checkInput(_ look: SocketLook) throws(Status) {
    guard !look.hasInput else { return }
    guard !look.isHungUp else { throw .peerClosed }
    throw look.inputHasEnded ? .badState : .shouldWait
  }

  func rawFacts() throws(Status) -> SocketFacts {
    let look = descriptor.look()
    return try linux { () throws(Errno) in
      let received = look.hasInput ? try descriptor.queuedByteCount() : 0
      var available = received
      if pair.kind == .datagram && received > 0 {
        available = try unsafe UserOut(nil, byteCount: 0).receive(
          through: descriptor, to: 0, count: 0, .peekWholeLength)
      }
      return SocketFacts(
        kind: pair.kind, received: received, available: available,
        sent: look.isHungUp ? nil : descriptor.unreadByteCount,
        capacity: try descriptor.sendBufferByteCount())
    }
  }
}

// MARK: Dispositions

extension SocketDispatcher {
  /// Forbids writes for good.
  ///
  /// - Throws: `notSupported` if disabled writes would be enabled; then nothing has changed.
  func setRawDisposition(_ own: Disposition, _ peer: Disposition) throws(Status) {
    let state = pair.load()
    let look = descriptor.look()
    if own == .writeEnabled && state[end].isWriteDisabled { throw .notSupported }
    if peer == .writeEnabled && !look.isHungUp && look.inputHasEnded { throw .notSupported }
    endRaw(own: own == .writeDisabled, peer: peer == .writeDisabled && !look.isHungUp)
  }

  /// Forbids writes here, there, or both.
  func endRaw(own: Bool, peer: Bool) {
    if own { descriptor.endOutput() }
    if peer { descriptor.endInput() }
    pair.change(telling: end.peer, lookingAt: end) { state in
      if own {
        state[end].isWriteDisabled = true
        state[end].isWritable = false
      }
      if peer {
        state[end.peer].isWriteDisabled = true
        state[end.peer].isWritable = false
      }
    }
  }

  /// Tells Linux what may not be written; with all gates held.
  func applyDispositions(_ state: PairState) {
    if state[end].isWriteDisabled { descriptor.endOutput() }
    if state[end.peer].isWriteDisabled { descriptor.endInput() }
  }

  /// Gives Linux what of this end's bytes waits in the spill ring; with all gates held.
  ///
  /// - Throws: `shouldWait` if Linux has no room for all; the rest stays where it is.
  func flushRing() throws(Status) {
    let ring = pair.direction(end).ring
    // What nobody will read is in nobody's way.
    if pair.load()[end.peer].isClosed { pair.change { $0[end].spilled = 0 } }
    while pair.load()[end].spilled > 0 {
      let count = pair.isStream ? pair.load()[end].spilled : ring.firstLength()
      let header = pair.isStream ? 0 : SpillRing.headerByteCount
      var sent = 0
      do throws(Errno) {
        sent = try ring.withSegments(count: count, behind: header) { (segments) throws(Errno) in
          try descriptor.send(segments)
        }
      } catch {
        throw error.isRefusal ? .shouldWait : Status(error)
      }
      ring.advanceHead(by: header + sent)
      pair.change { $0[end].spilled -= sent }
    }
    ring.discard()
  }
}

// MARK: Being told by Linux

extension SocketDispatcher {
  /// After a call that changed what Linux shows; whoever looks next looks anew.
  private func lookIfWatched() {
    if pair.load()[end].isWatched { pair.lookAtLinux(end) }
  }

  /// The reactor looks no more.
  func stopFollowing() {
    let watch = pair.watchers.withLock { $0.rawWatches.removeValue(forKey: end) }
    guard let watch, let kernel = try? Kernel.current else { return }
    kernel.reactor.forget(watch, of: descriptor)
  }
}

// MARK: Leaving the process

extension SocketDispatcher {
  /// The end in a message to another process: its descriptor.
  func leaveRaw(into parcel: inout Parcel, rights: Rights, isLast: Bool) {
    if isLast {
      pair.withAllGates { pair.forgetLeaving(end) }
      stopFollowing()
      // What is asked of the other end about this one is for Linux to answer.
      pair.change { $0[end].isClosed = true }
    }
    var lent = LentDescriptors()
    lent.append(descriptor, of: self)
    parcel.append(
      self, rights: rights, signals: pair.load()[end].userSignals,
      body: [UInt8(pair.kind.rawValue), UInt8(end.rawValue), 1], lent)
  }
}
