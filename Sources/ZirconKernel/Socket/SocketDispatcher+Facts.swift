package import ZirconLinux
import ZirconTypes

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
  package let capacity: Int
  /// The same of every pair that is not raw.
  package static var usualCapacity: Int { PairState.capacity }
}

extension SocketDispatcher {
  /// Facts of one moment.
  func facts() throws(Status) -> SocketFacts {
    let direction = pair.direction(end.peer)
    direction.enterRead()
    defer { direction.leaveRead() }
    catchUp()
    if pair.isRaw { return try rawFacts() }
    return try pair.alone(.reading, at: end) { () throws(Status) in try countedFacts(direction) }
  }

  private func countedFacts(_ direction: Direction) throws(Status) -> SocketFacts {
    let state = pair.load()
    let theirs = state[end.peer]
    return SocketFacts(
      kind: pair.kind, received: theirs.used,
      available: pair.kind == .stream ? theirs.used : try firstDatagram(theirs, direction.ring),
      sent: theirs.isClosed ? nil : state[end].used, capacity: PairState.capacity)
  }

  private func firstDatagram(
    _ theirs: EndState, _ ring: SpillRing
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
  /// - Throws: `notSupported` of a raw pair; `invalidArgs` above the capacity.
  func setReadThreshold(_ bytes: UInt64) throws(Status) {
    guard !pair.isRaw else { throw .notSupported }
    try pair.setThresholds(of: end) { (thresholds, _) throws(Status) in
      guard bytes <= PairState.capacity else { throw .invalidArgs }
      thresholds.read = Int(bytes)
    }
  }

  /// Sets the threshold of WRITE_THRESHOLD, in bytes; 0 turns it off.
  ///
  /// - Throws: `notSupported` of a raw pair; `peerClosed`; `invalidArgs` above the capacity. In this order.
  func setWriteThreshold(_ bytes: UInt64) throws(Status) {
    guard !pair.isRaw else { throw .notSupported }
    catchUp()
    try pair.setThresholds(of: end) { (thresholds, state) throws(Status) in
      guard !state[end.peer].isClosed else { throw .peerClosed }
      guard bytes <= PairState.capacity else { throw .invalidArgs }
      thresholds.write = Int(bytes)
    }
  }

  /// The thresholds as set last.
  var thresholds: Thresholds { pair.thresholds(of: end) }

  /// How the bytes waiting here are kept; for tests.
  func queueShape() -> SocketQueueShape {
    let direction = pair.direction(end.peer)
    direction.enterRead()
    defer { direction.leaveRead() }
    let theirs = pair.load()[end.peer]
    return SocketQueueShape(
      kernelBytes: theirs.queued, ringBytes: theirs.spilled,
      ringIsWrapped: theirs.spilled > 0 && direction.ring.isWrapped)
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
