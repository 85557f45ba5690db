import CZircon
import Glibc
import TestSupport
import Testing

/// Writes the parts as one vector.
private func writeVector(_ handle: zx_handle_t, _ parts: [[UInt8]]) -> Answer {
  let whole = UnsafeMutableRawBufferPointer.allocate(
    byteCount: max(1, parts.reduce(0) { $0 + $1.count }), alignment: 1)
  defer { whole.deallocate() }
  whole.copyBytes(from: parts.joined())
  var offset = 0
  let vector = parts.map { part in
    defer { offset += part.count }
    return zx_iovec_t(buffer: whole.baseAddress.map { $0 + offset }, capacity: part.count)
  }
  var actual = Answer.untouched
  let status = zxl_socket_writev(handle, 0, vector, vector.count, &actual)
  return Answer(status: status, actual: actual)
}

/// Reads into buffers of these sizes; gives each buffer, its unused tail cut off.
private func readVector(
  _ handle: zx_handle_t, _ sizes: [Int], options: UInt32 = 0
) -> (answer: Answer, parts: [[UInt8]]) {
  let buffers = sizes.map {
    UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, $0), alignment: 1)
  }
  defer { for buffer in buffers { buffer.deallocate() } }
  let vector = zip(buffers, sizes).map {
    zx_iovec_t(buffer: $0.0.baseAddress, capacity: $0.1)
  }
  var actual = Answer.untouched
  let status = zxl_socket_readv(handle, options, vector, vector.count, &actual)
  var left = status == ZX_OK ? actual : 0
  let parts = zip(buffers, sizes).map { buffer, size in
    let count = min(size, left)
    left -= count
    return [UInt8](buffer.prefix(count))
  }
  return (Answer(status: status, actual: actual), parts)
}

/// Source: `<zircon/linux.h>`, `zxl_socket_writev` and `zxl_socket_readv`.
@Suite("zxl_socket_writev, zxl_socket_readv") struct LinuxVectorTests {
  @Test func `the limit is 1024 and the vector's entry 16 bytes`() {
    #expect(ZXL_SOCKET_MAX_IOVECS == 1_024)
    #expect(MemoryLayout<zx_iovec_t>.size == 16)
  }

