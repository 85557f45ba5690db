import CZircon
import TestSupport
import Testing

/// Source: `zx_channel_create`.
@Suite("zx_channel_create") struct ChannelCreateTests {
  @Test(arguments: [1, 2, 0x8000_0000, UInt32.max])
  func `options are INVALID_ARGS and write no handle`(options: UInt32) {
    var first: zx_handle_t = 0x1234_5678
    var second: zx_handle_t = 0x8765_4321
    #expect(zx_channel_create(options, &first, &second) == ZX_ERR_INVALID_ARGS)
    #expect(first == 0x1234_5678)
    #expect(second == 0x8765_4321)
  }

  @Test func `both ends are of type 4 with rights 0xF00E and refer to each other`() throws {
    let pair = try ChannelPair()
    let first = try basicInfo(of: pair.first)
    let second = try basicInfo(of: pair.second)
    for info in [first, second] {
      #expect(info.type == 4)
      #expect(info.rights == 0xF00E)
    }
    #expect(first.koid != second.koid)
    #expect(first.related_koid == second.koid)
    #expect(second.related_koid == first.koid)
  }

  @Test func `both ends are writable at first, which is so for a deadline in the past`() throws {
    let pair = try ChannelPair()
    for end in [pair.first, pair.second] {
      #expect(signals(of: end) == 0x2)
      var observed: zx_signals_t = 0
      #expect(zx_object_wait_one(end, ZX_CHANNEL_WRITABLE, .min, &observed) == ZX_OK)
      #expect(observed == 0x2)
    }
  }

  @Test(arguments: BadAddress.unwritable)
  func `a bad out is INVALID_ARGS`(address: BadAddress) throws {
    let bad = try BadMemory(address, byteCount: 4)
    var good = ZX_HANDLE_INVALID
    #expect(zx_channel_create(0, bad.bound(to: zx_handle_t.self), &good) == ZX_ERR_INVALID_ARGS)
    #expect(!isLive(good))
    #expect(zx_channel_create(0, &good, bad.bound(to: zx_handle_t.self)) == ZX_ERR_INVALID_ARGS)
    #expect(!isLive(good))
  }

  @Test func `a channel cannot be duplicated: ACCESS_DENIED`() throws {
    let pair = try ChannelPair()
    var copy = ZX_HANDLE_INVALID
    #expect(
      zx_handle_duplicate(pair.first, ZX_RIGHT_SAME_RIGHTS, &copy) == ZX_ERR_ACCESS_DENIED)
  }

  @Test(arguments: [ZX_CHANNEL_READABLE, ZX_CHANNEL_WRITABLE, ZX_CHANNEL_PEER_CLOSED, 0x8])
  func `only user bits can be signalled: INVALID_ARGS`(mask: zx_signals_t) throws {
    let pair = try ChannelPair()
    for signal in [zx_object_signal, zx_object_signal_peer] {
      #expect(signal(pair.first, 0, mask) == ZX_ERR_INVALID_ARGS)
      #expect(signal(pair.first, mask, 0) == ZX_ERR_INVALID_ARGS)
    }
    #expect(zx_object_signal(pair.first, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(zx_object_signal_peer(pair.first, 0, ZX_USER_SIGNAL_1) == ZX_OK)
    #expect(signals(of: pair.first) == ZX_USER_SIGNAL_0 | 0x2)
    #expect(signals(of: pair.second) == ZX_USER_SIGNAL_1 | 0x2)
  }

  @Test func `closing an end takes WRITABLE from the other and adds PEER_CLOSED`() throws {
    var pair = try ChannelPair()
    pair.closeFirst()
    #expect(signals(of: pair.second) == 0x4)
    #expect(zx_object_signal_peer(pair.second, 0, ZX_USER_SIGNAL_0) == ZX_ERR_PEER_CLOSED)
    #expect(zx_object_signal(pair.second, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(signals(of: pair.second) == ZX_USER_SIGNAL_0 | 0x4)
  }
}
