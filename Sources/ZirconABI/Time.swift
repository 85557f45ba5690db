// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Nanoseconds since boot without the time suspended.
@c @implementation
public func zx_clock_get_monotonic() -> zx_instant_mono_t { Clock.monotonic }

/// Nanoseconds since boot with the time suspended.
@c @implementation
public func zx_clock_get_boot() -> zx_instant_boot_t { Clock.boot }

/// What a clock shows: the form of 2019 to 2021.
///
/// `ZX_ERR_INVALID_ARGS` for an unknown clock or a bad pointer.
@c @implementation
public func zx_clock_get(
  _ clock_id: zx_clock_t, _ out: UnsafeMutablePointer<zx_time_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let time: Int64
    switch clock_id {
    case ZX_CLOCK_MONOTONIC: time = Clock.monotonic
    case ZX_CLOCK_BOOT: time = Clock.boot
    case 2: time = Clock.thread
    default: throw .invalidArgs
    }
    try unsafe UserOut(out).put(number: UInt64(bitPattern: time))
  }
}

/// Ticks of the monotonic clock; a tick is a nanosecond here.
@c @implementation
public func zx_ticks_get() -> zx_ticks_t { Clock.monotonic }

/// Ticks of the boot clock; a tick is a nanosecond here.
@c @implementation
public func zx_ticks_get_boot() -> zx_ticks_t { Clock.boot }

/// Ticks in a second.
@c @implementation
public func zx_ticks_per_second() -> zx_ticks_t { 1_000_000_000 }

/// The deadline `nanoseconds` from now, held at the ends of the range.
@c @implementation
public func zx_deadline_after(_ nanoseconds: zx_duration_mono_t) -> zx_instant_mono_t {
  Deadline(rawValue: Clock.monotonic).advanced(byNanoseconds: nanoseconds).rawValue
}

/// Sleeps until `deadline`; a deadline of 0 or less gives way to other threads.
///
/// Always `ZX_OK`.
@c @implementation
public func zx_nanosleep(_ deadline: zx_instant_mono_t) -> zx_status_t {
  if deadline <= 0 {
    Clock.yield()
  } else {
    Clock.sleep(until: Deadline(rawValue: deadline))
  }
  return ZX_OK
}
