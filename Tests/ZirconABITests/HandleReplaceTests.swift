import CZircon
import TestSupport
import Testing

/// Source: `zx_handle_replace`, checks in order.
@Suite("zx_handle_replace") struct HandleReplaceTests {
  @Test func `a bad handle is BAD_HANDLE before anything else`() throws {
    for handle in [ZX_HANDLE_INVALID, try staleHandle(), zx_handle_t.max] {
      var out: zx_handle_t = 0x1234_5678
      #expect(zx_handle_replace(handle, zx_rights_t.max, &out) == ZX_ERR_BAD_HANDLE)
      #expect(out == 0x1234_5678)
    }
  }

  @Test(arguments: [ZX_RIGHT_SAME_RIGHTS, ZX_RIGHTS_BASIC, ZX_RIGHT_NONE])
  func `the old value is gone, the new one has the rights`(rights: zx_rights_t) throws {
    var event = try OwnedHandle.event()
    let old = event.value
    let koid = try basicInfo(of: old).koid
    var out = ZX_HANDLE_INVALID
    #expect(zx_handle_replace(old, rights, &out) == ZX_OK)
    event.forget(now: out)
    #expect(out != old)
    #expect(!isLive(old))
    let info = try basicInfo(of: out)
    #expect(info.koid == koid)
    #expect(info.rights == (rights == ZX_RIGHT_SAME_RIGHTS ? ZX_DEFAULT_EVENT_RIGHTS : rights))
  }

  @Test(
    arguments: [ZX_RIGHT_EXECUTE, ZX_RIGHT_READ, ZX_RIGHT_SAME_RIGHTS | ZX_RIGHT_WAIT, ~0])
  func `rights that the source lacks are INVALID_ARGS and the source is closed`(
    rights: zx_rights_t
  ) throws {
    var pair = try EventPair()
    let old = pair.first
    var out: zx_handle_t = 0x1234_5678
    #expect(zx_handle_replace(old, rights, &out) == ZX_ERR_INVALID_ARGS)
    pair.forgetFirst()
    #expect(out == 0x1234_5678)
    #expect(!isLive(old))
    #expect(signals(of: pair.second) == ZX_EVENTPAIR_PEER_CLOSED)
  }

  @Test func `no rights are needed, DUPLICATE neither`() throws {
    let event = try OwnedHandle.event()
    for rights in [ZX_RIGHT_NONE, ZX_RIGHT_WAIT] {
      var reduced = try OwnedHandle(duplicating: event.value, rights: rights)
      var out = ZX_HANDLE_INVALID
      #expect(zx_handle_replace(reduced.value, ZX_RIGHT_SAME_RIGHTS, &out) == ZX_OK)
      reduced.forget(now: out)
      #expect(try basicInfo(of: out).rights == rights)
    }
  }

  @Test(arguments: SocketVariant.all)
  func `replacing the only handle closes nothing`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2]) == .ok(2))
    var out = ZX_HANDLE_INVALID
    #expect(zx_handle_replace(pair.writer, ZX_RIGHT_WRITE, &out) == ZX_OK)
    pair.forgetWriter(now: out)
    #expect(zx_handle_replace(pair.reader, ZX_RIGHT_SAME_RIGHTS, &out) == ZX_OK)
    pair.forgetReader(now: out)
    #expect(signals(of: pair.reader) == 0x3)
    #expect(socketWrite(pair.writer, [3]) == .ok(1))
    #expect(drainSocket(pair.reader) == .all([1, 2, 3]))
    #expect(try handleCount(of: pair.reader) == 1)
  }

  @Test func `replacing releases a waiter on the old handle with CANCELED`() throws {
    var event = try OwnedHandle.event()
    let old = event.value
    let waiter = try TestThread {
      var observed: zx_signals_t = 0
      let status = zx_object_wait_one(old, ZX_EVENT_SIGNALED, farDeadline(), &observed)
      return [status, zx_status_t(bitPattern: observed)]
    }
    #expect(waiter.waitUntilAsleep())
    var out = ZX_HANDLE_INVALID
    #expect(zx_handle_replace(old, ZX_RIGHT_SAME_RIGHTS, &out) == ZX_OK)
    event.forget(now: out)
    #expect(waiter.join() == [ZX_ERR_CANCELED, 0x0080_0000])
    #expect(signals(of: out) == 0)
  }

  /// The process is its own, so that no other test is short of handles.
  @Test func `rights are judged before there is room: INVALID_ARGS closes in a full table`() async {
    await #expect(processExitsWith: .success) {
      let event = try OwnedHandle.event()
      var copies: [zx_handle_t] = []
      var copy = ZX_HANDLE_INVALID
      while copies.count < 1 << 22,
        zx_handle_duplicate(event.value, ZX_RIGHT_SAME_RIGHTS, &copy) == ZX_OK
      {
        copies.append(copy)
      }
      #expect(zx_event_create(0, &copy) == ZX_ERR_NO_MEMORY)
      var out: zx_handle_t = 0x1234_5678
      let last = copies.removeLast()
      #expect(zx_handle_replace(last, ZX_RIGHT_EXECUTE, &out) == ZX_ERR_INVALID_ARGS)
      #expect(out == 0x1234_5678)
      #expect(!isLive(last))
      #expect(zx_event_create(0, &copy) == ZX_OK)
      #expect(zx_handle_close(copy) == ZX_OK)
      #expect(zx_handle_close_many(copies, copies.count) == ZX_OK)
    }
  }
}
