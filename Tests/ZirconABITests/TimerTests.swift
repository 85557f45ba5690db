import CZircon
import Glibc
import TestSupport
import Testing

/// Source: `zx_timer_create`.
@Suite("zx_timer_create") struct TimerCreateTests {
  @Test(arguments: [2, 3, 7, zx_clock_t.max])
  func `an unknown clock is INVALID_ARGS and writes no handle`(clock: zx_clock_t) {
    var timer: zx_handle_t = 0x5A5A_5A5A
    #expect(zx_timer_create(0, clock, &timer) == ZX_ERR_INVALID_ARGS)
    #expect(timer == 0x5A5A_5A5A)
  }

  @Test(arguments: [3, 4, 0x100, UInt32.max], TimerClock.allCases)
  func `an option above 2 is INVALID_ARGS and writes no handle`(
    options: UInt32, clock: TimerClock
  ) {
    var timer: zx_handle_t = 0x5A5A_5A5A
    #expect(zx_timer_create(options, clock.rawValue, &timer) == ZX_ERR_INVALID_ARGS)
    #expect(timer == 0x5A5A_5A5A)
  }

  @Test(arguments: [0, 1, 2], TimerClock.allCases)
  func `a new timer is idle and has type 22, rights 0xD00B and no signal`(
    options: UInt32, clock: TimerClock
  ) throws {
    let timer = try OwnedHandle.timer(clock, options: options)
    let info = try basicInfo(of: timer.value)
    #expect(info.type == 22)
    #expect(info.rights == 0xD00B)
    #expect(info.related_koid == 0)
    #expect(signals(of: timer.value) == 0)
    #expect(try timerInfo(of: timer.value) == TimerInfo(options: options, clock: clock.rawValue))
  }

  @Test(arguments: BadAddress.unwritable)
  func `a bad out is INVALID_ARGS`(address: BadAddress) throws {
    let bad = try BadMemory(address, holding: zx_handle_t(0))
    #expect(zx_timer_create(0, 0, bad.bound(to: zx_handle_t.self)) == ZX_ERR_INVALID_ARGS)
  }
}

/// Source: `zx_timer_set`.
@Suite("zx_timer_set") struct TimerSetTests {
  @Test(arguments: [-1, Int64.min])
  func `a negative slack is OUT_OF_RANGE, before the handle`(slack: Int64) throws {
    let timer = try OwnedHandle.timer()
    let event = try OwnedHandle.event()
    for handle in [timer.value, event.value, 0, try staleHandle()] {
      #expect(zx_timer_set(handle, 0, slack) == ZX_ERR_OUT_OF_RANGE)
    }
    #expect(signals(of: timer.value) == 0)
  }

