package import ZirconTypes

/// A message out of its channel; its handles are live and nobody's yet.
package struct ReceivedMessage: Sendable {
  /// Its bytes.
  package let bytes: [UInt8]
  /// Its handles, in order.
  package let handles: [HandleValue]
}

extension Kernel {
  /// Takes the first message, whatever its size.
  ///
  /// - Throws: `badHandle`, `wrongType`, `accessDenied` without the right to read; without a message
  ///   `peerClosed` or `shouldWait`. In this order.
  ///
  /// Source: `zx_channel_read`.
  package func takeMessage(from value: HandleValue) throws(Status) -> ReceivedMessage {
    let channel = try handles.pin(value, type: .channel, rights: .read)
      .object(as: ChannelDispatcher.self)
    switch try channel.read(into: .anySize, mayDiscard: false) {
    case .taken(let packet): return unpack(packet)
    case .tooLarge: throw .internal
    }
  }

  /// Sends a message and waits for the one that answers it, whatever its size.
  ///
  /// - Throws: As `callChannel(_:_:_:until:into:)` until the answer is there.
  ///
  /// Source: `zx_channel_call`.
  package func callChannel(
    _ value: HandleValue, _ bytes: OutgoingBytes, _ handles: OutgoingHandles,
    until deadline: Deadline
  ) throws(Status) -> ReceivedMessage {
    let message = try prepare(
      bytes, handles, minBytes: 4, through: value, rights: [.read, .write])
    return unpack(try message.channel.call(message.packet, until: deadline))
  }

  /// Makes handles of those in the message.
  private func unpack(_ packet: consuming MessagePacket) -> ReceivedMessage {
    // Safety: the packet keeps its bytes until it goes, after this.
    let bytes = unsafe [UInt8](
      UnsafeRawBufferPointer(start: packet.bytes, count: packet.byteCount))
    var arrived: [HandleValue] = []
    packet.takeHandles { arrived.append($0.arrive(in: handles)) }
    return ReceivedMessage(bytes: bytes, handles: arrived)
  }
}

extension MessageRoom {
  /// Holds every message, and stores none.
  fileprivate static var anySize: MessageRoom {
    unsafe MessageRoom(
      bytes: nil, UInt32(MessagePacket.maxBytes), handles: nil, UInt32(MessagePacket.maxHandles),
      as: .value, byteCount: nil, handleCount: nil)
  }
}
