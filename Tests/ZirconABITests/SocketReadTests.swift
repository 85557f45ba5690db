import CZircon
import Testing

/// Source: `zx_socket_read`, checks in order; peeking has its own file.
@Suite("zx_socket_read") struct SocketReadTests {
  @Test(arguments: [0, ZX_SOCKET_PEEK, 1, UInt32.max])
  func `NULL with a size is INVALID_ARGS even on a bad handle`(options: UInt32) {
    var actual = Answer.untouched
    #expect(zx_socket_read(0, options, nil, 1, &actual) == ZX_ERR_INVALID_ARGS)
    #expect(actual == Answer.untouched)
  }

  @Test(arguments: [1, 2, 4, 9, 16, ~ZX_SOCKET_PEEK, UInt32.max])
  func `options other than PEEK are INVALID_ARGS even on a bad handle`(options: UInt32) {
    #expect(socketRead(0, 1, options: options) == .error(ZX_ERR_INVALID_ARGS))
    #expect(zx_socket_read(0, options, nil, 0, nil) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: [0, ZX_SOCKET_PEEK])
  func `handle zero is BAD_HANDLE`(options: UInt32) {
    #expect(
      socketRead(ZX_HANDLE_INVALID, 1, options: options) == .error(ZX_ERR_BAD_HANDLE))
  }

