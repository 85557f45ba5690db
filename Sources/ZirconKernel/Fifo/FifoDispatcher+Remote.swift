import ZirconLinux
import ZirconTypes

// MARK: What comes over the link

extension FifoPair: PeeredPair {
  static var objectType: ObjectType { .fifo }

  func close(
    _ end: End, leaving orphans: inout MessageQueue, _ wakes: inout WakeList
  ) -> Link? {
    state.withLock { state in
      let link = state.link
      state.close(end, &wakes)
      return link
    }
  }

  func withEnd<Result>(
    _ end: End, _ body: (inout SignalState, _ isOpen: Bool, Link?) -> Result
  ) -> Result {
    state.withLock { state in
      let (isOpen, link) = (state.isOpen(end), state.link)
      return state.withSide(end) { body(&$0.state, isOpen, link) }
    }
  }

  var here: End { state.withLock { $0.remote.peer } }

  func take(
    _ kind: MessageHeader.Kind, _ header: MessageHeader, _ packet: consuming MessagePacket,
    _ wakes: inout WakeList
  ) -> Bool {
    // Safety: the packet keeps its bytes until it goes, after this.
    let bytes = unsafe [UInt8](
      UnsafeRawBufferPointer(start: packet.bytes, count: packet.byteCount))
    let hasHandles = packet.size.handleCount > 0
    packet.close()
    guard !hasHandles else { return false }
    if kind == .signal { return takeSignals(header, &wakes) }
    return state.withLock { $0.take(kind, header, bytes, &wakes) }
  }

  func linkIsStuck(_ wakes: inout WakeList) {}

  func linkEnded(_ wakes: inout WakeList) {
    state.withLock { $0.close($0.remote, &wakes) }
  }

  var awaitsLink: Bool { isObserved }

  var hasRoom: Bool { true }
}

extension FifoPair.State {
  fileprivate mutating func take(
    _ kind: MessageHeader.Kind, _ header: MessageHeader, _ bytes: [UInt8],
    _ wakes: inout WakeList
  ) -> Bool {
    let here = remote.peer
    switch kind {
    case .message:
      guard withSide(here, { $0.ring.fill(from: bytes) }), !bytes.isEmpty else { return false }
      update(here, set: .readable, &wakes)
      return true
    case .room:
      let (count, wasFull) = (Int(clamping: header.first), withSide(remote) { $0.ring.isFull })
      guard withSide(remote, { $0.ring.drop(count) }) else { return false }
      if wasFull && count > 0 { update(here, set: .writable, &wakes) }
      return true
    default:
      return false
    }
  }
}

// MARK: Calls at an end with a link

extension FifoDispatcher {
  /// Writes to an end in another process; elements go in the order in which they found room.
  func write(
    _ source: UserIn, _ elements: FifoElements, over link: Link
  ) throws(Status) -> Int {
    link.pump()
    var taken = 0
    try link.send { () throws(Status) in
      guard let filled = try fill(from: source, elements, over: link) else { throw .badHandle }
      taken = filled
      let bytes = pair.state.withLock { state in
        state.withSide(end.peer) { $0.ring.copyLast(taken) }
      }
      do throws(Status) {
        return OutgoingRecord(MessageHeader(.message), try MessagePacket(bytes))
      } catch {
        pair.state.withLock { state in state.withSide(end.peer) { $0.ring.undo(taken) } }
        throw error
      }
    }
    return taken
  }

  /// Tells the other process that so many elements have been read.
  func sendRoom(_ count: Int, over link: Link) {
    do throws(Status) {
      try link.send(MessageHeader(.room, UInt64(count)))
    } catch {
      // Nobody is there to write any more.
    }
  }
}

extension MessagePacket {
  /// A message of `bytes`.
  ///
  /// - Throws: `noMemory`.
  fileprivate init(_ bytes: [UInt8]) throws(Status) {
    self = try MessagePacket(byteCount: bytes.count, handleRoom: 0)
    unsafe bytes.withUnsafeBytes { source in
      guard let base = source.baseAddress else { return }
      unsafe self.bytes.copyMemory(from: base, byteCount: source.count)
    }
  }
}

// MARK: Leaving and arriving

/// What stands behind the record of a fifo's end, in front of the elements to be read there.
private struct FifoBody: BitwiseCopyable {
  var elementCount: UInt32
  var elementSize: UInt32
  /// Elements that wait to be read at this end.
  var queued: UInt32
  /// Elements from this end that were not read at the other, as far as is known.
  var unread: UInt32
  var isPrelude: UInt32

  static var byteCount: Int { MemoryLayout<FifoBody>.size }
}

