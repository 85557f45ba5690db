import ZirconLinux
import ZirconTypes

extension SocketDispatcher {
  /// Takes what waits here, as much as `sink` has room for; never blocks.
  ///
  /// A stream gives as many bytes as there are, a datagram socket its first datagram, of which a
  /// consuming read drops what does not fit. A peek leaves all as it is.
  ///
  /// - Throws: In this order: `invalidArgs` above 2^32 - 1 bytes; if nothing waits, even for no bytes,
  ///   `peerClosed`, `badState` if the other end's writes are disabled, or `shouldWait`; `badHandle` if
  ///   this end's last handle went in the middle of the call; `invalidArgs` if the bytes cannot be stored: a stream has then lost what moved before, a datagram socket the
  ///   datagram, and a peek nothing.
  func read<Sink: UserSink>(_ sink: Sink, isPeek: Bool) throws(Status) -> Int {
    guard sink.byteCount <= UInt32.max else { throw .invalidArgs }
    let direction = pair.direction(end.peer)
    direction.enterRead()
    defer { direction.leaveRead() }
    guard !direction.readerIsAway else { throw .badHandle }
    return try read(sink, isPeek: isPeek, direction, from: Moved())
  }

  /// Reads on the long way, under the read gate.
  @inline(never)
  func read<Sink: UserSink>(
    _ sink: Sink, isPeek: Bool, _ direction: Direction, from moved: Moved
  ) throws(Status) -> Int {
    // Nothing here may mean that the other process is gone.
    if pair.isShared && pair.block.glance()[end.peer].used == 0 { pair.noticeHangUp() }
    if pair.isRaw { return try rawRead(sink, isPeek: isPeek, from: moved) }
    return try pair.alone(.reading, at: end) { () throws(Status) in
      try countLostBytes()
      switch pair.kind {
      case .stream: return try readStream(sink, isPeek: isPeek, direction, from: moved)
      case .datagram: return try readDatagram(sink, isPeek: isPeek, direction)
      }
    }
  }

  /// Takes out of the count what another holder of this end took from Linux and died before it said so.
  private func countLostBytes() throws(Status) {
    guard pair.isShared, pair.block.glance()[end].isHeldByMany else { return }
    let state = pair.load()
    let queued = state[end.peer].queued
    guard queued > 0 else { return }
    // The writer counts what is with Linux already: there is never less than is counted.
    let lost = try linux { () throws(Errno) in try lostByteCount(of: queued) }
    if lost > 0 {
      _ = pair.commitRead(end.peer, Moved(queued: lost), from: state, mayGoOn: false)
    }
  }

  /// The state as a reader of what `writer` wrote needs it.
  @inline(__always)
  private func look(at writer: End) -> PairState {
    let state = pair.block.glance()
    // What the ring holds is seen through the word as a whole.
    return state[writer].spilled == 0 ? state : pair.load()
  }

  /// The writing end's state, if anything waits here.
  @inline(__always)
  private func checkReadable(_ state: PairState) throws(Status) -> EndState {
    let theirs = state[end.peer]
    guard !state[end].isClosed else { throw .badHandle }
    if theirs.used == 0 {
      guard !theirs.isClosed else { throw .peerClosed }
      throw theirs.isWriteDisabled ? .badState : .shouldWait
    }
    return theirs
  }

  /// Reads a stream, going on from where `moved` has moved already, under the read gate.
  @inline(never)
  func readStream<Sink: UserSink>(
    _ sink: Sink, isPeek: Bool, _ direction: Direction, from moved: Moved
  ) throws(Status) -> Int {
    var moved = moved
    while true {
      let state = look(at: end.peer)
      guard !state.isRaw else { return try rawRead(sink, isPeek: isPeek, from: moved) }
      let theirs = try checkReadable(state)
      guard sink.byteCount > 0 else { return 0 }
      let wanted = min(sink.byteCount, theirs.used) - moved.total
      let isWhole = try take(wanted, theirs, into: sink, isPeek: isPeek, direction, &moved)
      if !isPeek {
        let mayGoOn = isWhole && moved.total < sink.byteCount
        guard pair.commitRead(end.peer, moved, from: state, mayGoOn: mayGoOn) == .done else {
          continue
        }
        if moved.ringBytes > 0 { leave(direction, moved) }
      }
      guard isWhole else { throw .invalidArgs }
      return moved.total
    }
  }

