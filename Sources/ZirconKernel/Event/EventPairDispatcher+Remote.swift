import ZirconLinux
import ZirconTypes

// MARK: What comes over the link

extension EventPair: PeeredPair {
  static var objectType: ObjectType { .eventPair }

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
      return state.withSignals(end) { body(&$0, isOpen, link) }
    }
  }

  var here: End { state.withLock { $0.remote.peer } }

  func take(
    _ kind: MessageHeader.Kind, _ header: MessageHeader, _ packet: consuming MessagePacket,
    _ wakes: inout WakeList
  ) -> Bool {
    let isEmpty = packet.size.handleCount == 0 && packet.byteCount == 0
    packet.close()
    guard isEmpty, kind == .signal else { return false }
    return takeSignals(header, settable: Signals.allUser.union(.signaled), &wakes)
  }

  func linkIsStuck(_ wakes: inout WakeList) {}

  func linkEnded(_ wakes: inout WakeList) {
    state.withLock { $0.close($0.remote, &wakes) }
  }

  var awaitsLink: Bool { isObserved }

  var hasRoom: Bool { true }
}

// MARK: Leaving and arriving

extension EventPairDispatcher {
  /// Takes the end out of this process; its peer here has a link from then on.
  ///
  /// - Throws: `noMemory`, `badHandle` if it has left already; then nothing has changed.
  fileprivate func leaveLocally() throws(Status) -> (Departure, Signals)? {
    let (kept, wire) = try Link.makePair(in: pair.kernel)
    return try pair.state.withLock { (state) throws(Status) in
      guard state.link == nil else { return nil }
      let signals = try state.depart(end)
      if state.isOpen(end.peer) {
        kept.setOwner(pair)
        state.link = kept
        state.remote = end
      }
      return (Departure(wire: wire, isPrelude: false, prelude: nil), signals)
    }
  }

  fileprivate func leave(_ link: Link) throws(Status) -> (Departure, Signals) {
    let reserve = link.hasBacklog ? try Link.makePair(in: pair.kernel) : nil
    var signals = Signals.none
    let departed = try link.depart { () throws(Status) in
      signals = try pair.state.withLock { (state) throws(Status) in
        state.link = nil
        return try state.depart(end)
      }
      return MessageQueue()
    }
    return (try departed.makeDeparture(reserve, in: pair.kernel), signals)
  }

  /// Takes the end out of this process.
  ///
  /// - Throws: `noMemory`, `badHandle` if it has left already.
  func leave(_ parcel: inout Parcel) throws(Status) -> (Departure, Signals) {
    while true {
      if let link = pair.link {
        let left = try leave(link)
        if let prelude = left.0.prelude { parcel.finish(later: prelude) }
        return left
      }
      if let left = try leaveLocally() { return left }
    }
  }

  /// An end that has come from another process.
  ///
  /// - Throws: `internal` for what is none; `noMemory`.
  static func arrive(
    _ arriving: consuming ArrivingHandle, in kernel: Kernel
  ) throws(Status) -> EventPairDispatcher {
    let (koid, peerKoid) = (arriving.koid, arriving.relatedKoid)
    let signals = arriving.signals.intersection(Signals.allUser.union(.signaled))
    let isPrelude = arriving.body == [Parcel.preludeMark]
    let wire = try arriving.giveWire()
    try linux { () throws(Errno) in try kernel.reactor.start() }
    let pair = EventPair(in: kernel)
    let link = Link(over: wire, for: pair, isPrelude: isPrelude, in: kernel)
    pair.state.withLock { state in
      state.link = link
      state.withSignals(.left) { $0.signals = signals }
    }
    return EventPairDispatcher(koid: koid, peerKoid: peerKoid, pair: pair, end: .left)
  }
}

extension EventPair.State {
  /// Marks `end` as gone to another process, and says what it showed.
  ///
  /// - Throws: `badHandle` if it has left already.
  fileprivate mutating func depart(_ end: End) throws(Status) -> Signals {
    guard departed.insert(end).inserted else { throw .badHandle }
    return withSignals(end) { $0.signals.intersection(Signals.allUser.union(.signaled)) }
  }
}
