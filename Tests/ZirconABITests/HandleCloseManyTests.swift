import CZircon
import Testing

/// Source: `zx_handle_close_many`.
@Suite("zx_handle_close_many") struct HandleCloseManyTests {
  private func liveCount(_ handles: [zx_handle_t]) -> Int {
    handles.filter { isLive($0) }.count
  }

  @Test func `no handles is OK, with or without an address`() {
    #expect(zx_handle_close_many(nil, 0) == ZX_OK)
    #expect(zx_handle_close_many([], 0) == ZX_OK)
  }

  @Test(arguments: [1, 2, 63, 64, 65, 128, 129, 1_000])
  func `any number of handles is OK and all are closed`(count: Int) throws {
    let events = try makeEvents(count)
    #expect(zx_handle_close_many(events, count) == ZX_OK)
    #expect(liveCount(events) == 0)
  }

  @Test func `only the first num_handles are closed`() throws {
    let events = try makeEvents(3)
    #expect(zx_handle_close_many(events, 2) == ZX_OK)
    #expect(!isLive(events[0]))
    #expect(!isLive(events[1]))
    #expect(zx_handle_close(events[2]) == ZX_OK)
  }

  @Test func `zeros are skipped with OK`() throws {
    let events = try makeEvents(2)
    let list = [0, events[0], 0, 0, events[1], 0]
    #expect(zx_handle_close_many(list, list.count) == ZX_OK)
    #expect(liveCount(events) == 0)
    #expect(zx_handle_close_many([0, 0], 2) == ZX_OK)
  }

  @Test(arguments: [0, 1, 4])
  func `a bad entry is BAD_HANDLE and all others are closed`(position: Int) throws {
    let events = try makeEvents(4)
    var list = events
    list.insert(try staleHandle(), at: position)
    #expect(zx_handle_close_many(list, list.count) == ZX_ERR_BAD_HANDLE)
    #expect(liveCount(events) == 0)
  }

  @Test func `a repeated entry is BAD_HANDLE, closed once, and all others are closed`() throws {
    let events = try makeEvents(3)
    let list = [events[0], events[1], events[0], events[2]]
    #expect(zx_handle_close_many(list, list.count) == ZX_ERR_BAD_HANDLE)
    #expect(liveCount(events) == 0)
  }

  /// The core test's regression: the bad value is in the first chunk, the last chunk is good.
  @Test func `0xbadc0ffe first and 64 good handles is BAD_HANDLE and all 64 are closed`() throws {
    let events = try makeEvents(64)
    let list = [0xBADC_0FFE] + events
    #expect(zx_handle_close_many(list, list.count) == ZX_ERR_BAD_HANDLE)
    #expect(liveCount(events) == 0)
  }

  @Test(arguments: [0, 63, 64, 127, 199])
  func `one bad entry anywhere among 200 is BAD_HANDLE and the rest is closed`(
    position: Int
  ) throws {
    let events = try makeEvents(200)
    #expect(zx_handle_close(events[position]) == ZX_OK)
    #expect(zx_handle_close_many(events, events.count) == ZX_ERR_BAD_HANDLE)
    #expect(liveCount(events) == 0)
  }

  @Test func `closing both ends of a pair at once is OK`() throws {
    var pair = try SocketPair(.stream)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    let list = [pair.writer, pair.reader]
    pair.forgetWriter()
    pair.forgetReader()
    #expect(zx_handle_close_many(list, 2) == ZX_OK)
    #expect(liveCount(list) == 0)
  }

  @Test func `the peer of a closed handle sees PEER_CLOSED`() throws {
    var pair = try SocketPair(.datagram)
    let list = [0, pair.reader]
    pair.forgetReader()
    #expect(zx_handle_close_many(list, 2) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x4)
  }
}
