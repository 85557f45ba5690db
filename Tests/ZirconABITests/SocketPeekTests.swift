import CZircon
import Testing

/// Source: `zx_socket_read` with `ZX_SOCKET_PEEK`.
@Suite("zx_socket_read, peek") struct SocketPeekTests {
  @Test(arguments: SocketVariant.all)
  func `peeking is OK again and again and consumes nothing`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2, 3, 4]) == .ok(4))
    for byteCount in [1, 4, 100, 2, 4] {
      let seen = [UInt8]([1, 2, 3, 4].prefix(byteCount))
      #expect(socketPeek(pair.reader, byteCount) == .ok(seen))
    }
    #expect(try socketInfo(of: pair.reader).rx_buf_size == 4)
    #expect(socketRead(pair.reader, 100) == .ok([1, 2, 3, 4]))
  }

  @Test(arguments: SocketVariant.all)
  func `peeking leaves every signal as it is`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let property = ZX_PROP_SOCKET_RX_THRESHOLD
    #expect(setThreshold(pair.reader, property, 100) == ZX_OK)
    try fillSocket(pair.writer)
    let before = signals(of: pair.reader)
    #expect(socketPeek(pair.reader, socketCapacity) == .ok(bytePattern(socketCapacity)))
    #expect(signals(of: pair.reader) == before)
    #expect(before == 0x403)
    #expect(signals(of: pair.writer) == 0)
  }

  @Test(arguments: SocketVariant.all, [0, 1, 100])
  func `peeking an empty socket is SHOULD_WAIT`(
    variant: SocketVariant, byteCount: Int
  ) throws {
    let pair = try SocketPair(variant)
    #expect(socketPeek(pair.reader, byteCount) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test(arguments: SocketVariant.all)
  func `peeking an empty socket is BAD_STATE if disabled and PEER_CLOSED if closed`(
    variant: SocketVariant
  ) throws {
    var pair = try SocketPair(variant)
    let disabled = ZX_SOCKET_DISPOSITION_WRITE_DISABLED
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(socketPeek(pair.reader, 4) == .error(ZX_ERR_BAD_STATE))
    pair.closeWriter()
    #expect(socketPeek(pair.reader, 4) == .error(ZX_ERR_PEER_CLOSED))
  }

  @Test(arguments: SocketVariant.all)
  func `peeking no bytes with data present is OK`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(socketPeek(pair.reader, 0) == .ok([]))
    #expect(socketRead(pair.reader, 1) == .ok([1]))
  }

  @Test(arguments: SocketVariant.streams)
  func `a stream peek is one view over all writes`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let bytes = bytePattern(12_000)
    for start in stride(from: 0, to: bytes.count, by: 3_000) {
      #expect(socketWrite(pair.writer, Array(bytes[start..<start + 3_000])) == .ok(3_000))
    }
    #expect(socketPeek(pair.reader, 20_000) == .ok(bytes))
    #expect(socketPeek(pair.reader, 5_000) == .ok(Array(bytes[..<5_000])))
    #expect(socketRead(pair.reader, 20_000) == .ok(bytes))
  }

  @Test func `a stream peek sees every one of many single bytes`() throws {
    let pair = try SocketPair(.stream)
    try writeSingleBytes(pair.writer, count: 20_000)
    #expect(socketPeek(pair.reader, 20_000) == .ok(bytePattern(20_000)))
    #expect(socketRead(pair.reader, 7_000) == .ok(bytePattern(7_000)))
    #expect(socketPeek(pair.reader, 20_000) == .ok(bytePattern(13_000, from: 7_000)))
    #expect(drainSocket(pair.reader) == .all(bytePattern(13_000, from: 7_000)))
  }

  @Test(arguments: SocketVariant.datagrams)
  func `a datagram peek sees the first datagram only`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2, 3]) == .ok(3))
    #expect(socketWrite(pair.writer, [4]) == .ok(1))
    #expect(socketPeek(pair.reader, 100) == .ok([1, 2, 3]))
    #expect(socketPeek(pair.reader, 2) == .ok([1, 2]))
    #expect(socketPeek(pair.reader, 100) == .ok([1, 2, 3]))
    #expect(socketRead(pair.reader, 2) == .ok([1, 2]))
    #expect(socketPeek(pair.reader, 100) == .ok([4]))
  }

  @Test func `peeked datagrams are those read, also behind many others`() throws {
    let pair = try SocketPair(.datagram)
    try writeSingleBytes(pair.writer, count: 5_000)
    for byte in bytePattern(5_000) {
      try #require(socketPeek(pair.reader, 4) == .ok([byte]))
      try #require(socketRead(pair.reader, 4) == .ok([byte]))
    }
  }

  @Test(arguments: SocketVariant.all)
  func `peeking sees what was buffered before the peer closed`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2]) == .ok(2))
    pair.closeWriter()
    #expect(socketPeek(pair.reader, 4) == .ok([1, 2]))
    #expect(socketRead(pair.reader, 4) == .ok([1, 2]))
    #expect(socketPeek(pair.reader, 4) == .error(ZX_ERR_PEER_CLOSED))
  }
}