  @Test func `BAD_HANDLE, WRONG_TYPE, no WRITE is ACCESS_DENIED`() throws {
    let timer = try OwnedHandle.timer()
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_NONE)
    let reduced = try timer.without(ZX_RIGHT_WRITE)
    #expect(zx_timer_set(0, 0, 0) == ZX_ERR_BAD_HANDLE)
    #expect(zx_timer_set(try staleHandle(), 0, 0) == ZX_ERR_BAD_HANDLE)
    #expect(zx_timer_set(bare.value, 0, 0) == ZX_ERR_WRONG_TYPE)
    #expect(zx_timer_set(reduced.value, 0, 0) == ZX_ERR_ACCESS_DENIED)
    #expect(signals(of: timer.value) == 0)
    let writing = try OwnedHandle(duplicating: timer.value, rights: ZX_RIGHT_WRITE)
    #expect(zx_timer_set(writing.value, 0, 0) == ZX_OK)
    #expect(signals(of: timer.value) == 8)
  }

  @Test(arguments: [0, 1, -1, Int64.min], TimerClock.allCases)
  func `a time that has passed signals before the call returns`(
    deadline: Int64, clock: TimerClock
  ) throws {
    let timer = try OwnedHandle.timer(clock)
    #expect(zx_timer_set(timer.value, deadline, 5) == ZX_OK)
    #expect(
      waitOne(timer.value, ZX_TIMER_SIGNALED, until: ZX_TIME_INFINITE_PAST)
        == WaitAnswer(status: ZX_OK, observed: 8))
    #expect(try timerInfo(of: timer.value) == TimerInfo(clock: clock.rawValue))
  }

  @Test(arguments: TimerClock.allCases)
  func `the present moment has passed`(clock: TimerClock) throws {
    let timer = try OwnedHandle.timer(clock)
    #expect(zx_timer_set(timer.value, clock.now, 0) == ZX_OK)
    #expect(signals(of: timer.value) == 8)
  }

  @Test(arguments: TimerClock.allCases, [1_000_000, 30_000_000])
  func `it expires at the deadline, never before, and is idle then`(
    clock: TimerClock, nanoseconds: Int64
  ) throws {
    let timer = try OwnedHandle.timer(clock)
    let deadline = clock.now + nanoseconds
    #expect(zx_timer_set(timer.value, deadline, 0) == ZX_OK)
    let answer = waitOne(timer.value, ZX_TIMER_SIGNALED, until: farDeadline())
    #expect(clock.now >= deadline)
    #expect(answer == WaitAnswer(status: ZX_OK, observed: 8))
    #expect(try timerInfo(of: timer.value) == TimerInfo(clock: clock.rawValue))
    #expect(signals(of: timer.value) == 8)
  }

  @Test(arguments: TimerClock.allCases, [0, 1, 2])
  func `while armed the info tells deadline and slack as passed`(
    clock: TimerClock, options: UInt32
  ) throws {
    let timer = try OwnedHandle.timer(clock, options: options)
    for deadline in [clock.farAhead, Int64.max - 1, ZX_TIME_INFINITE] {
      #expect(zx_timer_set(timer.value, deadline, 1_234) == ZX_OK)
      #expect(
        try timerInfo(of: timer.value)
          == TimerInfo(
            options: options, clock: clock.rawValue, deadline: deadline, slack: 1_234))
      #expect(signals(of: timer.value) == 0)
    }
  }

  @Test(arguments: [0, 1, 2])
  func `with slack it expires within its window or as soon after as can be`(
    options: UInt32
  ) throws {
    let timer = try OwnedHandle.timer(options: options)
    let slack: Int64 = 5_000_000
    let deadline = zx_clock_get_monotonic() + 20_000_000
    #expect(zx_timer_set(timer.value, deadline, slack) == ZX_OK)
    #expect(zx_object_wait_one(timer.value, ZX_TIMER_SIGNALED, farDeadline(), nil) == ZX_OK)
    #expect(zx_clock_get_monotonic() >= (options == 2 ? deadline : deadline - slack))
  }

  @Test func `setting again replaces the deadline, later and earlier`() throws {
    let timer = try OwnedHandle.timer()
    let start = zx_clock_get_monotonic()
    #expect(zx_timer_set(timer.value, start + 10_000_000, 0) == ZX_OK)
    #expect(zx_timer_set(timer.value, start + 60_000_000, 0) == ZX_OK)
    #expect(zx_object_wait_one(timer.value, ZX_TIMER_SIGNALED, farDeadline(), nil) == ZX_OK)
    #expect(zx_clock_get_monotonic() >= start + 60_000_000)
    #expect(zx_timer_set(timer.value, TimerClock.monotonic.farAhead, 0) == ZX_OK)
    #expect(signals(of: timer.value) == 0)
    #expect(zx_timer_set(timer.value, zx_deadline_after(5_000_000), 0) == ZX_OK)
    #expect(zx_object_wait_one(timer.value, ZX_TIMER_SIGNALED, farDeadline(), nil) == ZX_OK)
  }

  @Test func `setting clears SIGNALED; user signals stay`() throws {
    let timer = try OwnedHandle.timer()
    #expect(zx_object_signal(timer.value, 0, ZX_USER_SIGNAL_3) == ZX_OK)
    #expect(zx_timer_set(timer.value, 0, 0) == ZX_OK)
    #expect(signals(of: timer.value) == 0x0800_0008)
    #expect(zx_timer_set(timer.value, ZX_TIME_INFINITE, 0) == ZX_OK)
    #expect(signals(of: timer.value) == 0x0800_0000)
  }

  @Test func `INFINITE never expires`() throws {
    let timer = try OwnedHandle.timer()
    #expect(zx_timer_set(timer.value, ZX_TIME_INFINITE, 0) == ZX_OK)
    let answer = waitOne(timer.value, ZX_TIMER_SIGNALED, until: zx_deadline_after(20_000_000))
    #expect(answer == WaitAnswer(status: ZX_ERR_TIMED_OUT, observed: 0))
  }

  @Test func `only user signals can be set by hand`() throws {
    let timer = try OwnedHandle.timer()
    #expect(zx_object_signal(timer.value, 0, ZX_TIMER_SIGNALED) == ZX_ERR_INVALID_ARGS)
    #expect(zx_object_signal(timer.value, ZX_TIMER_SIGNALED, 0) == ZX_ERR_INVALID_ARGS)
    #expect(zx_object_signal(timer.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(zx_object_signal_peer(timer.value, 0, ZX_USER_SIGNAL_0) == ZX_ERR_ACCESS_DENIED)
  }

  @Test func `an expiry queues the packet of a port, also for EDGE`() throws {
    let port = try OwnedHandle.port()
    let timer = try OwnedHandle.timer()
    let options = ZX_WAIT_ASYNC_EDGE | ZX_WAIT_ASYNC_TIMESTAMP
    #expect(waitAsync(timer.value, port.value, options: options) == ZX_OK)
    let deadline = zx_deadline_after(10_000_000)
    #expect(zx_timer_set(timer.value, deadline, 0) == ZX_OK)
    let packet = try #require(portWait(port.value, until: farDeadline()).packet)
    #expect(packet == .signal(7, trigger: 8, observed: 8, timestamp: packet.timestamp))
    #expect(packet.timestamp >= deadline)
  }

  @Test func `setting an expired timer to the past is a new edge`() throws {
    let port = try OwnedHandle.port()
    let timer = try OwnedHandle.timer()
    #expect(zx_timer_set(timer.value, 0, 0) == ZX_OK)
    #expect(waitAsync(timer.value, port.value, options: ZX_WAIT_ASYNC_EDGE) == ZX_OK)
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
    #expect(zx_timer_set(timer.value, 0, 0) == ZX_OK)
    #expect(drainPort(port.value) == [.signal(7, trigger: 8, observed: 8)])
  }

  @Test func `timers expire in the order of their deadlines`() throws {
    let port = try OwnedHandle.port()
    let start = zx_clock_get_monotonic() + 20_000_000
    var timers: [zx_handle_t] = []
    for index in 0..<64 {
      let timer = try OwnedHandle.timer(index % 2 == 0 ? .monotonic : .boot)
      let place = UInt64(index * 37 % 64)
      try #require(waitAsync(timer.value, port.value, key: place) == ZX_OK)
      let clock = index % 2 == 0 ? TimerClock.monotonic : .boot
      let deadline = start + Int64(place) * 500_000 + clock.now - zx_clock_get_monotonic()
      try #require(zx_timer_set(timer.value, deadline, 0) == ZX_OK)
      timers.append(timer.release())
    }
    // Those that are cancelled among them do not come.
    for timer in timers[..<8] { #expect(zx_timer_cancel(timer) == ZX_OK) }
    let keys = (0..<56).compactMap { _ in portWait(port.value, until: farDeadline()).packet?.key }
    let expected = (8..<64).map { UInt64($0 * 37 % 64) }.sorted()
    #expect(keys.sorted() == expected)
    let monotonic = (8..<64).filter { $0 % 2 == 0 }.map { UInt64($0 * 37 % 64) }.sorted()
    #expect(keys.filter { monotonic.contains($0) } == monotonic)
    closeAll(timers)
  }

  @Test func `a closed timer never fires; another handle keeps it`() throws {
    let port = try OwnedHandle.port()
    var timer = try OwnedHandle.timer()
    let copy = try OwnedHandle(duplicating: timer.value)
    var other = try OwnedHandle.timer()
    for handle in [copy.value, other.value] {
      #expect(waitAsync(handle, port.value, key: handle == copy.value ? 1 : 2) == ZX_OK)
    }
    #expect(zx_timer_set(timer.value, zx_deadline_after(20_000_000), 0) == ZX_OK)
    #expect(zx_timer_set(other.value, zx_deadline_after(20_000_000), 0) == ZX_OK)
    timer.close()
    other.close()
    #expect(portWait(port.value, until: farDeadline()).packet?.key == 1)
    #expect(portWait(port.value, until: zx_deadline_after(20_000_000)) == .error(ZX_ERR_TIMED_OUT))
  }

  @Test func `a thousand timers set at once all expire`() throws {
    let port = try OwnedHandle.port()
    var timers: [zx_handle_t] = []
    for key in 0..<1_000 {
      let timer = try OwnedHandle.timer()
      try #require(waitAsync(timer.value, port.value, key: UInt64(key)) == ZX_OK)
      let deadline = zx_deadline_after(Int64(key * 7919 % 1_000) * 10_000)
      try #require(zx_timer_set(timer.value, deadline, 0) == ZX_OK)
      timers.append(timer.release())
    }
    let keys = (0..<1_000).compactMap { _ in
      portWait(port.value, until: farDeadline()).packet?.key
    }
    #expect(Set(keys).count == 1_000)
    closeAll(timers)
  }

  /// Set, cancel, close and expiry meet; nothing crashes, and what is set last holds.
  @Test func `set against cancel against expiry`() throws {
    let timer = try OwnedHandle.timer()
    let value = timer.value
    let answers = try race(threadCount: 3) { index -> zx_status_t in
      var worst = ZX_OK
      for round in 0..<2_000 {
        let status =
          index == 0
          ? zx_timer_cancel(value)
          : zx_timer_set(value, zx_deadline_after(Int64(round % 40) * 1_000), 0)
        if status != ZX_OK { worst = status }
      }
      return worst
    }
    #expect(answers == [ZX_OK, ZX_OK, ZX_OK])
    #expect(zx_timer_set(value, zx_deadline_after(1_000_000), 0) == ZX_OK)
    #expect(zx_object_wait_one(value, ZX_TIMER_SIGNALED, farDeadline(), nil) == ZX_OK)
    #expect(zx_timer_cancel(value) == ZX_OK)
    #expect(
      waitOne(value, ZX_TIMER_SIGNALED, until: zx_deadline_after(5_000_000)).status
        == ZX_ERR_TIMED_OUT)
  }
}

