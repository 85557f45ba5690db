import CZircon
import TestSupport
import Testing

/// Source: waits with a sleeping thread: what releases them, with what they report.
@Suite("releasing waits") struct WaitReleaseTests {
  /// A thread that waits on one handle.
  private func waiter(
    _ handle: zx_handle_t, _ signals: zx_signals_t
  ) throws -> TestThread<WaitAnswer> {
    let thread = try TestThread { waitOne(handle, signals, until: farDeadline()) }
    try #require(thread.waitUntilAsleep())
    return thread
  }

  @Test(arguments: SocketVariant.all)
  func `a write releases a waiter for READABLE`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let waiter = try waiter(pair.reader, ZX_SOCKET_READABLE)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(waiter.join() == WaitAnswer(status: ZX_OK, observed: 0x3))
  }

  @Test(arguments: SocketVariant.all)
  func `a read from a full buffer releases a waiter for WRITABLE`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    try fillSocket(pair.writer)
    let waiter = try waiter(pair.writer, ZX_SOCKET_WRITABLE)
    #expect(socketRead(pair.reader, socketCapacity).answer == .ok(socketCapacity))
    #expect(waiter.join() == WaitAnswer(status: ZX_OK, observed: 0x2))
  }

  @Test(arguments: SocketVariant.all)
  func `closing the peer releases a waiter for PEER_CLOSED`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    let waiter = try waiter(pair.reader, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED)
    pair.closeWriter()
    #expect(waiter.join() == WaitAnswer(status: ZX_OK, observed: 0x4))
  }

  @Test func `a signal releases all waiters whose mask matches and no other`() throws {
    let event = try OwnedHandle.event()
    let copy = try OwnedHandle(duplicating: event.value)
    let matching = try [event.value, event.value, copy.value, copy.value].map {
      try waiter($0, ZX_EVENT_SIGNALED)
    }
    let other = try waiter(event.value, ZX_USER_SIGNAL_0)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    for thread in matching {
      #expect(thread.join() == WaitAnswer(status: ZX_OK, observed: 0x8))
    }
    #expect(other.waitUntilAsleep())
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(other.join() == WaitAnswer(status: ZX_OK, observed: 0x0100_0008))
  }

  @Test func `a pulse is not lost: it releases with the word at the moment of the match`() throws {
    let event = try OwnedHandle.event()
    let waiter = try waiter(event.value, ZX_EVENT_SIGNALED)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(zx_object_signal(event.value, ZX_EVENT_SIGNALED, 0) == ZX_OK)
    #expect(waiter.join() == WaitAnswer(status: ZX_OK, observed: 0x8))
    #expect(signals(of: event.value) == 0)
  }

  @Test func `signal_peer releases a waiter on the other side only`() throws {
    let pair = try EventPair()
    let near = try waiter(pair.first, ZX_USER_SIGNAL_1)
    let far = try waiter(pair.second, ZX_USER_SIGNAL_1)
    #expect(zx_object_signal_peer(pair.first, 0, ZX_USER_SIGNAL_1) == ZX_OK)
    #expect(far.join() == WaitAnswer(status: ZX_OK, observed: ZX_USER_SIGNAL_1))
    #expect(near.waitUntilAsleep())
    #expect(zx_object_signal(pair.first, 0, ZX_USER_SIGNAL_1) == ZX_OK)
    #expect(near.join() == WaitAnswer(status: ZX_OK, observed: ZX_USER_SIGNAL_1))
  }

  @Test func `closing the handle is CANCELED with HANDLE_CLOSED and the active bits`() throws {
    var event = try OwnedHandle.event()
    let copy = try OwnedHandle(duplicating: event.value)
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_4) == ZX_OK)
    let waiter = try waiter(event.value, ZX_EVENT_SIGNALED)
    event.close()
    #expect(waiter.join() == WaitAnswer(status: ZX_ERR_CANCELED, observed: 0x1080_0000))
    #expect(signals(of: copy.value) == ZX_USER_SIGNAL_4)
  }

  @Test func `closing through close_many is CANCELED`() throws {
    var event = try OwnedHandle.event()
    let waiter = try waiter(event.value, ZX_EVENT_SIGNALED)
    let list = [0, event.value]
    event.forget()
    #expect(zx_handle_close_many(list, 2) == ZX_OK)
    #expect(waiter.join() == WaitAnswer(status: ZX_ERR_CANCELED, observed: 0x0080_0000))
  }

  @Test(arguments: SocketVariant.all)
  func `closing a socket's handle is CANCELED, all waiters on it`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    let threads = try (0..<3).map { _ in try waiter(pair.reader, ZX_SOCKET_READABLE) }
    pair.closeReader()
    for thread in threads {
      #expect(thread.join() == WaitAnswer(status: ZX_ERR_CANCELED, observed: 0x0080_0002))
    }
  }

  @Test func `a wait through another handle of the object goes on`() throws {
    let event = try OwnedHandle.event()
    var copy = try OwnedHandle(duplicating: event.value)
    let waiter = try waiter(event.value, ZX_EVENT_SIGNALED)
    copy.close()
    let later = try OwnedHandle(duplicating: event.value)
    #expect(waiter.waitUntilAsleep())
    #expect(zx_object_signal(later.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(waiter.join() == WaitAnswer(status: ZX_OK, observed: 0x8))
  }

  @Test(arguments: SocketVariant.all)
  func `a sleeping waiter blocks no other call on its handle`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let waiter = try waiter(pair.reader, ZX_USER_SIGNAL_0)
    #expect(socketWrite(pair.reader, [1]) == .ok(1))
    #expect(socketRead(pair.writer, 1) == .ok([1]))
    #expect(socketWrite(pair.writer, [2]) == .ok(1))
    #expect(socketRead(pair.reader, 1) == .ok([2]))
    #expect(signals(of: pair.reader) == 0x2)
    #expect(zx_object_signal(pair.reader, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(waiter.join() == WaitAnswer(status: ZX_OK, observed: 0x0100_0002))
  }

  /// No hand-shake: the close may come before, while or after the wait is set up.
  @Test func `close against wait is CANCELED or BAD_HANDLE and never hangs`() throws {
    for _ in 0..<500 {
      var event = try OwnedHandle.event()
      let value = event.value
      event.forget()
      let answers = try race(threadCount: 2) { index in
        index == 0
          ? zx_handle_close(value)
          : zx_object_wait_one(value, ZX_EVENT_SIGNALED, farDeadline(), nil)
      }
      #expect(answers[0] == ZX_OK)
      let waited = try #require(answers[1])
      #expect([ZX_ERR_CANCELED, ZX_ERR_BAD_HANDLE].contains(waited))
    }
  }

  /// The same, and the peer closes at the same time.
  @Test func `close against close of the peer releases the waiter`() throws {
    for _ in 0..<300 {
      var pair = try SocketPair(.stream)
      let (writer, reader) = (pair.writer, pair.reader)
      pair.forgetWriter()
      pair.forgetReader()
      let answers = try race(threadCount: 3) { index in
        switch index {
        case 0: zx_handle_close(writer)
        case 1: zx_handle_close(reader)
        default: zx_object_wait_one(reader, ZX_SOCKET_PEER_CLOSED, farDeadline(), nil)
        }
      }
      #expect(answers[0] == ZX_OK)
      #expect(answers[1] == ZX_OK)
      let waited = try #require(answers[2])
      #expect([ZX_OK, ZX_ERR_CANCELED, ZX_ERR_BAD_HANDLE].contains(waited))
    }
  }
}
