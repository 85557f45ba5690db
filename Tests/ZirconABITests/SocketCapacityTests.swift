import CZircon
import Testing

/// Source: the capacity of a socket: 264160 bytes of payload per direction for any size of the
/// writes, and no other limit.
@Suite("socket capacity") struct SocketCapacityTests {
  /// Writes messages of `size` bytes of the pattern until one is refused; gives their number.
  private func fill(_ handle: zx_handle_t, size: Int) throws -> Int {
    let pattern = bytePattern(socketCapacity + 2 * size)
    var count = 0
    while true {
      let start = count * size
      var actual = Answer.untouched
      let status = pattern[start..<start + size].withUnsafeBytes {
        zx_socket_write(handle, 0, $0.baseAddress, size, &actual)
      }
      guard status == ZX_OK else {
        #expect(Answer(status: status, actual: actual) == .error(ZX_ERR_SHOULD_WAIT))
        return count
      }
      count += 1
      try #require(actual == size || count == socketCapacity / size + 1)
    }
  }

  @Test func `a stream takes exactly 264160 writes of one byte`() throws {
    let pair = try SocketPair(.stream)
    #expect(try fill(pair.writer, size: 1) == 264_160)
    #expect(signals(of: pair.writer) == 0)
    #expect(signals(of: pair.reader) == 0x3)
    #expect(try socketInfo(of: pair.reader).rx_buf_size == socketCapacity)
    #expect(drainSocket(pair.reader) == .all(bytePattern(socketCapacity)))
    #expect(signals(of: pair.writer) == 0x2)
  }

