package import ZirconLinux
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

  private init(
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

  override func currentSignals() -> Signals {
    pair.signals(of: end)
  }

  override func signal(clear: Signals, set: Signals) {
    pair.signal(end, clear: clear, set: set)
  }

  override func signalPeer(clear: Signals, set: Signals) throws(Status) {
    try checkSettable(clear: clear, set: set)
    try pair.signalPeer(of: end, clear: clear, set: set)
  }

  override func lastHandleClosed() {
    pair.close(end)
  }

  func setDisposition(_ own: Disposition, peer: Disposition) throws(Status) {
    guard own != .unchanged || peer != .unchanged else { return }
    try pair.setDisposition(of: end, own, peer: peer)
  }
}

// MARK: Writing

extension SocketDispatcher {
  /// How moving bytes ended.
  private enum Ending {
    /// All that was wanted moved.
    case whole
    /// The caller's memory gave out.
    case fault
    /// There is no memory for the spill ring.
    case noMemory
  }

  /// Sends as many bytes of `source` as fit now; never blocks.
  ///
  /// A stream takes a prefix, a datagram is taken whole or not at all.
  ///
  /// - Throws: In this order: `peerClosed`, even for no bytes; `badState` if writing is disabled here;
  ///   `invalidArgs` above 2^32 - 1 bytes; `shouldWait` without room; for datagrams `outOfRange` above
  ///   the capacity and `shouldWait` above the room; `shouldWait` without memory; `invalidArgs` if the
  ///   bytes cannot be read.
  func write<Source: UserSource>(_ source: Source) throws(Status) -> Int {
    try pair.withWriteGate(end) { (ring) throws(Status) in
      try write(source, ring, from: Moved())
    }
  }

  /// Goes on with a write of which `moved` has moved already, under the write gate.
  @inline(__always)
  func write<Source: UserSource>(
    _ source: Source, _ ring: borrowing SpillRing, from moved: Moved
  ) throws(Status) -> Int {
    var moved = moved
    while true {
      let state = pair.load()
      guard let wanted = try wantedBytes(of: source.byteCount, moved, state) else { return 0 }
      let ending = try move(wanted, of: source, state, ring, &moved)
      if ending != .whole {
        return try commitShort(moved, ending, ring)
      }
      let mayGoOn = pair.kind == .stream && moved.total < source.byteCount
      if try pair.commitWrite(end, moved, from: state, mayGoOn: mayGoOn) == .done {
        if moved.ringBytes > 0 { ring.advanceTail(by: moved.ringBytes) }
        return moved.total
      }
    }
  }

  /// How many bytes to move next; nil if there is nothing to write at all.
  @inline(__always)
  private func wantedBytes(
    of size: Int, _ moved: Moved, _ state: PairState
  ) throws(Status) -> Int? {
    let mine = state[end]
    guard !state[end.peer].isClosed, !mine.isClosed else { throw .peerClosed }
    guard !mine.isWriteDisabled else { throw .badState }
    guard size > 0 else { return nil }
    guard size <= UInt32.max else { throw .invalidArgs }
    let free = PairState.capacity - mine.used - moved.total
    guard free > 0 else { throw .shouldWait }
    if pair.kind == .datagram {
      guard size <= PairState.capacity else { throw .outOfRange }
      guard size <= free else { throw .shouldWait }
      return size
    }
    return min(size - moved.total, free)
  }

  /// Moves `wanted` bytes: to Linux while nothing is spilled, what it refuses to the ring.
  @inline(__always)
  private func move<Source: UserSource>(
    _ wanted: Int, of source: Source, _ state: PairState, _ ring: borrowing SpillRing,
    _ moved: inout Moved
  ) throws(Status) -> Ending {
    var left = wanted
    if state[end].spilled == 0 && moved.spilled == 0 {
      do throws(Errno) {
        let sent = try source.send(through: descriptor, from: moved.total, count: wanted)
        moved.queued += sent
        left -= sent
      } catch {
        if error == .badAddress { return .fault }
        guard error.isRefusal else { throw Status(error) }
      }
    }
    return left == 0 ? .whole : spill(left, of: source, ring, &moved)
  }

  private func spill<Source: UserSource>(
    _ count: Int, of source: Source, _ ring: borrowing SpillRing, _ moved: inout Moved
  ) -> Ending {
    do throws(Errno) {
      moved.ringBytes += try ring.stage(
        source, from: moved.total, count: count, behind: moved.ringBytes, pair.kind)
      moved.spilled += count
      return .whole
    } catch {
      return error == .noMemory ? .noMemory : .fault
    }
  }

