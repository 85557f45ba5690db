import CZircon
import Glibc
import Synchronization

// MARK: churn

/// Makes and closes socket pairs: memory and descriptors come back.
///
/// Every eighth pair is closed with bytes unread in both directions.
func churn(_ cycles: Int) {
  startWatchdog(seconds: 120 + cycles / 1000)
  let bytes = [UInt8](repeating: 7, count: 3000)
  func cycle(_ number: Int) {
    let socket = makeSocket(datagram: number % 2 == 1)
    if number % 8 == 0 {
      check(zx_socket_write(socket.left, 0, bytes, bytes.count, nil), "zx_socket_write")
      check(zx_socket_write(socket.right, 0, bytes, 1, nil), "zx_socket_write")
    }
    close(handle: number % 4 < 2 ? socket.left : socket.right)
    close(handle: number % 4 < 2 ? socket.right : socket.left)
  }
  (0..<20_000).forEach(cycle)
  let memory = residentByteCount()
  let open = descriptors().count
  let started = zx_clock_get_monotonic()
  (0..<cycles).forEach(cycle)
  let ended = zx_clock_get_monotonic()
  let growth = residentByteCount() - memory
  let openAfter = descriptors().count
  print(
    "churn: \(cycles) pairs made and closed,",
    "\((ended - started) / Int64(max(cycles, 1))) ns each;",
    "memory \(memory / 1024) KiB, growth \(growth / 1024) KiB; descriptors \(open), \(openAfter)")
  check(growth < 2 << 20, "memory has grown by \(growth) bytes")
  check(open == openAfter, "\(openAfter - open) descriptors are lost")
}

// MARK: reuse

/// How often each slot of the handle table has been given out.
///
/// The slot is read from the value: with the top bit clear, the 17 bits above the two lowest; with
/// it set, 20 bits there. Were that wrong, the counts would not add up to what was made.
private final class SlotCounts: Sendable {
  // Safety: allocated for good, and every element is atomic.
  private nonisolated(unsafe) let counts: UnsafeMutablePointer<Atomic<UInt32>>
  private static let near = 1 << 17
  private static let all = near + 1 << 20

  init() {
    counts = .allocate(capacity: SlotCounts.all)
    for index in 0..<SlotCounts.all { (counts + index).initialize(to: Atomic(0)) }
  }

  static func slot(of value: UInt32) -> Int {
    value >> 31 == 0 ? Int(value >> 2) & (near - 1) : near + Int(value >> 2) & (1 << 20 - 1)
  }

  func note(_ value: UInt32) {
    counts[SlotCounts.slot(of: value)].add(1, ordering: .relaxed)
  }

  /// Slots that were used, and the most often that one was.
  var summary: (used: Int, most: Int) {
    var used = 0
    var most = 0
    for index in 0..<SlotCounts.all {
      let count = Int(counts[index].load(ordering: .relaxed))
      if count > 0 { used += 1 }
      most = max(most, count)
    }
    return (used, most)
  }
}

/// Reissues of its slot before which a closed value must not be accepted again.
private let leastReissues = 4096

/// Four threads make and close events: no closed value is accepted again within 4,096 reissues of
/// its slot.
///
/// Every thread looks at each value it has closed at once and again after 1, 2, 4, 8, ... further
/// closes of its own; at the end of the run every value is looked at once more, so none leaves the
/// window unseen. The run is as long as no slot comes near 4,096 reissues, which is checked.
///
/// Source: `zx_handle_check_valid`; handle values.
func reuse(_ total: Int) {
  startWatchdog(seconds: 300 + total / 2000)
  let threadCount = 4
  let counts = SlotCounts()
  let checks = Atomic<Int>(0)
  let logs = (0..<threadCount).map { _ in ThreadLog() }
  let threads = logs.map { log in
    Thread {
      log.run(total / threadCount, counts)
      checks.add(log.checkCount, ordering: .relaxed)
    }
  }
  for thread in threads { thread.join() }
  let (used, most) = counts.summary
  check(most < leastReissues, "a slot was given out \(most) times: the run is too long")
  var values: [UInt32] = []
  for log in logs { values += log.closed }
  for value in values { expectStale(value, "at the end") }
  let distinct = Set(values).count
  print(
    "reuse: \(values.count) values closed by \(threadCount) threads, \(distinct) different,",
    "\(used) slots, each given out at most \(most) times;",
    "\(checks.load(ordering: .relaxed) + values.count) looks at closed values, none accepted")
  check(distinct == values.count, "a value was given out twice")
}

private func expectStale(_ value: UInt32, _ moment: String) {
  check(
    zx_handle_check_valid(value), is: Status.notFound,
    "closed value 0x\(String(value, radix: 16)) \(moment)")
}

/// What one thread has closed.
///
/// Only its thread touches it until that has been joined.
private final class ThreadLog: @unchecked Sendable {
  private(set) var closed: [UInt32] = []
  private(set) var checkCount = 0

  func run(_ rounds: Int, _ counts: SlotCounts) {
    closed.reserveCapacity(rounds)
    for _ in 0..<rounds {
      let event = makeEvent()
      counts.note(event)
      close(handle: event)
      closed.append(event)
      lookBack()
    }
  }

  private func lookBack() {
    expectStale(closed[closed.count - 1], "just closed")
    checkCount += 1
    var lag = 1
    while lag < closed.count {
      expectStale(closed[closed.count - 1 - lag], "\(lag) closes later")
      checkCount += 1
      lag *= 2
    }
  }
}

