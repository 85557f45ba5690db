import CZircon
import TestSupport
import Testing

/// Source: `zx_channel_read`.
@Suite("zx_channel_read") struct ChannelReadTests {
  private func read(_ handle: zx_handle_t, _ options: UInt32 = 0) -> zx_status_t {
    zx_channel_read(handle, options, nil, nil, 0, 0, nil, nil)
  }

  @Test func `the handle is judged first: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED`() throws {
    let pair = try EventPair()
    #expect(read(0, 0xFF) == ZX_ERR_BAD_HANDLE)
    #expect(read(try staleHandle(), 0xFF) == ZX_ERR_BAD_HANDLE)
    #expect(read(pair.first, 0xFF) == ZX_ERR_WRONG_TYPE)
    let bare = try OwnedHandle(duplicating: pair.first, rights: ZX_RIGHT_NONE)
    #expect(read(bare.value, 0xFF) == ZX_ERR_WRONG_TYPE)
    var channel = try ChannelPair()
    channel.forgetFirst(now: try replaced(channel.first, rights: 0xF00E & ~ZX_RIGHT_READ))
    #expect(channelWrite(channel.second, [1]) == ZX_OK)
    #expect(read(channel.first, 0xFF) == ZX_ERR_ACCESS_DENIED)
  }

  @Test(arguments: [2, 0xFF, 0x8000_0001, UInt32.max])
  func `an unknown option is NOT_SUPPORTED, judged before messages`(options: UInt32) throws {
    let pair = try ChannelPair()
    #expect(read(pair.first, options) == ZX_ERR_NOT_SUPPORTED)
    #expect(channelWrite(pair.second, [1]) == ZX_OK)
    #expect(read(pair.first, options) == ZX_ERR_NOT_SUPPORTED)
    #expect(try channelTake(pair.first).bytes == [1])
  }

  @Test func `without a message it is SHOULD_WAIT, and PEER_CLOSED without a peer`() throws {
    var pair = try ChannelPair()
    #expect(read(pair.first) == ZX_ERR_SHOULD_WAIT)
    pair.closeSecond()
    #expect(read(pair.first) == ZX_ERR_PEER_CLOSED)
  }