  @Test(arguments: [0, ZX_SOCKET_PEEK])
  func `an event is WRONG_TYPE, with or without rights`(options: UInt32) throws {
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_NONE)
    #expect(socketRead(event.value, 1, options: options) == .error(ZX_ERR_WRONG_TYPE))
    #expect(socketRead(bare.value, 1, options: options) == .error(ZX_ERR_WRONG_TYPE))
  }

  @Test(arguments: SocketVariant.all, [0, ZX_SOCKET_PEEK])
  func `no READ right is ACCESS_DENIED and consumes nothing`(
    variant: SocketVariant, options: UInt32
  ) throws {
    let pair = try SocketPair(variant)
    let reduced = try OwnedHandle(
      duplicating: pair.reader, rights: ZX_DEFAULT_SOCKET_RIGHTS & ~ZX_RIGHT_READ)
    #expect(socketWrite(pair.writer, [1, 2]) == .ok(2))
    #expect(
      socketRead(reduced.value, 2, options: options) == .error(ZX_ERR_ACCESS_DENIED))
    #expect(socketRead(pair.reader, 2) == .ok([1, 2]))
  }

  /// The last one is SIZE_MAX.
  @Test(arguments: SocketVariant.all, [1 << 32, 1 << 32 + 1, Int.max, -1])
  func `a size above UINT32_MAX is INVALID_ARGS, empty, filled or closed`(
    variant: SocketVariant, size: Int
  ) throws {
    var pair = try SocketPair(variant)
    var byte: UInt8 = 0
    var actual = Answer.untouched
    #expect(zx_socket_read(pair.reader, 0, &byte, size, &actual) == ZX_ERR_INVALID_ARGS)
    #expect(socketWrite(pair.writer, [9]) == .ok(1))
    #expect(zx_socket_read(pair.reader, 0, &byte, size, &actual) == ZX_ERR_INVALID_ARGS)
    #expect(
      zx_socket_read(pair.reader, ZX_SOCKET_PEEK, &byte, size, &actual) == ZX_ERR_INVALID_ARGS)
    #expect(socketRead(pair.reader, 1) == .ok([9]))
    pair.closeWriter()
    #expect(zx_socket_read(pair.reader, 0, &byte, size, &actual) == ZX_ERR_INVALID_ARGS)
    #expect(actual == Answer.untouched)
  }

  @Test(arguments: SocketVariant.all, [0, 1, 100])
  func `an empty socket is SHOULD_WAIT, also for no bytes`(
    variant: SocketVariant, byteCount: Int
  ) throws {
    let pair = try SocketPair(variant)
    #expect(socketRead(pair.reader, byteCount) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test(arguments: SocketVariant.all, [0, 1, 100])
  func `an empty socket whose peer may not write is BAD_STATE`(
    variant: SocketVariant, byteCount: Int
  ) throws {
    let pair = try SocketPair(variant)
    let disabled = ZX_SOCKET_DISPOSITION_WRITE_DISABLED
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(socketRead(pair.reader, byteCount) == .error(ZX_ERR_BAD_STATE))
    #expect(socketRead(pair.writer, byteCount) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test(arguments: SocketVariant.all, [0, 1, 100])
  func `an empty socket whose peer is gone is PEER_CLOSED, before BAD_STATE`(
    variant: SocketVariant, byteCount: Int
  ) throws {
    var pair = try SocketPair(variant)
    let disabled = ZX_SOCKET_DISPOSITION_WRITE_DISABLED
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    pair.closeWriter()
    #expect(socketRead(pair.reader, byteCount) == .error(ZX_ERR_PEER_CLOSED))
  }

  @Test(arguments: SocketVariant.all)
  func `what was buffered is read before BAD_STATE`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2, 3]) == .ok(3))
    let disabled = ZX_SOCKET_DISPOSITION_WRITE_DISABLED
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(socketRead(pair.reader, 8) == .ok([1, 2, 3]))
    #expect(socketRead(pair.reader, 8) == .error(ZX_ERR_BAD_STATE))
  }

  @Test(arguments: SocketVariant.all)
  func `no bytes with data present is OK and consumes nothing, repeatedly`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [4, 5]) == .ok(2))
    for _ in 0..<3 {
      var actual = Answer.untouched
      #expect(zx_socket_read(pair.reader, 0, nil, 0, &actual) == ZX_OK)
      #expect(actual == 0)
    }
    #expect(try socketInfo(of: pair.reader).rx_buf_size == 2)
    #expect(signals(of: pair.reader) == 0x3)
    #expect(socketRead(pair.reader, 2) == .ok([4, 5]))
  }

  @Test(arguments: SocketVariant.streams)
  func `a stream read gives at most what is there, across writes`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2, 3, 4]) == .ok(4))
    #expect(socketWrite(pair.writer, [5, 6, 7, 8]) == .ok(4))
    #expect(socketRead(pair.reader, 3) == .ok([1, 2, 3]))
    #expect(socketRead(pair.reader, 100) == .ok([4, 5, 6, 7, 8]))
    #expect(socketRead(pair.reader, 100) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test(arguments: SocketVariant.datagrams)
  func `a datagram read gives one datagram and drops what does not fit`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2, 3, 4, 5]) == .ok(5))
    #expect(socketWrite(pair.writer, [6, 7]) == .ok(2))
    #expect(socketWrite(pair.writer, [8]) == .ok(1))
    #expect(socketRead(pair.reader, 2) == .ok([1, 2]))
    #expect(try socketInfo(of: pair.reader).rx_buf_size == 3)
    #expect(socketRead(pair.reader, 100) == .ok([6, 7]))
    #expect(socketRead(pair.reader, 100) == .ok([8]))
    #expect(socketRead(pair.reader, 100) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test(arguments: SocketVariant.all)
  func `bytes behind those read stay as they are`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2]) == .ok(2))
    var buffer = [UInt8](repeating: 0xEE, count: 6)
    #expect(zx_socket_read(pair.reader, 0, &buffer, 6, nil) == ZX_OK)
    #expect(buffer == [1, 2, 0xEE, 0xEE, 0xEE, 0xEE])
  }

  @Test(arguments: SocketVariant.all)
  func `actual may be NULL`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    var byte: UInt8 = 0
    #expect(zx_socket_read(pair.reader, 0, &byte, 1, nil) == ZX_OK)
    #expect(byte == 1)
    #expect(socketRead(pair.reader, 1) == .error(ZX_ERR_SHOULD_WAIT))
  }
}
