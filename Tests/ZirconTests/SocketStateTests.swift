import Testing
import Zircon

/// Sources: `zx_socket_set_disposition`, `zx_object_set_property`, `zx_object_get_info` with
/// `ZX_INFO_SOCKET`.
@Suite("State of sockets") struct SocketStateTests {
  @Test(arguments: kinds) func `info counts what waits at both ends`(kind: Socket.Kind) throws {
    let pair = try Socket.makePair(kind)
    try pair.first.send(bytes("one"))
    try pair.first.send(bytes("four"))
    let sender = try pair.first.info()
    let receiver = try pair.second.info()
    #expect(sender.kind == kind)
    #expect(sender.capacityInBytes == socketCapacity)
    #expect(sender.receivedByteCount == 0)
    #expect(sender.readableByteCount == 0)
    #expect(sender.sentByteCount == 7)
    #expect(receiver.receivedByteCount == 7)
    #expect(receiver.readableByteCount == (kind == .stream ? 7 : 3))
    #expect(receiver.sentByteCount == 0)
  }

  @Test func `info has no sent bytes once the other end is closed`() throws {
    let survivor = try lonelySocket(.stream)
    let info = try survivor.info()
    #expect(info.sentByteCount == nil)
  }

  @Test func `info without the right to inspect is ACCESS_DENIED`() throws {
    let pair = try Socket.makePair(.stream)
    let socket = try pair.first.without(.inspect)
    #expect(throws: Status.accessDenied) { try socket.info() }
  }

  @Test(arguments: kinds) func `disabled writes are BAD_STATE, and so are reads once drained`(
    kind: Socket.Kind
  ) throws {
    let pair = try Socket.makePair(kind)
    try pair.first.send(bytes("x"))
    try pair.first.setDisposition(.writeDisabled)
    let writer = try pair.first.signals()
    let reader = try pair.second.signals()
    #expect(writer == .writeDisabled)
    #expect(reader == [.readable, .writable, .peerWriteDisabled])
    #expect(throws: Status.badState) { try pair.first.write(bytes("y").span) }
    let read = try pair.second.receive()
    #expect(read == bytes("x"))
    #expect(throws: Status.badState) { try pair.second.receive() }
  }

  @Test(arguments: kinds) func `disabled writes are enabled again once drained, else BAD_STATE`(
    kind: Socket.Kind
  ) throws {
    let pair = try Socket.makePair(kind)
    try pair.first.send(bytes("x"))
    try pair.second.setDisposition(peer: .writeDisabled)
    #expect(throws: Status.badState) { try pair.first.setDisposition(.writeEnabled) }
    #expect(throws: Status.badState) { try pair.second.setDisposition(peer: .writeEnabled) }
    _ = try pair.second.receive()
    try pair.first.setDisposition(.writeEnabled)
    let signals = try pair.first.signals()
    #expect(signals == .writable)
    try pair.first.send(bytes("y"))
  }

  @Test func `both dispositions change at once`() throws {
    let pair = try Socket.makePair(.stream)
    try pair.first.setDisposition(.writeDisabled, peer: .writeDisabled)
    let first = try pair.first.signals()
    let second = try pair.second.signals()
    #expect(first == [.writeDisabled, .peerWriteDisabled])
    #expect(second == [.writeDisabled, .peerWriteDisabled])
  }

  @Test func `unchanged dispositions without the right to manage are ACCESS_DENIED`() throws {
    let pair = try Socket.makePair(.stream)
    let socket = try pair.first.without(.manageSocket)
    #expect(throws: Status.accessDenied) { try socket.setDisposition() }
  }

  @Test(arguments: kinds) func `READ_THRESHOLD shows from the byte that reaches it`(
    kind: Socket.Kind
  ) throws {
    let pair = try Socket.makePair(kind)
    let off = try pair.second.readThreshold()
    #expect(off == 0)
    try pair.second.setReadThreshold(101)
    try pair.first.send(pattern(100))
    let below = try pair.second.signals()
    #expect(below == [.readable, .writable])
    try pair.first.send(pattern(1))
    let reached = try pair.second.signals()
    #expect(reached == [.readable, .writable, .readThreshold])
    let set = try pair.second.readThreshold()
    #expect(set == 101)
    try pair.second.setReadThreshold(0)
    let cleared = try pair.second.signals()
    #expect(cleared == [.readable, .writable])
  }

  @Test(arguments: kinds) func `WRITE_THRESHOLD shows while as much is free at the other end`(
    kind: Socket.Kind
  ) throws {
    let pair = try Socket.makePair(kind)
    try pair.first.setWriteThreshold(socketCapacity)
    let empty = try pair.first.signals()
    #expect(empty == [.writable, .writeThreshold])
    try pair.first.send(bytes("x"))
    let used = try pair.first.signals()
    #expect(used == .writable)
    _ = try pair.second.receive()
    let drained = try pair.first.signals()
    #expect(drained == [.writable, .writeThreshold])
    let set = try pair.first.writeThreshold()
    #expect(set == socketCapacity)
  }

  @Test(arguments: [socketCapacity + 1, .max, -1, .min])
  func `a threshold outside the capacity is INVALID_ARGS and changes nothing`(
    byteCount: Int
  ) throws {
    let pair = try Socket.makePair(.stream)
    try pair.first.setReadThreshold(5)
    try pair.first.setWriteThreshold(6)
    #expect(throws: Status.invalidArgs) { try pair.first.setReadThreshold(byteCount) }
    #expect(throws: Status.invalidArgs) { try pair.first.setWriteThreshold(byteCount) }
    let (read, write) = (try pair.first.readThreshold(), try pair.first.writeThreshold())
    #expect(read == 5)
    #expect(write == 6)
  }

  @Test func `a write threshold without a peer is PEER_CLOSED, a read threshold is not`() throws {
    let survivor = try lonelySocket(.stream)
    #expect(throws: Status.peerClosed) { try survivor.setWriteThreshold(1) }
    try survivor.setReadThreshold(1)
  }

  @Test func `thresholds without the rights to properties are ACCESS_DENIED`() throws {
    let pair = try Socket.makePair(.stream)
    let socket = try pair.first.without([.getProperty, .setProperty])
    #expect(throws: Status.accessDenied) { try socket.readThreshold() }
    #expect(throws: Status.accessDenied) { try socket.setReadThreshold(1) }
    #expect(throws: Status.accessDenied) { try socket.writeThreshold() }
    #expect(throws: Status.accessDenied) { try socket.setWriteThreshold(1) }
  }
}