  @Test func `messages come whole and in order, and READABLE goes with the last`() throws {
    let pair = try ChannelPair()
    for count in [3, 0, 65_536] {
      #expect(channelWrite(pair.first, bytePattern(count)) == ZX_OK)
    }
    #expect(signals(of: pair.first) == 0x2)
    for count in [3, 0, 65_536] {
      #expect(signals(of: pair.second) == 0x3)
      #expect(try channelTake(pair.second).bytes == bytePattern(count))
    }
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test func `an empty message is read with nothing but null pointers`() throws {
    let pair = try ChannelPair()
    #expect(channelWrite(pair.first) == ZX_OK)
    #expect(read(pair.second) == ZX_OK)
    #expect(read(pair.second) == ZX_ERR_SHOULD_WAIT)
  }

  @Test func `too little room is BUFFER_TOO_SMALL, tells the sizes and leaves the message`() throws
  {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let copy = try OwnedHandle(duplicating: event.value)
    var sent = copy.value
    #expect(channelWrite(pair.first, [1, 2, 3], [sent]) == ZX_OK)
    for (maxBytes, maxHandles) in [(0, 0), (2, 1), (3, 0)] as [(UInt32, UInt32)] {
      var bytes: [UInt8] = [9, 9, 9]
      var (byteCount, handleCount): (UInt32, UInt32) = (0, 0)
      let status = zx_channel_read(
        pair.second, 0, &bytes, &sent, maxBytes, maxHandles, &byteCount, &handleCount)
      #expect(status == ZX_ERR_BUFFER_TOO_SMALL)
      #expect(byteCount == 3)
      #expect(handleCount == 1)
      #expect(bytes == [9, 9, 9])
      #expect(read(pair.second) == ZX_ERR_BUFFER_TOO_SMALL)
    }
    let message = try channelTake(pair.second)
    #expect(message.bytes == [1, 2, 3])
    #expect(try handleCount(of: event.value) == 2)
    closeAll(message.handles)
    copy.abandon()
  }

  @Test func `MAY_DISCARD destroys what does not fit, with its handles`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    for _ in 0..<2 {
      let copy = try OwnedHandle(duplicating: event.value)
      #expect(channelWrite(pair.first, [1, 2], [copy.value]) == ZX_OK)
      copy.abandon()
    }
    #expect(try handleCount(of: event.value) == 3)
    var (byteCount, handleCountOut): (UInt32, UInt32) = (0, 0)
    #expect(
      zx_channel_read(pair.second, 1, nil, nil, 1, 1, &byteCount, &handleCountOut)
        == ZX_ERR_BUFFER_TOO_SMALL)
    #expect(byteCount == 2)
    #expect(handleCountOut == 1)
    #expect(signals(of: pair.second) == 0x3)
    #expect(try handleCount(of: event.value) == 2)
    #expect(read(pair.second, 1) == ZX_ERR_BUFFER_TOO_SMALL)
    #expect(try handleCount(of: event.value) == 1)
    #expect(signals(of: pair.second) == 0x2)
    #expect(read(pair.second, 1) == ZX_ERR_SHOULD_WAIT)
  }

  @Test func `what was written before the peer closed stays readable`() throws {
    var pair = try ChannelPair()
    for byte in 1...4 as ClosedRange<UInt8> { #expect(channelWrite(pair.first, [byte]) == ZX_OK) }
    pair.closeFirst()
    for byte in 1...4 as ClosedRange<UInt8> {
      #expect(signals(of: pair.second) == 0x5)
      #expect(try channelTake(pair.second).bytes == [byte])
    }
    #expect(signals(of: pair.second) == 0x4)
    #expect(read(pair.second) == ZX_ERR_PEER_CLOSED)
  }

  @Test func `a received handle has the rights it was sent with and another value`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let reduced = try OwnedHandle(duplicating: event.value, rights: 0x4003)
    let before = reduced.value
    #expect(channelWrite(pair.first, [], [before]) == ZX_OK)
    #expect(!isLive(before))
    reduced.abandon()
    let received = OwnedHandle(owning: try channelTakeHandle(pair.second))
    #expect(!isLive(before))
    let info = try basicInfo(of: received.value)
    #expect(info.rights == 0x4003)
    #expect(info.koid == (try basicInfo(of: event.value)).koid)
  }

  @Test func `several readers: each message goes to one, each sees increasing order`() throws {
    let pair = try ChannelPair()
    let total = 2_000
    for number in 0..<total {
      #expect(channelWrite(pair.first, [UInt8(number & 0xFF), UInt8(number >> 8)]) == ZX_OK)
    }
    let reader = pair.second
    let read = try race(threadCount: 3) { _ in
      var numbers: [Int] = []
      while true {
        let (status, message) = channelRead(reader, maxBytes: 2, maxHandles: 0)
        guard status == ZX_OK else { return numbers }
        numbers.append(Int(message.bytes[0]) | Int(message.bytes[1]) << 8)
      }
    }
    let lists = try read.map { try #require($0) }
    for list in lists { #expect(list == list.sorted()) }
    #expect(lists.flatMap(\.self).sorted() == Array(0..<total))
  }

  // MARK: Bad pointers

  @Test(arguments: BadAddress.unwritable)
  func `unwritable bytes are INVALID_ARGS; the message is gone, its handles are closed`(
    address: BadAddress
  ) throws {
    for size in [2, 100, 20_000] {
      let pair = try ChannelPair()
      let event = try OwnedHandle.event()
      let copy = try OwnedHandle(duplicating: event.value)
      #expect(channelWrite(pair.first, bytePattern(size), [copy.value]) == ZX_OK)
      copy.abandon()
      let bad = try BadMemory(address, byteCount: size)
      var room = ZX_HANDLE_INVALID
      #expect(
        zx_channel_read(pair.second, 0, bad.pointer, &room, UInt32(size), 1, nil, nil)
          == ZX_ERR_INVALID_ARGS)
      #expect(read(pair.second) == ZX_ERR_SHOULD_WAIT)
      #expect(try handleCount(of: event.value) == 1)
    }
  }

  @Test(arguments: BadAddress.unwritable)
  func `unwritable handles are INVALID_ARGS; the message is gone, its handles are closed`(
    address: BadAddress
  ) throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    var sent: [zx_handle_t] = []
    for _ in 0..<4 {
      let copy = try OwnedHandle(duplicating: event.value)
      sent.append(copy.value)
      copy.abandon()
    }
    #expect(channelWrite(pair.first, [7], sent) == ZX_OK)
    let bad = try BadMemory(address, byteCount: 16)
    var byte: UInt8 = 0
    let handles = bad.bound(to: zx_handle_t.self)
    #expect(
      zx_channel_read(pair.second, 0, &byte, handles, 1, 4, nil, nil) == ZX_ERR_INVALID_ARGS)
    #expect(read(pair.second) == ZX_ERR_SHOULD_WAIT)
    #expect(try handleCount(of: event.value) == 1)
  }

  @Test(arguments: BadAddress.unwritableNotNull)
  func `unwritable counts are INVALID_ARGS; a message that fits is gone`(address: BadAddress) throws
  {
    let bad = try BadMemory(address, byteCount: 4)
    let count = bad.bound(to: UInt32.self)
    for isHandleCount in [false, true] {
      let pair = try ChannelPair()
      #expect(channelWrite(pair.first, [1, 2]) == ZX_OK)
      let (bytes, handles) = isHandleCount ? (nil, count) : (count, nil)
      #expect(
        zx_channel_read(pair.second, 0, nil, nil, 1, 0, bytes, handles) == ZX_ERR_INVALID_ARGS)
      #expect(signals(of: pair.second) == 0x3, "one that does not fit stays")
      var room: [UInt8] = [0, 0]
      #expect(
        zx_channel_read(pair.second, 0, &room, nil, 2, 0, bytes, handles) == ZX_ERR_INVALID_ARGS)
      #expect(read(pair.second) == ZX_ERR_SHOULD_WAIT)
    }
  }

  @Test func `room that the message does not need is not looked at`() throws {
    let pair = try ChannelPair()
    let half = try BadMemory(.halfMapped, byteCount: 8)
    #expect(channelWrite(pair.first, [1, 2, 3, 4]) == ZX_OK)
    #expect(zx_channel_read(pair.second, 0, half.pointer, nil, 8, 64, nil, nil) == ZX_OK)
    #expect(half.pointer?.load(as: UInt32.self) == 0x0403_0201)
  }
}