/// Source: `zx_timer_cancel`.
@Suite("zx_timer_cancel") struct TimerCancelTests {
  @Test func `BAD_HANDLE, WRONG_TYPE, no WRITE is ACCESS_DENIED`() throws {
    let timer = try OwnedHandle.timer()
    let event = try OwnedHandle.event()
    let reduced = try timer.without(ZX_RIGHT_WRITE)
    #expect(zx_timer_set(timer.value, 0, 0) == ZX_OK)
    #expect(zx_timer_cancel(0) == ZX_ERR_BAD_HANDLE)
    #expect(zx_timer_cancel(try staleHandle()) == ZX_ERR_BAD_HANDLE)
    #expect(zx_timer_cancel(event.value) == ZX_ERR_WRONG_TYPE)
    #expect(zx_timer_cancel(reduced.value) == ZX_ERR_ACCESS_DENIED)
    #expect(signals(of: timer.value) == 8)
  }

  @Test func `an idle timer can be cancelled`() throws {
    let timer = try OwnedHandle.timer()
    #expect(zx_timer_cancel(timer.value) == ZX_OK)
    #expect(zx_timer_cancel(timer.value) == ZX_OK)
    #expect(signals(of: timer.value) == 0)
  }

  @Test func `an armed timer never expires afterwards and is idle`() throws {
    let timer = try OwnedHandle.timer()
    #expect(zx_timer_set(timer.value, zx_deadline_after(10_000_000), 9) == ZX_OK)
    #expect(zx_timer_cancel(timer.value) == ZX_OK)
    #expect(try timerInfo(of: timer.value) == TimerInfo())
    let answer = waitOne(timer.value, ZX_TIMER_SIGNALED, until: zx_deadline_after(30_000_000))
    #expect(answer == WaitAnswer(status: ZX_ERR_TIMED_OUT, observed: 0))
  }

