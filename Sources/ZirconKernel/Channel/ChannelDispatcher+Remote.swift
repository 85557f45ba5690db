import ZirconLinux
import ZirconTypes

// MARK: What comes over the link

extension ChannelPair: LinkOwner {
  func take(
    _ kind: MessageHeader.Kind, _ header: MessageHeader, _ packet: consuming MessagePacket,
    _ wakes: inout WakeList
  ) -> Bool {
    guard kind == .message else {
      packet.close()
      return state.withLock { $0.take(kind, header, &wakes) }
    }
    // Safety: the block is adopted again, once.
    let block = unsafe packet.giveBlock()
    let unheard = state.withLock { state -> Bool in
      let end = state.remote.peer
      guard state.isOpen(end) else { return true }
      state.withSide(end) { unsafe $0.accept(MessagePacket(adopting: block), &wakes) }
      return false
    }
    if unheard { unsafe MessagePacket(adopting: block).close() }
    return true
  }

  func linkIsStuck(_ wakes: inout WakeList) {
    state.withLock { state in
      state.withSide(state.remote.peer) {
        $0.state.update(clear: .none, set: .readable, &wakes)
      }
    }
  }

  func linkEnded(_ wakes: inout WakeList) {
    state.withLock { state in
      state.link = nil
      state.withSide(state.remote) { $0.isOpen = false }
      state.withSide(state.remote.peer) { side in
        side.state.update(clear: .writable, set: .peerClosed, &wakes)
        // What had no room before the end came is gone.
        if side.messages.isEmpty { side.state.signals.subtract(.readable) }
        side.calls.failAll(.peerClosed, &wakes)
      }
    }
  }

  var awaitsLink: Bool {
    state.withLock { state in
      state.withSide(state.remote.peer) { side in
        side.isOpen && (!side.state.observers.isEmpty || !side.calls.isEmpty)
      }
    }
  }

  var hasRoom: Bool {
    state.withLock { state in
      state.withSide(state.remote.peer) { $0.messages.count < Self.maxTakenOver }
    }
  }

  /// Messages that wait here at most; more stay with Linux, and with the sender.
  private static var maxTakenOver: Int { 8192 }
}

extension ChannelPair.State {
  /// What is no message.
  fileprivate mutating func take(
    _ kind: MessageHeader.Kind, _ header: MessageHeader, _ wakes: inout WakeList
  ) -> Bool {
    switch kind {
    case .signal:
      let clear = Signals(rawValue: UInt32(truncatingIfNeeded: header.first))
      let set = Signals(rawValue: UInt32(truncatingIfNeeded: header.second))
      guard clear.union(set).isSubset(of: .allUser) else { return false }
      withSide(remote.peer) { $0.state.update(clear: clear, set: set, &wakes) }
      return true
    case .hello:
      if remoteKoid == .invalid {
        remoteKoid = Koid(rawValue: header.second & UInt64(Int64.max))
      }
      return true
    default:
      return false
    }
  }
}

extension Link {
  /// Changes user signals of the other end.
  ///
  /// - Throws: `peerClosed`.
  func sendSignals(clear: Signals, set: Signals) throws(Status) {
    try send(MessageHeader(.signal, UInt64(clear.rawValue), UInt64(set.rawValue)))
  }
}

// MARK: Calls at an end with a link

extension ChannelDispatcher {
  /// As `withObservers`, once all that has come was taken over; the reactor watches for whoever is new.
  func withRemoteObservers(_ link: Link, _ body: (inout ObserverList, Signals) -> Void) {
    link.pump()
    let isWatched = pair.state.withLock { state in
      state.withSide(end) { side in
        body(&side.state.observers, side.state.signals)
        return !side.state.observers.isEmpty
      }
    }
    if isWatched { link.update() }
  }

  /// Sends `message` to the other process.
  ///
  /// - Throws: `notSupported` for a handle that cannot go there; `noMemory`; `peerClosed`. Then the message
  ///   and its handles are gone.
  func send(_ message: consuming MessagePacket, over link: Link) throws(Status) {
    do throws(Status) {
      try message.checkDeparture(through: self)
    } catch {
      message.close()
      throw error
    }
    var parcel = Parcel()
    let isLacking = message.departHandles(into: &parcel)
    for unfinished in parcel.takeUnfinished() { unfinished.settle() }
    guard !isLacking else {
      message.close()
      throw .noMemory
    }
    try link.send(MessageHeader(.message), message, parcel)
  }

  /// The koid of the other end, which is told over the link.
  func learnPeerKoid() -> Koid {
    pair.link?.pump()
    return pair.state.withLock { $0.remoteKoid }
  }
}

extension MessagePacket {
  /// Throws what keeps one of its handles, or one in a message queued in it, from leaving through `channel`.
  ///
  /// - Throws: `notSupported`.
  fileprivate func checkDeparture(through channel: ChannelDispatcher) throws(Status) {
    guard size.handleCount > 0 else { return }
    var objects: [Dispatcher] = []
    self.objects { objects.append($0) }
    try ChannelDispatcher.checkDeparture(of: objects, through: channel)
  }
}
