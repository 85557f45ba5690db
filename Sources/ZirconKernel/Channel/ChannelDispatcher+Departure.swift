import ZirconLinux
import ZirconTypes

// MARK: Leaving

/// A channel end on its way out.
struct ChannelDeparture {
  let wire: Wire
  let signals: Signals
  /// Whether what comes over the wire first is what was queued here.
  let isPrelude: Bool
}

extension ChannelDispatcher {
  /// Throws what keeps a handle queued at this end from leaving through `channel`.
  func checkQueueDeparture(through channel: ChannelDispatcher?) throws(Status) {
    try Self.checkDeparture(of: [self], through: channel)
  }

  /// The same for several objects, in rounds, however deep channels lie in messages of channels.
  static func checkDeparture(
    of objects: [Dispatcher], through channel: ChannelDispatcher?
  ) throws(Status) {
    var rest = objects
    while let object = rest.popLast() {
      guard object !== channel else { throw .notSupported }
      guard let other = object as? ChannelDispatcher else {
        try object.checkDeparture()
        continue
      }
      other.pair.state.withLock { state in
        state.withSide(other.end) { $0.messages.objects { rest.append($0) } }
      }
    }
  }

  /// Takes the end out of this process; its peer here has a link from then on.
  ///
  /// With `announcing` all that a record would say of it goes over the wire first.
  ///
  /// - Throws: `noMemory`, `badHandle` if it has left already; then nothing has changed.
  func leave(_ parcel: inout Parcel, announcing: Bool) throws(Status) -> ChannelDeparture {
    while true {
      if let link = pair.link { return try leave(link, &parcel, announcing) }
      if let departure = try leaveLocally(&parcel, announcing) { return departure }
    }
  }

  /// The records that announce the end.
  private func announcement(_ signals: Signals, _ flags: MessageHeader.Flags) -> [OutgoingRecord] {
    [
      OutgoingRecord(
        MessageHeader(.hello, flags: flags, koid.rawValue, relatedKoid.rawValue), nil),
      OutgoingRecord(MessageHeader(.signal, 0, UInt64(signals.rawValue)), nil),
    ]
  }

  /// The end of a pair whose ends are both here, or whose other end is closed; nil if that has changed.
  private func leaveLocally(
    _ parcel: inout Parcel, _ announcing: Bool
  ) throws(Status) -> ChannelDeparture? {
    let (kept, wire) = try Link.makePair(in: pair.kernel)
    let departure = try pair.state.withLock { (state) throws(Status) -> ChannelDeparture? in
      guard state.link == nil else { return nil }
      let isPeerHere = state.isOpen(end.peer)
      let signals = try state.withSide(end) { (side) throws(Status) in
        guard !side.hasDeparted else { throw .badHandle }
        side.hasDeparted = true
        let signals = side.state.signals.intersection(.allUser)
        // Nobody else has the link yet.
        if announcing { kept.load(announcement(signals, [])) }
        kept.load(&side.messages)
        return signals
      }
      if isPeerHere {
        kept.setOwner(pair)
        state.link = kept
        state.remote = end
      }
      return ChannelDeparture(wire: wire, signals: signals, isPrelude: false)
    }
    if departure != nil { parcel.finish(later: kept) }
    return departure
  }

  /// The end of a pair whose other end is in another process.
  private func leave(
    _ link: Link, _ parcel: inout Parcel, _ announcing: Bool
  ) throws(Status) -> ChannelDeparture {
    let needsPrelude =
      announcing || link.hasBacklog || pair.state.withLock { !$0.isEmpty(end) }
    let reserve = needsPrelude ? try Link.makePair(in: pair.kernel) : nil
    var signals = Signals.none
    let departed = try link.depart { () throws(Status) in
      try pair.state.withLock { (state) throws(Status) in
        guard state.link === link || state.link == nil else { throw .badHandle }
        state.link = nil
        state.withSide(end.peer) { $0.isOpen = false }
        return try state.withSide(end) { (side) throws(Status) in
          guard !side.hasDeparted else { throw .badHandle }
          side.hasDeparted = true
          signals = side.state.signals.intersection(.allUser)
          var messages = MessageQueue()
          messages.append(allOf: &side.messages)
          return messages
        }
      }
    }
    let first = announcing ? announcement(signals, .prelude) : []
    let departure = try departed.makeDeparture(reserve, first, in: pair.kernel)
    if let prelude = departure.prelude { parcel.finish(later: prelude) }
    return ChannelDeparture(
      wire: departure.wire, signals: signals, isPrelude: departure.isPrelude)
  }
}

// MARK: Arriving

extension ChannelDispatcher {
  /// A channel end that has come from another process.
  ///
  /// - Throws: `internal` for what is none; `noMemory`.
  static func arrive(
    _ arriving: consuming ArrivingHandle, in kernel: Kernel
  ) throws(Status) -> ChannelDispatcher {
    let (koid, peer) = (arriving.koid, arriving.relatedKoid)
    let signals = arriving.signals.intersection(.allUser)
    let isPrelude = arriving.body == [Parcel.preludeMark]
    return try make(
      arriving.giveWire(), koid: koid, peerKoid: peer, signals: signals, isPrelude: isPrelude,
      in: kernel)
  }

  /// An end whose peer is at the other side of `wire`, in a process that may know nothing of this one.
  ///
  /// - Throws: `noMemory`.
  static func adopt(_ wire: Wire, in kernel: Kernel) throws(Status) -> ChannelDispatcher {
    var (koid, peer, isPrelude) = (Koid.invalid, Koid.invalid, false)
    if let hello = wire.takeHello() {
      koid = Koid(rawValue: hello.first & UInt64(Int64.max))
      peer = Koid(rawValue: hello.second & UInt64(Int64.max))
      isPrelude = hello.flags.contains(.prelude)
    }
    guard koid.rawValue < Koid.first.rawValue else {
      return try make(wire, koid: koid, peerKoid: peer, isPrelude: isPrelude, in: kernel)
    }
    let channel = try make(
      wire, koid: kernel.nextKoid(), peerKoid: peer, isPrelude: isPrelude, in: kernel)
    channel.introduce()
    return channel
  }

  /// Tells the other end what this one is called.
  private func introduce() {
    do throws(Status) {
      try pair.link?.send(MessageHeader(.hello, 0, koid.rawValue))
    } catch {
      // It is closed, which the next look at this one shows.
    }
  }

  /// Takes the end out of this process, to be adopted by whoever has the descriptor.
  ///
  /// - Throws: `noMemory`, `badHandle` if it has left already.
  func export() throws(Status) -> Descriptor {
    var parcel = Parcel()
    let departure = try leave(&parcel, announcing: true)
    for link in parcel.takeUnfinished() { link.settle() }
    return try linux { () throws(Errno) in try departure.wire.socket.descriptor.copy() }
  }

  /// An end whose peer is at the other side of `wire`.
  ///
  /// - Throws: `noMemory`.
  static func make(
    _ wire: Wire, koid: Koid, peerKoid: Koid, signals: Signals = .none, isPrelude: Bool = false,
    in kernel: Kernel
  ) throws(Status) -> ChannelDispatcher {
    try linux { () throws(Errno) in try kernel.reactor.start() }
    let pair = ChannelPair(in: kernel)
    let link = Link(over: wire, for: pair, isPrelude: isPrelude, in: kernel)
    pair.state.withLock { state in
      state.link = link
      state.remoteKoid = peerKoid
      state.withSide(.left) { $0.state.signals.formUnion(signals) }
    }
    return ChannelDispatcher(koid: koid, peerKoid: peerKoid, pair: pair, end: .left)
  }
}
