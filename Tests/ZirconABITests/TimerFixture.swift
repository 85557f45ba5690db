import CZircon
import Testing

/// The clocks a timer can go by.
enum TimerClock: UInt32, CaseIterable, Sendable {
  case monotonic = 0
  case boot = 1

  var now: Int64 { self == .monotonic ? zx_clock_get_monotonic() : zx_clock_get_boot() }

  /// A time no correct test reaches.
  var farAhead: Int64 { now + 3_600_000_000_000 }
}

extension OwnedHandle {
  static func timer(_ clock: TimerClock = .monotonic, options: UInt32 = 0) throws -> OwnedHandle {
    var timer = ZX_HANDLE_INVALID
    try #require(zx_timer_create(options, clock.rawValue, &timer) == ZX_OK)
    return OwnedHandle(owning: timer)
  }
}

/// What `ZX_INFO_TIMER` tells, to be compared.
struct TimerInfo: Equatable {
  var options: UInt32 = 0
  var clock: UInt32 = 0
  var deadline: Int64 = 0
  var slack: Int64 = 0
}

func timerInfo(of handle: zx_handle_t) throws -> TimerInfo {
  var info = zx_info_timer_t()
  try #require(zx_object_get_info(handle, ZX_INFO_TIMER, &info, 24, nil, nil) == ZX_OK)
  return TimerInfo(
    options: info.options, clock: info.clock_id, deadline: info.deadline, slack: info.slack)
}
