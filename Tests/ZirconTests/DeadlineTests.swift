import Testing
import Zircon

/// Sources: `zx_clock_get_monotonic`, `zx_deadline_after`.
@Suite("Deadline") struct DeadlineTests {
  @Test func `now does not go back`() {
    let first = Deadline.now
    let second = Deadline.now
    #expect(first.rawValue > 0)
    #expect(first <= second)
  }

  private static let durations: [(Duration, Int64)] = [
    (.zero, 0),
    (.nanoseconds(1), 1),
    (.microseconds(-3), -3_000),
    (.seconds(2) + .nanoseconds(5), 2_000_000_005),
    (Duration(secondsComponent: 0, attosecondsComponent: 1_999_999_999), 1),
  ]

  @Test(arguments: durations)
  func `after adds whole nanoseconds to now`(duration: Duration, nanoseconds: Int64) {
    let before = Deadline.now.advanced(byNanoseconds: nanoseconds)
    let deadline = Deadline.after(duration)
    let behind = Deadline.now.advanced(byNanoseconds: nanoseconds)
    #expect(before <= deadline)
    #expect(deadline <= behind)
  }

  @Test func `after is held at the ends of the range`() {
    #expect(Deadline.after(.seconds(Int64.max)) == .infinite)
    #expect(Deadline.after(.nanoseconds(Int64.max)) == .infinite)
    #expect(Deadline.after(.seconds(9_223_372_036) + .nanoseconds(854_775_808)) == .infinite)
    #expect(Deadline.after(.seconds(Int64.min)) < Deadline(rawValue: 0))
  }
}
