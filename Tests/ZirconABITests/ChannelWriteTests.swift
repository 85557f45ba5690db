import CZircon
import Glibc
import TestSupport
import Testing

/// A copy of a handle without an owner: it will be given away.
func loose(_ source: zx_handle_t, rights: zx_rights_t = ZX_RIGHT_SAME_RIGHTS) throws -> zx_handle_t
{
  var copy = ZX_HANDLE_INVALID
  try #require(zx_handle_duplicate(source, rights, &copy) == ZX_OK)
  return copy
}

/// Source: `zx_channel_write`.
@Suite("zx_channel_write") struct ChannelWriteTests {
  @Test(arguments: [1, 4, 0xFF, 0x8000_0000, UInt32.max])
  func `an unknown option is INVALID_ARGS before all else, and takes the handles`(
    options: UInt32
  ) throws {
    let event = try OwnedHandle.event()
    let pair = try ChannelPair()
    for channel in [pair.first, 0, event.value] {
      var sent = try [loose(event.value), loose(event.value)]
      #expect(zx_channel_write(channel, options, nil, 0, &sent, 2) == ZX_ERR_INVALID_ARGS)
      #expect(!isLive(sent[0]))
      #expect(!isLive(sent[1]))
    }
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test func `BAD_HANDLE, WRONG_TYPE and ACCESS_DENIED take the handles`() throws {
    let event = try OwnedHandle.event()
    var pair = try ChannelPair()
    pair.forgetFirst(now: try replaced(pair.first, rights: 0xF00E & ~ZX_RIGHT_WRITE))
    let bare = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_NONE)
    let cases = [
      (try staleHandle(), ZX_ERR_BAD_HANDLE), (0, ZX_ERR_BAD_HANDLE),
      (event.value, ZX_ERR_WRONG_TYPE), (bare.value, ZX_ERR_WRONG_TYPE),
      (pair.first, ZX_ERR_ACCESS_DENIED),
    ]
    for (channel, status) in cases {
      let sent = try loose(event.value)
      #expect(channelWrite(channel, [], [sent]) == status)
      #expect(!isLive(sent))
      // Before the sizes, and before the bytes.
      #expect(zx_channel_write(channel, 0, nil, 65_537, nil, 65) == status)
    }
    #expect(try handleCount(of: event.value) == 2)
  }

