import CZircon
import TestSupport
import Testing

/// Status of a wait for many and what every item reports.
private struct ManyAnswer: Equatable, Sendable {
  var status: zx_status_t
  var pending: [zx_signals_t]
}

private func waitMany(
  _ items: [(handle: zx_handle_t, signals: zx_signals_t)], until deadline: zx_instant_mono_t
) -> ManyAnswer {
  var list = items.map {
    zx_wait_item_t(handle: $0.handle, waitfor: $0.signals, pending: WaitAnswer.untouched)
  }
  let status = zx_object_wait_many(&list, list.count, deadline)
  return ManyAnswer(status: status, pending: list.map(\.pending))
}

/// Source: `zx_object_wait_many`.
@Suite("zx_object_wait_many") struct ObjectWaitManyTests {
  private static let signaled = ZX_EVENT_SIGNALED

  @Test func `the item is 12 bytes and the limit 64`() {
    #expect(MemoryLayout<zx_wait_item_t>.stride == 12)
    #expect(ZX_WAIT_MANY_MAX_ITEMS == 64)
  }

  @Test(arguments: [0, -1, ZX_TIME_INFINITE_PAST])
  func `no items and a past deadline are TIMED_OUT, with or without an address`(
    deadline: zx_instant_mono_t
  ) {
    #expect(zx_object_wait_many(nil, 0, deadline) == ZX_ERR_TIMED_OUT)
    var item = zx_wait_item_t()
    #expect(zx_object_wait_many(&item, 0, deadline) == ZX_ERR_TIMED_OUT)
  }

  @Test func `no items sleep until the deadline`() {
    let deadline = zx_deadline_after(5_000_000)
    #expect(zx_object_wait_many(nil, 0, deadline) == ZX_ERR_TIMED_OUT)
    #expect(zx_clock_get_monotonic() >= deadline)
  }

  @Test(arguments: [65, 66, 1_000, Int.max, -1])
  func `more than 64 items are OUT_OF_RANGE, before the items are read`(count: Int) {
    #expect(zx_object_wait_many(nil, count, 0) == ZX_ERR_OUT_OF_RANGE)
  }

  @Test func `64 items are OK`() throws {
    let events = try makeEvents(64)
    defer { closeAll(events) }
    #expect(zx_object_signal(events[63], 0, Self.signaled) == ZX_OK)
    let answer = waitMany(events.map { ($0, Self.signaled) }, until: ZX_TIME_INFINITE)
    #expect(answer.status == ZX_OK)
    #expect(answer.pending == [zx_signals_t](repeating: 0, count: 63) + [0x8])
  }

