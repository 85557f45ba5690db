import CLinux
import Glibc
package import ZirconTypes

/// The clocks of Linux that stand for Zircon's, in nanoseconds.
package enum Clock {
  /// Time since boot without the time suspended: `CLOCK_MONOTONIC`.
  package static var monotonic: Int64 { read(CLOCK_MONOTONIC) }

  /// Time since boot with the time suspended: `CLOCK_BOOTTIME`.
  package static var boot: Int64 { read(CLOCK_BOOTTIME) }

  /// Time that the calling thread has used of a processor: `CLOCK_THREAD_CPUTIME_ID`.
  package static var thread: Int64 { read(CLOCK_THREAD_CPUTIME_ID) }

  /// Whether `deadline` lies in the past or now.
  package static func hasPassed(_ deadline: Deadline) -> Bool {
    deadline.rawValue <= 0 || (deadline != .infinite && deadline.rawValue <= monotonic)
  }

  /// Sleeps until `deadline`, through signals; `infinite` never ends.
  package static func sleep(until deadline: Deadline) {
    clinux_sleep_until(deadline.rawValue)
  }

  /// Lets other threads run.
  package static func yield() {
    sched_yield()
  }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