extension FifoDispatcher {
  /// Takes the end out of this process; its peer here has a link from then on.
  ///
  /// - Throws: `noMemory`, `badHandle` if it has left already.
  func leave(_ parcel: inout Parcel) throws(Status) -> (Departure, Signals, [UInt8]) {
    while true {
      let left: (Departure, Signals, [UInt8])?
      if let link = pair.link { left = try leave(link) } else { left = try leaveLocally() }
      guard let (departure, signals, body) = left else { continue }
      if let prelude = departure.prelude { parcel.finish(later: prelude) }
      return (departure, signals, body)
    }
  }

  private func leaveLocally() throws(Status) -> (Departure, Signals, [UInt8])? {
    let (kept, wire) = try Link.makePair(in: pair.kernel)
    return try pair.state.withLock { (state) throws(Status) in
      guard state.link == nil else { return nil }
      let (signals, body) = try state.depart(end, isPrelude: false)
      if state.isOpen(end.peer) {
        kept.setOwner(pair)
        state.link = kept
        state.remote = end
      }
      return (Departure(wire: wire, isPrelude: false, prelude: nil), signals, body)
    }
  }

  private func leave(_ link: Link) throws(Status) -> (Departure, Signals, [UInt8]) {
    let reserve = link.hasBacklog ? try Link.makePair(in: pair.kernel) : nil
    var (signals, body) = (Signals.none, [UInt8]())
    let departed = try link.depart { () throws(Status) in
      (signals, body) = try pair.state.withLock { (state) throws(Status) in
        state.link = nil
        return try state.depart(end, isPrelude: false)
      }
      return MessageQueue()
    }
    let departure = try departed.makeDeparture(reserve, in: pair.kernel)
    body[FifoBody.byteCount - 4] = departure.isPrelude ? 1 : 0
    return (departure, signals, body)
  }

  /// An end that has come from another process.
  ///
  /// - Throws: `internal` for what is none; `noMemory`.
  static func arrive(
    _ arriving: consuming ArrivingHandle, in kernel: Kernel
  ) throws(Status) -> FifoDispatcher {
    let (koid, peerKoid) = (arriving.koid, arriving.relatedKoid)
    let signals = arriving.signals.intersection(.allUser)
    let bytes = arriving.body
    guard bytes.count >= FifoBody.byteCount else { throw .internal }
    let body = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: FifoBody.self) }
    let wire = try arriving.giveWire()
    let elements = FifoElements(count: Int(body.elementCount), size: Int(body.elementSize))
    guard elements.makeAFifo else { throw .internal }
    var mine = try FifoRing(elementCount: Int(elements.count), elementSize: Int(elements.size))
    var theirs = try FifoRing(elementCount: Int(elements.count), elementSize: Int(elements.size))
    guard mine.fill(from: Array(bytes[FifoBody.byteCount...])), mine.count == body.queued,
      theirs.count(unseen: Int(body.unread))
    else { throw .internal }
    try linux { () throws(Errno) in try kernel.reactor.start() }
    return make(
      koid, peerKoid, mine, theirs, signals, wire, isPrelude: body.isPrelude != 0, in: kernel)
  }

  private static func make(
    _ koid: Koid, _ peerKoid: Koid, _ mine: consuming FifoRing, _ theirs: consuming FifoRing,
    _ signals: Signals, _ wire: Wire, isPrelude: Bool, in kernel: Kernel
  ) -> FifoDispatcher {
    var shown = signals
    if !theirs.isFull { shown.formUnion(.writable) }
    if !mine.isEmpty { shown.formUnion(.readable) }
    let pair = FifoPair(mine, theirs, in: kernel)
    let link = Link(over: wire, for: pair, isPrelude: isPrelude, in: kernel)
    pair.state.withLock { state in
      state.link = link
      state.withSide(.left) { $0.state.signals = shown }
    }
    return FifoDispatcher(koid: koid, peerKoid: peerKoid, pair: pair, end: .left)
  }
}

extension FifoPair.State {
  /// Marks `end` as gone to another process, and says what it showed and held.
  ///
  /// - Throws: `badHandle` if it has left already.
  fileprivate mutating func depart(
    _ end: End, isPrelude: Bool
  ) throws(Status) -> (Signals, [UInt8]) {
    let unread = withSide(end.peer) { $0.ring.count }
    return try withSide(end) { (side) throws(Status) in
      guard !side.hasDeparted else { throw .badHandle }
      side.hasDeparted = true
      let body = FifoBody(
        elementCount: UInt32(side.ring.elementCount), elementSize: UInt32(side.ring.elementSize),
        queued: UInt32(side.ring.count), unread: UInt32(unread), isPrelude: isPrelude ? 1 : 0)
      let bytes = unsafe withUnsafeBytes(of: body) { unsafe [UInt8]($0) } + side.ring.copyAll()
      // From here on the ring says what is not known to have been read there: just that.
      return (side.state.signals.intersection(.allUser), bytes)
    }
  }
}
