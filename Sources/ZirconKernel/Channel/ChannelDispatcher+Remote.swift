import ZirconLinux
import ZirconTypes

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
