import CZircon
import Glibc
import Testing

private func linuxTime(_ clock: clockid_t) -> Int64 {
  var time = timespec()
  clock_gettime(clock, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Source: clocks, ticks and deadlines.
@Suite("clocks") struct ClockTests {
  @Test func `the monotonic clock is Linux's in nanoseconds`() {
    for _ in 0..<1_000 {
      let before = linuxTime(CLOCK_MONOTONIC)
      let now = zx_clock_get_monotonic()
      let after = linuxTime(CLOCK_MONOTONIC)
      #expect(before <= now && now <= after)
    }
  }

  @Test func `the boot clock is Linux's in nanoseconds and not behind the monotonic`() {
    for _ in 0..<1_000 {
      let before = linuxTime(CLOCK_BOOTTIME)
      let now = zx_clock_get_boot()
      let after = linuxTime(CLOCK_BOOTTIME)
      #expect(before <= now && now <= after)
    }
    let monotonic = zx_clock_get_monotonic()
    #expect(zx_clock_get_boot() >= monotonic)
  }

  @Test func `neither clock nor ticks run backwards`() {
    var (monotonic, boot) = (zx_clock_get_monotonic(), zx_clock_get_boot())
    var (ticks, bootTicks) = (zx_ticks_get(), zx_ticks_get_boot())
    for _ in 0..<10_000 {
      let (nextMonotonic, nextBoot) = (zx_clock_get_monotonic(), zx_clock_get_boot())
      let (nextTicks, nextBootTicks) = (zx_ticks_get(), zx_ticks_get_boot())
      #expect(nextMonotonic >= monotonic && nextBoot >= boot)
      #expect(nextTicks >= ticks && nextBootTicks >= bootTicks)
      (monotonic, boot, ticks, bootTicks) = (nextMonotonic, nextBoot, nextTicks, nextBootTicks)
    }
  }

  @Test func `ticks per second are positive and constant`() {
    let rate = zx_ticks_per_second()
    #expect(rate > 0)
    #expect(zx_ticks_per_second() == rate)
  }

  @Test func `ticks over ticks per second are elapsed seconds on the same timeline`() {
    let (startTicks, start) = (zx_ticks_get(), zx_clock_get_monotonic())
    #expect(zx_nanosleep(zx_deadline_after(20_000_000)) == ZX_OK)
    let (end, endTicks) = (zx_clock_get_monotonic(), zx_ticks_get())
    let elapsed = Double(endTicks - startTicks) / Double(zx_ticks_per_second())
    // The ticks enclose the time; half a second is what a busy machine may take in between.
    #expect(elapsed >= Double(end - start) / 1e9 * 0.999)
    #expect(elapsed < Double(end - start) / 1e9 + 0.5)
  }

  @Test(arguments: [0, 1, 1_000_000, -1_000_000, 3_600_000_000_000])
  func `a deadline is now plus the duration`(nanoseconds: zx_duration_mono_t) {
    let before = zx_clock_get_monotonic()
    let deadline = zx_deadline_after(nanoseconds)
    let after = zx_clock_get_monotonic()
    #expect(before + nanoseconds <= deadline && deadline <= after + nanoseconds)
  }

  @Test(arguments: [ZX_TIME_INFINITE, ZX_TIME_INFINITE - 100])
  func `a deadline beyond the range is INFINITE`(nanoseconds: zx_duration_mono_t) {
    #expect(zx_deadline_after(nanoseconds) == ZX_TIME_INFINITE)
  }

  /// Now is positive, so that not even the lowest duration underflows.
  @Test func `a deadline long past is negative`() {
    #expect(zx_deadline_after(ZX_TIME_INFINITE_PAST) < 0)
    #expect(zx_deadline_after(ZX_TIME_INFINITE_PAST) >= ZX_TIME_INFINITE_PAST)
  }

  @Test func `adding a duration saturates`() {
    #expect(zx_time_add_duration(5, 7) == 12)
    #expect(zx_time_add_duration(ZX_TIME_INFINITE, 1) == ZX_TIME_INFINITE)
    #expect(zx_time_add_duration(ZX_TIME_INFINITE_PAST, -1) == ZX_TIME_INFINITE_PAST)
    #expect(zx_duration_add_duration(Int64.max - 1, 2) == Int64.max)
    #expect(zx_duration_add_duration(Int64.min + 1, -2) == Int64.min)
  }

  @Test func `subtracting saturates`() {
    #expect(zx_time_sub_duration(5, 7) == -2)
    #expect(zx_time_sub_duration(ZX_TIME_INFINITE_PAST, 1) == ZX_TIME_INFINITE_PAST)
    #expect(zx_time_sub_duration(ZX_TIME_INFINITE, -1) == ZX_TIME_INFINITE)
    #expect(zx_time_sub_time(Int64.max, -1) == Int64.max)
    #expect(zx_time_sub_time(Int64.min, 1) == Int64.min)
    #expect(zx_time_sub_time(0, Int64.min) == Int64.max)
    #expect(zx_duration_sub_duration(Int64.min, 1) == Int64.min)
    #expect(zx_duration_sub_duration(9, 4) == 5)
  }

  @Test func `multiplying saturates`() {
    #expect(zx_duration_mul_int64(6, 7) == 42)
    #expect(zx_duration_mul_int64(Int64.max, 2) == Int64.max)
    #expect(zx_duration_mul_int64(Int64.max, -2) == Int64.min)
    #expect(zx_duration_mul_int64(Int64.min, -1) == Int64.max)
    #expect(zx_duration_mul_int64(Int64.min, 2) == Int64.min)
  }

  @Test func `durations from larger units are nanoseconds and saturate`() {
    #expect(zx_duration_from_nsec(3) == 3)
    #expect(zx_duration_from_usec(3) == 3_000)
    #expect(zx_duration_from_msec(3) == 3_000_000)
    #expect(zx_duration_from_sec(3) == 3_000_000_000)
    #expect(zx_duration_from_min(3) == 180_000_000_000)
    #expect(zx_duration_from_hour(3) == 10_800_000_000_000)
    #expect(zx_duration_from_sec(Int64.max) == Int64.max)
    #expect(zx_duration_from_hour(Int64.min) == Int64.min)
  }
}