  /// Commits the prefix of a stream that moved before something gave out, and answers for the call.
  private func commitShort(
    _ moved: Moved, _ ending: Ending, _ ring: borrowing SpillRing
  ) throws(Status) -> Int {
    if moved.total > 0 {
      _ = try pair.commitWrite(end, moved, from: pair.load(), mayGoOn: false)
      ring.advanceTail(by: moved.ringBytes)
    }
    if pair.load()[end].spilled == 0 { ring.discard() }
    guard ending == .noMemory else { throw .invalidArgs }
    guard moved.total > 0 else { throw .shouldWait }
    return moved.total
  }
}

// MARK: Reading

extension SocketDispatcher {
  /// Takes what waits here, as much as `sink` has room for; never blocks.
  ///
  /// A stream gives as many bytes as there are, a datagram socket its first datagram, of which a
  /// consuming read drops what does not fit. A peek leaves all as it is.
  ///
  /// - Throws: In this order: `invalidArgs` above 2^32 - 1 bytes; if nothing waits, even for no bytes,
  ///   `peerClosed`, `badState` if the other end's writes are disabled, or `shouldWait`; `invalidArgs`
  ///   if the bytes cannot be stored: a stream has then lost what moved before, a datagram socket the
  ///   datagram, and a peek nothing.
  func read<Sink: UserSink>(_ sink: Sink, isPeek: Bool) throws(Status) -> Int {
    guard sink.byteCount <= UInt32.max else { throw .invalidArgs }
    return try pair.withReadGate(end.peer) { (ring) throws(Status) in
      switch pair.kind {
      case .stream: try readStream(sink, isPeek: isPeek, ring, from: Moved())
      case .datagram: try readDatagram(sink, isPeek: isPeek, ring)
      }
    }
  }

  /// The writing end's state, if anything waits here.
  @inline(__always)
  private func checkReadable(_ state: PairState) throws(Status) -> EndState {
    let theirs = state[end.peer]
    if theirs.used == 0 || state[end].isClosed {
      guard !theirs.isClosed, !state[end].isClosed else { throw .peerClosed }
      throw theirs.isWriteDisabled ? .badState : .shouldWait
    }
    return theirs
  }