  @Test(arguments: SocketVariant.all)
  func `a vector is written as one message of all its parts`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(writeVector(pair.writer, [[1], [], [2, 3], [4, 5, 6]]) == .ok(6))
    #expect(try socketInfo(of: pair.reader).rx_buf_available == 6)
    #expect(socketRead(pair.reader, 100) == .ok([1, 2, 3, 4, 5, 6]))
    #expect(socketRead(pair.reader, 100) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test(arguments: SocketVariant.all)
  func `a vector is read part by part`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2, 3, 4, 5]) == .ok(5))
    let peek = readVector(pair.reader, [2, 0, 1, 50], options: ZX_SOCKET_PEEK)
    #expect(peek.answer == .ok(5))
    #expect(peek.parts == [[1, 2], [], [3], [4, 5]])
    let read = readVector(pair.reader, [1, 2, 0, 1])
    #expect(read.answer == .ok(4))
    #expect(read.parts == [[1], [2, 3], [], [4]])
    let rest = readVector(pair.reader, [8, 8])
    if variant.kind == .stream {
      #expect(rest.answer == .ok(1))
      #expect(rest.parts == [[5], []])
    } else {
      #expect(rest.answer == .error(ZX_ERR_SHOULD_WAIT))
    }
  }

  @Test(arguments: SocketVariant.all)
  func `vectors work beyond what Linux's buffer takes`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    for index in 0..<3_000 {
      let bytes = bytePattern(5, from: 5 * index)
      let parts = [[UInt8](bytes[..<2]), [UInt8](bytes[2...])]
      try #require(writeVector(pair.writer, parts) == .ok(5))
    }
    for index in 0..<3_000 {
      let bytes = bytePattern(5, from: 5 * index)
      let read = readVector(pair.reader, [1, 4])
      try #require(read.answer == .ok(5))
      try #require(read.parts == [[UInt8](bytes[..<1]), [UInt8](bytes[1...])])
    }
  }

  @Test(arguments: SocketVariant.streams)
  func `a stream takes the prefix of a vector that fits`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let bytes = bytePattern(300_000)
    let parts = stride(from: 0, to: 300_000, by: 1_000).map { [UInt8](bytes[$0..<$0 + 1_000]) }
    #expect(writeVector(pair.writer, parts) == .ok(socketCapacity))
    #expect(writeVector(pair.writer, [[1]]) == .error(ZX_ERR_SHOULD_WAIT))
    #expect(drainSocket(pair.reader) == .all([UInt8](bytes[..<socketCapacity])))
  }

  @Test(arguments: SocketVariant.datagrams)
  func `a datagram above the capacity is OUT_OF_RANGE, above the free space SHOULD_WAIT`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    let half = bytePattern(socketCapacity / 2)
    #expect(writeVector(pair.writer, [half, half, [1]]) == .error(ZX_ERR_OUT_OF_RANGE))
    #expect(writeVector(pair.writer, [half, [1]]) == .ok(half.count + 1))
    #expect(writeVector(pair.writer, [[1], half]) == .error(ZX_ERR_SHOULD_WAIT))
    #expect(socketRead(pair.reader, socketCapacity) == .ok(half + [1]))
  }

  @Test(arguments: SocketVariant.all)
  func `an empty vector is a write or read of no bytes`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    var actual = Answer.untouched
    #expect(zxl_socket_writev(pair.writer, 0, nil, 0, &actual) == ZX_OK)
    #expect(actual == 0)
    #expect(writeVector(pair.writer, [[], []]) == .ok(0))
    #expect(zxl_socket_readv(pair.reader, 0, nil, 0, nil) == ZX_ERR_SHOULD_WAIT)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(readVector(pair.reader, []).answer == .ok(0))
    #expect(readVector(pair.reader, [0, 0]).answer == .ok(0))
    #expect(socketRead(pair.reader, 4) == .ok([1]))
    pair.closeReader()
    #expect(writeVector(pair.writer, []) == .error(ZX_ERR_PEER_CLOSED))
  }

  @Test(arguments: [1_025, 1 << 32, Int.max, -1])
  func `more than 1024 entries are OUT_OF_RANGE`(count: Int) throws {
    let pair = try SocketPair(.stream)
    let vector = [zx_iovec_t](repeating: zx_iovec_t(buffer: nil, capacity: 0), count: 1_100)
    #expect(zxl_socket_writev(pair.writer, 0, vector, count, nil) == ZX_ERR_OUT_OF_RANGE)
    #expect(zxl_socket_readv(pair.writer, 0, vector, count, nil) == ZX_ERR_OUT_OF_RANGE)
  }

  @Test(arguments: SocketVariant.all)
  func `1024 entries are OK`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let bytes = bytePattern(1_024)
    #expect(writeVector(pair.writer, bytes.map { [$0] }) == .ok(1_024))
    let read = readVector(pair.reader, [Int](repeating: 1, count: 1_024))
    #expect(read.answer == .ok(1_024))
    #expect(ReadAnswer.ok(read.parts.flatMap { $0 }) == .ok(bytes))
  }

  @Test(arguments: BadAddress.unreadable)
  func `a vector that cannot be read is INVALID_ARGS`(address: BadAddress) throws {
    let pair = try SocketPair(.stream)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    let contents = [UInt8](repeating: 0, count: 32)
    let bad = try BadMemory(address, holding: contents)
    let vector = bad.bound(to: zx_iovec_t.self)
    #expect(zxl_socket_writev(pair.writer, 0, vector, 2, nil) == ZX_ERR_INVALID_ARGS)
    #expect(zxl_socket_readv(pair.reader, 0, vector, 2, nil) == ZX_ERR_INVALID_ARGS)
    #expect(socketRead(pair.reader, 2) == .ok([1]))
  }

  @Test(
    arguments: SocketVariant.all, [[1 << 32], [1 << 31, 1 << 31], [Int.max, Int.max], [-1, 2]])
  func `a sum above UINT32_MAX is INVALID_ARGS, also if it overflows`(
    variant: SocketVariant, sizes: [Int]
  ) throws {
    let pair = try SocketPair(variant)
    var byte: UInt8 = 1
    try withUnsafeMutablePointer(to: &byte) { byte in
      let vector = sizes.map { zx_iovec_t(buffer: byte, capacity: $0) }
      let status = zxl_socket_writev(pair.writer, 0, vector, vector.count, nil)
      #expect(status == ZX_ERR_INVALID_ARGS)
      try #require(socketWrite(pair.writer, [1]) == .ok(1))
      let read = zxl_socket_readv(pair.reader, 0, vector, vector.count, nil)
      #expect(read == ZX_ERR_INVALID_ARGS)
    }
    #expect(socketRead(pair.reader, 2) == .ok([1]))
  }

  @Test(arguments: SocketVariant.all, BadAddress.unreadable)
  func `a part that cannot be read is INVALID_ARGS, a datagram is not queued`(
    variant: SocketVariant, address: BadAddress
  ) throws {
    let pair = try SocketPair(variant)
    let bad = try BadMemory(address, byteCount: 50)
    var byte: UInt8 = 1
    withUnsafeMutablePointer(to: &byte) { byte in
      let vector = [
        zx_iovec_t(buffer: byte, capacity: 1), zx_iovec_t(buffer: bad.pointer, capacity: 50),
      ]
      var actual = Answer.untouched
      let status = zxl_socket_writev(pair.writer, 0, vector, 2, &actual)
      #expect(Answer(status: status, actual: actual) == .error(ZX_ERR_INVALID_ARGS))
    }
    let queued = try socketInfo(of: pair.reader).rx_buf_size
    if variant.kind == .datagram { #expect(queued == 0) }
    #expect((signals(of: pair.reader) & ZX_SOCKET_READABLE != 0) == (queued > 0))
    #expect(drainSocket(pair.reader).bytes.count == queued)
  }

  @Test(arguments: SocketVariant.all)
  func `a part behind the bytes that move is not touched`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2]) == .ok(2))
    let bad = try BadMemory(.noAccess, byteCount: 8)
    var bytes: UInt16 = 0
    withUnsafeMutablePointer(to: &bytes) { bytes in
      let vector = [
        zx_iovec_t(buffer: bytes, capacity: 2), zx_iovec_t(buffer: bad.pointer, capacity: 8),
      ]
      var actual = Answer.untouched
      #expect(zxl_socket_readv(pair.reader, 0, vector, 2, &actual) == ZX_OK)
      #expect(actual == 2)
    }
    #expect(bytes == 0x0201)
  }

  @Test(arguments: BadAddress.unwritableNotNull)
  func `a bad actual is INVALID_ARGS with the data moved`(address: BadAddress) throws {
    let pair = try SocketPair(.stream)
    let bad = try BadMemory(address, holding: Answer.untouched)
    let actual = bad.bound(to: Int.self)
    var byte: UInt8 = 7
    withUnsafeMutablePointer(to: &byte) { byte in
      let vector = [zx_iovec_t(buffer: byte, capacity: 1)]
      #expect(zxl_socket_writev(pair.writer, 0, vector, 1, actual) == ZX_ERR_INVALID_ARGS)
      #expect(signals(of: pair.reader) == 0x3)
      #expect(zxl_socket_readv(pair.reader, 0, vector, 1, actual) == ZX_ERR_INVALID_ARGS)
      #expect(signals(of: pair.reader) == 0x2)
    }
  }

  @Test(arguments: [1, 2, UInt32.max])
  func `unknown options are INVALID_ARGS`(options: UInt32) throws {
    let pair = try SocketPair(.stream)
    #expect(zxl_socket_writev(pair.writer, options, nil, 0, nil) == ZX_ERR_INVALID_ARGS)
    #expect(zxl_socket_readv(pair.writer, options, nil, 0, nil) == ZX_ERR_INVALID_ARGS)
  }
}
