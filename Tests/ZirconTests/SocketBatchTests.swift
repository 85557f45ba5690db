import Testing
import Zircon

/// Source: `zxl_socket_batch`.
@Suite("SocketBatch") struct SocketBatchTests {
  private let room = [UInt8](repeating: 0, count: 16)

  @Test(arguments: kinds) func `each request has its own outcome`(kind: Socket.Kind) throws {
    let pair = try Socket.makePair(kind)
    let closed = try lonelySocket(kind)
    let stray = Socket(try Event().takeHandle())
    var batch = SocketBatch([
      .write(bytes("one"), to: pair.first),
      .read(into: room, from: pair.first),
      .write(bytes("two"), to: closed),
      .read(into: room, from: stray),
      .read(into: room, from: pair.second),
    ])
    for request in batch.requests { #expect(request.outcome == nil) }
    try batch.run()
    let expected: [Result<Int, Status>] = [
      .success(3), .failure(.shouldWait), .failure(.peerClosed), .failure(.wrongType),
      .success(3),
    ]
    #expect(batch.outcomes == expected)
    #expect(batch.requests.map { Array($0.received) } == [[], [], [], [], bytes("one")])
  }

  @Test func `requests of one socket are run in order`() throws {
    let pair = try Socket.makePair(.datagram)
    var batch = SocketBatch()
    for index in 0..<20 {
      batch.requests.append(.write(pattern(index + 1), to: pair.first))
    }
    for _ in 0..<20 {
      batch.requests.append(.read(into: [UInt8](repeating: 0, count: 32), from: pair.second))
    }
    try batch.run()
    for index in 0..<20 {
      #expect(batch.requests[index].outcome == .success(index + 1))
      #expect(Array(batch.requests[20 + index].received) == pattern(index + 1))
    }
  }

  @Test func `a batch of any length is run, over many sockets`() throws {
    let count = 300
    let pieces = (0..<count).map { [UInt8](repeating: UInt8($0 % 251), count: 2) }
    let evens = try Socket.makePair(.stream)
    let odds = try Socket.makePair(.stream)
    var batch = SocketBatch()
    for index in 0..<count {
      if index % 2 == 0 {
        batch.requests.append(.write(pieces[index], to: evens.first))
      } else {
        batch.requests.append(.write(pieces[index], to: odds.first))
      }
    }
    try batch.run()
    #expect(batch.requests.allSatisfy { $0.outcome == .success(2) })
    let even = try evens.second.receive()
    let odd = try odds.second.receive()
    #expect(even == pieces.enumerated().filter { $0.offset % 2 == 0 }.flatMap(\.element))
    #expect(odd == pieces.enumerated().filter { $0.offset % 2 == 1 }.flatMap(\.element))
  }

  @Test(arguments: kinds) func `a peek takes nothing`(kind: Socket.Kind) throws {
    let pair = try Socket.makePair(kind)
    try pair.first.send(bytes("seen"))
    var batch = SocketBatch([
      .peek(into: room, from: pair.second), .read(into: room, from: pair.second),
      .peek(into: room, from: pair.second),
    ])
    try batch.run()
    #expect(batch.outcomes == [.success(4), .success(4), .failure(.shouldWait)])
    #expect(Array(batch.requests[0].received) == bytes("seen"))
    #expect(Array(batch.requests[1].received) == bytes("seen"))
  }

  @Test func `a copy of a room keeps its bytes`() throws {
    let pair = try Socket.makePair(.stream)
    try pair.first.send(bytes("new"))
    let copy = bytes("old")
    var batch = SocketBatch([.read(into: copy, from: pair.second)])
    try batch.run()
    #expect(batch.requests[0].buffer == bytes("new"))
    #expect(copy == bytes("old"))
  }

  @Test func `a batch can be run again`() throws {
    let pair = try Socket.makePair(.stream)
    var batch = SocketBatch([
      .write(bytes("again"), to: pair.first), .read(into: room, from: pair.second),
    ])
    for _ in 0..<3 {
      try batch.run()
      #expect(batch.requests[0].outcome == .success(5))
      #expect(Array(batch.requests[1].received) == bytes("again"))
      #expect(batch.requests[1].buffer.count == room.count)
    }
  }

  @Test func `a request of a closed handle is BAD_HANDLE`() throws {
    let pair = try Socket.makePair(.stream)
    var batch = SocketBatch([.write(bytes("late"), to: pair.first)])
    try pair.first.close()
    try batch.run()
    #expect(batch.requests[0].outcome == .failure(.badHandle))
    #expect(batch.requests[0].buffer == bytes("late"))
  }

  @Test func `a batch of nothing does nothing`() throws {
    var batch = SocketBatch()
    try batch.run()
    #expect(batch.requests.isEmpty)
  }

  @Test func `requests without bytes are answered as single calls`() throws {
    let pair = try Socket.makePair(.stream)
    var batch = SocketBatch([
      .write([], to: pair.first), .read(into: [], from: pair.second),
      .write(bytes("x"), to: pair.first), .read(into: [], from: pair.second),
    ])
    try batch.run()
    let expected: [Result<Int, Status>] = [
      .success(0), .failure(.shouldWait), .success(1), .success(0),
    ]
    #expect(batch.outcomes == expected)
  }
}

extension SocketBatch {
  fileprivate var outcomes: [Result<Int, Status>?] { requests.map(\.outcome) }
}