  @Test func `a datagram socket takes exactly 264160 datagrams of one byte`() throws {
    let pair = try SocketPair(.datagram)
    #expect(try fill(pair.writer, size: 1) == 264_160)
    #expect(signals(of: pair.writer) == 0)
    #expect(try socketInfo(of: pair.reader).rx_buf_size == socketCapacity)
    #expect(try socketInfo(of: pair.reader).rx_buf_available == 1)
    for byte in bytePattern(socketCapacity) {
      // Room for more, so that datagrams melted into one would show.
      var read: (UInt8, UInt8) = (0, 0)
      var actual = 0
      try #require(zx_socket_read(pair.reader, 0, &read, 2, &actual) == ZX_OK)
      try #require(actual == 1 && read.0 == byte)
    }
    #expect(socketRead(pair.reader, 1) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test(arguments: SocketVariant.datagrams)
  func `a datagram socket takes exactly 2641 datagrams of 100 bytes`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    #expect(try fill(pair.writer, size: 100) == 2_641)
    // 60 bytes are free: not full, so still WRITABLE.
    #expect(signals(of: pair.writer) == 0x2)
    #expect(socketWrite(pair.writer, bytePattern(61)) == .error(ZX_ERR_SHOULD_WAIT))
    let last = bytePattern(60, from: 264_100)
    #expect(socketWrite(pair.writer, last) == .ok(60))
    #expect(signals(of: pair.writer) == 0)
    for index in 0..<2_641 {
      try #require(socketRead(pair.reader, 200) == .ok(bytePattern(100, from: index * 100)))
    }
    #expect(socketRead(pair.reader, 200) == .ok(last))
    #expect(socketRead(pair.reader, 200) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test(arguments: SocketVariant.streams, [7, 100, 1_000, 4_064, 4_096, 65_536, 200_000])
  func `a stream takes 264160 bytes in writes of any size`(
    variant: SocketVariant, size: Int
  ) throws {
    let pair = try SocketPair(variant)
    let count = try fill(pair.writer, size: size)
    #expect(count == (socketCapacity + size - 1) / size)
    #expect(try socketInfo(of: pair.writer).tx_buf_size == socketCapacity)
    #expect(drainSocket(pair.reader) == .all(bytePattern(socketCapacity)))
  }

  @Test(arguments: SocketVariant.datagrams, [7, 1_000, 4_064, 4_096, 65_536, 200_000])
  func `a datagram socket takes as many datagrams as the bytes allow`(
    variant: SocketVariant, size: Int
  ) throws {
    let pair = try SocketPair(variant)
    let count = try fill(pair.writer, size: size)
    #expect(count == socketCapacity / size)
    for index in 0..<count {
      try #require(socketRead(pair.reader, size) == .ok(bytePattern(size, from: index * size)))
    }
    #expect(socketRead(pair.reader, size) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test(arguments: SocketKind.allCases)
  func `both directions are full at the same time`(kind: SocketKind) throws {
    let pair = try SocketPair(kind)
    let size = 40
    #expect(try fill(pair.writer, size: size) == socketCapacity / size)
    #expect(try fill(pair.reader, size: size) == socketCapacity / size)
    #expect(signals(of: pair.writer) == 0x1)
    #expect(signals(of: pair.reader) == 0x1)
    for handle in [pair.reader, pair.writer] {
      for index in 0..<socketCapacity / size {
        try #require(socketRead(handle, size) == .ok(bytePattern(size, from: index * size)))
      }
    }
    #expect(signals(of: pair.writer) == 0x2)
    #expect(signals(of: pair.reader) == 0x2)
  }

  @Test(arguments: SocketKind.allCases)
  func `many pairs are full at the same time`(kind: SocketKind) throws {
    var handles: [zx_handle_t] = []
    defer { closeAll(handles) }
    for _ in 0..<20 {
      var first = ZX_HANDLE_INVALID
      var second = ZX_HANDLE_INVALID
      try #require(zx_socket_create(kind.options, &first, &second) == ZX_OK)
      handles += [first, second]
      try fillSocket(first)
      try fillSocket(second)
    }
    for handle in handles {
      #expect(socketRead(handle, socketCapacity) == .ok(bytePattern(socketCapacity)))
    }
  }

  @Test(arguments: SocketKind.allCases)
  func `a buffer kept nearly full stays in order`(kind: SocketKind) throws {
    let pair = try SocketPair(kind)
    let size = 20
    let messages = try fill(pair.writer, size: size)
    var read = 0
    // Every message read makes room for one, so that the queue turns over twice.
    for next in messages..<3 * messages {
      try #require(socketRead(pair.reader, size) == .ok(bytePattern(size, from: read * size)))
      read += 1
      let bytes = bytePattern(size, from: next * size)
      try #require(socketWrite(pair.writer, bytes) == .ok(size))
      try #require(socketWrite(pair.writer, [0]) == .error(ZX_ERR_SHOULD_WAIT))
    }
    while read < 3 * messages {
      try #require(socketRead(pair.reader, size) == .ok(bytePattern(size, from: read * size)))
      read += 1
    }
    #expect(socketRead(pair.reader, size) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test func `a stream of odd sizes on both sides stays in order`() throws {
    let pair = try SocketPair(.stream)
    let total = 3_000_000
    let sizes = [1, 3, 700, 2, 50_001, 9, 4_095, 1, 1, 17]
    var (written, read, step) = (0, 0, 0)
    while read < total {
      let size = min(sizes[step % sizes.count], total - written)
      if size > 0 {
        let answer = socketWrite(pair.writer, bytePattern(size, from: written))
        try #require(answer.status == ZX_OK || answer == .error(ZX_ERR_SHOULD_WAIT))
        if answer.status == ZX_OK { written += answer.actual }
      }
      let wanted = sizes[(step / 3) % sizes.count]
      let answer = socketRead(pair.reader, wanted)
      if answer.answer.status == ZX_OK {
        try #require(answer.bytes == bytePattern(answer.bytes.count, from: read))
        read += answer.bytes.count
      } else {
        try #require(answer == .error(ZX_ERR_SHOULD_WAIT))
      }
      step += 1
    }
    #expect(try socketInfo(of: pair.reader).rx_buf_size == 0)
  }
}
