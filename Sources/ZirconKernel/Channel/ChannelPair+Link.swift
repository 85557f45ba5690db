import ZirconLinux
import ZirconTypes

/// Where the other end is.
enum Route {
  /// In this process, and what was to be done there is done.
  case here
  /// In another process.
  case link(Link)
  /// Nowhere any more.
  case closed
}

// MARK: Signals and the end

extension ChannelPair: PeeredPair {
  static var objectType: ObjectType { .channel }

  /// Runs `body` with the signals of `end`, whether that has a handle, here or there, and the way to the end
  /// that is in another process, if one is; under the lock.
  private func withEnd<Result>(
    _ end: End, _ body: (inout SignalState, _ isOpen: Bool, Link?) -> Result
  ) -> Result {
    state.withLock { state in
      let (isOpen, link) = (state.isOpen(end), state.link)
      return state.withSide(end) { body(&$0.state, isOpen, link) }
    }
  }

  /// With an end in another process this is once all that has come was taken over; the reactor watches for
  /// whoever is new.
  func withObservers(of end: End, _ body: (inout ObserverList, Signals) -> Void) {
    let link = withEnd(end) { signals, _, link -> Link? in
      if let link { return link }
      body(&signals.observers, signals.signals)
      return nil
    }
    guard let link else { return }
    link.pump()
    let isWatched = withEnd(end) { signals, _, _ in
      body(&signals.observers, signals.signals)
      return !signals.observers.isEmpty
    }
    if isWatched { link.update() }
  }

  func signal(_ end: End, clear: Signals, set: Signals) {
    var wakes = WakeList()
    withEnd(end) { signals, _, _ in signals.update(clear: clear, set: set, &wakes) }
    wakes.deliver()
  }

  func signalPeer(of end: End, clear: Signals, set: Signals) throws(Status) {
    var wakes = WakeList()
    let route = withEnd(end.peer) { signals, isOpen, link -> Route in
      guard isOpen else { return .closed }
      if let link { return .link(link) }
      signals.update(clear: clear, set: set, &wakes)
      return .here
    }
    wakes.deliver()
    switch route {
    case .here: return
    case .closed: throw .peerClosed
    case .link(let link):
      try link.send(MessageHeader(.signal, UInt64(clear.rawValue), UInt64(set.rawValue)))
    }
  }

  func close(_ end: End, leaving orphans: inout MessageQueue) {
    var wakes = WakeList()
    let link = state.withLock { state in
      let link = state.link
      state.close(end, leaving: &orphans, &wakes)
      return link
    }
    wakes.deliver()
    link?.close()
  }
}

// MARK: What comes over the link

extension ChannelPair: LinkOwner {
  func take(
    _ kind: MessageHeader.Kind, _ header: MessageHeader, _ packet: consuming MessagePacket,
    _ wakes: inout WakeList
  ) -> Bool {
    guard kind == .message else {
      packet.close()
      return take(kind, header, &wakes)
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
      state.withSide(state.remote.peer) {
        $0.messages.count < Self.maxTakenOver && $0.messages.byteCount < Self.maxBytesTakenOver
      }
    }
  }

  /// Messages that wait here at most; more stay with Linux, and with the sender.
  private static var maxTakenOver: Int { 8192 }
  private static var maxBytesTakenOver: Int { 16 << 20 }
}

extension ChannelPair {
  /// What is no message.
  private func take(
    _ kind: MessageHeader.Kind, _ header: MessageHeader, _ wakes: inout WakeList
  ) -> Bool {
    switch kind {
    case .signal:
      return takeSignals(header, &wakes)
    case .hello:
      state.withLock { state in
        guard state.remoteKoid == .invalid else { return }
        state.remoteKoid = Koid(rawValue: header.second & UInt64(Int64.max))
      }
      return true
    default:
      return false
    }
  }
}

extension ChannelPair {
  /// Changes user signals of the end that is here as the other process says.
  ///
  /// - Returns: False for signals that no sender of ours changes.
  private func takeSignals(_ header: MessageHeader, _ wakes: inout WakeList) -> Bool {
    let clear = Signals(rawValue: UInt32(truncatingIfNeeded: header.first))
    let set = Signals(rawValue: UInt32(truncatingIfNeeded: header.second))
    guard clear.union(set).isSubset(of: .allUser) else { return false }
    state.withLock { state in
      state.withSide(state.remote.peer) { $0.state.update(clear: clear, set: set, &wakes) }
    }
    return true
  }
}
