import CZircon
import Testing

/// Source: handle values: their low bits, and when a closed value may be given out again.
@Suite("handle values") struct HandleValueTests {
  @Test func `every value has both low bits set, and live values differ`() throws {
    var values = try makeEvents(200)
    for _ in 0..<100 {
      var first = ZX_HANDLE_INVALID
      var second = ZX_HANDLE_INVALID
      try #require(zx_eventpair_create(0, &first, &second) == ZX_OK)
      values += [first, second]
    }
    #expect(values.allSatisfy { $0 & 3 == 3 })
    #expect(Set(values).count == values.count)
    closeAll(values)
  }

  @Test func `closing and creating at once gives a different value`() throws {
    var last = ZX_HANDLE_INVALID
    for _ in 0..<1_000 {
      let event = try OwnedHandle.event()
      #expect(event.value != last)
      last = event.value
    }
  }

  /// The process is its own: nobody else takes handles, so that fewer than 4096 creations cannot
  /// give one slot out 4096 times.
  @Test func `no closed value comes back within the next 4095 creations`() async {
    await #expect(processExitsWith: .success) {
      var lastSeen: [zx_handle_t: Int] = [:]
      for index in 0..<20_000 {
        let event = try OwnedHandle.event()
        if let earlier = lastSeen.updateValue(index, forKey: event.value) {
          #expect(index - earlier >= 4_096)
        }
      }
    }
  }

  @Test func `a stale value stays BAD_HANDLE while its slot is used by others`() throws {
    let stale = try staleHandle()
    for _ in 0..<2_000 {
      let event = try OwnedHandle.event()
      try #require(event.value != stale)
      try #require(!isLive(stale))
    }
    #expect(zx_object_signal(stale, 0, ZX_EVENT_SIGNALED) == ZX_ERR_BAD_HANDLE)
  }

  @Test(arguments: [1, 2, 3])
  func `a live value with a low bit cleared is BAD_HANDLE`(bits: zx_handle_t) throws {
    let pair = try SocketPair(.stream)
    let value = pair.writer & ~bits
    #expect(socketWrite(value, [1]) == .error(ZX_ERR_BAD_HANDLE))
    #expect(zx_object_signal(value, 0, 0) == ZX_ERR_BAD_HANDLE)
    #expect(zx_object_wait_one(value, 0, 0, nil) == ZX_ERR_BAD_HANDLE)
    var out = ZX_HANDLE_INVALID
    #expect(zx_handle_duplicate(value, ZX_RIGHT_SAME_RIGHTS, &out) == ZX_ERR_BAD_HANDLE)
    #expect(zx_handle_replace(value, ZX_RIGHT_SAME_RIGHTS, &out) == ZX_ERR_BAD_HANDLE)
    #expect(isLive(pair.writer))
  }

  @Test func `made-up values are answered with BAD_HANDLE`() {
    var value: zx_handle_t = 1
    for _ in 0..<100_000 {
      value = value &* 1_664_525 &+ 1_013_904_223
      // With a low bit cleared, so that it cannot be the live handle of another test by chance.
      let status = zx_object_signal(value & ~1, 0, 0)
      if status != ZX_ERR_BAD_HANDLE {
        Issue.record("\(value & ~1) answers \(statusName(status))")
      }
    }
  }
}
