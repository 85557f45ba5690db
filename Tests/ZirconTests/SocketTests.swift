import Testing
import Zircon

/// Sources: `zx_socket_create`, `zx_socket_write`, `zx_socket_read`.
@Suite("Socket") struct SocketTests {
  @Test(arguments: kinds) func `a new pair shows WRITABLE alone at both ends`(
    kind: Socket.Kind
  ) throws {
    let pair = try Socket.makePair(kind)
    let first = try pair.first.signals()
    let second = try pair.second.signals()
    #expect(first == .writable)
    #expect(second == .writable)
    let info = try pair.first.handleInfo()
    #expect(info.type == .socket)
    #expect(info.rights == .defaultSocket)
  }

  @Test(arguments: kinds) func `what one end writes the other reads, in both directions`(
    kind: Socket.Kind
  ) throws {
    let pair = try Socket.makePair(kind)
    try pair.first.send(bytes("there"))
    try pair.second.send(bytes("back"))
    let there = try pair.second.receive()
    let back = try pair.first.receive()
    #expect(there == bytes("there"))
    #expect(back == bytes("back"))
  }

  @Test func `a stream has no boundaries`() throws {
    let pair = try Socket.makePair(.stream)
    try pair.first.send(bytes("one"))
    try pair.first.send(bytes("two"))
    let start = try pair.second.receive(upTo: 4)
    let rest = try pair.second.receive()
    #expect(start == bytes("onet"))
    #expect(rest == bytes("wo"))
  }

  @Test func `a datagram is read whole or cut short`() throws {
    let pair = try Socket.makePair(.datagram)
    try pair.first.send(bytes("first"))
    try pair.first.send(bytes("second"))
    let cut = try pair.second.receive(upTo: 2)
    let whole = try pair.second.receive()
    #expect(cut == bytes("fi"))
    #expect(whole == bytes("second"))
  }

