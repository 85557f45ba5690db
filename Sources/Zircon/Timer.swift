import ZirconKernel
import ZirconLinux
public import ZirconTypes

/// An event that signals itself at a time.
///
/// It shows `signaled` from its deadline to the next `set` or `cancel`.
public struct Timer: KernelObject, ~Copyable {
  private let handle: Handle

  /// What a timer's deadline is on.
  public enum Clock: Sendable {
    /// Stands still while the machine sleeps: `ZX_CLOCK_MONOTONIC`.
    case monotonic
    /// Goes on while the machine sleeps: `ZX_CLOCK_BOOT`.
    case boot
  }

  /// What the slack of a deadline allows: a hint, of which no use is made.
  public enum Slack: Sendable {
    /// To be early or late: `ZX_TIMER_SLACK_CENTER`.
    case center
    /// To be early: `ZX_TIMER_SLACK_EARLY`.
    case early
    /// To be late: `ZX_TIMER_SLACK_LATE`.
    case late
  }

  /// Makes a timer that is not set, with the rights `Rights.defaultTimer`.
  ///
  /// - Throws: `noMemory` without memory, or if as many handles as there can be are live.
  ///
  /// Source: `zx_timer_create`.
  public init(on clock: Clock = .monotonic, slack: Slack = .center) throws(Status) {
    let made = try Kernel.current.makeTimer(on: clock.inKernel, slackMode: slack.inKernel)
    self.init(Handle(adopting: Handle.Value(made)))
  }

  /// Takes over `handle`, which should be a timer's: else the calls of timers throw `wrongType`.
  public init(_ handle: consuming Handle) {
    self.handle = handle
  }

  /// Names the handle without owning it.
  public var handleValue: Handle.Value { handle.handleValue }

  /// Gives the handle away, to be owned without its type.
  public consuming func takeHandle() -> Handle { handle }

  /// Lets the timer show `signaled` at `deadline`, at once if that has passed, and not before it.
  ///
  /// What it was set to before is forgotten.
  ///
  /// - Parameters:
  ///   - deadline: A point on the timer's clock; `Clock.now` says where that stands.
  ///   - slack: How far from it the timer may signal.
  /// - Throws: `outOfRange` for slack below 0; `wrongType`; `accessDenied` without the right to write;
  ///   `noMemory`. In this order.
  ///
  /// Source: `zx_timer_set`.
  public func set(_ deadline: Deadline, slack: Duration = .zero) throws(Status) {
    guard slack >= .zero else { throw .outOfRange }
    try Kernel.current.setTimer(
      handleValue.inKernel, to: deadline.rawValue, slackInNanoseconds: slack.nanosecondsHeld)
  }

  /// Forgets what the timer was set to, and that it has signaled.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to write. In this order.
  ///
  /// Source: `zx_timer_cancel`.
  public func cancel() throws(Status) {
    try Kernel.current.cancelTimer(handleValue.inKernel)
  }

  /// What the timer is set to, on its clock; nil if it is not set or has signaled.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to inspect. In this order.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_TIMER`.
  public func deadline() throws(Status) -> Deadline? {
    let facts = try Kernel.current.timerFacts(of: handleValue.inKernel)
    return facts.deadline == 0 ? nil : Deadline(rawValue: facts.deadline)
  }
}

extension Timer.Clock {
  /// This moment on the clock.
  ///
  /// Source: `zx_clock_get_monotonic`, `zx_clock_get_boot`.
  public var now: Deadline {
    switch self {
    case .monotonic: Deadline(rawValue: ZirconLinux.Clock.monotonic)
    case .boot: Deadline(rawValue: ZirconLinux.Clock.boot)
    }
  }

  fileprivate var inKernel: TimerClock {
    switch self {
    case .monotonic: .monotonic
    case .boot: .boot
    }
  }
}

extension Timer.Slack {
  /// As `zircon/types.h` numbers it.
  fileprivate var inKernel: UInt32 {
    switch self {
    case .center: 0
    case .early: 1
    case .late: 2
    }
  }
}
