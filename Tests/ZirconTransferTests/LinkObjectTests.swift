import CZircon
import TestSupport
import Testing

/// Source: `zx_event_create`, `zx_eventpair_create`, for handles in several processes.
@Suite("events and event pairs over a link") struct LinkEventTests {
  @Test func `an event is one object for all who hold it`() throws {
    let (here, there) = try sharedEvent()
    #expect(zx_object_signal(here, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(signals(of: there) == ZX_USER_SIGNAL_0)
    #expect(zx_object_signal(there, ZX_USER_SIGNAL_0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(signals(of: here) == ZX_EVENT_SIGNALED)
    close(here, there)
  }

  @Test func `an event arrives with its signals`() throws {
    var event = ZX_HANDLE_INVALID
    try #require(zx_event_create(0, &event) == ZX_OK)
    #expect(zx_object_signal(event, 0, ZX_USER_SIGNAL_3 | ZX_EVENT_SIGNALED) == ZX_OK)
    let there = try carried(event)
    #expect(signals(of: there) == ZX_USER_SIGNAL_3 | ZX_EVENT_SIGNALED)
    close(there)
  }

  @Test(arguments: 0..<50)
  func `a wait elsewhere sees a pulse of an event`(turn: Int) throws {
    let (here, there) = try sharedEvent()
    let waiter = try TestThread { wait(there, ZX_EVENT_SIGNALED) }
    #expect(waiter.waitUntilAsleep())
    #expect(zx_object_signal(here, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(zx_object_signal(here, ZX_EVENT_SIGNALED, 0) == ZX_OK)
    let end = try #require(waiter.join())
    #expect(end.status == ZX_OK)
    #expect(end.observed & ZX_EVENT_SIGNALED != 0)
    close(here, there)
  }

  @Test func `an event outlives the process that made it`() throws {
    let (here, there) = try sharedEvent()
    close(here)
    #expect(zx_object_signal(there, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(wait(there, ZX_EVENT_SIGNALED).status == ZX_OK)
    close(there)
  }

  @Test func `an event travels on, and back`() throws {
    let (here, there) = try sharedEvent()
    let back = try carried(try carried(there))
    #expect(zx_object_signal(back, 0, ZX_USER_SIGNAL_1) == ZX_OK)
    #expect(signals(of: here) == ZX_USER_SIGNAL_1)
    close(here, back)
  }

  @Test func `ten thousand rings with nobody listening leave room for one more`() throws {
    let (here, there) = try sharedEvent()
    for _ in 0..<10_000 {
      #expect(zx_object_signal(here, ZX_USER_SIGNAL_0, 0) == ZX_OK)
      #expect(zx_object_signal(here, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    }
    let waiter = try TestThread { wait(there, ZX_EVENT_SIGNALED) }
    #expect(waiter.waitUntilAsleep())
    #expect(zx_object_signal(here, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(waiter.join()?.status == ZX_OK)
    close(here, there)
  }

  @Test func `an event pair signals its peer, and tells it of its end`() throws {
    var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_eventpair_create(0, &first, &second) == ZX_OK)
    #expect(zx_object_signal(second, 0, ZX_USER_SIGNAL_5) == ZX_OK)
    let there = try carried(second)
    #expect(signals(of: there) == ZX_USER_SIGNAL_5)
    #expect(zx_object_signal_peer(first, ZX_USER_SIGNAL_5, ZX_EVENTPAIR_SIGNALED) == ZX_OK)
    #expect(signals(of: there) == ZX_EVENTPAIR_SIGNALED)
    #expect(zx_object_signal_peer(there, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(signals(of: first) == ZX_USER_SIGNAL_0)
    let waiter = try TestThread { wait(there, ZX_EVENTPAIR_PEER_CLOSED) }
    #expect(waiter.waitUntilAsleep())
    close(first)
    #expect(waiter.join()?.observed == ZX_EVENTPAIR_SIGNALED | ZX_EVENTPAIR_PEER_CLOSED)
    #expect(zx_object_signal_peer(there, 0, 0) == ZX_ERR_PEER_CLOSED)
    close(there)
  }

  @Test(arguments: [1, 2, 3])
  func `both ends of an event pair find each other however often they move`(moves: Int) throws {
    var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_eventpair_create(0, &first, &second) == ZX_OK)
    for _ in 0..<moves {
      first = try carried(first)
      second = try carried(second)
    }
    #expect(zx_object_signal_peer(first, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(wait(second, ZX_USER_SIGNAL_0).status == ZX_OK)
    close(first)
    #expect(wait(second, ZX_EVENTPAIR_PEER_CLOSED).status == ZX_OK)
    close(second)
  }

  /// A handle to an event here, and one as another process has it.
  private func sharedEvent() throws -> (zx_handle_t, zx_handle_t) {
    var (here, there) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_event_create(0, &here) == ZX_OK)
    try #require(zx_handle_duplicate(here, ZX_RIGHT_SAME_RIGHTS, &there) == ZX_OK)
    return (here, try carried(there))
  }
}