  @Test func `65,536 bytes and 64 handles go, one more is OUT_OF_RANGE`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let sent = try (0..<64).map { _ in try loose(event.value) }
    #expect(channelWrite(pair.first, bytePattern(65_536), sent) == ZX_OK)
    #expect(channelWrite(pair.first, bytePattern(65_537)) == ZX_ERR_OUT_OF_RANGE)
    #expect(zx_channel_write(pair.first, 0, nil, 65_537, nil, 0) == ZX_ERR_OUT_OF_RANGE)
    #expect(zx_channel_write(pair.first, 0, nil, .max, nil, 0) == ZX_ERR_OUT_OF_RANGE)
    let message = try channelTake(pair.second)
    #expect(message.bytes == bytePattern(65_536))
    #expect(message.handles.count == 64)
    #expect(Set(message.handles).count == 64)
    closeAll(message.handles)
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test(arguments: [65, 128, 200])
  func `more than 64 handles are OUT_OF_RANGE, and all of them are closed`(count: Int) throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let sent = try (0..<count).map { _ in try loose(event.value) }
    #expect(channelWrite(pair.first, [], sent) == ZX_ERR_OUT_OF_RANGE)
    #expect(sent.allSatisfy { !isLive($0) })
    #expect(try handleCount(of: event.value) == 1)
  }

  @Test(arguments: BadAddress.unreadable)
  func `unreadable bytes are INVALID_ARGS and take the handles`(address: BadAddress) throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    for size in [2, 4_096, 65_536] {
      let bad = try BadMemory(address, byteCount: size)
      var sent = try loose(event.value)
      #expect(
        zx_channel_write(pair.first, 0, bad.pointer, UInt32(size), &sent, 1)
          == ZX_ERR_INVALID_ARGS)
      #expect(!isLive(sent))
    }
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test(arguments: BadAddress.unreadable)
  func `unreadable handles are INVALID_ARGS`(address: BadAddress) throws {
    let pair = try ChannelPair()
    let bad = try BadMemory(address, byteCount: 64)
    let handles = UnsafePointer(bad.bound(to: zx_handle_t.self))
    #expect(zx_channel_write(pair.first, 0, nil, 0, handles, 16) == ZX_ERR_INVALID_ARGS)
    #expect(zx_channel_write(pair.first, 0, nil, 0, handles, 65) == ZX_ERR_OUT_OF_RANGE)
    #expect(zx_channel_write(0, 0, nil, 0, handles, 16) == ZX_ERR_BAD_HANDLE)
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test func `a handle that is none is BAD_HANDLE, and the others are gone`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    for bad in [0, try staleHandle(), 0xFFFF_FFFF] {
      let sent = try [loose(event.value), bad, loose(event.value)]
      #expect(channelWrite(pair.first, [1], sent) == ZX_ERR_BAD_HANDLE)
      #expect(!isLive(sent[0]) && !isLive(sent[2]))
    }
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test func `the same handle twice is BAD_HANDLE, and it is gone`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let sent = try loose(event.value)
    #expect(channelWrite(pair.first, [], [sent, sent]) == ZX_ERR_BAD_HANDLE)
    #expect(!isLive(sent))
    #expect(try handleCount(of: event.value) == 1)
  }

  @Test func `a handle without TRANSFER is ACCESS_DENIED, and all are gone`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let sent = try [
      loose(event.value), loose(event.value, rights: 0xD003 & ~ZX_RIGHT_TRANSFER),
      loose(event.value),
    ]
    #expect(channelWrite(pair.first, [], sent) == ZX_ERR_ACCESS_DENIED)
    #expect(sent.allSatisfy { !isLive($0) })
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test func `the first failing handle decides`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let fixed = try loose(event.value, rights: 0xD003 & ~ZX_RIGHT_TRANSFER)
    #expect(channelWrite(pair.first, [], [fixed, 0]) == ZX_ERR_ACCESS_DENIED)
    let fixedAgain = try loose(event.value, rights: 0xD003 & ~ZX_RIGHT_TRANSFER)
    #expect(channelWrite(pair.first, [], [0, fixedAgain]) == ZX_ERR_BAD_HANDLE)
    #expect(!isLive(fixedAgain))
  }

  @Test func `an end sent through itself is NOT_SUPPORTED and closes`() throws {
    var pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let sent = try [loose(event.value), pair.first]
    #expect(channelWrite(pair.first, [1], sent) == ZX_ERR_NOT_SUPPORTED)
    #expect(!isLive(pair.first))
    pair.forgetFirst()
    #expect(signals(of: pair.second) == 0x4)
    #expect(try handleCount(of: event.value) == 1)
  }

  @Test func `an end without TRANSFER sent through itself is ACCESS_DENIED`() throws {
    var pair = try ChannelPair()
    let end = try replaced(pair.first, rights: 0xF00E & ~ZX_RIGHT_TRANSFER)
    pair.forgetFirst()
    #expect(channelWrite(end, [], [end]) == ZX_ERR_ACCESS_DENIED)
    #expect(signals(of: pair.second) == 0x4)
  }

  /// In a process of its own, since such an end is never freed, as on Zircon: it lies in its own queue.
  @Test func `the opposite end can be sent`() async {
    await #expect(processExitsWith: .exitCode(17)) {
      var pair = try ChannelPair()
      try #require(channelWrite(pair.first, [1], [pair.second]) == ZX_OK)
      try #require(!isLive(pair.second))
      pair.forgetSecond()
      try #require(signals(of: pair.first) == 0x2)
      _exit(17)
    }
  }

  @Test func `without a peer it is PEER_CLOSED, after the handles have been judged`() throws {
    var pair = try ChannelPair()
    pair.closeSecond()
    let event = try OwnedHandle.event()
    let sent = try loose(event.value)
    #expect(channelWrite(pair.first, [1], [sent]) == ZX_ERR_PEER_CLOSED)
    #expect(!isLive(sent))
    #expect(channelWrite(pair.first, [1], [0]) == ZX_ERR_BAD_HANDLE)
    #expect(zx_channel_write(pair.first, 0, nil, 1, nil, 0) == ZX_ERR_INVALID_ARGS)
    #expect(channelWrite(pair.first) == ZX_ERR_PEER_CLOSED)
  }

  @Test func `2,000 messages wait unread`() throws {
    let pair = try ChannelPair()
    for number in 0..<2_000 {
      #expect(channelWrite(pair.first, [UInt8(number & 0xFF)]) == ZX_OK)
    }
    for number in 0..<2_000 {
      #expect(try channelTake(pair.second).bytes == [UInt8(number & 0xFF)])
    }
  }

  @Test func `a write wakes who waits to read`() throws {
    let pair = try ChannelPair()
    let reader = pair.second
    let thread = try TestThread {
      var observed: zx_signals_t = 0
      let status = zx_object_wait_one(reader, ZX_CHANNEL_READABLE, farDeadline(), &observed)
      return [status, Int32(observed)]
    }
    #expect(thread.waitUntilAsleep())
    #expect(channelWrite(pair.first, [1]) == ZX_OK)
    #expect(thread.join() == [ZX_OK, 0x3])
  }
}
