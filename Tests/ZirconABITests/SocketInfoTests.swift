import CZircon
import Testing

/// Source: `zx_object_get_info` with `ZX_INFO_SOCKET`.
@Suite("ZX_INFO_SOCKET") struct SocketInfoTests {
  private static let size = MemoryLayout<zx_info_socket_t>.size

  @Test func `the record is 48 bytes with the fields in the contract's places`() {
    #expect(MemoryLayout<zx_info_socket_t>.size == 48)
    #expect(MemoryLayout<zx_info_socket_t>.alignment == 8)
    #expect(MemoryLayout<zx_info_socket_t>.offset(of: \.options) == 0)
    #expect(MemoryLayout<zx_info_socket_t>.offset(of: \.rx_buf_max) == 8)
    #expect(MemoryLayout<zx_info_socket_t>.offset(of: \.rx_buf_size) == 16)
    #expect(MemoryLayout<zx_info_socket_t>.offset(of: \.rx_buf_available) == 24)
    #expect(MemoryLayout<zx_info_socket_t>.offset(of: \.tx_buf_max) == 32)
    #expect(MemoryLayout<zx_info_socket_t>.offset(of: \.tx_buf_size) == 40)
  }

  @Test(arguments: SocketVariant.all)
  func `the limits of both directions are 264160`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let info = try socketInfo(of: pair.writer)
    #expect(info.rx_buf_max == 264_160)
    #expect(info.tx_buf_max == 264_160)
  }

  @Test(arguments: SocketVariant.all)
  func `padding is 0`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    var bytes = [UInt8](repeating: 0xFF, count: Self.size)
    let status = zx_object_get_info(
      pair.writer, ZX_INFO_SOCKET, &bytes, Self.size, nil, nil)
    #expect(status == ZX_OK)
    #expect(bytes[4..<8].allSatisfy { $0 == 0 })
  }

  @Test(arguments: SocketVariant.streams)
  func `a stream's available bytes are all its bytes`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, bytePattern(5)) == .ok(5))
    #expect(socketWrite(pair.writer, bytePattern(6)) == .ok(6))
    let reader = try socketInfo(of: pair.reader)
    #expect(reader.rx_buf_size == 11)
    #expect(reader.rx_buf_available == 11)
    #expect(reader.tx_buf_size == 0)
    let writer = try socketInfo(of: pair.writer)
    #expect(writer.tx_buf_size == 11)
    #expect(writer.rx_buf_size == 0)
  }

  @Test(arguments: SocketVariant.datagrams)
  func `a datagram socket's available bytes are its first datagram`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    for byteCount in [5, 6, 4_096] {
      #expect(socketWrite(pair.writer, bytePattern(byteCount)) == .ok(byteCount))
    }
    for (size, available, truncated) in [(4_107, 5, 4), (4_102, 6, 6), (4_096, 4_096, 1)] {
      let info = try socketInfo(of: pair.reader)
      #expect(info.rx_buf_size == size)
      #expect(info.rx_buf_available == available)
      #expect(socketRead(pair.reader, truncated).answer == .ok(truncated))
    }
    let info = try socketInfo(of: pair.reader)
    #expect(info.rx_buf_size == 0)
    #expect(info.rx_buf_available == 0)
  }

  @Test func `the first datagram is told also behind many others`() throws {
    let pair = try SocketPair(.datagram)
    let lengths = (0..<3_000).map { 1 + $0 % 7 }
    for length in lengths {
      try #require(socketWrite(pair.writer, bytePattern(length)) == .ok(length))
    }
    var queued = lengths.reduce(0, +)
    for length in lengths {
      let info = try socketInfo(of: pair.reader)
      try #require(info.rx_buf_available == length)
      try #require(info.rx_buf_size == queued)
      try #require(socketRead(pair.reader, 7) == .ok(bytePattern(length)))
      queued -= length
    }
  }

  @Test(arguments: SocketVariant.all)
  func `a closed peer makes tx 0 and leaves rx`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, bytePattern(5)) == .ok(5))
    #expect(socketWrite(pair.reader, bytePattern(3)) == .ok(3))
    pair.closeWriter()
    let info = try socketInfo(of: pair.reader)
    #expect(info.tx_buf_max == 0)
    #expect(info.tx_buf_size == 0)
    #expect(info.rx_buf_max == socketCapacity)
    #expect(info.rx_buf_size == 5)
    #expect(info.rx_buf_available == 5)
  }

  @Test func `WRONG_TYPE comes before ACCESS_DENIED before BUFFER_TOO_SMALL`() throws {
    var info = zx_info_socket_t()
    let event = try OwnedHandle.event()
    let bareEvent = try OwnedHandle(duplicating: event.value, rights: 0)
    let pair = try SocketPair(.stream)
    let reduced = try OwnedHandle(
      duplicating: pair.writer, rights: ZX_DEFAULT_SOCKET_RIGHTS & ~ZX_RIGHT_INSPECT)
    let cases: [(zx_handle_t, zx_status_t)] = [
      (0, ZX_ERR_BAD_HANDLE), (event.value, ZX_ERR_WRONG_TYPE),
      (bareEvent.value, ZX_ERR_WRONG_TYPE), (reduced.value, ZX_ERR_ACCESS_DENIED),
      (pair.writer, ZX_ERR_BUFFER_TOO_SMALL),
    ]
    for (handle, status) in cases {
      #expect(zx_object_get_info(handle, ZX_INFO_SOCKET, &info, 4, nil, nil) == status)
    }
  }

  @Test func `the right INSPECT is enough`() throws {
    let pair = try SocketPair(.stream)
    let reduced = try OwnedHandle(duplicating: pair.writer, rights: ZX_RIGHT_INSPECT)
    #expect(try socketInfo(of: reduced.value).rx_buf_max == socketCapacity)
  }
}