  @Test func `an expired timer loses SIGNALED and keeps user signals`() throws {
    let timer = try OwnedHandle.timer()
    #expect(zx_object_signal(timer.value, 0, ZX_USER_SIGNAL_3) == ZX_OK)
    #expect(zx_timer_set(timer.value, ZX_TIME_INFINITE_PAST, 0) == ZX_OK)
    #expect(zx_timer_cancel(timer.value) == ZX_OK)
    #expect(
      waitOne(timer.value, ZX_TIMER_SIGNALED, until: ZX_TIME_INFINITE_PAST)
        == WaitAnswer(status: ZX_ERR_TIMED_OUT, observed: ZX_USER_SIGNAL_3))
  }
}

/// Source: `zx_object_get_info` with `ZX_INFO_TIMER`.
@Suite("ZX_INFO_TIMER") struct TimerInfoTests {
  @Test func `BAD_HANDLE, WRONG_TYPE, no INSPECT is ACCESS_DENIED`() throws {
    let timer = try OwnedHandle.timer()
    let event = try OwnedHandle.event()
    let reduced = try timer.without(ZX_RIGHT_INSPECT)
    var info = zx_info_timer_t()
    func ask(_ handle: zx_handle_t) -> zx_status_t {
      zx_object_get_info(handle, ZX_INFO_TIMER, &info, 24, nil, nil)
    }
    #expect(ask(0) == ZX_ERR_BAD_HANDLE)
    #expect(ask(try staleHandle()) == ZX_ERR_BAD_HANDLE)
    #expect(ask(event.value) == ZX_ERR_WRONG_TYPE)
    #expect(ask(reduced.value) == ZX_ERR_ACCESS_DENIED)
    #expect(ask(timer.value) == ZX_OK)
  }

