package import ZirconLinux
package import ZirconTypes

extension Kernel {
  /// Serves at a path: a channel from which each new connection is read as a message with one handle, the
  /// channel to who has connected, and 16 bytes: its process, user and group, and 0.
  ///
  /// Closing the channel ends the service and takes the path away.
  ///
  /// - Throws: `invalidArgs` for a path that is empty, too long or has a NUL in it, a mode above 0o777, or a
  ///   path through what is no folder; `noMemory`;
  ///   `alreadyExists` if somebody serves there, or for a file of another kind; `notFound` without such a
  ///   folder; `accessDenied` if Linux does not allow it.
  package func serveChannel(at path: [UInt8], mode: UInt32) throws(Status) -> HandleValue {
    try Self.check(path: path)
    guard mode & ~0o777 == 0 else { throw .invalidArgs }
    let slot = try handles.reserve()
    let (given, kept) = ChannelPair(in: self).makeEnds(as: ChannelDispatcher.self)
    try Rendezvous.start(at: path, mode: mode, through: kept, in: self)
    return slot.publish(given, rights: .defaultChannel.subtracting(.write))
  }

  /// Makes a channel to whoever serves at a path; does not wait until it is let in.
  ///
  /// - Throws: `invalidArgs` for a path as of `serveChannel`; `notFound` if nobody serves there;
  ///   `accessDenied` if Linux does not allow it; `wrongType` for another kind of socket; `shouldWait` if
  ///   too many wait to be let in; `noMemory`.
  package func connectChannel(to path: [UInt8]) throws(Status) -> HandleValue {
    try Self.check(path: path)
    return try adoptChannel(linuxPath { () throws(Errno) in try ListeningSocket.connect(to: path) })
  }

  /// A path that a socket can have, without its NUL.
  private static func check(path: [UInt8]) throws(Status) {
    guard !path.isEmpty, path.count <= ListeningSocket.maxPathLength, !path.contains(0) else {
      throw .invalidArgs
    }
  }

  /// Takes the first connection out of a channel that `serveChannel` has made.
  ///
  /// - Throws: As `takeMessage(from:)`; then `wrongType` for a message that is no connection, which is
  ///   dropped with its handles.
  package func takeConnection(from value: HandleValue) throws(Status) -> ReceivedConnection {
    let message = try takeMessage(from: value)
    guard let connection = ReceivedConnection(message) else {
      for handle in message.handles { try? close(handle) }
      throw .wrongType
    }
    return connection
  }

  /// Who made the connection at the other end of a channel; this process if both ends are here.
  ///
  /// - Throws: `badHandle`; `wrongType`; `accessDenied` without the right to inspect; `peerClosed`. In
  ///   this order.
  package func channelPeer(of value: HandleValue) throws(Status) -> PeerCredentials {
    let channel = try handles.pin(value, type: .channel, rights: .inspect)
      .object(as: ChannelDispatcher.self)
    return try channel.peerCredentials()
  }
}

/// A connection out of the channel of a service; its handle is live and nobody's yet.
package struct ReceivedConnection: Sendable {
  /// Leads to who has connected.
  package let channel: HandleValue
  /// Who that is.
  package let peer: PeerCredentials

  /// Reads the message that brings a connection; nil if it is another one.
  fileprivate init?(_ message: ReceivedMessage) {
    guard message.bytes.count == ConnectionMessage.byteCount, message.handles.count == 1 else {
      return nil
    }
    channel = message.handles[0]
    peer = ConnectionMessage.peer(message.bytes)
  }
}

extension ChannelDispatcher {
  /// Messages that wait at the other end, as far as it is in this process.
  var peerQueuedCount: Int {
    pair.state.withLock { state in state.withSide(end.peer) { $0.messages.count } }
  }

  /// What happens with the last handle, of an end that never had one.
  func closeWithoutHandle() {
    var orphans = MessageQueue()
    lastHandleClosed(leaving: &orphans)
    orphans.close()
  }

  fileprivate func peerCredentials() throws(Status) -> PeerCredentials {
    pair.link?.pump()
    let link = try pair.state.withLock { (state) throws(Status) -> Link? in
      guard state.isOpen(end.peer) else { throw .peerClosed }
      return state.link
    }
    guard let link else { return .own }
    return try link.inbox.withLock { (inbox) throws(Status) in
      try linux { () throws(Errno) in try inbox.wire.socket.peerCredentials() }
    }
  }
}