/// With a full table the one free slot is reused at once: still no closed value is accepted too
/// early.
///
/// Source: handle values: a closed value becomes valid again only after 4,096 reissues of its slot.
func reuseFull(_ rounds: Int) {
  startWatchdog(seconds: 300)
  var live = fillTable(with: makeEvent())
  for (title, index) in [("first", 1), ("last", live.count - 1)] {
    close(handle: live[index])
    var window: [UInt32] = [live[index]]
    for round in 0..<rounds {
      var copy: UInt32 = 0
      check(zx_handle_duplicate(live[0], sameRights, &copy), "duplicating at the limit")
      check(
        !window.suffix(leastReissues).contains(copy),
        "\(title) slot: value 0x\(String(copy, radix: 16)) came back in round \(round)")
      close(handle: copy)
      window.append(copy)
    }
    live[index] = duplicate(live[0])
    print("reuse-full, \(title) slot: \(rounds) reuses with a full table, none too early")
  }
}

/// Duplicates `event` until there is no more room.
private func fillTable(with event: UInt32) -> [UInt32] {
  var live = [event]
  var status = Status.ok
  while status == Status.ok {
    var copy: UInt32 = 0
    status = zx_handle_duplicate(event, sameRights, &copy)
    if status == Status.ok { live.append(copy) }
  }
  check(status, is: Status.noMemory, "duplicating at the limit")
  return live
}

// MARK: million

/// A million live handles: every one works, the next is refused, and a close makes room.
///
/// Source: handle values; scale.
func million(_ limit: Int) {
  startWatchdog(seconds: 300)
  let event = makeEvent()
  let started = zx_clock_get_monotonic()
  var live = fillTable(with: event)
  let made = zx_clock_get_monotonic()
  check(live.count == limit, "\(live.count) handles fit, not \(limit)")
  check(Set(live).count == live.count, "a value was given out twice")
  checkAllWork(live)
  checkFull(&live)
  let count = handleCount(event)
  check(count == live.count, "HANDLE_COUNT is \(count) of \(live.count)")
  let closing = zx_clock_get_monotonic()
  for handle in live { close(handle: handle) }
  let closed = zx_clock_get_monotonic()
  for handle in live { expectStale(handle, "after the end") }
  print(
    "million: \(live.count) live handles, each works, the next is refused;",
    "\((made - started) / Int64(live.count)) ns to make one,",
    "\((closed - closing) / Int64(live.count)) ns to close one")
}

/// Changes and reads the object's signals through every handle.
private func checkAllWork(_ live: [UInt32]) {
  for (index, handle) in live.enumerated() {
    let set = index % 2 == 0 ? Signal.signaled : Signal.user0
    check(zx_object_signal(handle, Signal.signaled | Signal.user0, set), "handle \(index)")
    var observed: UInt32 = 0
    check(zx_object_wait_one(handle, set, 0, &observed), "handle \(index)")
    check(observed == set, "handle \(index): signals 0x\(String(observed, radix: 16))")
    check(zx_handle_check_valid(handle), "handle \(index)")
  }
}

/// What is received needs no handle more than what was sent; a duplicate to be sent does.
private func sendThroughFullTable(_ live: inout [UInt32], _ near: UInt32, _ far: UInt32) {
  var entry = zx_handle_disposition_t(
    operation: 1, handle: live[0], type: 0, rights: sameRights, result: 0)
  check(
    zx_channel_write_etc(near, 0, nil, 0, &entry, 1), is: Status.noMemory, "a duplicate to be sent")
  let last = live.count - 1
  check(zx_channel_write(near, 0, nil, 0, [live[last]], 1), "zx_channel_write, full table")
  expectStale(live[last], "in flight")
  var received: UInt32 = 0
  check(zx_channel_read(far, 0, nil, &received, 0, 1, nil, nil), "zx_channel_read, full table")
  expectStale(live[last], "after it was received under another value")
  check(zx_handle_check_valid(received), "what was received through a full table")
  live[last] = received
}

/// Every call that needs a handle more is refused and leaves nothing behind.
private func checkFull(_ live: inout [UInt32]) {
  let untouched: UInt32 = 0xA5A5_A5A5
  var first = untouched
  var second = untouched
  let open = descriptors().count
  check(zx_handle_duplicate(live[0], sameRights, &first), is: Status.noMemory, "duplicate")
  check(zx_event_create(0, &first), is: Status.noMemory, "event")
  check(zx_socket_create(0, &first, &second), is: Status.noMemory, "socket")
  check(zx_eventpair_create(0, &first, &second), is: Status.noMemory, "eventpair")

  // Room for one: enough for a duplicate, not for a pair.
  let middle = live.count / 2
  close(handle: live[middle])
  check(zx_socket_create(1, &first, &second), is: Status.noMemory, "socket in one free slot")
  check(zx_eventpair_create(0, &first, &second), is: Status.noMemory, "eventpair in one free slot")
  check(first == untouched && second == untouched, "a refused call has written its out-parameter")
  check(descriptors().count == open, "a refused call has left a descriptor open")
  live[middle] = duplicate(live[0])
  check(zx_handle_duplicate(live[0], sameRights, &first), is: Status.noMemory, "full again")

  // Room for two.
  let places = [live.count / 4, live.count / 3]
  for place in places { close(handle: live[place]) }
  check(zx_socket_create(0, &first, &second), "socket in two free slots")
  close(handle: first)
  close(handle: second)
  check(zx_channel_create(0, &first, &second), "channel in two free slots")
  sendThroughFullTable(&live, first, second)
  close(handle: first)
  close(handle: second)
  for place in places { live[place] = duplicate(live[0]) }
}

/// How many handles an object has.
private func handleCount(_ handle: UInt32) -> Int {
  var count: UInt32 = 0
  check(zx_object_get_info(handle, 19, &count, 4, nil, nil), "HANDLE_COUNT")
  return Int(count)
}