  @Test(arguments: kinds) func `nothing to read is SHOULD_WAIT, also for a peek and without room`(
    kind: Socket.Kind
  ) throws {
    let pair = try Socket.makePair(kind)
    #expect(throws: Status.shouldWait) { try pair.second.receive() }
    #expect(throws: Status.shouldWait) { try pair.second.receive(upTo: 0) }
    #expect(throws: Status.shouldWait) {
      try [UInt8](capacity: 8) { output throws(Status) in try pair.second.peek(into: &output) }
    }
  }

  @Test(arguments: kinds) func `no bytes are written and no room is filled without effect`(
    kind: Socket.Kind
  ) throws {
    let pair = try Socket.makePair(kind)
    try pair.first.send([])
    let before = try pair.second.signals()
    #expect(before == .writable)
    try pair.first.send(bytes("kept"))
    let none = try pair.second.receive(upTo: 0)
    let kept = try pair.second.receive()
    #expect(none == [])
    #expect(kept == bytes("kept"))
  }

  @Test(arguments: kinds) func `a peek shows what the next read gives`(kind: Socket.Kind) throws {
    let pair = try Socket.makePair(kind)
    try pair.first.send(bytes("peeked"))
    for _ in 0..<2 {
      let peeked = try [UInt8](capacity: 16) { output throws(Status) in
        try pair.second.peek(into: &output)
      }
      #expect(peeked == bytes("peeked"))
    }
    let read = try pair.second.receive()
    #expect(read == bytes("peeked"))
  }

  @Test func `a read or peek into a span fills its start and leaves the rest`() throws {
    let pair = try Socket.makePair(.stream)
    try pair.first.send(bytes("abcdef"))
    var buffer = bytes("....")
    let read = try fill(&buffer) { room throws(Status) in
      #expect(try pair.second.peek(into: &room) == 4)
      return try pair.second.read(into: &room)
    }
    #expect(read == 4)
    #expect(buffer == bytes("abcd"))
    let rest = try fill(&buffer) { room throws(Status) in
      #expect(try pair.second.peek(into: &room) == 2)
      return try pair.second.read(into: &room)
    }
    #expect(rest == 2)
    #expect(buffer == bytes("efcd"))
  }

  private func fill(
    _ buffer: inout [UInt8], _ read: (inout MutableSpan<UInt8>) throws(Status) -> Int
  ) throws(Status) -> Int {
    var room = buffer.mutableSpan
    return try read(&room)
  }

  @Test func `raw spans carry the same bytes`() throws {
    let pair = try Socket.makePair(.stream)
    let sent = bytes("abc")
    let written = try pair.first.write(sent.span.bytes)
    #expect(written == 3)
    var buffer = bytes("......")
    let (peeked, read) = try fillRaw(&buffer, from: pair.second)
    #expect(peeked == 3)
    #expect(read == 3)
    #expect(buffer == bytes("abc..."))
  }

  private func fillRaw(
    _ buffer: inout [UInt8], from socket: borrowing Socket
  ) throws(Status) -> (peeked: Int, read: Int) {
    var elements = buffer.mutableSpan
    var room = elements.mutableBytes
    return (try socket.peek(into: &room), try socket.read(into: &room))
  }

  @Test func `a read into an output span appends to what it holds`() throws {
    let pair = try Socket.makePair(.stream)
    try pair.first.send(bytes("abcdef"))
    let all = try [UInt8](capacity: 5) { (output: inout OutputSpan<UInt8>) throws(Status) in
      output.append(UInt8(ascii: ">"))
      let byteCount = try pair.second.read(into: &output)
      #expect(byteCount == 4)
    }
    #expect(all == bytes(">abcd"))
    let rest = try pair.second.receive()
    #expect(rest == bytes("ef"))
  }

  @Test func `a read into a raw output span appends to what it holds`() throws {
    let pair = try Socket.makePair(.stream)
    try pair.first.send(bytes("abcdef"))
    let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 5, alignment: 1)
    defer { storage.deallocate() }
    var output = OutputRawSpan(buffer: storage, initializedCount: 0)
    output.append(UInt8(ascii: ">"))
    try pair.second.peek(into: &output)
    #expect(output.byteCount == 5)
    output.removeLast(4)
    try pair.second.read(into: &output)
    #expect(output.byteCount == 5)
    let byteCount = output.finalize(for: storage)
    #expect(Array(storage.prefix(byteCount)) == bytes(">abcd"))
  }

  @Test func `a refused read appends nothing`() throws {
    let pair = try Socket.makePair(.stream)
    let all = [UInt8](capacity: 4) { (output: inout OutputSpan<UInt8>) in
      output.append(1)
      #expect(throws: Status.shouldWait) { try pair.second.read(into: &output) }
    }
    #expect(all == [1])
  }

  @Test func `a stream takes what fits and then is SHOULD_WAIT`() throws {
    let pair = try Socket.makePair(.stream)
    let all = pattern(socketCapacity + 1)
    let written = try pair.first.write(all.span)
    #expect(written == socketCapacity)
    #expect(throws: Status.shouldWait) { try pair.first.write(all.span) }
    let signals = try pair.first.signals()
    #expect(signals == .none)
    let read = try pair.second.receive()
    #expect(read == Array(all.dropLast()))
  }

  @Test func `a datagram above the capacity is OUT_OF_RANGE, above the room SHOULD_WAIT`() throws {
    let pair = try Socket.makePair(.datagram)
    let large = pattern(socketCapacity + 1)
    #expect(throws: Status.outOfRange) { try pair.first.write(large.span) }
    try pair.first.send(pattern(200 << 10))
    let other = pattern(100 << 10)
    #expect(throws: Status.shouldWait) { try pair.first.write(other.span) }
  }

  @Test(arguments: kinds) func `writing without the right to is ACCESS_DENIED`(
    kind: Socket.Kind
  ) throws {
    let pair = try Socket.makePair(kind)
    let reader = pair.second
    let writer = try pair.first.without(.write)
    #expect(throws: Status.accessDenied) { try writer.write(bytes("x").span) }
    #expect(throws: Status.shouldWait) { try reader.receive() }
  }

  @Test(arguments: kinds) func `reading without the right to is ACCESS_DENIED`(
    kind: Socket.Kind
  ) throws {
    let pair = try Socket.makePair(kind)
    try pair.first.send(bytes("x"))
    let writer = pair.first
    let reader = try pair.second.without(.read)
    #expect(throws: Status.accessDenied) { try reader.receive() }
    withExtendedLifetime(writer) {}
  }

  @Test func `bytes stay in order through many short reads and writes`() throws {
    let pair = try Socket.makePair(.stream)
    let all = pattern(3 * socketCapacity)
    var sent = 0
    var received: [UInt8] = []
    while received.count < all.count {
      if sent < all.count {
        sent += try pair.first.write(all.span.extracting(sent..<min(sent + 7001, all.count)))
      }
      received += try pair.second.receive(upTo: 5003)
    }
    #expect(received == all)
  }
}
