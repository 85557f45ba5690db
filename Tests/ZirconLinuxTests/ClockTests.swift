import Glibc
import Synchronization
import TestSupport
import Testing
import ZirconLinux
import ZirconTypes

private let interruptions = Atomic<Int>(0)
/// The thread that sleeps, once it runs.
private let sleepingThread = Atomic<UInt>(0)

/// Source: the two clocks of Zircon, and deadlines on the monotonic one.
@Suite("Clock") struct ClockTests {
  @Test func `both clocks go forward, the boot clock never behind the other`() {
    let (monotonic, boot) = (Clock.monotonic, Clock.boot)
    #expect(monotonic > 0)
    #expect(boot >= monotonic)
    #expect(Clock.monotonic >= monotonic)
    #expect(Clock.boot >= boot)
  }

  @Test func `the monotonic clock is that of Linux`() {
    var time = timespec()
    let before = Clock.monotonic
    clock_gettime(CLOCK_MONOTONIC, &time)
    let after = Clock.monotonic
    let own = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    #expect(before <= own && own <= after)
  }

  @Test func `what is not in the future has passed, and infinity never comes`() {
    let now = Clock.monotonic
    for past in [Int64.min, -1, 0, 1, now] {
      #expect(Clock.hasPassed(Deadline(rawValue: past)), "\(past)")
    }
    #expect(!Clock.hasPassed(Deadline(rawValue: now).advanced(byNanoseconds: 3_600_000_000_000)))
    #expect(!Clock.hasPassed(Deadline(rawValue: .max - 1)))
    #expect(!Clock.hasPassed(.infinite))
  }

  @Test(arguments: [Int64.min, -1, 0, 1])
  func `a sleep until the past ends at once`(deadline: Int64) {
    Clock.sleep(until: Deadline(rawValue: deadline))
  }

  @Test func `a sleep lasts until its deadline`() {
    let deadline = Deadline(rawValue: Clock.monotonic + 5_000_000)
    Clock.sleep(until: deadline)
    #expect(Clock.hasPassed(deadline))
  }

  /// In a process of its own, whose signal handler it sets.
  @Test func `a sleep lasts through signals`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGUSR1) { _ in interruptions.add(1, ordering: .relaxed) }
      let sleeper = try TestThread {
        // The runner's threads block it, and this one is born as they are.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGUSR1)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        sleepingThread.store(UInt(pthread_self()), ordering: .releasing)
        let deadline = Deadline(rawValue: Clock.monotonic + 500_000_000)
        Clock.sleep(until: deadline)
        return Clock.hasPassed(deadline)
      }
      #expect(sleeper.waitUntilAsleep())
      for _ in 0..<10 {
        pthread_kill(pthread_t(sleepingThread.load(ordering: .acquiring)), SIGUSR1)
        Clock.sleep(until: Deadline(rawValue: Clock.monotonic + 1_000_000))
      }
      #expect(sleeper.join() == true)
      #expect(interruptions.load(ordering: .relaxed) > 0)
    }
  }
}
