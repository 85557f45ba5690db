import CZircon
package import ZirconTypes

/// A message ready to go, and the end it goes through.
struct OutgoingMessage: ~Copyable {
  let channel: ChannelDispatcher
  let packet: MessagePacket
}

extension Kernel {
  /// Makes a channel.
  ///
  /// - Throws: `noMemory`.
  ///
  /// Source: `zx_channel_create`.
  package func makeChannel() throws(Status) -> (HandleValue, HandleValue) {
    try makeHandles(rights: .defaultChannel) {
      ChannelPair(in: $0).makeEnds(as: ChannelDispatcher.self)
    }
  }

  /// Sends a message to the other end.
  ///
  /// The handles leave the caller on every outcome, but for those to be duplicated.
  ///
  /// - Throws: `badHandle`, `wrongType`, `accessDenied` without the right to write; `outOfRange` above the
  ///   limits of a message; `invalidArgs` if something cannot be read; `noMemory`; what the first failing
  ///   handle stands for; `peerClosed`. In this order.
  ///
  /// Source: `zx_channel_write`, `zx_channel_write_etc`.
  package func writeChannel(
    _ value: HandleValue, _ bytes: OutgoingBytes, _ handles: OutgoingHandles
  ) throws(Status) {
    let message = try prepare(bytes, handles, minBytes: 0, through: value, rights: .write)
    try message.channel.write(message.packet)
  }

  /// Takes the first message.
  ///
  /// - Throws: `badHandle`, `wrongType`, `accessDenied` without the right to read; `notSupported` for
  ///   unknown options; without a message `peerClosed` or `shouldWait`; `bufferTooSmall` if it does not
  ///   fit, when its sizes have been told; `invalidArgs` if something cannot be written: a message that
  ///   fits is gone then. In this order.
  ///
  /// Source: `zx_channel_read`, `zx_channel_read_etc`.
  package func readChannel(
    _ value: HandleValue, options: UInt32, into room: MessageRoom
  ) throws(Status) {
    let channel = try handles.pin(value, type: .channel, rights: .read)
      .object(as: ChannelDispatcher.self)
    guard options & ~ZX_CHANNEL_READ_MAY_DISCARD == 0 else { throw .notSupported }
    switch try channel.read(into: room, mayDiscard: options != 0) {
    case .taken(let packet):
      do throws(Status) {
        try room.tellIfWanted(packet.size)
      } catch {
        packet.close()
        throw error
      }
      try deliver(packet, to: room)
    case .tooLarge(let size, let discarded):
      discarded?.close()
      try room.tellIfWanted(size)
      throw .bufferTooSmall
    }
  }

  /// Sends a message and waits for the one that answers it.
  ///
  /// The handles leave the caller on every outcome, but for those to be duplicated.
  ///
  /// - Throws: As `writeChannel`, with the right to read as well, and `invalidArgs` below 4 bytes once they
  ///   have been read; `timedOut`; `peerClosed`; `canceled` if the channel is closed here, or arrives
  ///   elsewhere. Then, with the answer lost: `bufferTooSmall` if it does not fit, `invalidArgs` if
  ///   something cannot be written, null included. In this order.
  ///
  /// Source: `zx_channel_call`, `zx_channel_call_etc`.
  package func callChannel(
    _ value: HandleValue, _ bytes: OutgoingBytes, _ handles: OutgoingHandles,
    until deadline: Deadline, into room: MessageRoom
  ) throws(Status) {
    let message = try prepare(
      bytes, handles, minBytes: 4, through: value, rights: [.read, .write])
    let reply = try message.channel.call(message.packet, until: deadline)
    do throws(Status) {
      guard room.holds(reply.size) else { throw .bufferTooSmall }
      try room.tell(reply.size)
    } catch {
      reply.close()
      throw error
    }
    try deliver(reply, to: room)
  }

  /// Closes what a write takes from its caller even when nothing else is looked at.
  package func discard(_ handles: OutgoingHandles) {
    handles.discard(in: self)
  }

  /// Makes a message to be sent through the channel that `value` names; the handles are gone on any
  /// failure.
  func prepare(
    _ bytes: OutgoingBytes, _ handles: OutgoingHandles, minBytes: Int, through value: HandleValue,
    rights: Rights
  ) throws(Status) -> OutgoingMessage {
    let message: OutgoingMessage
    do throws(Status) {
      message = try makeMessage(
        bytes, minBytes: minBytes, handleRoom: handles.count, through: value, rights: rights)
    } catch {
      handles.discard(in: self)
      throw error
    }
    do throws(Status) {
      try handles.put(into: message.packet, HandleJudge(kernel: self, channel: message.channel))
      return message
    } catch {
      message.packet.close()
      throw error
    }
  }

  /// The message as it is without its handles.
  private func makeMessage(
    _ bytes: OutgoingBytes, minBytes: Int, handleRoom: Int, through value: HandleValue,
    rights: Rights
  ) throws(Status) -> OutgoingMessage {
    let channel = try handles.pin(value, type: .channel, rights: rights)
      .object(as: ChannelDispatcher.self)
    let packet = try bytes.makePacket(handleRoom: handleRoom)
    guard packet.size.byteCount >= minBytes else { throw .invalidArgs }
    return OutgoingMessage(channel: channel, packet: packet)
  }

  /// Stores a message, which fits, and makes handles of those in it.
  ///
  /// - Throws: `invalidArgs` if something cannot be written; then nothing is left of the message.
  private func deliver(_ packet: consuming MessagePacket, to room: MessageRoom) throws(Status) {
    do throws(Status) {
      try room.storeBytes(of: packet)
    } catch {
      packet.close()
      throw error
    }
    let count = packet.size.handleCount
    guard count > 0 else { return }
    try unsafe withUnsafeTemporaryAllocation(of: zx_handle_info_t.self, capacity: count) {
      (infos) throws(Status) in
      var index = 0
      packet.takeHandles { handle in
        let (type, rights) = (handle.type.rawValue, handle.rights.rawValue)
        let value = handle.arrive(in: handles)
        unsafe infos.initializeElement(
          at: index,
          to: zx_handle_info_t(handle: value.rawValue, type: type, rights: rights, unused: 0))
        index += 1
      }
      do throws(Status) {
        try unsafe room.store(infos)
      } catch {
        for index in 0..<count { try close(HandleValue(rawValue: unsafe infos[index].handle)) }
        throw error
      }
    }
  }
}