  /// Takes `wanted` bytes of a stream: first from Linux, which has the older ones, then from the ring.
  ///
  /// - Returns: Whether all of them could be stored.
  @inline(__always)
  private func take<Sink: UserSink>(
    _ wanted: Int, _ theirs: EndState, into sink: Sink, isPeek: Bool,
    _ direction: Direction, _ moved: inout Moved
  ) throws(Status) -> Bool {
    let queued = min(wanted, theirs.queued - moved.queued)
    if queued > 0 {
      do throws(Errno) {
        let taken = try sink.receive(
          through: descriptor, to: moved.total, count: queued, isPeek ? .peek : .take)
        moved.queued += taken
        if !isPeek { FaultPoint.received.pass() }
        // The count says that they are there: a short answer is a fault.
        guard taken == queued else { return false }
      } catch {
        guard error == .badAddress else { throw Status(error) }
        return false
      }
    }
    let spilled = wanted - queued
    guard spilled > 0 else { return true }
    do throws(Errno) {
      try direction.ring.copy(to: sink, at: moved.total, count: spilled, behind: moved.ringBytes)
      moved.spilled += spilled
      moved.ringBytes += spilled
      return true
    } catch {
      return false
    }
  }

  @inline(never)
  private func readDatagram<Sink: UserSink>(
    _ sink: Sink, isPeek: Bool, _ direction: Direction
  ) throws(Status) -> Int {
    let state = look(at: end.peer)
    let theirs = try checkReadable(state)
    guard sink.byteCount > 0 else { return 0 }
    var moved = Moved()
    if theirs.queued > 0 {
      let looksFirst = isPeek || direction.isShared
      do throws(Errno) {
        moved.queued = try sink.receive(
          through: descriptor, to: 0, count: min(sink.byteCount, theirs.queued),
          looksFirst ? .peekWholeLength : .wholeLength)
      } catch {
        guard !isPeek else { throw Status(error) }
        try loseDatagram(error, from: state)
      }
      if looksFirst && !isPeek { _ = try linux { () throws(Errno) in try dropDatagram() } }
      guard !isPeek else { return min(sink.byteCount, moved.queued) }
      FaultPoint.received.pass()
      _ = pair.commitRead(end.peer, moved, from: state, mayGoOn: false)
      return min(sink.byteCount, moved.queued)
    }
    moved.spilled = direction.ring.firstLength()
    moved.ringBytes = SpillRing.headerByteCount + moved.spilled
    let count = min(sink.byteCount, moved.spilled)
    var isStored = true
    do throws(Errno) {
      try direction.ring.copy(to: sink, at: 0, count: count, behind: SpillRing.headerByteCount)
    } catch {
      isStored = false
    }
    if !isPeek {
      _ = pair.commitRead(end.peer, moved, from: state, mayGoOn: false)
      leave(direction, moved)
    }
    guard isStored else { throw .invalidArgs }
    return count
  }

  /// Answers for a datagram that could not be received: at a bad address it is gone.
  func loseDatagram(_ error: Errno, from state: PairState) throws(Status) -> Never {
    guard error == .badAddress else { throw Status(error) }
    let lost = Moved(queued: try dropFaulted())
    _ = pair.commitRead(end.peer, lost, from: state, mayGoOn: false)
    throw .invalidArgs
  }

  /// Sees to it that the first datagram is gone after a bad address, and answers its length.
  private func dropFaulted() throws(Status) -> Int {
    let direction = pair.direction(end.peer)
    direction.enterWrite()
    defer { direction.leaveWrite() }
    return try linux { () throws(Errno) in
      // With the writer in another process there is no telling what is in the queue already; there Linux
      // was told only to look, and has kept it.
      if direction.isShared { return try dropDatagram() }
      let lost = try lostByteCount(of: pair.load()[end.peer].queued)
      return lost > 0 ? lost : try dropDatagram()
    }
  }

  /// Bytes of the datagrams that Linux dropped at bad addresses, which it does not tell: what
  /// should be in its queue, less what is.
  ///
  /// With no write under way.
  func lostByteCount(of queued: Int) throws(Errno) -> Int {
    max(0, queued - (try descriptor.queuedByteCount()))
  }

  /// Drops the first datagram in Linux's queue, and answers its length.
  ///
  /// Linux itself keeps it where the address lies outside all of user memory.
  func dropDatagram() throws(Errno) -> Int {
    try unsafe UserOut(nil, byteCount: 0)
      .receive(through: descriptor, to: 0, count: 0, .wholeLength)
  }

  /// Moves the reader's place in the ring after a commit, and gives the ring back once it is empty.
  private func leave(_ direction: Direction, _ moved: Moved) {
    direction.ring.advanceHead(by: moved.ringBytes)
    if pair.load()[end.peer].spilled == 0 { pair.discardIdleRing(end.peer) }
  }
}
