import TestSupport
import Testing
import Zircon

/// Sources: `zx_object_wait_one`, `zx_object_wait_many`.
@Suite("Waiting") struct WaitTests {
  @Test func `a condition that holds wins over a deadline that has passed`() throws {
    let event = try Event()
    try event.signal(set: [.signaled, .user(3)])
    let seen = try event.wait(for: .signaled, until: .infinitePast)
    #expect(seen == [.signaled, .user(3)])
  }

  @Test func `a wait in vain is TIMED_OUT, and not before the deadline`() throws {
    let event = try Event()
    let deadline = Deadline.after(.milliseconds(20))
    #expect(throws: Status.timedOut) { try event.wait(for: .signaled, until: deadline) }
    #expect(Deadline.now >= deadline)
  }

  @Test func `waiting without the right to is ACCESS_DENIED`() throws {
    let event = try Event().replacing(rights: .signal)
    #expect(throws: Status.accessDenied) { try event.wait(for: .signaled, until: .infinitePast) }
    #expect(throws: Status.accessDenied) { try event.signals() }
  }

  @Test func `a sleeping thread is released by the signal it waits for`() throws {
    let pair = try Socket.makePair(.stream)
    let writer = pair.first
    let reader = pair.second
    let thread = try TestThread { () -> Result<Signals, Status> in
      Result { () throws(Status) in try reader.wait(for: .readable, until: .after(patience)) }
    }
    #expect(thread.waitUntilAsleep())
    try writer.send(bytes("x"))
    #expect(thread.join() == .success([.readable, .writable]))
  }

  @Test func `a wait through a handle that is closed is CANCELED`() throws {
    let event = try Event()
    let value = event.handleValue
    let thread = try TestThread { () -> Status? in
      let borrowed = Event(Handle(adopting: value))
      do throws(Status) {
        _ = try borrowed.wait(for: .signaled, until: .after(patience))
        return nil
      } catch {
        return error
      }
    }
    #expect(thread.waitUntilAsleep())
    try event.close()
    #expect(thread.join() == .some(.canceled))
  }

  @Test func `all items report, also what nobody asked for`() throws {
    let quiet = try Event()
    let loud = try Event()
    let pair = try Socket.makePair(.stream)
    try loud.signal(set: [.signaled, .user(0)])
    var items = [
      WaitItem(quiet, for: .signaled), WaitItem(loud, for: .user(0)),
      WaitItem(pair.first, for: .readable),
    ]
    try WaitItem.waitForAny(of: &items, until: .infinitePast)
    #expect(items.map(\.pending) == [.none, [.signaled, .user(0)], .writable])
  }

  @Test func `items of a wait in vain report too`() throws {
    let event = try Event()
    try event.signal(set: .user(1))
    var items = [WaitItem(event, for: .signaled)]
    #expect(throws: Status.timedOut) {
      try WaitItem.waitForAny(of: &items, until: .after(.milliseconds(1)))
    }
    #expect(items[0].pending == .user(1))
  }

  @Test func `one handle may be in several items`() throws {
    let event = try Event()
    try event.signal(set: .user(1))
    var items = [WaitItem(event, for: .signaled), WaitItem(event, for: .user(1))]
    try WaitItem.waitForAny(of: &items, until: .infinitePast)
    #expect(items.map(\.pending) == [.user(1), .user(1)])
  }

  @Test func `a wait for several is CANCELED with the handle of one, which says so`() throws {
    let events = (try Event().take(), try Event().take(), try Event().take())
    let first = Event(Handle(adopting: events.0))
    let second = Event(Handle(adopting: events.1))
    let third = Event(Handle(adopting: events.2))
    let wanted = [
      WaitItem(first, for: .signaled), WaitItem(second, for: .signaled),
      WaitItem(third, for: .signaled),
    ]
    let thread = try TestThread { () -> (status: Status?, pending: [Signals]) in
      var items = wanted
      do throws(Status) {
        try WaitItem.waitForAny(of: &items, until: .after(patience))
        return (nil, items.map(\.pending))
      } catch {
        return (error, items.map(\.pending))
      }
    }
    #expect(thread.waitUntilAsleep())
    try second.close()
    let end = try #require(thread.join())
    #expect(end.status == .canceled)
    #expect(end.pending == [.none, .handleClosed, .none])
    withExtendedLifetime(first) {}
    withExtendedLifetime(third) {}
  }

  @Test func `a sleeping thread is released by any of its items`() throws {
    let quiet = try Event()
    let pair = try EventPair.makePair()
    let wanted = [WaitItem(quiet, for: .signaled), WaitItem(pair.first, for: .peerClosed)]
    let thread = try TestThread { () -> [Signals]? in
      var items = wanted
      do throws(Status) {
        try WaitItem.waitForAny(of: &items, until: .after(patience))
        return items.map(\.pending)
      } catch {
        return nil
      }
    }
    #expect(thread.waitUntilAsleep())
    let first = pair.first
    try pair.second.close()
    #expect(thread.join() == .some([.none, .peerClosed]))
    withExtendedLifetime(first) {}
  }

  @Test func `more than 64 items are OUT_OF_RANGE, 64 are not`() throws {
    let event = try Event()
    var items = [WaitItem](repeating: WaitItem(event, for: .signaled), count: 65)
    #expect(WaitItem.maxCount == 64)
    #expect(throws: Status.outOfRange) { try WaitItem.waitForAny(of: &items, until: .infinitePast) }
    try event.signal(set: .signaled)
    items.removeLast()
    try WaitItem.waitForAny(of: &items, until: .infinitePast)
    #expect(items.allSatisfy { $0.pending == .signaled })
  }

  @Test func `the first item that fails decides, and nothing is filled in`() throws {
    let event = try Event()
    try event.signal(set: .signaled)
    let deaf = try event.duplicate(rights: .signal)
    let gone = try event.duplicate()
    let goneItem = WaitItem(gone, for: .signaled)
    try gone.close()
    var items = [WaitItem(event, for: .signaled), WaitItem(deaf, for: .signaled), goneItem]
    #expect(throws: Status.accessDenied) {
      try WaitItem.waitForAny(of: &items, until: .infinitePast)
    }
    #expect(items.allSatisfy { $0.pending == .none })
    items.swapAt(1, 2)
    #expect(throws: Status.badHandle) { try WaitItem.waitForAny(of: &items, until: .infinitePast) }
    #expect(items.allSatisfy { $0.pending == .none })
  }

  @Test func `without items the wait sleeps and is TIMED_OUT`() throws {
    var items: [WaitItem] = []
    let deadline = Deadline.after(.milliseconds(10))
    #expect(throws: Status.timedOut) { try WaitItem.waitForAny(of: &items, until: deadline) }
    #expect(Deadline.now >= deadline)
  }
}
