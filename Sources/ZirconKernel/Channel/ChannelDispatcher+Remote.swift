import ZirconLinux
import ZirconTypes

// MARK: What comes over the link

extension ChannelPair: PeeredPair {
  static var objectType: ObjectType { .channel }

  func close(
    _ end: End, leaving orphans: inout MessageQueue, _ wakes: inout WakeList
  ) -> Link? {
    state.withLock { state in
      let link = state.link
      state.close(end, leaving: &orphans, &wakes)
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

// MARK: Calls at an end with a link

extension ChannelDispatcher {
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
