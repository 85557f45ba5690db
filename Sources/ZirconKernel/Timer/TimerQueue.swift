import ZirconLinux
import ZirconTypes

/// The clock that a timer goes by; the numbers of `zx_clock_t`.
package enum TimerClock: UInt32, Sendable {
  /// Stands still while the machine sleeps.
  case monotonic = 0
  /// Goes on while the machine sleeps.
  case boot = 1

  /// The time of this moment.
  var now: Int64 { self == .monotonic ? Clock.monotonic : Clock.boot }
}

/// The armed timers of this process, and the one thread that lets them expire.
///
/// The thread starts when a timer is armed and ends a moment after the last is gone; until then it
/// keeps a process alive whose other threads have all left by `pthread_exit`, and no other. It takes a
/// timer out under the lock, keeps it, and lets it expire with no lock held: the timer then sees for
/// itself whether it has been set anew since.
///
/// Locking: one lock, taken inside that of a timer.
final class TimerQueue: Sendable {
  private let state = Guarded(State())

  /// How long the thread stays with nothing to do, in nanoseconds.
  private static let patience: Int64 = 100_000_000
  /// How long it sleeps at most for a timer on the boot clock, which runs on while Linux lets nobody
  /// wait: after the machine has slept, such a timer expires so much later at most.
  private static let bootPatience: Int64 = 1_000_000_000

  @safe
  fileprivate struct State: ~Copyable {
    var monotonic = TimerHeap()
    var boot = TimerHeap()
    /// Whether there is a thread, or somebody is about to start it.
    var isServed = false
    /// The thread, while it sleeps, and until when at the latest.
    var sleeper: Waiter?
    var wakesAt: Int64 = 0
    /// When the thread ends unless a timer is armed before.
    var endsAt: Int64?

    var isIdle: Bool { monotonic.deadline == nil && boot.deadline == nil }

    /// Wakes the thread if it sleeps for longer than `nanoseconds`; who is awake looks again before it
    /// sleeps.
    mutating func wake(before nanoseconds: Int64, _ wakes: inout WakeList) {
      guard let waiter = sleeper else { return }
      let now = Deadline(rawValue: Clock.monotonic)
      guard now.advanced(byNanoseconds: nanoseconds).rawValue < wakesAt else { return }
      sleeper = nil
      wakes.add(waiter)
    }

    mutating func withHeap(_ clock: TimerClock, _ body: (inout TimerHeap) -> Void) {
      if clock == .monotonic { body(&monotonic) } else { body(&boot) }
    }
  }

  /// What the thread does next.
  @safe
  fileprivate enum Step {
    case expire(Unmanaged<TimerDispatcher>, generation: UInt64)
    case sleep(Deadline)
    case end
  }
}

// MARK: Arming; under the timer's lock

extension TimerQueue {
  /// Arms a timer that is not; true if the caller must then `serve`, with no lock held.
  @unsafe
  func arm(
    _ node: UnsafeMutablePointer<TimerNode>, on clock: TimerClock, _ wakes: inout WakeList
  ) -> Bool {
    state.withLock { state in
      state.withHeap(clock) { unsafe $0.insert(node) }
      state.endsAt = nil
      let remaining = unsafe node.pointee.deadline - clock.now
      state.wake(before: remaining, &wakes)
      defer { state.isServed = true }
      return !state.isServed
    }
  }

  /// Disarms a timer, if it is armed.
  @unsafe
  func disarm(
    _ node: UnsafeMutablePointer<TimerNode>, on clock: TimerClock, _ wakes: inout WakeList
  ) {
    state.withLock { state in
      guard unsafe node.pointee.isQueued else { return }
      state.withHeap(clock) { unsafe $0.remove(node) }
      // Else the thread would stay until what was the earliest deadline.
      if state.isIdle { state.wake(before: Self.patience, &wakes) }
    }
  }
}

// MARK: The thread

extension TimerQueue {
  /// Starts the thread that `arm` found missing.
  ///
  /// - Throws: `noMemory` if there is no room for it; the next to arm a timer tries again.
  func serve() throws(Status) {
    guard !DetachedThread.start(named: "zircon-timers", { self.run() }) else { return }
    state.withLock { $0.isServed = false }
    throw .noMemory
  }

  private func run() {
    var goesOn = true
    while goesOn {
      try? Waiter.withWaiter(.futex) { waiter in
        switch state.withLock({ $0.next(waiter) }) {
        case .expire(let timer, let generation):
          unsafe timer.takeRetainedValue().expire(generation)
        case .sleep(let deadline):
          waiter.sleep(until: deadline)
          // Nobody may know of the waiter once it is gone.
          state.withLock { $0.sleeper = nil }
        case .end:
          goesOn = false
        }
      }
    }
  }
}

extension TimerQueue.State {
  /// What the thread is to do; `waiter` is how it is woken if that is to sleep.
  fileprivate mutating func next(_ waiter: Waiter) -> TimerQueue.Step {
    let now = Clock.monotonic
    if let step = Self.expire(&monotonic, at: now) { return step }
    var end = monotonic.deadline
    if let deadline = boot.deadline {
      let bootNow = Clock.boot
      if let step = Self.expire(&boot, at: bootNow) { return step }
      end = min(end ?? .max, now + min(deadline - bootNow, TimerQueue.bootPatience))
    }
    if end == nil {
      let last = endsAt ?? now + TimerQueue.patience
      if last <= now {
        isServed = false
        return .end
      }
      endsAt = last
      end = last
    }
    sleeper = waiter
    wakesAt = end ?? .max
    return .sleep(Deadline(rawValue: wakesAt))
  }

  private static func expire(_ heap: inout TimerHeap, at now: Int64) -> TimerQueue.Step? {
    guard let node = unsafe heap.first, unsafe node.pointee.deadline <= now else { return nil }
    unsafe heap.remove(node)
    return unsafe .expire(node.pointee.timer.retain(), generation: node.pointee.generation)
  }
}