  /// Reads a stream, going on from where `moved` has moved already, under the read gate.
  @inline(__always)
  func readStream<Sink: UserSink>(
    _ sink: Sink, isPeek: Bool, _ ring: borrowing SpillRing, from moved: Moved
  ) throws(Status) -> Int {
    var moved = moved
    while true {
      let state = pair.load()
      let theirs = try checkReadable(state)
      guard sink.byteCount > 0 else { return 0 }
      let wanted = min(sink.byteCount, theirs.used) - moved.total
      let isWhole = try take(wanted, theirs, into: sink, isPeek: isPeek, ring, &moved)
      if !isPeek {
        let mayGoOn = isWhole && moved.total < sink.byteCount
        guard pair.commitRead(end.peer, moved, from: state, mayGoOn: mayGoOn) == .done else {
          continue
        }
        if moved.ringBytes > 0 { leave(ring, moved) }
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
    _ ring: borrowing SpillRing, _ moved: inout Moved
  ) throws(Status) -> Bool {
    let queued = min(wanted, theirs.queued - moved.queued)
    if queued > 0 {
      do throws(Errno) {
        let taken = try sink.receive(
          through: descriptor, to: moved.total, count: queued, isPeek ? .peek : .take)
        moved.queued += taken
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
      try ring.copy(to: sink, at: moved.total, count: spilled, behind: moved.ringBytes)
      moved.spilled += spilled
      moved.ringBytes += spilled
      return true
    } catch {
      return false
    }
  }

  @inline(__always)
  private func readDatagram<Sink: UserSink>(
    _ sink: Sink, isPeek: Bool, _ ring: borrowing SpillRing
  ) throws(Status) -> Int {
    let state = pair.load()
    let theirs = try checkReadable(state)
    guard sink.byteCount > 0 else { return 0 }
    var moved = Moved()
    var isStored = true
    if theirs.queued > 0 {
      let options: ReceiveOptions = isPeek ? .peekWholeLength : .wholeLength
      do throws(Errno) {
        moved.queued = try sink.receive(
          through: descriptor, to: 0, count: min(sink.byteCount, theirs.queued), options)
      } catch {
        guard error == .badAddress else { throw Status(error) }
        isStored = false
        if !isPeek { moved.queued = try dropFaulted() }
      }
    } else {
      moved.spilled = ring.firstLength()
      moved.ringBytes = SpillRing.headerByteCount + moved.spilled
      do throws(Errno) {
        let count = min(sink.byteCount, moved.spilled)
        try ring.copy(to: sink, at: 0, count: count, behind: SpillRing.headerByteCount)
      } catch {
        isStored = false
      }
    }
    if !isPeek {
      _ = pair.commitRead(end.peer, moved, from: state, mayGoOn: false)
      if moved.ringBytes > 0 { leave(ring, moved) }
    }
    guard isStored else { throw .invalidArgs }
    return min(sink.byteCount, moved.total)
  }

  /// Sees to it that the first datagram is gone after a bad address, and answers its length.
  private func dropFaulted() throws(Status) -> Int {
    try pair.withWriteGate(end.peer) { (_) throws(Status) in
      try linux { () throws(Errno) in
        let lost = try lostByteCount(of: pair.load()[end.peer].queued)
        return lost > 0 ? lost : try dropDatagram()
      }
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
  private func leave(_ ring: borrowing SpillRing, _ moved: Moved) {
    ring.advanceHead(by: moved.ringBytes)
    if pair.load()[end.peer].spilled == 0 { pair.discardIdleRing(end.peer) }
  }
}

// MARK: Facts

/// What `ZX_INFO_SOCKET` tells, in bytes.
package struct SocketFacts: Sendable {
  /// `options` of the call that made the socket.
  package let kind: SocketKind
  /// What waits here.
  package let received: Int
  /// What one read can take: all of a stream, the first datagram.
  package let available: Int
  /// What waits at the other end; nil once that is closed.
  package let sent: Int?
  /// What one direction holds.
  package static var capacity: Int { PairState.capacity }
}

extension SocketDispatcher {
  /// Facts of one moment.
  func facts() throws(Status) -> SocketFacts {
    try pair.withReadGate(end.peer) { (ring) throws(Status) in
      let state = pair.load()
      let theirs = state[end.peer]
      return SocketFacts(
        kind: pair.kind, received: theirs.used,
        available: pair.kind == .stream ? theirs.used : try firstDatagram(theirs, ring),
        sent: theirs.isClosed ? nil : state[end].used)
    }
  }

  private func firstDatagram(
    _ theirs: EndState, _ ring: borrowing SpillRing
  ) throws(Status) -> Int {
    guard theirs.used > 0 else { return 0 }
    guard theirs.queued > 0 else { return ring.firstLength() }
    return try linux { () throws(Errno) in
      try unsafe UserOut(nil, byteCount: 0).receive(
        through: descriptor, to: 0, count: 0, .peekWholeLength)
    }
  }

  /// Sets the threshold of READ_THRESHOLD, in bytes; 0 turns it off.
  ///
  /// - Throws: `invalidArgs` above the capacity.
  func setReadThreshold(_ bytes: UInt64) throws(Status) {
    try pair.setThresholds(of: end) { (thresholds, _) throws(Status) in
      guard bytes <= PairState.capacity else { throw .invalidArgs }
      thresholds.read = Int(bytes)
    }
  }

  /// Sets the threshold of WRITE_THRESHOLD, in bytes; 0 turns it off.
  ///
  /// - Throws: `peerClosed`; `invalidArgs` above the capacity. In this order.
  func setWriteThreshold(_ bytes: UInt64) throws(Status) {
    try pair.setThresholds(of: end) { (thresholds, state) throws(Status) in
      guard !state[end.peer].isClosed else { throw .peerClosed }
      guard bytes <= PairState.capacity else { throw .invalidArgs }
      thresholds.write = Int(bytes)
    }
  }

  /// The thresholds as set last.
  var thresholds: Thresholds { pair.thresholds(of: end) }

  /// How the bytes waiting here are kept; for tests.
  func queueShape() throws(Status) -> SocketQueueShape {
    try pair.withReadGate(end.peer) { (ring) throws(Status) in
      let theirs = pair.load()[end.peer]
      return SocketQueueShape(
        kernelBytes: theirs.queued, ringBytes: theirs.spilled,
        ringIsWrapped: theirs.spilled > 0 && ring.isWrapped)
    }
  }
}

/// How the bytes waiting at one end are kept, which no call shows.
package struct SocketQueueShape: Sendable {
  /// In Linux's queue.
  package let kernelBytes: Int
  /// In the spill ring.
  package let ringBytes: Int
  /// Whether they run over the end of the ring's pages.
  package let ringIsWrapped: Bool
}
