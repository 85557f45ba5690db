import Testing
import Zircon

/// Sources: `zxl_socket_writev`, `zxl_socket_readv`.
@Suite("Vectored reads and writes") struct SocketVectorTests {
  @Test(arguments: kinds) func `pieces are written as one`(kind: Socket.Kind) throws {
    let pair = try Socket.makePair(kind)
    let written = try pair.first.write(gathering: [bytes("head"), [], bytes("er"), bytes(", body")])
    #expect(written == 12)
    let read = try pair.second.receive()
    #expect(read == bytes("header, body"))
  }

  @Test(arguments: kinds) func `one read fills rooms one after the other`(
    kind: Socket.Kind
  ) throws {
    let pair = try Socket.makePair(kind)
    try pair.first.send(bytes("header, body"))
    var rooms = [bytes("...."), [], bytes("...."), bytes("......")]
    let peeked = try pair.second.peek(scattering: &rooms)
    #expect(peeked == 12)
    #expect(rooms == [bytes("head"), [], bytes("er, "), bytes("body..")])
    var others = [bytes("......"), bytes("......")]
    let read = try pair.second.read(scattering: &others)
    #expect(read == 12)
    #expect(others == [bytes("header"), bytes(", body")])
    #expect(throws: Status.shouldWait) { try pair.second.receive() }
  }

  @Test func `a datagram is cut short to the rooms`() throws {
    let pair = try Socket.makePair(.datagram)
    try pair.first.send(bytes("datagram"))
    var rooms = [bytes(".."), bytes("...")]
    let read = try pair.second.read(scattering: &rooms)
    #expect(read == 5)
    #expect(rooms == [bytes("da"), bytes("tag")])
    #expect(throws: Status.shouldWait) { try pair.second.receive() }
  }

  @Test func `a copy of a room keeps its bytes`() throws {
    let pair = try Socket.makePair(.stream)
    try pair.first.send(bytes("new"))
    let copy = bytes("old")
    var rooms = [copy]
    _ = try pair.second.read(scattering: &rooms)
    #expect(rooms == [bytes("new")])
    #expect(copy == bytes("old"))
  }

  @Test func `a refused read leaves the rooms as they are`() throws {
    let pair = try Socket.makePair(.stream)
    var rooms = [bytes("abc"), bytes("de")]
    #expect(throws: Status.shouldWait) { try pair.second.read(scattering: &rooms) }
    #expect(rooms == [bytes("abc"), bytes("de")])
  }

  @Test(arguments: kinds) func `as many buffers as there may be go in one call`(
    kind: Socket.Kind
  ) throws {
    let pair = try Socket.makePair(kind)
    #expect(Socket.maxBufferCount == 1024)
    let all = pattern(3 * 1024)
    let pieces = (0..<1024).map { Array(all[(3 * $0)..<(3 * $0 + 3)]) }
    let written = try pair.first.write(gathering: pieces)
    #expect(written == all.count)
    var rooms = [[UInt8]](repeating: [0, 0, 0], count: 1024)
    let read = try pair.second.read(scattering: &rooms)
    #expect(read == all.count)
    #expect(rooms == pieces)
  }

  @Test func `more buffers than there may be are OUT_OF_RANGE, also on a closed handle`() throws {
    let pair = try Socket.makePair(.stream)
    let value = pair.first.handleValue
    try pair.first.close()
    let closed = Socket(Handle(adopting: value))
    var rooms = [[UInt8]](repeating: [0], count: 1025)
    #expect(throws: Status.outOfRange) { try closed.write(gathering: rooms) }
    #expect(throws: Status.outOfRange) { try closed.read(scattering: &rooms) }
    #expect(throws: Status.outOfRange) { try closed.peek(scattering: &rooms) }
    #expect(throws: Status.badHandle) { try closed.write(gathering: [[1]]) }
  }

  @Test(arguments: kinds) func `no buffers are as no bytes`(kind: Socket.Kind) throws {
    let pair = try Socket.makePair(kind)
    let written = try pair.first.write(gathering: [])
    #expect(written == 0)
    var rooms: [[UInt8]] = []
    #expect(throws: Status.shouldWait) { try pair.second.read(scattering: &rooms) }
    try pair.first.send(bytes("x"))
    let read = try pair.second.read(scattering: &rooms)
    #expect(read == 0)
  }
}
