import CZircon
import TestSupport
import Testing

/// Source: `zx_handle_close` on a socket; what the peer sees.
@Suite("closing a socket") struct SocketCloseTests {
  @Test(arguments: SocketVariant.all)
  func `the survivor of an unused pair is exactly PEER_CLOSED`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    pair.closeReader()
    #expect(signals(of: pair.writer) == 0x4)
  }

  @Test(arguments: SocketVariant.all)
  func `a duplicate keeps the endpoint open`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    var copy = try OwnedHandle(duplicating: pair.reader)
    pair.closeReader()
    #expect(signals(of: pair.writer) == 0x2)
    #expect(socketWrite(pair.writer, [1, 2]) == .ok(2))
    #expect(socketRead(copy.value, 2) == .ok([1, 2]))
    copy.close()
    #expect(signals(of: pair.writer) == 0x4)
    #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_PEER_CLOSED))
  }

  @Test func `a duplicate without rights keeps the endpoint open too`() throws {
    var pair = try SocketPair(.stream)
    var bare = try OwnedHandle(duplicating: pair.reader, rights: ZX_RIGHT_NONE)
    pair.closeReader()
    #expect(signals(of: pair.writer) == 0x2)
    bare.close()
    #expect(signals(of: pair.writer) == 0x4)
  }

  @Test(arguments: SocketVariant.all)
  func `what was written stays readable, then PEER_CLOSED`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2, 3]) == .ok(3))
    pair.closeWriter()
    #expect(signals(of: pair.reader) == 0x5)
    #expect(socketRead(pair.reader, 3) == .ok([1, 2, 3]))
    #expect(signals(of: pair.reader) == 0x4)
    #expect(socketRead(pair.reader, 3) == .error(ZX_ERR_PEER_CLOSED))
  }

  /// Linux reports the reset before the data; Zircon's reader gets its data first.
  @Test(arguments: SocketVariant.all)
  func `unread data of the closed end does not hide the survivor's`(
    variant: SocketVariant
  ) throws {
    var pair = try SocketPair(variant)
    #expect(socketWrite(pair.reader, bytePattern(50)) == .ok(50))
    #expect(socketWrite(pair.writer, [1, 2]) == .ok(2))
    #expect(socketWrite(pair.writer, [3, 4]) == .ok(2))
    pair.closeWriter()
    #expect(signals(of: pair.reader) == 0x5)
    #expect(socketPeek(pair.reader, 2) == .ok([1, 2]))
    #expect(socketRead(pair.reader, 2) == .ok([1, 2]))
    #expect(socketRead(pair.reader, 2) == .ok([3, 4]))
    #expect(socketRead(pair.reader, 2) == .error(ZX_ERR_PEER_CLOSED))
  }

  @Test(arguments: SocketVariant.all, [socketCapacity, 20_000])
  func `a full buffer outlives its writer, in any size of writes`(
    variant: SocketVariant, byteCount: Int
  ) throws {
    var pair = try SocketPair(variant)
    if byteCount == socketCapacity {
      try fillSocket(pair.writer)
    } else {
      try writeSingleBytes(pair.writer, count: byteCount)
    }
    #expect(socketWrite(pair.reader, [1]) == .ok(1))
    pair.closeWriter()
    let all = bytePattern(byteCount)
    #expect(drainSocket(pair.reader) == .all(all, then: ZX_ERR_PEER_CLOSED))
    #expect(signals(of: pair.reader) == 0x4)
  }

  @Test(arguments: SocketVariant.all)
  func `the survivor's koids stay`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    let before = try basicInfo(of: pair.writer)
    pair.closeReader()
    let after = try basicInfo(of: pair.writer)
    #expect(after.koid == before.koid)
    #expect(after.related_koid == before.related_koid)
  }

  @Test(arguments: SocketVariant.all)
  func `signal_peer on a closed peer is PEER_CLOSED, after the mask`(
    variant: SocketVariant
  ) throws {
    var pair = try SocketPair(variant)
    pair.closeReader()
    #expect(zx_object_signal_peer(pair.writer, 0, ZX_USER_SIGNAL_0) == ZX_ERR_PEER_CLOSED)
    #expect(zx_object_signal_peer(pair.writer, 0, 0) == ZX_ERR_PEER_CLOSED)
    #expect(zx_object_signal_peer(pair.writer, 0, ZX_SOCKET_READABLE) == ZX_ERR_INVALID_ARGS)
    #expect(zx_object_signal(pair.writer, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x0100_0004)
  }

  @Test(arguments: SocketVariant.all)
  func `closing releases a waiter for PEER_CLOSED`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    let writer = pair.writer
    let waiter = try TestThread {
      var observed: zx_signals_t = 0
      let status = zx_object_wait_one(writer, ZX_SOCKET_PEER_CLOSED, farDeadline(), &observed)
      return [status, zx_status_t(bitPattern: observed)]
    }
    #expect(waiter.waitUntilAsleep())
    pair.closeReader()
    #expect(waiter.join() == [ZX_OK, 0x4])
  }

  @Test(arguments: SocketVariant.all)
  func `closing in either order, full in both directions, is OK`(variant: SocketVariant) throws {
    for isWriterFirst in [true, false] {
      var pair = try SocketPair(variant)
      try fillSocket(pair.writer)
      try fillSocket(pair.reader)
      if isWriterFirst { pair.closeWriter() } else { pair.closeReader() }
    }
  }
}
