// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Makes a timer on the monotonic or the boot clock.
///
/// `ZX_ERR_INVALID_ARGS` for another clock, an option other than the three of slack, and a bad `out`;
/// `ZX_ERR_NO_MEMORY`.
@c @implementation
public func zx_timer_create(
  _ options: UInt32, _ clock_id: zx_clock_t, _ out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    guard let clock = TimerClock(rawValue: clock_id), options <= ZX_TIMER_SLACK_LATE else {
      throw .invalidArgs
    }
    let kernel = try Kernel.current
    try kernel.give(
      kernel.makeTimer(on: clock, slackMode: options), to: unsafe UserOut(out))
  }
}

/// Sets a timer; see `Kernel.setTimer`.
///
/// `ZX_ERR_OUT_OF_RANGE` for a negative slack, before the handle is looked at.
@c @implementation
public func zx_timer_set(
  _ handle: zx_handle_t, _ deadline: zx_time_t, _ slack: zx_duration_t
) -> zx_status_t {
  syscall { () throws(Status) in
    guard slack >= 0 else { throw .outOfRange }
    try Kernel.current.setTimer(
      HandleValue(handle), to: deadline, slackInNanoseconds: slack)
  }
}

/// Cancels a timer; see `Kernel.cancelTimer`.
@c @implementation
public func zx_timer_cancel(_ handle: zx_handle_t) -> zx_status_t {
  syscall { () throws(Status) in try Kernel.current.cancelTimer(HandleValue(handle)) }
}
