import CZircon
import Testing

/// Source: `zx_socket_create`, checks in order and state right after creation.
@Suite("zx_socket_create") struct SocketCreateTests {
  @Test(arguments: [2, 3, 4, 8, ~ZX_SOCKET_DATAGRAM, 0x8000_0000, UInt32.max])
  func `unknown options are INVALID_ARGS and write no handle`(options: UInt32) {
    var first: zx_handle_t = 0x1234_5677
    var second: zx_handle_t = 0x7654_3217
    #expect(zx_socket_create(options, &first, &second) == ZX_ERR_INVALID_ARGS)
    #expect(first == 0x1234_5677)
    #expect(second == 0x7654_3217)
  }

  @Test(arguments: SocketKind.allCases)
  func `creation is OK and gives two distinct live handles`(kind: SocketKind) throws {
    let pair = try SocketPair(kind)
    #expect(pair.writer != pair.reader)
    #expect(pair.writer & ZX_HANDLE_FIXED_BITS_MASK == ZX_HANDLE_FIXED_BITS_MASK)
    #expect(pair.reader & ZX_HANDLE_FIXED_BITS_MASK == ZX_HANDLE_FIXED_BITS_MASK)
    #expect(zx_handle_check_valid(pair.writer) == ZX_OK)
    #expect(zx_handle_check_valid(pair.reader) == ZX_OK)
  }

  @Test(arguments: SocketVariant.all)
  func `both handles are of type SOCKET with the default rights`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let info = try basicInfo(of: pair.writer)
    #expect(info.type == 14)
    #expect(info.rights == 0x10_F0CF)
    #expect(info.reserved == 0)
  }

  @Test(arguments: SocketKind.allCases)
  func `the koids are set, distinct and refer to each other`(kind: SocketKind) throws {
    let pair = try SocketPair(kind)
    let writer = try basicInfo(of: pair.writer)
    let reader = try basicInfo(of: pair.reader)
    #expect(writer.koid >= 1024)
    #expect(reader.koid >= 1024)
    #expect(writer.koid >> 63 == 0)
    #expect(writer.koid != reader.koid)
    #expect(writer.related_koid == reader.koid)
    #expect(reader.related_koid == writer.koid)
  }

  @Test(arguments: SocketVariant.all)
  func `a fresh endpoint is exactly WRITABLE`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(signals(of: pair.writer) == 0x2)
  }

  @Test(arguments: SocketVariant.all)
  func `a fresh endpoint is empty and tells its options`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let info = try socketInfo(of: pair.writer)
    #expect(info.options == variant.kind.options)
    #expect(info.rx_buf_size == 0)
    #expect(info.rx_buf_available == 0)
    #expect(info.tx_buf_size == 0)
  }

  @Test(arguments: SocketVariant.all)
  func `pairs are independent of each other`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let other = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2, 3]) == .ok(3))
    #expect(socketRead(other.reader, 8) == .error(ZX_ERR_SHOULD_WAIT))
    #expect(signals(of: other.writer) == 0x2)
    #expect(signals(of: other.reader) == 0x2)
    #expect(socketRead(pair.reader, 8) == .ok([1, 2, 3]))
  }
}
