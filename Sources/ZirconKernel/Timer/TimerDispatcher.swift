import ZirconLinux
import ZirconTypes

/// What `ZX_INFO_TIMER` tells.
package struct TimerFacts: Sendable {
  /// How the slack may be used, as asked for at the making.
  package let slackMode: UInt32
  package let clock: TimerClock
  /// When it expires, on its clock; 0 unless armed.
  package let deadline: Int64
  /// The slack it was set with, in nanoseconds; 0 unless armed.
  package let slackInNanoseconds: Int64
}

/// A timer: an event that signals itself at a time.
///
/// Slack is a leave to be late or early that is not used: every timer expires at its deadline or as soon
/// after as its thread runs.
///
/// Locking: one lock; inside it that of the queue.
@safe
final class TimerDispatcher: Dispatcher, @unchecked Sendable {
  private struct State: ~Copyable {
    var signals = SignalState()
    /// 0 unless armed, like the slack.
    var deadline: Int64 = 0
    var slack: Int64 = 0
    /// Which setting this is; an expiry of an earlier one comes too late.
    var generation: UInt64 = 0
    /// Whether the last handle is gone; then it can be armed no more.
    var isClosed = false
  }

  private let state = Guarded(State())
  private let slackMode: UInt32
  private let clock: TimerClock
  private let queue: TimerQueue
  // Safety: of this object alone; what it holds is touched under the queue's lock.
  private let node: UnsafeMutablePointer<TimerNode>

  init(koid: Koid, queue: TimerQueue, clock: TimerClock, slackMode: UInt32) {
    self.queue = queue
    self.clock = clock
    self.slackMode = slackMode
    unsafe node = .allocate(capacity: 1)
    super.init(koid: koid, type: .timer)
    unsafe node.initialize(to: TimerNode(self))
  }

  deinit {
    unsafe node.deallocate()
  }

  override func withObservers(_ body: (inout ObserverList, Signals) -> Void) {
    state.withLock { body(&$0.signals.observers, $0.signals.signals) }
  }

  override func signal(clear: Signals, set: Signals) {
    var wakes = WakeList()
    state.withLock { $0.signals.update(clear: clear, set: set, &wakes) }
    wakes.deliver()
  }

  override func lastHandleClosed() {
    var wakes = WakeList()
    state.withLock { state in
      state.isClosed = true
      disarm(&state, &wakes)
    }
    wakes.deliver()
  }

  /// The facts of this moment.
  var facts: TimerFacts {
    state.withLock {
      TimerFacts(
        slackMode: slackMode, clock: clock, deadline: $0.deadline, slackInNanoseconds: $0.slack)
    }
  }
}

// MARK: Setting

extension TimerDispatcher {
  /// Sets it to expire at `deadline`, or lets it expire now if that has passed.
  ///
  /// - Throws: `noMemory` if there is no room for the thread that timers need; then it is canceled.
  func set(_ deadline: Int64, slackInNanoseconds slack: Int64) throws(Status) {
    var wakes = WakeList()
    var mustServe = false
    state.withLock { state in
      disarm(&state, &wakes)
      // Two steps: a timer that had expired already rises again.
      state.signals.update(clear: .signaled, set: .none, &wakes)
      if deadline <= 0 || deadline <= clock.now {
        state.signals.update(clear: .none, set: .signaled, &wakes)
      } else if !state.isClosed {
        mustServe = arm(&state, deadline, slack, &wakes)
      }
    }
    wakes.deliver()
    guard mustServe else { return }
    do throws(Status) {
      try queue.serve()
    } catch {
      cancel()
      throw error
    }
  }

  /// Takes back a setting, also one that has led to an expiry.
  func cancel() {
    var wakes = WakeList()
    state.withLock { state in
      disarm(&state, &wakes)
      state.signals.update(clear: .signaled, set: .none, &wakes)
    }
    wakes.deliver()
  }

  /// The time of setting `generation` has come.
  func expire(_ generation: UInt64) {
    var wakes = WakeList()
    state.withLock { state in
      guard state.generation == generation else { return }
      disarm(&state, &wakes)
      state.signals.update(clear: .none, set: .signaled, &wakes)
    }
    wakes.deliver()
  }

  private func arm(
    _ state: inout State, _ deadline: Int64, _ slack: Int64, _ wakes: inout WakeList
  ) -> Bool {
    state.deadline = deadline
    state.slack = slack
    // Never comes: nothing to wait for.
    guard deadline != .max else { return false }
    unsafe node.pointee.deadline = deadline
    unsafe node.pointee.generation = state.generation
    return unsafe queue.arm(node, on: clock, &wakes)
  }

  private func disarm(_ state: inout State, _ wakes: inout WakeList) {
    state.generation += 1
    state.deadline = 0
    state.slack = 0
    unsafe queue.disarm(node, on: clock, &wakes)
  }
}
