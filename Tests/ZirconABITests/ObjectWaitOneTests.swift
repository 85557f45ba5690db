import CZircon
import Testing

/// Status and observed signals of a wait.
struct WaitAnswer: Equatable, Sendable, CustomTestStringConvertible {
  static let untouched: zx_signals_t = 0x5A5A_5A5A

  var status: zx_status_t
  var observed: zx_signals_t

  var testDescription: String { "\(statusName(status)), 0x\(String(observed, radix: 16))" }
}

func waitOne(
  _ handle: zx_handle_t, _ signals: zx_signals_t, until deadline: zx_instant_mono_t
) -> WaitAnswer {
  var observed = WaitAnswer.untouched
  let status = zx_object_wait_one(handle, signals, deadline, &observed)
  return WaitAnswer(status: status, observed: observed)
}

/// Source: `zx_object_wait_one`.
@Suite("zx_object_wait_one") struct ObjectWaitOneTests {
  private static let signaled = ZX_EVENT_SIGNALED

  @Test func `a bad handle is BAD_HANDLE and observed is not written`() throws {
    for handle in [ZX_HANDLE_INVALID, try staleHandle(), zx_handle_t.max] {
      let answer = waitOne(handle, Self.signaled, until: ZX_TIME_INFINITE)
      #expect(answer == WaitAnswer(status: ZX_ERR_BAD_HANDLE, observed: WaitAnswer.untouched))
    }
  }

  @Test func `no WAIT right is ACCESS_DENIED and observed is not written`() throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, Self.signaled) == ZX_OK)
    let reduced = try OwnedHandle(
      duplicating: event.value, rights: ZX_DEFAULT_EVENT_RIGHTS & ~ZX_RIGHT_WAIT)
    let answer = waitOne(reduced.value, Self.signaled, until: ZX_TIME_INFINITE)
    #expect(answer == WaitAnswer(status: ZX_ERR_ACCESS_DENIED, observed: WaitAnswer.untouched))
  }

  @Test(arguments: [ZX_TIME_INFINITE, 0, -1, ZX_TIME_INFINITE_PAST])
  func `a satisfied wait is OK whatever the deadline`(deadline: zx_instant_mono_t) throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, Self.signaled) == ZX_OK)
    let answer = waitOne(event.value, Self.signaled, until: deadline)
    #expect(answer == WaitAnswer(status: ZX_OK, observed: 0x8))
    #expect(zx_object_wait_one(event.value, Self.signaled, deadline, nil) == ZX_OK)
  }

  @Test(arguments: [0, 1, -1, ZX_TIME_INFINITE_PAST])
  func `a past deadline is TIMED_OUT with the current signals`(
    deadline: zx_instant_mono_t
  ) throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, 0x8100_0000) == ZX_OK)
    let answer = waitOne(event.value, Self.signaled, until: deadline)
    #expect(answer == WaitAnswer(status: ZX_ERR_TIMED_OUT, observed: 0x8100_0000))
    #expect(zx_object_wait_one(event.value, Self.signaled, deadline, nil) == ZX_ERR_TIMED_OUT)
  }

  @Test func `a wait for nothing is TIMED_OUT even with every signal active`() throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNAL_MASK) == ZX_OK)
    let answer = waitOne(event.value, 0, until: zx_deadline_after(1_000_000))
    #expect(answer == WaitAnswer(status: ZX_ERR_TIMED_OUT, observed: 0xFF00_0008))
  }

  @Test(arguments: [1_000, 1_000_000, 20_000_000])
  func `TIMED_OUT never comes before the deadline`(nanoseconds: zx_duration_mono_t) throws {
    let event = try OwnedHandle.event()
    let deadline = zx_deadline_after(nanoseconds)
    let answer = waitOne(event.value, Self.signaled, until: deadline)
    #expect(zx_clock_get_monotonic() >= deadline)
    #expect(answer == WaitAnswer(status: ZX_ERR_TIMED_OUT, observed: 0))
  }

  @Test func `observed is the whole word, also what was not asked for`() throws {
    let pair = try SocketPair(.stream)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(zx_object_signal(pair.reader, 0, ZX_USER_SIGNAL_2) == ZX_OK)
    let answer = waitOne(pair.reader, ZX_SOCKET_READABLE, until: farDeadline())
    #expect(answer == WaitAnswer(status: ZX_OK, observed: 0x0400_0003))
  }

  @Test func `any bit of the mask is enough`() throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_5) == ZX_OK)
    let answer = waitOne(event.value, zx_signals_t.max, until: farDeadline())
    #expect(answer == WaitAnswer(status: ZX_OK, observed: ZX_USER_SIGNAL_5))
  }

  @Test func `asking for HANDLE_CLOSED never matches`() throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNAL_MASK) == ZX_OK)
    let answer = waitOne(event.value, ZX_SIGNAL_HANDLE_CLOSED, until: 0)
    #expect(answer == WaitAnswer(status: ZX_ERR_TIMED_OUT, observed: 0xFF00_0008))
  }

  @Test func `a signal set and cleared before the call is TIMED_OUT with 0`() throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, Self.signaled) == ZX_OK)
    #expect(zx_object_signal(event.value, Self.signaled, 0) == ZX_OK)
    let answer = waitOne(event.value, Self.signaled, until: 0)
    #expect(answer == WaitAnswer(status: ZX_ERR_TIMED_OUT, observed: 0))
  }

  @Test func `waiting consumes nothing`() throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, Self.signaled) == ZX_OK)
    for _ in 0..<3 {
      #expect(waitOne(event.value, Self.signaled, until: 0).status == ZX_OK)
    }
  }
}
