import CZircon
import Glibc
import TestSupport
import Testing

/// Source: bad addresses of socket data: faults of `zx_socket_write` and `zx_socket_read`.
@Suite("bad pointers, socket data") struct BadPointerTests {
  /// How many single bytes wait before the fault: none, some, more than Linux's buffer takes.
  private static let prefills = [0, 1, 3_000]

  /// What holds after any failed write: the signals agree with the contents.
  private func expectConsistent(_ pair: borrowing SocketPair, atLeast queued: Int) throws {
    let info = try socketInfo(of: pair.reader)
    #expect(info.rx_buf_size >= queued)
    let isReadable = signals(of: pair.reader) & ZX_SOCKET_READABLE != 0
    #expect(isReadable == (info.rx_buf_size > 0))
    let drained = drainSocket(pair.reader)
    #expect(drained.end == ZX_ERR_SHOULD_WAIT)
    #expect(drained.bytes.count == info.rx_buf_size)
    #expect(drained.bytes.starts(with: bytePattern(queued)))
    #expect(signals(of: pair.reader) & ZX_SOCKET_READABLE == 0)
  }

  @Test(arguments: SocketVariant.all, BadAddress.unreadable)
  func `writing from a bad address is INVALID_ARGS and leaves actual alone`(
    variant: SocketVariant, address: BadAddress
  ) throws {
    for prefill in Self.prefills {
      for size in [2, 100, 8_192, 100_000] {
        let pair = try SocketPair(variant)
        try writeSingleBytes(pair.writer, count: prefill)
        let bad = try BadMemory(address, holding: bytePattern(size, from: prefill))
        var actual = Answer.untouched
        let status = zx_socket_write(pair.writer, 0, bad.pointer, size, &actual)
        #expect(Answer(status: status, actual: actual) == .error(ZX_ERR_INVALID_ARGS))
        if variant.kind == .datagram {
          #expect(try socketInfo(of: pair.reader).rx_buf_size == prefill)
        }
        #expect(signals(of: pair.writer) == 0x2)
        try expectConsistent(pair, atLeast: prefill)
      }
    }
  }

  /// A stream may have taken a prefix; whatever comes later stands behind it.
  @Test(arguments: SocketVariant.streams, prefills)
  func `a stream goes on in order after a write that faulted half-way`(
    variant: SocketVariant, prefill: Int
  ) throws {
    let pair = try SocketPair(variant)
    try writeSingleBytes(pair.writer, count: prefill)
    let bad = try BadMemory(.halfMapped, holding: bytePattern(20_000, from: prefill))
    #expect(zx_socket_write(pair.writer, 0, bad.pointer, 20_000, nil) == ZX_ERR_INVALID_ARGS)
    let queued = try socketInfo(of: pair.reader).rx_buf_size
    #expect(queued <= prefill + 10_000)
    #expect(socketWrite(pair.writer, bytePattern(500, from: queued)) == .ok(500))
    #expect(drainSocket(pair.reader) == .all(bytePattern(queued + 500)))
  }

  @Test(arguments: SocketVariant.streams, [0, 3_000])
  func `a bad address behind the bytes that fit is not noticed by a stream write`(
    variant: SocketVariant, singleBytes: Int
  ) throws {
    let pair = try SocketPair(variant)
    try writeSingleBytes(pair.writer, count: singleBytes)
    let large = bytePattern(socketCapacity - 10 - singleBytes, from: singleBytes)
    #expect(socketWrite(pair.writer, large) == .ok(large.count))
    let half = try BadMemory(.halfMapped, holding: bytePattern(20, from: socketCapacity - 10))
    var actual = Answer.untouched
    #expect(zx_socket_write(pair.writer, 0, half.pointer, 20, &actual) == ZX_OK)
    #expect(actual == 10)
    #expect(drainSocket(pair.reader) == .all(bytePattern(socketCapacity)))
  }

