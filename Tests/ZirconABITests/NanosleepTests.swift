import CZircon
import TestSupport
import Testing

/// Source: `zx_nanosleep`.
@Suite("zx_nanosleep") struct NanosleepTests {
  @Test(arguments: [0, -1, 1, ZX_TIME_INFINITE_PAST])
  func `a past deadline is OK at once`(deadline: zx_instant_mono_t) {
    #expect(zx_nanosleep(deadline) == ZX_OK)
  }

  @Test(arguments: [1, 100, 50_000, 2_000_000, 30_000_000])
  func `OK never comes before the deadline`(nanoseconds: zx_duration_mono_t) {
    let deadline = zx_deadline_after(nanoseconds)
    #expect(zx_nanosleep(deadline) == ZX_OK)
    #expect(zx_clock_get_monotonic() >= deadline)
  }

  @Test func `a sleeping thread sleeps in the kernel and ends with OK`() throws {
    let deadline = zx_deadline_after(200_000_000)
    let sleeper = try TestThread { zx_nanosleep(deadline) }
    #expect(sleeper.waitUntilAsleep())
    #expect(sleeper.join() == ZX_OK)
    #expect(zx_clock_get_monotonic() >= deadline)
  }
}
