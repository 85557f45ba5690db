import CZircon
import Testing

/// Source: `zx_socket_write`, checks in order.
@Suite("zx_socket_write") struct SocketWriteTests {
  @Test(arguments: [0, 1, 8, UInt32.max])
  func `NULL with a size is INVALID_ARGS even on a bad handle`(options: UInt32) {
    var actual = Answer.untouched
    #expect(zx_socket_write(0, options, nil, 1, &actual) == ZX_ERR_INVALID_ARGS)
    #expect(actual == Answer.untouched)
  }

  @Test(arguments: [1, 2, 8, UInt32.max])
  func `unknown options are INVALID_ARGS even on a bad handle`(options: UInt32) {
    #expect(zx_socket_write(0, options, nil, 0, nil) == ZX_ERR_INVALID_ARGS)
    #expect(socketWrite(0, [1], options: options) == .error(ZX_ERR_INVALID_ARGS))
  }

  @Test func `handle zero is BAD_HANDLE`() {
    #expect(socketWrite(ZX_HANDLE_INVALID, [1]) == .error(ZX_ERR_BAD_HANDLE))
  }

  @Test func `an event is WRONG_TYPE, with or without rights`() throws {
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_NONE)
    #expect(socketWrite(event.value, [1]) == .error(ZX_ERR_WRONG_TYPE))
    #expect(socketWrite(bare.value, [1]) == .error(ZX_ERR_WRONG_TYPE))
  }

  @Test(arguments: SocketVariant.all)
  func `no WRITE right is ACCESS_DENIED before PEER_CLOSED`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    let reduced = try OwnedHandle(
      duplicating: pair.writer, rights: ZX_DEFAULT_SOCKET_RIGHTS & ~ZX_RIGHT_WRITE)
    #expect(socketWrite(reduced.value, [1]) == .error(ZX_ERR_ACCESS_DENIED))
    pair.closeReader()
    #expect(socketWrite(reduced.value, [1]) == .error(ZX_ERR_ACCESS_DENIED))
  }

  @Test(arguments: SocketVariant.all, [0, 1, 4])
  func `a closed peer is PEER_CLOSED even for no bytes`(
    variant: SocketVariant, byteCount: Int
  ) throws {
    var pair = try SocketPair(variant)
    pair.closeReader()
    #expect(socketWrite(pair.writer, bytePattern(byteCount)) == .error(ZX_ERR_PEER_CLOSED))
  }

  @Test(arguments: SocketVariant.all)
  func `PEER_CLOSED comes before BAD_STATE and before the size`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    let disabled = ZX_SOCKET_DISPOSITION_WRITE_DISABLED
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    pair.closeReader()
    #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_PEER_CLOSED))
    var byte: UInt8 = 0
    #expect(zx_socket_write(pair.writer, 0, &byte, 1 << 32, nil) == ZX_ERR_PEER_CLOSED)
  }

  @Test(arguments: SocketVariant.all, [0, 1, 4])
  func `disabled writing is BAD_STATE even for no bytes`(
    variant: SocketVariant, byteCount: Int
  ) throws {
    let pair = try SocketPair(variant)
    let disabled = ZX_SOCKET_DISPOSITION_WRITE_DISABLED
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(socketWrite(pair.writer, bytePattern(byteCount)) == .error(ZX_ERR_BAD_STATE))
  }

  @Test(arguments: SocketVariant.all)
  func `BAD_STATE comes before the size and before SHOULD_WAIT`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    try fillSocket(pair.writer)
    let disabled = ZX_SOCKET_DISPOSITION_WRITE_DISABLED
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    var byte: UInt8 = 0
    #expect(zx_socket_write(pair.writer, 0, &byte, 1 << 32, nil) == ZX_ERR_BAD_STATE)
    #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_BAD_STATE))
  }

  @Test(arguments: SocketVariant.all)
  func `no bytes is OK with actual 0 and changes nothing`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    var actual = Answer.untouched
    #expect(zx_socket_write(pair.writer, 0, nil, 0, &actual) == ZX_OK)
    #expect(actual == 0)
    var byte: UInt8 = 0
    #expect(zx_socket_write(pair.writer, 0, &byte, 0, nil) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x2)
    #expect(signals(of: pair.reader) == 0x2)
    #expect(try socketInfo(of: pair.reader).rx_buf_size == 0)
    #expect(socketRead(pair.reader, 4) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test(arguments: SocketVariant.all)
  func `no bytes is OK on a full socket`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    try fillSocket(pair.writer)
    #expect(socketWrite(pair.writer, []) == .ok(0))
    #expect(signals(of: pair.writer) == 0)
  }

  /// The last one is SIZE_MAX.
  @Test(arguments: SocketVariant.all, [1 << 32, 1 << 32 + 1, Int.max, -1])
  func `a size above UINT32_MAX is INVALID_ARGS, empty or full`(
    variant: SocketVariant, size: Int
  ) throws {
    let pair = try SocketPair(variant)
    var byte: UInt8 = 7
    var actual = Answer.untouched
    #expect(zx_socket_write(pair.writer, 0, &byte, size, &actual) == ZX_ERR_INVALID_ARGS)
    #expect(try socketInfo(of: pair.reader).rx_buf_size == 0)
    try fillSocket(pair.writer)
    #expect(zx_socket_write(pair.writer, 0, &byte, size, &actual) == ZX_ERR_INVALID_ARGS)
    #expect(actual == Answer.untouched)
  }

  @Test(arguments: SocketVariant.all)
  func `a full socket is SHOULD_WAIT`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    try fillSocket(pair.writer)
    #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_SHOULD_WAIT))
    #expect(try socketInfo(of: pair.writer).tx_buf_size == socketCapacity)
  }

  @Test(arguments: SocketVariant.datagrams)
  func `an oversize datagram is OUT_OF_RANGE, on a full socket SHOULD_WAIT`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    let oversize = bytePattern(socketCapacity + 1)
    #expect(socketWrite(pair.writer, oversize) == .error(ZX_ERR_OUT_OF_RANGE))
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(socketWrite(pair.writer, oversize) == .error(ZX_ERR_OUT_OF_RANGE))
    let rest = bytePattern(socketCapacity - 1)
    #expect(socketWrite(pair.writer, rest) == .ok(socketCapacity - 1))
    #expect(socketWrite(pair.writer, oversize) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test(arguments: SocketVariant.datagrams)
  func `a datagram above the free space is SHOULD_WAIT and WRITABLE stays`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    let large = bytePattern(socketCapacity - 10)
    #expect(socketWrite(pair.writer, large) == .ok(large.count))
    #expect(socketWrite(pair.writer, bytePattern(11)) == .error(ZX_ERR_SHOULD_WAIT))
    #expect(signals(of: pair.writer) == 0x2)
    #expect(socketWrite(pair.writer, bytePattern(10)) == .ok(10))
    #expect(signals(of: pair.writer) == 0)
    #expect(socketRead(pair.reader, socketCapacity) == .ok(large))
    #expect(socketRead(pair.reader, socketCapacity) == .ok(bytePattern(10)))
  }

  @Test(arguments: SocketVariant.datagrams)
  func `a datagram of exactly the capacity is OK and comes back whole`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    let bytes = bytePattern(socketCapacity)
    #expect(socketWrite(pair.writer, bytes) == .ok(socketCapacity))
    #expect(socketRead(pair.reader, socketCapacity) == .ok(bytes))
  }

  @Test(arguments: SocketVariant.streams)
  func `a stream takes the prefix that fits`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let bytes = bytePattern(300_000)
    #expect(socketWrite(pair.writer, bytes) == .ok(socketCapacity))
    #expect(socketRead(pair.reader, 100) == .ok(Array(bytes[..<100])))
    let more = bytePattern(500, from: 7)
    #expect(socketWrite(pair.writer, more) == .ok(100))
    let all = Array(bytes[100..<socketCapacity]) + more[..<100]
    #expect(drainSocket(pair.reader) == .all(all))
  }

  @Test(arguments: SocketVariant.all)
  func `actual may be NULL`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(zx_socket_write(pair.writer, 0, [5, 6] as [UInt8], 2, nil) == ZX_OK)
    #expect(socketRead(pair.reader, 4) == .ok([5, 6]))
  }

  @Test(arguments: SocketVariant.all)
  func `the two directions do not mix`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2]) == .ok(2))
    #expect(socketWrite(pair.reader, [3]) == .ok(1))
    #expect(socketRead(pair.writer, 4) == .ok([3]))
    #expect(socketRead(pair.reader, 4) == .ok([1, 2]))
  }
}
