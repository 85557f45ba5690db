import CZircon
import Glibc
import Synchronization
import TestSupport

/// What the waiting thread is asked to do, and what came of it.
private final class WaitRequest: Sendable {
  /// The handle to wait on; 0 while there is none, `stop` to end.
  let handle = Atomic<UInt32>(0)
  let isMany = Atomic<Bool>(false)
  let thread = Atomic<Int32>(0)
  /// How many waits have ended.
  let ended = Atomic<Int>(0)
  let status = Atomic<Int32>(0)
  let observed = Atomic<UInt32>(0)
  let idle = Atomic<UInt32>(0)

  static let stop = UInt32.max - 1
}

/// Closes a handle while another thread waits on it: the wait ends with CANCELED, or BAD_HANDLE if
/// the close came first.
///
/// In half of the rounds the close happens only once the waiter is seen asleep: then only CANCELED
/// will do, with HANDLE_CLOSED among the signals. Both kinds of wait take turns, on the only handle
/// of an event, on an end of a socket, and on a duplicate.
///
/// Source: `zx_object_wait_one`, `zx_object_wait_many`, `zx_handle_close`.
func closeWait(_ rounds: Int) {
  startWatchdog(seconds: 60 + rounds / 100)
  let request = WaitRequest()
  let waiter = Thread { serveWaits(request) }
  while request.thread.load(ordering: .acquiring) == 0 { sched_yield() }

  var random = SplitMix64(seed: UInt64(bitPattern: zx_clock_get_monotonic()))
  var answers: [Int32: Int] = [:]
  for round in 0..<rounds {
    let isSeenAsleep = round % 2 == 0
    request.isMany.store(round / 2 % 2 == 1, ordering: .relaxed)
    let (handle, others) = makeTarget(round / 4 % 3)
    request.handle.store(handle, ordering: .releasing)
    if isSeenAsleep { awaitSleep(of: request, round) } else { passTime(&random) }
    close(handle: handle)
    while request.ended.load(ordering: .acquiring) != round + 1 { sched_yield() }

    let status = request.status.load(ordering: .relaxed)
    let observed = request.observed.load(ordering: .relaxed)
    answers[status, default: 0] += 1
    let mayBeLate = !isSeenAsleep && status == Status.badHandle
    check(
      status == Status.canceled || mayBeLate,
      "round \(round): \(name(status)), seen asleep: \(isSeenAsleep)")
    check(
      mayBeLate || observed & Signal.handleClosed != 0,
      "round \(round): no HANDLE_CLOSED in 0x\(String(observed, radix: 16))")
    let idle = request.idle.load(ordering: .relaxed)
    check(idle == 0, "round \(round): the idle item reports 0x\(String(idle, radix: 16))")
    for other in others { close(handle: other) }
  }
  request.handle.store(WaitRequest.stop, ordering: .releasing)
  waiter.join()
  let figures = answers.sorted { $0.key > $1.key }.map { "\(name($0.key)) \($0.value)" }
  print("close-wait: \(rounds) closes, \(figures.joined(separator: ", ")), none hung")
}

/// A handle to wait on, and handles to be closed afterwards.
private func makeTarget(_ kind: Int) -> (handle: UInt32, others: [UInt32]) {
  switch kind {
  case 0: return (makeEvent(), [])
  case 1:
    let socket = makeSocket()
    return (socket.left, [socket.right])
  default:
    let event = makeEvent()
    return (duplicate(event), [event])
  }
}

/// Returns once the waiter sleeps inside its wait: outside it never sleeps, only yields.
private func awaitSleep(of request: WaitRequest, _ round: Int) {
  let thread = request.thread.load(ordering: .relaxed)
  while !isAsleep(thread: thread) {
    check(
      request.ended.load(ordering: .acquiring) == round,
      "round \(round): the wait ended before the close")
    sched_yield()
  }
}

/// Lets up to 20 us go by, awake, so that the close meets every stage of the wait.
private func passTime(_ random: inout SplitMix64) {
  let end = zx_clock_get_monotonic() + Int64(random.below(20_000))
  while zx_clock_get_monotonic() < end {}
}

private func serveWaits(_ request: WaitRequest) {
  let idle = makeEvent()
  request.thread.store(threadNumber(), ordering: .releasing)
  while true {
    let handle = request.handle.exchange(0, ordering: .acquiring)
    if handle == WaitRequest.stop { break }
    if handle == 0 {
      sched_yield()
      continue
    }
    var observed: UInt32 = 0
    var idleSignals: UInt32 = 0
    let status: Int32
    if request.isMany.load(ordering: .relaxed) {
      var items = [
        zx_wait_item_t(handle: idle, waitfor: Signal.signaled, pending: 0),
        zx_wait_item_t(handle: handle, waitfor: Signal.signaled, pending: 0),
      ]
      status = zx_object_wait_many(&items, items.count, infinite)
      idleSignals = items[0].pending
      observed = items[1].pending
    } else {
      status = zx_object_wait_one(handle, Signal.signaled, infinite, &observed)
    }
    request.status.store(status, ordering: .relaxed)
    request.observed.store(observed, ordering: .relaxed)
    request.idle.store(idleSignals, ordering: .relaxed)
    request.ended.add(1, ordering: .releasing)
  }
  close(handle: idle)
}
