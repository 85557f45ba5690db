import Glibc
import Synchronization
import Testing
import ZirconLinux

/// Tries again for ever, and counts.
private final class Insistent: ReactorTarget {
  private let reactor: Reactor
  private let attempts = Atomic<Int>(0)
  private let isDone = Atomic(false)

  init(_ reactor: Reactor) {
    self.reactor = reactor
  }

  func react(to events: ReactorEvents) {
    attempts.add(1, ordering: .relaxed)
    if !isDone.load(ordering: .relaxed) { reactor.again(soon: self) }
  }

  /// How often it has tried; it ends with that.
  func finish() -> Int {
    isDone.store(true, ordering: .relaxed)
    return attempts.load(ordering: .relaxed)
  }
}

@Suite("Reactor") struct ReactorTests {
  @Test func `what is tried again and again is tried every few milliseconds, no more often`() throws
  {
    let reactor = Reactor()
    try reactor.start()
    let (one, other) = (Insistent(reactor), Insistent(reactor))
    reactor.again(soon: one)
    usleep(102_000)
    reactor.again(soon: other)
    usleep(100_000)
    // 5 ms each: 40 times in 200 ms, and on a slow machine less.
    for (target, most) in [(one, 60), (other, 35)] {
      let attempts = target.finish()
      #expect(attempts > 0 && attempts <= most)
    }
  }
}
