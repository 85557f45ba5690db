import Testing
import Zircon

/// Sources: `zx_handle_close`, `zx_socket_write`, `zx_socket_read`.
@Suite("Ownership of sockets") struct SocketOwnershipTests {
  @Test(arguments: kinds) func `dropping an end is PEER_CLOSED at the other`(
    kind: Socket.Kind
  ) throws {
    let survivor = try lonelySocket(kind)
    let signals = try survivor.signals()
    #expect(signals == .peerClosed)
    #expect(throws: Status.peerClosed) { try survivor.write(bytes("x").span) }
    #expect(throws: Status.peerClosed) { try survivor.write([UInt8]().span) }
    #expect(throws: Status.peerClosed) { try survivor.receive() }
  }

  @Test(arguments: kinds) func `what a dropped end has written is read before PEER_CLOSED`(
    kind: Socket.Kind
  ) throws {
    let pair = try Socket.makePair(kind)
    let survivor = pair.first
    try pair.second.send(bytes("last words"))
    try pair.second.close()
    let read = try survivor.receive()
    #expect(read == bytes("last words"))
    #expect(throws: Status.peerClosed) { try survivor.receive() }
  }

  @Test(arguments: kinds) func `a duplicate keeps its end open`(kind: Socket.Kind) throws {
    let pair = try Socket.makePair(kind)
    let first = pair.first
    let other = try pair.second.duplicate()
    try pair.second.close()
    try first.send(bytes("still here"))
    let read = try other.receive()
    #expect(read == bytes("still here"))
    try other.close()
    #expect(throws: Status.peerClosed) { try first.write(bytes("x").span) }
  }

  @Test(arguments: kinds) func `a taken end stays open`(kind: Socket.Kind) throws {
    let pair = try Socket.makePair(kind)
    let first = pair.first
    let value = pair.second.take()
    try first.send(bytes("x"))
    let adopted = Socket(Handle(adopting: value))
    let read = try adopted.receive()
    #expect(read == bytes("x"))
  }

  @Test(arguments: kinds) func `an owner that moves elsewhere is closed there`(
    kind: Socket.Kind
  ) throws {
    let pair = try Socket.makePair(kind)
    let first = pair.first
    swallow(pair.second)
    let signals = try first.signals()
    #expect(signals == .peerClosed)
  }

  private func swallow(_ socket: consuming Socket) {
    withExtendedLifetime(socket) {}
  }

  @Test func `a pair that is dropped leaves no handle`() throws {
    let pair = try Socket.makePair(.stream)
    let values = [pair.first.handleValue, pair.second.handleValue]
    for value in values { try value.checkValid() }
    drop(pair)
    for value in values { #expect(throws: Status.notFound) { try value.checkValid() } }
  }

  private func drop(_ pair: consuming PeerPair<Socket>) {}
}
