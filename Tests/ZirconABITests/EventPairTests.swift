import CZircon
import TestSupport
import Testing

/// Source: `zx_eventpair_create`.
@Suite("zx_eventpair_create") struct EventPairTests {
  @Test(arguments: [1, 2, 0x8000_0000, UInt32.max])
  func `options are NOT_SUPPORTED and write no handle`(options: UInt32) {
    var first: zx_handle_t = 0x1234_5678
    var second: zx_handle_t = 0x8765_4321
    #expect(zx_eventpair_create(options, &first, &second) == ZX_ERR_NOT_SUPPORTED)
    #expect(first == 0x1234_5678)
    #expect(second == 0x8765_4321)
  }

  @Test func `both ends are of type 16 with rights 0xF003 and refer to each other`() throws {
    let pair = try EventPair()
    let first = try basicInfo(of: pair.first)
    let second = try basicInfo(of: pair.second)
    for info in [first, second] {
      #expect(info.type == 16)
      #expect(info.rights == 0xF003)
    }
    #expect(first.koid != second.koid)
    #expect(first.related_koid == second.koid)
    #expect(second.related_koid == first.koid)
  }

  @Test func `neither end has a signal at first`() throws {
    let pair = try EventPair()
    #expect(signals(of: pair.first) == 0)
    #expect(signals(of: pair.second) == 0)
  }

  @Test func `signal changes the own side, signal_peer the other`() throws {
    let pair = try EventPair()
    #expect(zx_object_signal(pair.first, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(signals(of: pair.first) == ZX_USER_SIGNAL_0)
    #expect(signals(of: pair.second) == 0)
    let user = ZX_USER_SIGNAL_1 | ZX_USER_SIGNAL_2
    #expect(zx_object_signal_peer(pair.first, 0, user) == ZX_OK)
    #expect(signals(of: pair.first) == ZX_USER_SIGNAL_0)
    #expect(signals(of: pair.second) == user)
  }

  @Test(arguments: [ZX_EVENTPAIR_PEER_CLOSED, 0x1, 0x2, ZX_SIGNAL_HANDLE_CLOSED])
  func `PEER_CLOSED and other bits cannot be signalled: INVALID_ARGS`(mask: zx_signals_t) throws {
    let pair = try EventPair()
    for signal in [zx_object_signal, zx_object_signal_peer] {
      #expect(signal(pair.first, 0, mask) == ZX_ERR_INVALID_ARGS)
      #expect(signal(pair.first, mask, 0) == ZX_ERR_INVALID_ARGS)
    }
    #expect(signals(of: pair.first) == 0)
    #expect(signals(of: pair.second) == 0)
  }

  @Test func `the last handle of a side adds PEER_CLOSED to the other and clears nothing`() throws {
    var pair = try EventPair()
    var copy = try OwnedHandle(duplicating: pair.first)
    #expect(zx_object_signal_peer(pair.first, 0, 0x8000_0008) == ZX_OK)
    #expect(zx_object_signal(pair.second, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    pair.closeFirst()
    #expect(signals(of: pair.second) == 0x8100_0008)
    copy.close()
    #expect(signals(of: pair.second) == 0x8100_000C)
  }

  @Test func `after the close signal_peer is PEER_CLOSED and signal still OK`() throws {
    var pair = try EventPair()
    pair.closeFirst()
    #expect(zx_object_signal_peer(pair.second, 0, ZX_USER_SIGNAL_0) == ZX_ERR_PEER_CLOSED)
    #expect(zx_object_signal(pair.second, 0, ZX_EVENTPAIR_SIGNALED) == ZX_OK)
    #expect(signals(of: pair.second) == 0xC)
  }

  @Test func `the survivor keeps its koids`() throws {
    var pair = try EventPair()
    let before = try basicInfo(of: pair.second)
    pair.closeFirst()
    let after = try basicInfo(of: pair.second)
    #expect(after.koid == before.koid)
    #expect(after.related_koid == before.related_koid)
  }

  @Test func `closing a side releases a waiter for PEER_CLOSED`() throws {
    var pair = try EventPair()
    let second = pair.second
    let waiter = try TestThread {
      waitOne(second, ZX_EVENTPAIR_PEER_CLOSED, until: farDeadline())
    }
    #expect(waiter.waitUntilAsleep())
    pair.closeFirst()
    #expect(waiter.join() == WaitAnswer(status: ZX_OK, observed: 0x4))
  }

  @Test func `a waiter for SIGNALED is not released by PEER_CLOSED`() throws {
    var pair = try EventPair()
    let second = pair.second
    let waiter = try TestThread {
      waitOne(second, ZX_EVENTPAIR_SIGNALED, until: farDeadline())
    }
    #expect(waiter.waitUntilAsleep())
    pair.closeFirst()
    #expect(waiter.waitUntilAsleep())
    #expect(zx_object_signal(second, 0, ZX_EVENTPAIR_SIGNALED) == ZX_OK)
    #expect(waiter.join() == WaitAnswer(status: ZX_OK, observed: 0xC))
  }
}