  @Test(arguments: SocketVariant.all, BadAddress.unreadable)
  func `state and size are judged before a bad source address`(
    variant: SocketVariant, address: BadAddress
  ) throws {
    var pair = try SocketPair(variant)
    let bad = try BadMemory(address, byteCount: 16)
    let isNull = address == .null
    #expect(zx_socket_write(pair.writer, 0, bad.pointer, 0, nil) == ZX_OK)
    try fillSocket(pair.writer)
    #expect(
      zx_socket_write(pair.writer, 0, bad.pointer, 16, nil)
        == (isNull ? ZX_ERR_INVALID_ARGS : ZX_ERR_SHOULD_WAIT))
    let disabled = ZX_SOCKET_DISPOSITION_WRITE_DISABLED
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(
      zx_socket_write(pair.writer, 0, bad.pointer, 16, nil)
        == (isNull ? ZX_ERR_INVALID_ARGS : ZX_ERR_BAD_STATE))
    pair.closeReader()
    #expect(
      zx_socket_write(pair.writer, 0, bad.pointer, 16, nil)
        == (isNull ? ZX_ERR_INVALID_ARGS : ZX_ERR_PEER_CLOSED))
  }

  @Test(arguments: SocketVariant.datagrams, BadAddress.unreadable.filter { $0 != .null })
  func `an oversize datagram at a bad address is OUT_OF_RANGE`(
    variant: SocketVariant, address: BadAddress
  ) throws {
    let pair = try SocketPair(variant)
    let bad = try BadMemory(address, byteCount: 16)
    let status = zx_socket_write(pair.writer, 0, bad.pointer, socketCapacity + 1, nil)
    #expect(status == ZX_ERR_OUT_OF_RANGE)
  }

  @Test(arguments: SocketVariant.streams, BadAddress.unwritable)
  func `reading a stream to a bad address is INVALID_ARGS, and what is left is in order`(
    variant: SocketVariant, address: BadAddress
  ) throws {
    for prefill in [1, 3_000] {
      for size in [1, 100, 8_192] {
        let pair = try SocketPair(variant)
        try writeSingleBytes(pair.writer, count: prefill)
        #expect(socketWrite(pair.writer, bytePattern(9_000, from: prefill)) == .ok(9_000))
        let bad = try BadMemory(address, byteCount: size)
        var actual = Answer.untouched
        let status = zx_socket_read(pair.reader, 0, bad.pointer, size, &actual)
        #expect(Answer(status: status, actual: actual) == .error(ZX_ERR_INVALID_ARGS))
        let left = try socketInfo(of: pair.reader).rx_buf_size
        let total = prefill + 9_000
        #expect(left >= total - size)
        #expect(drainSocket(pair.reader) == .all(bytePattern(left, from: total - left)))
      }
    }
  }

  @Test(arguments: SocketVariant.streams, BadAddress.unwritable)
  func `after a faulted read of a full stream WRITABLE agrees with a write`(
    variant: SocketVariant, address: BadAddress
  ) throws {
    let pair = try SocketPair(variant)
    try fillSocket(pair.writer)
    let bad = try BadMemory(address, byteCount: 8_192)
    let status = zx_socket_read(pair.reader, 0, bad.pointer, 8_192, nil)
    #expect(status == ZX_ERR_INVALID_ARGS)
    let isWritable = signals(of: pair.writer) & ZX_SOCKET_WRITABLE != 0
    let write = socketWrite(pair.writer, [1])
    #expect(write == (isWritable ? .ok(1) : .error(ZX_ERR_SHOULD_WAIT)))
  }

  /// NULL is found before anything is taken; any other address costs the datagram.
  @Test(arguments: SocketVariant.datagrams, BadAddress.unwritable)
  func `reading a datagram to a bad address is INVALID_ARGS and loses that datagram only`(
    variant: SocketVariant, address: BadAddress
  ) throws {
    for prefill in [0, 3_000] {
      let pair = try SocketPair(variant)
      for _ in 0..<prefill { try #require(socketWrite(pair.writer, [0]) == .ok(1)) }
      for byte: UInt8 in [1, 2, 3] {
        let datagram = [UInt8](repeating: byte, count: 6_000)
        #expect(socketWrite(pair.writer, datagram) == .ok(6_000))
      }
      for _ in 0..<prefill { try #require(socketRead(pair.reader, 1) == .ok([0])) }
      let bad = try BadMemory(address, byteCount: 6_000)
      var actual = Answer.untouched
      let status = zx_socket_read(pair.reader, 0, bad.pointer, 6_000, &actual)
      #expect(Answer(status: status, actual: actual) == .error(ZX_ERR_INVALID_ARGS))
      let next: UInt8 = address == .null ? 1 : 2
      #expect(try socketInfo(of: pair.reader).rx_buf_size == (address == .null ? 18_000 : 12_000))
      for byte in next...3 {
        let datagram = [UInt8](repeating: byte, count: 6_000)
        #expect(socketRead(pair.reader, 6_000) == .ok(datagram))
      }
      #expect(signals(of: pair.reader) == 0x2)
    }
  }

  @Test(arguments: SocketVariant.all, BadAddress.unwritable)
  func `peeking to a bad address is INVALID_ARGS and loses nothing`(
    variant: SocketVariant, address: BadAddress
  ) throws {
    for prefill in [1, 3_000] {
      let pair = try SocketPair(variant)
      let message = variant.kind == .stream ? prefill : 1
      try writeSingleBytes(pair.writer, count: prefill)
      let bad = try BadMemory(address, byteCount: message)
      var actual = Answer.untouched
      let status = zx_socket_read(pair.reader, ZX_SOCKET_PEEK, bad.pointer, message, &actual)
      #expect(Answer(status: status, actual: actual) == .error(ZX_ERR_INVALID_ARGS))
      #expect(signals(of: pair.reader) == 0x3)
      #expect(drainSocket(pair.reader) == .all(bytePattern(prefill)))
    }
  }

  @Test(arguments: SocketVariant.all, [0, ZX_SOCKET_PEEK])
  func `a bad address behind the bytes that are there is not noticed by a read`(
    variant: SocketVariant, options: UInt32
  ) throws {
    for tail in [PROT_NONE, PROT_READ] {
      let pair = try SocketPair(variant)
      #expect(socketWrite(pair.writer, bytePattern(10)) == .ok(10))
      let contents = [UInt8](repeating: 0, count: 50)
      let half = try BadMemory(contents, goodByteCount: 10, tail: tail)
      var actual = Answer.untouched
      #expect(zx_socket_read(pair.reader, options, half.pointer, 50, &actual) == ZX_OK)
      #expect(actual == 10)
      let destination = half.pointer
      let start = try #require(destination)
      #expect([UInt8](UnsafeRawBufferPointer(start: start, count: 10)) == bytePattern(10))
    }
  }

  @Test(arguments: SocketVariant.all, BadAddress.unwritable.filter { $0 != .null })
  func `the state is judged before a bad destination address`(
    variant: SocketVariant, address: BadAddress
  ) throws {
    var pair = try SocketPair(variant)
    let bad = try BadMemory(address, byteCount: 16)
    #expect(zx_socket_read(pair.reader, 0, bad.pointer, 16, nil) == ZX_ERR_SHOULD_WAIT)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(zx_socket_read(pair.reader, 0, bad.pointer, 0, nil) == ZX_OK)
    #expect(socketRead(pair.reader, 1) == .ok([1]))
    let disabled = ZX_SOCKET_DISPOSITION_WRITE_DISABLED
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(zx_socket_read(pair.reader, 0, bad.pointer, 16, nil) == ZX_ERR_BAD_STATE)
    pair.closeWriter()
    #expect(zx_socket_read(pair.reader, 0, bad.pointer, 16, nil) == ZX_ERR_PEER_CLOSED)
  }

  @Test(arguments: SocketVariant.all, BadAddress.unwritableNotNull)
  func `a bad actual of a write is INVALID_ARGS with the data queued`(
    variant: SocketVariant, address: BadAddress
  ) throws {
    let pair = try SocketPair(variant)
    let bad = try BadMemory(address, holding: Answer.untouched)
    let actual = bad.bound(to: Int.self)
    #expect(zx_socket_write(pair.writer, 0, bytePattern(2), 2, actual) == ZX_ERR_INVALID_ARGS)
    #expect(signals(of: pair.reader) == 0x3)
    #expect(zx_socket_write(pair.writer, 0, nil, 0, actual) == ZX_ERR_INVALID_ARGS)
    #expect(socketRead(pair.reader, 8) == .ok(bytePattern(2)))
    #expect(socketRead(pair.reader, 8) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test(arguments: SocketVariant.all, BadAddress.unwritableNotNull)
  func `a bad actual of a read is INVALID_ARGS with the data taken, of a peek with it kept`(
    variant: SocketVariant, address: BadAddress
  ) throws {
    let pair = try SocketPair(variant)
    let bad = try BadMemory(address, holding: Answer.untouched)
    let actual = bad.bound(to: Int.self)
    #expect(socketWrite(pair.writer, [1, 2]) == .ok(2))
    var bytes: [UInt8] = [0, 0]
    let peek = ZX_SOCKET_PEEK
    #expect(zx_socket_read(pair.reader, peek, &bytes, 2, actual) == ZX_ERR_INVALID_ARGS)
    #expect(signals(of: pair.reader) == 0x3)
    #expect(zx_socket_read(pair.reader, 0, nil, 0, actual) == ZX_ERR_INVALID_ARGS)
    bytes = [0, 0]
    #expect(zx_socket_read(pair.reader, 0, &bytes, 2, actual) == ZX_ERR_INVALID_ARGS)
    #expect(bytes == [1, 2])
    #expect(socketRead(pair.reader, 8) == .error(ZX_ERR_SHOULD_WAIT))
    #expect(signals(of: pair.reader) == 0x2)
  }

  @Test(arguments: SocketVariant.all, BadAddress.unwritableNotNull)
  func `a bad actual is not noticed by a call that fails`(
    variant: SocketVariant, address: BadAddress
  ) throws {
    let pair = try SocketPair(variant)
    let bad = try BadMemory(address, holding: Answer.untouched)
    let actual = bad.bound(to: Int.self)
    var byte: UInt8 = 0
    #expect(zx_socket_read(pair.reader, 0, &byte, 1, actual) == ZX_ERR_SHOULD_WAIT)
    #expect(zx_socket_read(0, 0, &byte, 1, actual) == ZX_ERR_BAD_HANDLE)
    try fillSocket(pair.writer)
    #expect(zx_socket_write(pair.writer, 0, &byte, 1, actual) == ZX_ERR_SHOULD_WAIT)
    #expect(zx_socket_write(0, 0, &byte, 1, actual) == ZX_ERR_BAD_HANDLE)
  }
}
