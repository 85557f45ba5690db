import CZircon
import TestSupport
import Testing

/// Source: `zx_channel_write` with `ZX_CHANNEL_WRITE_USE_IOVEC`.
@Suite("zx_channel_write, iovecs") struct ChannelVectorTests {
  private func write(
    _ channel: zx_handle_t, _ vector: [zx_channel_iovec_t], handles: [zx_handle_t] = []
  ) -> zx_status_t {
    zx_channel_write(
      channel, ZX_CHANNEL_WRITE_USE_IOVEC, vector, UInt32(vector.count), handles,
      UInt32(handles.count))
  }

  /// Runs `body` with the address of so many bytes of the pattern.
  private func withBytes(_ count: Int, _ body: (UnsafeRawPointer?) throws -> Void) rethrows {
    try bytePattern(count).withUnsafeBytes { try body($0.baseAddress) }
  }

  @Test func `no iovecs make an empty message, whatever the address`() throws {
    let pair = try ChannelPair()
    #expect(write(pair.first, []) == ZX_OK)
    #expect(zx_channel_write(pair.first, 2, UnsafeRawPointer(bitPattern: 1), 0, nil, 0) == ZX_OK)
    #expect(try channelTake(pair.second).bytes == [])
    #expect(try channelTake(pair.second).bytes == [])
  }

  @Test(arguments: [1, 63, 64, 65, 1_000, 8_192])
  func `the buffers follow each other, empty ones and null between them`(count: Int) throws {
    let pair = try ChannelPair()
    withBytes(count * 3) { base in
      let vector = (0..<count).map { index in
        index % 5 == 4
          ? zx_channel_iovec_t(buffer: nil, capacity: 0, reserved: 0)
          : zx_channel_iovec_t(
            buffer: base.map { $0 + index * 3 }, capacity: 3, reserved: 0)
      }
      #expect(write(pair.first, vector) == ZX_OK)
    }
    let expected = (0..<count * 3).filter { $0 / 3 % 5 != 4 }.map { bytePattern(count * 3)[$0] }
    #expect(try channelTake(pair.second).bytes == expected)
  }

  @Test func `too many iovecs or bytes are OUT_OF_RANGE and take the handles`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    try withBytes(100) { base in
      let small = zx_channel_iovec_t(buffer: base, capacity: 1, reserved: 0)
      let large = zx_channel_iovec_t(buffer: base, capacity: 100, reserved: 0)
      let huge = zx_channel_iovec_t(buffer: base, capacity: .max, reserved: 0)
      let vectors = [
        Array(repeating: small, count: 9_000), Array(repeating: large, count: 1_000), [huge, huge],
      ]
      for vector in vectors {
        let sent = try loose(event.value)
        #expect(write(pair.first, vector, handles: [sent]) == ZX_ERR_OUT_OF_RANGE)
        #expect(!isLive(sent))
      }
    }
    #expect(zx_channel_write(pair.first, 2, nil, 8_193, nil, 0) == ZX_ERR_OUT_OF_RANGE)
    #expect(zx_channel_write(pair.first, 2, nil, 8_192, nil, 0) == ZX_ERR_INVALID_ARGS)
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test func `a reserved field is INVALID_ARGS, judged before the sum`() throws {
    let pair = try ChannelPair()
    withBytes(1) { base in
      let bad = zx_channel_iovec_t(buffer: base, capacity: 1, reserved: 1)
      let large = zx_channel_iovec_t(buffer: base, capacity: 65_537, reserved: 0)
      #expect(write(pair.first, [bad]) == ZX_ERR_INVALID_ARGS)
      #expect(write(pair.first, [large, bad]) == ZX_ERR_INVALID_ARGS)
      #expect(write(pair.first, [large]) == ZX_ERR_OUT_OF_RANGE)
    }
  }

  @Test(arguments: BadAddress.unreadable)
  func `unreadable iovecs or data are INVALID_ARGS and take the handles`(
    address: BadAddress
  ) throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let bad = try BadMemory(address, byteCount: 64)
    var sent = try loose(event.value)
    #expect(
      zx_channel_write(pair.first, 2, bad.pointer, 4, &sent, 1) == ZX_ERR_INVALID_ARGS)
    #expect(!isLive(sent))
    try withBytes(8) { base in
      let good = zx_channel_iovec_t(buffer: base, capacity: 8, reserved: 0)
      let broken = zx_channel_iovec_t(buffer: bad.pointer, capacity: 64, reserved: 0)
      for vector in [[broken], [good, broken], [broken, good]] {
        let sent = try loose(event.value)
        #expect(write(pair.first, vector, handles: [sent]) == ZX_ERR_INVALID_ARGS)
        #expect(!isLive(sent))
      }
    }
    #expect(signals(of: pair.second) == 0x2)
  }
}
