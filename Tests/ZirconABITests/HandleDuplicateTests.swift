import CZircon
import Testing

/// Source: `zx_handle_duplicate`, checks in order.
@Suite("zx_handle_duplicate") struct HandleDuplicateTests {
  private func duplicate(
    _ handle: zx_handle_t, _ rights: zx_rights_t
  ) -> (status: zx_status_t, out: zx_handle_t) {
    var out: zx_handle_t = 0x1234_5678
    let status = zx_handle_duplicate(handle, rights, &out)
    return (status, out)
  }

  @Test func `a bad handle is BAD_HANDLE before anything else`() throws {
    for handle in [ZX_HANDLE_INVALID, try staleHandle(), zx_handle_t.max] {
      let (status, out) = duplicate(handle, zx_rights_t.max)
      #expect(status == ZX_ERR_BAD_HANDLE)
      #expect(out == 0x1234_5678)
    }
  }

  @Test(arguments: [ZX_RIGHT_SAME_RIGHTS, 0, ZX_RIGHT_WAIT, ZX_RIGHT_EXECUTE])
  func `no DUPLICATE right is ACCESS_DENIED whatever is asked for`(rights: zx_rights_t) throws {
    let event = try OwnedHandle.event()
    let reduced = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_WAIT)
    let (status, out) = duplicate(reduced.value, rights)
    #expect(status == ZX_ERR_ACCESS_DENIED)
    #expect(out == 0x1234_5678)
  }

  @Test func `SAME_RIGHTS copies the source's rights`() throws {
    let pair = try SocketPair(.stream)
    let copy = try OwnedHandle(duplicating: pair.writer)
    #expect(try basicInfo(of: copy.value).rights == ZX_DEFAULT_SOCKET_RIGHTS)
    let reduced = try OwnedHandle(duplicating: pair.writer, rights: 0x4001)
    let copyOfReduced = try OwnedHandle(duplicating: reduced.value)
    #expect(try basicInfo(of: copyOfReduced.value).rights == 0x4001)
  }

  @Test func `a subset is OK and is exactly what the copy has`() throws {
    let pair = try SocketPair(.stream)
    for bit in 0..<32 {
      let right = zx_rights_t(1) << zx_rights_t(bit)
      guard ZX_DEFAULT_SOCKET_RIGHTS & right != 0 else { continue }
      let copy = try OwnedHandle(duplicating: pair.writer, rights: right)
      #expect(try basicInfo(of: copy.value).rights == right)
    }
  }

  @Test(arguments: 0..<31)
  func `a right that the source lacks is INVALID_ARGS and makes no handle`(bit: Int) throws {
    let right = zx_rights_t(1) << zx_rights_t(bit)
    let event = try OwnedHandle.event()
    guard ZX_DEFAULT_EVENT_RIGHTS & right == 0 else {
      let copy = try OwnedHandle(duplicating: event.value, rights: right)
      #expect(try basicInfo(of: copy.value).rights == right)
      return
    }
    for rights in [right, right | ZX_DEFAULT_EVENT_RIGHTS] {
      let (status, out) = duplicate(event.value, rights)
      #expect(status == ZX_ERR_INVALID_ARGS)
      #expect(out == 0x1234_5678)
    }
    #expect(try handleCount(of: event.value) == 1)
  }

  @Test(arguments: [ZX_RIGHT_WAIT, ZX_RIGHT_DUPLICATE, ZX_DEFAULT_EVENT_RIGHTS])
  func `SAME_RIGHTS together with another bit is INVALID_ARGS`(rights: zx_rights_t) throws {
    let event = try OwnedHandle.event()
    #expect(duplicate(event.value, ZX_RIGHT_SAME_RIGHTS | rights).status == ZX_ERR_INVALID_ARGS)
    #expect(try handleCount(of: event.value) == 1)
  }

  @Test func `no rights at all is OK and leaves only what needs none`() throws {
    let pair = try SocketPair(.stream)
    let bare = try OwnedHandle(duplicating: pair.writer, rights: ZX_RIGHT_NONE)
    #expect(try basicInfo(of: bare.value).rights == 0)
    #expect(isLive(bare.value))
    #expect(socketWrite(bare.value, [1]) == .error(ZX_ERR_ACCESS_DENIED))
    #expect(zx_object_wait_one(bare.value, 0, 0, nil) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_object_signal(bare.value, 0, 0) == ZX_ERR_ACCESS_DENIED)
    #expect(duplicate(bare.value, 0).status == ZX_ERR_ACCESS_DENIED)
  }

  @Test func `the copy has its own value and the same koid`() throws {
    let pair = try SocketPair(.datagram)
    let copy = try OwnedHandle(duplicating: pair.writer)
    #expect(copy.value != pair.writer)
    let source = try basicInfo(of: pair.writer)
    let info = try basicInfo(of: copy.value)
    #expect(info.koid == source.koid)
    #expect(info.related_koid == source.related_koid)
    #expect(info.type == source.type)
  }

  @Test func `the source is not affected`() throws {
    let event = try OwnedHandle.event()
    var copy = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_WAIT)
    copy.close()
    #expect(try basicInfo(of: event.value).rights == ZX_DEFAULT_EVENT_RIGHTS)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
  }

  @Test func `the handle count follows every duplicate and every close`() throws {
    let event = try OwnedHandle.event()
    var copies: [zx_handle_t] = []
    for count: UInt32 in 1...100 {
      #expect(try handleCount(of: event.value) == count)
      let (status, out) = duplicate(event.value, ZX_RIGHT_SAME_RIGHTS)
      try #require(status == ZX_OK)
      copies.append(out)
    }
    for (index, copy) in copies.enumerated() {
      #expect(zx_handle_close(copy) == ZX_OK)
      #expect(try handleCount(of: event.value) == UInt32(100 - index))
    }
  }

  /// As many as Zircon has in all.
  ///
  /// The process is its own, so that no other test is short of them.
  @Test func `262144 duplicates of one event are live at once and counted`() async {
    await #expect(processExitsWith: .success) {
      let event = try OwnedHandle.event()
      var copies: [zx_handle_t] = []
      for _ in 1..<262_144 {
        var copy = ZX_HANDLE_INVALID
        try #require(zx_handle_duplicate(event.value, ZX_RIGHT_SAME_RIGHTS, &copy) == ZX_OK)
        copies.append(copy)
      }
      #expect(try handleCount(of: event.value) == 262_144)
      #expect(Set(copies).count == copies.count)
      #expect(copies.allSatisfy { isLive($0) })
      #expect(zx_object_signal(copies[200_000], 0, ZX_USER_SIGNAL_3) == ZX_OK)
      #expect(signals(of: event.value) == ZX_USER_SIGNAL_3)
      #expect(zx_handle_close_many(copies, copies.count) == ZX_OK)
      #expect(try handleCount(of: event.value) == 1)
    }
  }

  @Test func `a full table is NO_MEMORY, the rest goes on, and a close makes room`() async {
    await #expect(processExitsWith: .success) {
      let event = try OwnedHandle.event()
      var copies: [zx_handle_t] = []
      var copy: zx_handle_t = 0
      var status = ZX_OK
      while copies.count < 1 << 22 {
        copy = 0x1234_5678
        status = zx_handle_duplicate(event.value, ZX_RIGHT_SAME_RIGHTS, &copy)
        guard status == ZX_OK else { break }
        copies.append(copy)
      }
      #expect(status == ZX_ERR_NO_MEMORY)
      #expect(copy == 0x1234_5678)
      #expect(copies.count >= 262_143)
      #expect(try handleCount(of: event.value) == UInt32(copies.count + 1))
      #expect(zx_event_create(0, &copy) == ZX_ERR_NO_MEMORY)
      var other: zx_handle_t = 0x1234_5678
      #expect(zx_socket_create(0, &copy, &other) == ZX_ERR_NO_MEMORY)
      #expect(zx_eventpair_create(0, &copy, &other) == ZX_ERR_NO_MEMORY)
      #expect(copy == 0x1234_5678)
      #expect(other == 0x1234_5678)

      let last = copies.removeLast()
      #expect(signals(of: last) == 0)
      #expect(zx_handle_close(last) == ZX_OK)
      // One place is not enough for a pair, and none may be lost by finding that out.
      #expect(zx_eventpair_create(0, &copy, &other) == ZX_ERR_NO_MEMORY)
      #expect(zx_handle_duplicate(event.value, ZX_RIGHT_SAME_RIGHTS, &copy) == ZX_OK)
      #expect(isLive(copy))
      #expect(zx_handle_close(copy) == ZX_OK)
      #expect(zx_handle_close_many(copies, copies.count) == ZX_OK)
      #expect(try handleCount(of: event.value) == 1)
    }
  }
}
