import CZircon
import TestSupport
import Testing

/// The second half of the rows: datagrams, sizes, pointers, types, properties and information.
extension SocketChecklistTests {
  @Test(arguments: SocketVariant.datagrams)
  func `datagrams of 5, 6, 4096: read(4) gives 4 bytes of the first, 6 are next`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    for byteCount in [5, 6, 4_096] {
      #expect(socketWrite(pair.writer, bytePattern(byteCount)) == .ok(byteCount))
    }
    #expect(socketRead(pair.reader, 4) == .ok(bytePattern(4)))
    #expect(try socketInfo(of: pair.reader).rx_buf_available == 6)
  }

  @Test(arguments: SocketVariant.datagrams)
  func `datagram read with a larger buffer gives exactly the datagram`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, bytePattern(6)) == .ok(6))
    #expect(socketWrite(pair.writer, bytePattern(4_096)) == .ok(4_096))
    #expect(socketRead(pair.reader, 10_000) == .ok(bytePattern(6)))
    #expect(socketRead(pair.reader, 10_000) == .ok(bytePattern(4_096)))
  }

  @Test(arguments: SocketVariant.datagrams)
  func `datagram write of 2 * tx_buf_max is OUT_OF_RANGE with actual untouched`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    let limit = try socketInfo(of: pair.writer).tx_buf_max
    #expect(socketWrite(pair.writer, bytePattern(2 * limit)) == .error(ZX_ERR_OUT_OF_RANGE))
  }

  @Test(arguments: SocketVariant.datagrams)
  func `datagram 200 KiB then 100 KiB is OK then SHOULD_WAIT`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, bytePattern(200 * 1_024)) == .ok(200 * 1_024))
    #expect(socketWrite(pair.writer, bytePattern(100 * 1_024)) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test(arguments: SocketVariant.all)
  func `read of size 0 on empty is SHOULD_WAIT, on non-empty OK twice`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    #expect(zx_socket_read(pair.reader, 0, nil, 0, nil) == ZX_ERR_SHOULD_WAIT)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(zx_socket_read(pair.reader, 0, nil, 0, nil) == ZX_OK)
    #expect(zx_socket_read(pair.reader, 0, nil, 0, nil) == ZX_OK)
    #expect(socketRead(pair.reader, 1) == .ok([1]))
  }

  @Test(arguments: SocketVariant.all)
  func `read(NULL, 1) and write(NULL, 1) are INVALID_ARGS`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(zx_socket_read(pair.reader, 0, nil, 1, nil) == ZX_ERR_INVALID_ARGS)
    #expect(zx_socket_write(pair.writer, 0, nil, 1, nil) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: SocketVariant.all)
  func `write(NULL, 0) is OK with actual 0, with a closed peer PEER_CLOSED`(
    variant: SocketVariant
  ) throws {
    var pair = try SocketPair(variant)
    var actual = Answer.untouched
    #expect(zx_socket_write(pair.writer, 0, nil, 0, &actual) == ZX_OK)
    #expect(actual == 0)
    pair.closeReader()
    #expect(zx_socket_write(pair.writer, 0, nil, 0, &actual) == ZX_ERR_PEER_CLOSED)
  }

  @Test(arguments: SocketVariant.all, [BadAddress.one, .noAccess])
  func `write and read with an unmapped or protected pointer are INVALID_ARGS`(
    variant: SocketVariant, address: BadAddress
  ) throws {
    let pair = try SocketPair(variant)
    let bad = try BadMemory(address, byteCount: 8)
    #expect(zx_socket_write(pair.writer, 0, bad.pointer, 8, nil) == ZX_ERR_INVALID_ARGS)
    #expect(socketWrite(pair.writer, [1, 2, 3]) == .ok(3))
    #expect(zx_socket_read(pair.reader, 0, bad.pointer, 8, nil) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: SocketVariant.all, [1 << 32, 1 << 32 + 1])
  func `size 2^32 or 2^32+1 for read or write is INVALID_ARGS`(
    variant: SocketVariant, size: Int
  ) throws {
    let pair = try SocketPair(variant)
    var byte: UInt8 = 0
    #expect(zx_socket_write(pair.writer, 0, &byte, size, nil) == ZX_ERR_INVALID_ARGS)
    #expect(zx_socket_read(pair.writer, 0, &byte, size, nil) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `create(~ZX_SOCKET_DATAGRAM) is INVALID_ARGS`() {
    var first = ZX_HANDLE_INVALID
    var second = ZX_HANDLE_INVALID
    #expect(zx_socket_create(~ZX_SOCKET_DATAGRAM, &first, &second) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `write options 1 and read options 1 are INVALID_ARGS`() throws {
    let pair = try SocketPair(.stream)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(socketWrite(pair.writer, [1], options: 1) == .error(ZX_ERR_INVALID_ARGS))
    #expect(socketRead(pair.reader, 1, options: 1) == .error(ZX_ERR_INVALID_ARGS))
  }

  /// An event for the VMO of the core test.
  @Test func `read, write and set_disposition on another type are WRONG_TYPE`() throws {
    let event = try OwnedHandle.event()
    #expect(socketRead(event.value, 1) == .error(ZX_ERR_WRONG_TYPE))
    #expect(socketWrite(event.value, [1]) == .error(ZX_ERR_WRONG_TYPE))
    #expect(zx_socket_set_disposition(event.value, 0, 0) == ZX_ERR_WRONG_TYPE)
  }

  @Test func `read, write and set_disposition on handle 0 are BAD_HANDLE`() {
    #expect(socketRead(0, 1) == .error(ZX_ERR_BAD_HANDLE))
    #expect(socketWrite(0, [1]) == .error(ZX_ERR_BAD_HANDLE))
    #expect(zx_socket_set_disposition(0, 0, 0) == ZX_ERR_BAD_HANDLE)
  }

  @Test(arguments: SocketVariant.all)
  func `handle rights are 0x10F0CF and the type is 14`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let info = try basicInfo(of: pair.writer)
    #expect(info.rights == 0x10_F0CF)
    #expect(info.type == 14)
  }

  @Test(arguments: [ZX_PROP_SOCKET_RX_THRESHOLD, ZX_PROP_SOCKET_TX_THRESHOLD])
  func `getting and setting a threshold with 4 bytes are BUFFER_TOO_SMALL`(
    property: UInt32
  ) throws {
    let pair = try SocketPair(.stream)
    var value: UInt32 = 0
    #expect(zx_object_get_property(pair.writer, property, &value, 4) == ZX_ERR_BUFFER_TOO_SMALL)
    #expect(zx_object_set_property(pair.writer, property, &value, 4) == ZX_ERR_BUFFER_TOO_SMALL)
  }

  /// An event for the VMO of the core test, which answers WRONG_TYPE.
  ///
  /// An event has neither property right, and rights come before the property, so ACCESS_DENIED
  /// decides. No object with the rights but without thresholds exists yet; the other way round, a
  /// socket has no name.
  @Test func `a threshold of another type is ACCESS_DENIED, a socket's name WRONG_TYPE`() throws {
    let event = try OwnedHandle.event()
    #expect(setThreshold(event.value, ZX_PROP_SOCKET_RX_THRESHOLD, 0) == ZX_ERR_ACCESS_DENIED)
    #expect(setThreshold(event.value, ZX_PROP_SOCKET_TX_THRESHOLD, 0) == ZX_ERR_ACCESS_DENIED)
    let pair = try SocketPair(.stream)
    var name = [CChar](repeating: 0, count: 32)
    #expect(zx_object_get_property(pair.writer, ZX_PROP_NAME, &name, 32) == ZX_ERR_WRONG_TYPE)
    #expect(zx_object_set_property(pair.writer, ZX_PROP_NAME, &name, 32) == ZX_ERR_WRONG_TYPE)
  }

  @Test(
    arguments: [ZX_PROP_SOCKET_RX_THRESHOLD, ZX_PROP_SOCKET_TX_THRESHOLD], BadAddress.unreadable)
  func `setting a threshold from a bad pointer is INVALID_ARGS`(
    property: UInt32, address: BadAddress
  ) throws {
    let pair = try SocketPair(.stream)
    let bad = try BadMemory(address, holding: 5)
    #expect(zx_object_set_property(pair.writer, property, bad.pointer, 8) == ZX_ERR_INVALID_ARGS)
    #expect(threshold(of: pair.writer, property) == 0)
  }

  /// An event for the VMO of the core test.
  @Test func `ZX_INFO_SOCKET: another type, 4 bytes, no INSPECT`() throws {
    let event = try OwnedHandle.event()
    let pair = try SocketPair(.stream)
    let reduced = try OwnedHandle(
      duplicating: pair.writer, rights: ZX_DEFAULT_SOCKET_RIGHTS & ~ZX_RIGHT_INSPECT)
    var info = zx_info_socket_t()
    func ask(_ handle: zx_handle_t, _ size: Int) -> zx_status_t {
      zx_object_get_info(handle, ZX_INFO_SOCKET, &info, size, nil, nil)
    }
    let size = MemoryLayout<zx_info_socket_t>.size
    #expect(ask(event.value, size) == ZX_ERR_WRONG_TYPE)
    #expect(ask(pair.writer, 4) == ZX_ERR_BUFFER_TOO_SMALL)
    #expect(ask(reduced.value, size) == ZX_ERR_ACCESS_DENIED)
  }
}