  @Test func `a smaller buffer is BUFFER_TOO_SMALL with avail 1`() throws {
    let timer = try OwnedHandle.timer()
    var info = zx_info_timer_t()
    var (actual, available) = (9, 9)
    let status = zx_object_get_info(timer.value, ZX_INFO_TIMER, &info, 23, &actual, &available)
    #expect(status == ZX_ERR_BUFFER_TOO_SMALL)
    #expect((actual, available) == (0, 1))
  }
}

/// Source: what a program may expect of the process: no thread before it needs one, none for ever.
///
/// Every body runs in a process of its own.
@Suite("the thread of timers", .serialized) struct TimerThreadTests {
  /// Threads of this process that bear the name of the timers' one.
  private static func timerThreadCount() -> Int {
    guard let folder = opendir("/proc/self/task") else { return -1 }
    defer { closedir(folder) }
    var count = 0
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let file = fopen("/proc/self/task/\(name)/comm", "r") else { continue }
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 32)
      if fgets(&line, 32, file) != nil, strncmp(line, "zircon-timers", 13) == 0 { count += 1 }
    }
    return count
  }

  @Test func `it starts with the first timer that has to wait and ends after the last`() async {
    await #expect(processExitsWith: .success) {
      let timers = try [OwnedHandle.timer().release(), OwnedHandle.timer(.boot).release()]
      for timer in timers {
        #expect(zx_timer_set(timer, 0, 0) == ZX_OK)
        #expect(zx_timer_set(timer, ZX_TIME_INFINITE, 0) == ZX_OK)
        #expect(zx_timer_cancel(timer) == ZX_OK)
      }
      #expect(TimerThreadTests.timerThreadCount() == 0)
      for _ in 0..<3 {
        for timer in timers {
          #expect(zx_timer_set(timer, TimerClock.monotonic.farAhead, 0) == ZX_OK)
        }
        #expect(poll { TimerThreadTests.timerThreadCount() == 1 })
        #expect(zx_timer_cancel(timers[0]) == ZX_OK)
        usleep(300_000)
        #expect(TimerThreadTests.timerThreadCount() == 1)
        #expect(zx_timer_cancel(timers[1]) == ZX_OK)
        #expect(poll { TimerThreadTests.timerThreadCount() == 0 })
      }
      closeAll(timers)
    }
  }

  @Test func `an armed timer does not keep the process from exiting`() async {
    await #expect(processExitsWith: .exitCode(7)) {
      let timer = try OwnedHandle.timer().release()
      #expect(zx_timer_set(timer, TimerClock.monotonic.farAhead, 0) == ZX_OK)
      exit(7)
    }
  }

  /// Whether ThreadSanitizer is here, which ends a forked child that starts a thread.
  private static let isThreadSanitized = dlsym(nil, "__tsan_init") != nil

  @Test(.disabled(if: isThreadSanitized, "ThreadSanitizer lets no forked child start a thread"))
  func `a forked child has timers of its own, and the parent's go on`() async {
    await #expect(processExitsWith: .success) {
      let timer = try OwnedHandle.timer().release()
      #expect(zx_timer_set(timer, zx_deadline_after(200_000_000), 0) == ZX_OK)
      #expect(poll { TimerThreadTests.timerThreadCount() == 1 })
      // Once before the fork: what an unoptimized build looks up at its first use, it looks up under a lock
      // of the Swift runtime, which another thread may hold while the process is copied.
      #expect(
        zx_object_wait_one(timer, ZX_TIMER_SIGNALED, zx_deadline_after(1_000_000), nil)
          == ZX_ERR_TIMED_OUT)
      let child = forkAtRest()
      if child == 0 {
        var own = ZX_HANDLE_INVALID
        guard zx_timer_set(timer, 0, 0) == ZX_ERR_BAD_HANDLE,
          zx_timer_create(0, ZX_CLOCK_MONOTONIC, &own) == ZX_OK,
          zx_timer_set(own, zx_deadline_after(5_000_000), 0) == ZX_OK,
          zx_object_wait_one(own, ZX_TIMER_SIGNALED, zx_deadline_after(10_000_000_000), nil)
            == ZX_OK
        else { _exit(1) }
        _exit(0)
      }
      var status: Int32 = -1
      while waitpid(child, &status, 0) < 0 {}
      #expect(status == 0)
      #expect(zx_object_wait_one(timer, ZX_TIMER_SIGNALED, farDeadline(), nil) == ZX_OK)
      #expect(zx_handle_close(timer) == ZX_OK)
    }
  }
}
