import Glibc
import Synchronization
import TestSupport
import Testing
import ZirconLinux
import ZirconTypes

private struct Refusal: Error, Equatable {}

/// What the threads of a test share.
private final class Shared: Sendable {
  let lock = FutexLock()
  let entered = Atomic<Int>(0)
  let count = Guarded(0)
  /// Two numbers that are the same whenever the lock is free.
  let twins = Guarded((0, 0))
}

/// Source: mutual exclusion; futex(2).
@Suite("FutexLock and Guarded") struct LockTests {
  @Test func `no change of four threads is lost`() throws {
    let shared = Shared()
    let rounds = 20_000
    let ended = try race(threadCount: 4) { _ in
      for _ in 0..<rounds { shared.count.withLock { $0 += 1 } }
      return true
    }
    #expect(ended == [true, true, true, true])
    #expect(shared.count.withLock { $0 } == 4 * rounds)
  }

  @Test func `nobody sees a change half made`() throws {
    let shared = Shared()
    let wrong = try race(threadCount: 4) { index in
      var wrong = 0
      for round in 0..<5_000 {
        shared.twins.withLock { twins in
          if twins.0 != twins.1 { wrong += 1 }
          twins.0 = index * 10_000 + round
          if round % 64 == 0 { sched_yield() }
          twins.1 = index * 10_000 + round
        }
      }
      return wrong
    }
    #expect(wrong == [0, 0, 0, 0])
  }

  @Test func `threads that sleep on a lock all get it`() throws {
    let shared = Shared()
    shared.lock.lock()
    let threads = try (0..<4).map { _ in
      try TestThread {
        shared.lock.lock()
        shared.entered.add(1, ordering: .relaxed)
        shared.lock.unlock()
        return true
      }
    }
    for thread in threads { #expect(thread.waitUntilAsleep(onLock: true)) }
    #expect(shared.entered.load(ordering: .relaxed) == 0)
    shared.lock.unlock()
    for thread in threads { #expect(thread.join() == true) }
    #expect(shared.entered.load(ordering: .relaxed) == 4)
  }

  @Test func `a body's value and error come through, and the lock is free afterwards`() {
    let guarded = Guarded(5)
    #expect(guarded.withLock { $0 + 1 } == 6)
    #expect(throws: Refusal()) {
      try guarded.withLock { (state) throws(Refusal) in
        state = 7
        throw Refusal()
      }
    }
    #expect(guarded.withLock { $0 } == 7)
  }

  @Test func `two locks do not know of each other`() {
    let (outer, inner) = (Shared(), Shared())
    outer.lock.lock()
    inner.lock.lock()
    outer.lock.unlock()
    outer.lock.lock()
    inner.lock.unlock()
    outer.lock.unlock()
  }
}

/// A word with an address.
private final class Word: Sendable {
  // Safety: allocated in init, freed in deinit; threads only wait on its address.
  nonisolated(unsafe) let address: UnsafeMutablePointer<UInt32>

  init(_ value: UInt32) {
    address = .allocate(capacity: 1)
    address.initialize(to: value)
  }

  deinit {
    address.deallocate()
  }
}

/// Source: futex(2).
@Suite("Futex") struct FutexTests {
  @Test func `a wait on another value ends at once`() {
    let word = Word(1)
    #expect(Futex.wait(on: word.address, while: 2, until: .infinite))
  }

  @Test(arguments: [Int64.min, 0, 1])
  func `a wait until the past ends at once, and says so`(deadline: Int64) {
    let word = Word(1)
    #expect(!Futex.wait(on: word.address, while: 1, until: Deadline(rawValue: deadline)))
  }

  @Test func `a wait ends with its deadline`() {
    let word = Word(1)
    let deadline = Deadline(rawValue: Clock.monotonic + 3_000_000)
    while Futex.wait(on: word.address, while: 1, until: deadline) {}
    #expect(Clock.hasPassed(deadline))
  }

  @Test func `a wake ends a wait that has no deadline`() throws {
    let word = Word(1)
    let thread = try TestThread { Futex.wait(on: word.address, while: 1, until: .infinite) }
    #expect(thread.waitUntilAsleep())
    Futex.wake(word.address)
    #expect(thread.join() == true)
  }

  @Test func `a wake of all ends every wait`() throws {
    let word = Word(1)
    let threads = try (0..<3).map { _ in
      try TestThread { Futex.wait(on: word.address, while: 1, until: .infinite) }
    }
    for thread in threads { #expect(thread.waitUntilAsleep()) }
    Futex.wake(word.address, count: .max)
    for thread in threads { #expect(thread.join() == true) }
  }

  @Test func `a wake of memory that is gone does nothing`() throws {
    let memory = try BadMemory(.noAccess, byteCount: 8)
    if let address = memory.bound(to: UInt32.self) { Futex.wake(address) }
  }
}