/// Source: `zx_fifo_create`, for two ends in two processes.
@Suite("fifos over a link") struct LinkFifoTests {
  @Test func `a fifo keeps capacity, order and its signals`() throws {
    let (first, second) = try makeFifo(4)
    let there = try carried(second)
    #expect(fifoWrite(first, [1, 2, 3, 4, 5]) == 4)
    #expect(signals(of: first) == 0)
    #expect(fifoWrite(first, [5]) == Int(ZX_ERR_SHOULD_WAIT))
    #expect(signals(of: there) == ZX_FIFO_READABLE | ZX_FIFO_WRITABLE)
    #expect(fifoRead(there, 2) == [1, 2])
    #expect(wait(first, ZX_FIFO_WRITABLE).status == ZX_OK)
    #expect(fifoWrite(first, [5, 6, 7]) == 2)
    #expect(fifoRead(there, 9) == [3, 4, 5, 6])
    #expect(fifoRead(there, 1) == nil)
    close(first, there)
  }

  @Test func `a fifo's end arrives with what was queued, and with what it had written`() throws {
    let (first, second) = try makeFifo(4)
    #expect(fifoWrite(first, [1, 2, 3]) == 3)
    #expect(fifoWrite(second, [7, 8]) == 2)
    let there = try carried(second)
    #expect(fifoWrite(there, [9, 10, 11]) == 2)
    #expect(fifoRead(first, 9) == [7, 8, 9, 10])
    #expect(fifoWrite(first, [4, 5]) == 1)
    let further = try carried(there)
    #expect(fifoRead(further, 9) == [1, 2, 3, 4])
    #expect(fifoWrite(further, [1, 2, 3, 4, 5]) == 4)
    close(further)
    #expect(wait(first, ZX_FIFO_PEER_CLOSED).status == ZX_OK)
    #expect(fifoRead(first, 9) == [1, 2, 3, 4])
    #expect(fifoWrite(first, [1]) == Int(ZX_ERR_PEER_CLOSED))
    close(first)
  }

  @Test func `a thousand elements pass in order through a small fifo`() throws {
    let (first, second) = try makeFifo(8)
    let there = try carried(second)
    let reader = try TestThread {
      var seen: [UInt64] = []
      while seen.count < 1_000, wait(there, ZX_FIFO_READABLE).status == ZX_OK {
        seen += fifoRead(there, 8) ?? []
      }
      return seen
    }
    var next: UInt64 = 0
    while next < 1_000 {
      let written = fifoWrite(first, Array(next..<min(next + 5, 1_000)))
      if written == Int(ZX_ERR_SHOULD_WAIT) {
        try #require(wait(first, ZX_FIFO_WRITABLE).status == ZX_OK)
      } else {
        try #require(written > 0)
        next += UInt64(written)
      }
    }
    #expect(reader.join() == Array(0..<1_000))
    close(first, there)
  }
}

func makeFifo(_ count: Int) throws -> (zx_handle_t, zx_handle_t) {
  var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
  try #require(zx_fifo_create(count, 8, 0, &first, &second) == ZX_OK)
  return (first, second)
}

/// How many were written, or the status.
func fifoWrite(_ fifo: zx_handle_t, _ elements: [UInt64]) -> Int {
  var count = 0
  let status = zx_fifo_write(fifo, 8, elements, elements.count, &count)
  return status == ZX_OK ? count : Int(status)
}

func fifoRead(_ fifo: zx_handle_t, _ count: Int) -> [UInt64]? {
  var elements = [UInt64](repeating: 0, count: count)
  var actual = 0
  guard zx_fifo_read(fifo, 8, &elements, count, &actual) == ZX_OK else { return nil }
  return Array(elements.prefix(actual))
}

/// Source: `zx_vmo_create`, for handles in several processes.
@Suite("memory over a link") struct LinkMemoryTests {
  @Test func `two processes have the same bytes`() throws {
    var (here, there) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_vmo_create(8_192, 0, &here) == ZX_OK)
    #expect(zx_object_set_property(here, UInt32(ZX_PROP_NAME), "shared", 6) == ZX_OK)
    try #require(zx_handle_duplicate(here, ZX_RIGHT_SAME_RIGHTS, &there) == ZX_OK)
    there = try carried(there)
    var name = [CChar](repeating: 0, count: 32)
    #expect(zx_object_get_property(there, UInt32(ZX_PROP_NAME), &name, 32) == ZX_OK)
    #expect(name.prefix(6).map { UInt8($0) } == Array("shared".utf8))
    var size: UInt64 = 0
    #expect(zx_vmo_get_size(there, &size) == ZX_OK)
    #expect(size == 8_192)
    #expect(zx_vmo_write(here, [1, 2, 3] as [UInt8], 5_000, 3) == ZX_OK)
    var bytes: [UInt8] = [0, 0, 0]
    #expect(zx_vmo_read(there, &bytes, 5_000, 3) == ZX_OK)
    #expect(bytes == [1, 2, 3])
    #expect(zx_vmo_write(there, [9] as [UInt8], 8_192, 1) == ZX_ERR_OUT_OF_RANGE)
    close(here, there)
  }

  @Test func `memory whose size can change is NOT_SUPPORTED, and gone`() throws {
    let channels = try LinkedChannels()
    var memory = ZX_HANDLE_INVALID
    try #require(zx_vmo_create(4_096, UInt32(ZX_VMO_RESIZABLE), &memory) == ZX_OK)
    #expect(write(channels.first, [], [memory]) == ZX_ERR_NOT_SUPPORTED)
    #expect(zx_handle_close(memory) == ZX_ERR_BAD_HANDLE)
    #expect(read(channels.second).status == ZX_ERR_SHOULD_WAIT)
  }
}