  @Test func `the first bad item decides and nothing is written back`() throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, Self.signaled) == ZX_OK)
    let reduced = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_SIGNAL)
    let stale = try staleHandle()
    let cases: [([zx_handle_t], zx_status_t)] = [
      ([event.value, stale, reduced.value], ZX_ERR_BAD_HANDLE),
      ([event.value, reduced.value, stale], ZX_ERR_ACCESS_DENIED),
      ([0, event.value], ZX_ERR_BAD_HANDLE),
      ([event.value, event.value & ~1], ZX_ERR_BAD_HANDLE),
    ]
    for (handles, status) in cases {
      let answer = waitMany(handles.map { ($0, Self.signaled) }, until: ZX_TIME_INFINITE)
      #expect(answer.status == status)
      #expect(answer.pending.allSatisfy { $0 == WaitAnswer.untouched })
    }
  }

  @Test func `with 2 of 8 events signaled it is OK and all 8 report exactly`() throws {
    let events = try makeEvents(8)
    defer { closeAll(events) }
    #expect(zx_object_signal(events[2], 0, Self.signaled) == ZX_OK)
    #expect(zx_object_signal(events[6], 0, Self.signaled | ZX_USER_SIGNAL_1) == ZX_OK)
    #expect(zx_object_signal(events[7], 0, ZX_USER_SIGNAL_0) == ZX_OK)
    let answer = waitMany(events.map { ($0, Self.signaled) }, until: ZX_TIME_INFINITE)
    let expected: [zx_signals_t] = [0, 0, 0x8, 0, 0, 0, 0x0200_0008, 0x0100_0000]
    #expect(answer == ManyAnswer(status: ZX_OK, pending: expected))
  }

  @Test func `TIMED_OUT reports the current signals too, and not before the deadline`() throws {
    let event = try OwnedHandle.event()
    let pair = try SocketPair(.stream)
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_7) == ZX_OK)
    let deadline = zx_deadline_after(3_000_000)
    let items = [(event.value, Self.signaled), (pair.reader, ZX_SOCKET_READABLE)]
    let answer = waitMany(items, until: deadline)
    #expect(zx_clock_get_monotonic() >= deadline)
    #expect(answer == ManyAnswer(status: ZX_ERR_TIMED_OUT, pending: [ZX_USER_SIGNAL_7, 0x2]))
  }

  @Test func `a satisfied item is OK whatever the deadline`() throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, Self.signaled) == ZX_OK)
    for deadline in [ZX_TIME_INFINITE_PAST, 0, ZX_TIME_INFINITE] {
      let answer = waitMany([(event.value, Self.signaled)], until: deadline)
      #expect(answer == ManyAnswer(status: ZX_OK, pending: [0x8]))
    }
  }

  @Test func `one handle may appear more than once`() throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_1) == ZX_OK)
    let items = [
      (event.value, ZX_USER_SIGNAL_0), (event.value, ZX_USER_SIGNAL_1),
      (event.value, zx_signals_t(0)),
    ]
    let answer = waitMany(items, until: ZX_TIME_INFINITE)
    let word = ZX_USER_SIGNAL_1
    #expect(answer == ManyAnswer(status: ZX_OK, pending: [word, word, word]))
  }

  @Test func `items for nothing and for HANDLE_CLOSED never match`() throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, Self.signaled) == ZX_OK)
    let items = [(event.value, zx_signals_t(0)), (event.value, ZX_SIGNAL_HANDLE_CLOSED)]
    let answer = waitMany(items, until: 0)
    #expect(answer == ManyAnswer(status: ZX_ERR_TIMED_OUT, pending: [0x8, 0x8]))
  }

  @Test(arguments: 0..<3)
  func `a signal on any item releases a sleeping waiter`(index: Int) throws {
    let events = try makeEvents(3)
    defer { closeAll(events) }
    let waiter = try TestThread {
      waitMany(events.map { ($0, Self.signaled) }, until: farDeadline())
    }
    #expect(waiter.waitUntilAsleep())
    #expect(zx_object_signal(events[index], 0, Self.signaled) == ZX_OK)
    let expected = (0..<3).map { zx_signals_t($0 == index ? 0x8 : 0) }
    #expect(waiter.join() == ManyAnswer(status: ZX_OK, pending: expected))
  }

  /// The items that did not fire may have changed until the end of the wait; the one that did
  /// reports the word it fired with.
  @Test func `a pulse on one item releases with the word at the match`() throws {
    let events = try makeEvents(2)
    defer { closeAll(events) }
    let waiter = try TestThread {
      waitMany(events.map { ($0, Self.signaled) }, until: farDeadline())
    }
    #expect(waiter.waitUntilAsleep())
    #expect(zx_object_signal(events[1], 0, Self.signaled) == ZX_OK)
    #expect(zx_object_signal(events[1], Self.signaled, 0) == ZX_OK)
    #expect(waiter.join() == ManyAnswer(status: ZX_OK, pending: [0, 0x8]))
  }

  @Test(arguments: SocketVariant.all)
  func `a write releases a waiter on both ends`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let (writer, reader) = (pair.writer, pair.reader)
    let waiter = try TestThread {
      waitMany(
        [(writer, ZX_SOCKET_READABLE), (reader, ZX_SOCKET_READABLE)], until: farDeadline())
    }
    #expect(waiter.waitUntilAsleep())
    #expect(socketWrite(writer, [1]) == .ok(1))
    #expect(waiter.join() == ManyAnswer(status: ZX_OK, pending: [0x2, 0x3]))
  }

  @Test func `closing the second of three idle events is CANCELED with 0, 0x00800000, 0`() throws {
    let events = try makeEvents(3)
    let waiter = try TestThread {
      waitMany(events.map { ($0, Self.signaled) }, until: farDeadline())
    }
    #expect(waiter.waitUntilAsleep())
    #expect(zx_handle_close(events[1]) == ZX_OK)
    #expect(waiter.join() == ManyAnswer(status: ZX_ERR_CANCELED, pending: [0, 0x0080_0000, 0]))
    closeAll([events[0], events[2]])
  }

  @Test func `a cancelled item reports HANDLE_CLOSED and its object's bits`() throws {
    var pair = try SocketPair(.stream)
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_6) == ZX_OK)
    let (reader, other) = (pair.reader, event.value)
    let waiter = try TestThread {
      waitMany(
        [(other, Self.signaled), (reader, ZX_SOCKET_READABLE)], until: farDeadline())
    }
    #expect(waiter.waitUntilAsleep())
    pair.closeReader()
    let pending: [zx_signals_t] = [ZX_USER_SIGNAL_6, 0x0080_0002]
    #expect(waiter.join() == ManyAnswer(status: ZX_ERR_CANCELED, pending: pending))
  }

  @Test func `replacing an item's handle is CANCELED`() throws {
    var event = try OwnedHandle.event()
    let value = event.value
    let waiter = try TestThread {
      waitMany([(value, Self.signaled)], until: farDeadline())
    }
    #expect(waiter.waitUntilAsleep())
    var out = ZX_HANDLE_INVALID
    #expect(zx_handle_replace(value, ZX_RIGHT_SAME_RIGHTS, &out) == ZX_OK)
    event.forget(now: out)
    #expect(waiter.join() == ManyAnswer(status: ZX_ERR_CANCELED, pending: [0x0080_0000]))
  }

  @Test func `close against wait is CANCELED or BAD_HANDLE and never hangs`() throws {
    for _ in 0..<300 {
      let events = try makeEvents(3)
      let answers = try race(threadCount: 2) { index in
        if index == 0 {
          return ManyAnswer(status: zx_handle_close(events[1]), pending: [])
        }
        return waitMany(events.map { ($0, Self.signaled) }, until: farDeadline())
      }
      #expect(answers[0]?.status == ZX_OK)
      let waited = try #require(answers[1])
      #expect([ZX_ERR_CANCELED, ZX_ERR_BAD_HANDLE].contains(waited.status))
      closeAll([events[0], events[2]])
    }
  }
}
