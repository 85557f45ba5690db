import Glibc
import Testing
import ZirconTypes

@testable import ZirconLinux

/// Source: what several processes that hold one object need from Linux.
@Suite("locks between processes") struct ByteLockTests {
  @Test func `two openings of one memory exclude each other, byte by byte`() throws {
    let first = try SharedMemory.make(byteCount: 4_096)
    let second = try SharedMemory.map(try first.reopen(), byteCount: 4_096)
    try first.lock(3)
    try second.lock(4)
    let start = Clock.monotonic
    #expect(throws: Errno.again) { try second.lock(3) }
    // Long enough for whoever is at work, and no longer.
    #expect((50_000_000...5_000_000_000).contains(Clock.monotonic - start))
    first.unlock(3)
    try second.lock(3)
    #expect(throws: Errno.again) { try first.lock(4) }
  }

  @Test func `what is sent is the same opening, until it is made one's own`() throws {
    let first = try SharedMemory.make(byteCount: 4_096)
    let second = try SharedMemory.map(try first.descriptor.copy(), byteCount: 4_096)
    try first.lock(0)
    try second.lock(0)
    second.unlock(0)
    try second.makeOwnOpening()
    try first.lock(0)
    #expect(throws: Errno.again) { try second.lock(0) }
    unsafe first.base.storeBytes(of: 7, as: UInt8.self)
    #expect(unsafe second.base.load(as: UInt8.self) == 7)
  }

  @Test func `what an opening has is free once it is closed`() throws {
    let first = try SharedMemory.make(byteCount: 4_096)
    do {
      let second = try SharedMemory.map(try first.reopen(), byteCount: 4_096)
      try second.lock(0)
    }
    try first.lock(0)
    first.unlock(0)
  }
}

/// Source: what wakes the holders of one object.
@Suite("a bell for all holders") struct CommonBellTests {
  @Test func `a ring is one edge for each who watches, however many there were`() throws {
    let bell = try CommonBell.make()
    let reactors = [Reactor(), Reactor()]
    let ears = [Ear(), Ear()]
    var watches: [Reactor.Watch] = []
    for (reactor, ear) in zip(reactors, ears) {
      watches.append(try reactor.watch(bell.descriptor, for: [.readable, .edge], ear))
    }
    for turn in 1...1_000 {
      bell.ring()
      for ear in ears { #expect(ear.hears(turn)) }
    }
    // More than Linux queues: the last one is heard all the same.
    for ear in ears { ear.forget() }
    for _ in 0..<5_000 { bell.ring() }
    for ear in ears { #expect(ear.hears(1)) }
    for (reactor, watch) in zip(reactors, watches) { reactor.forget(watch, of: bell.descriptor) }
  }

  @Test func `something else is no bell`() throws {
    let memory = try SharedMemory.make(byteCount: 4_096)
    #expect(!isBell(try memory.descriptor.copy()))
    #expect(!isBell(try Descriptor.birth { Int(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)) }))
    #expect(isBell(try CommonBell.make().descriptor.copy()))
  }

  private func isBell(_ descriptor: consuming Descriptor) -> Bool {
    do throws(Errno) {
      _ = try CommonBell(received: descriptor)
      return true
    } catch {
      return false
    }
  }
}

/// Counts what it is told.
private final class Ear: ReactorTarget {
  private let count = Guarded(0)

  func react(to events: ReactorEvents) { count.withLock { $0 += 1 } }

  func forget() { count.withLock { $0 = 0 } }

  /// Whether it is told for the `turn`th time, some time soon.
  func hears(_ turn: Int) -> Bool {
    let end = Clock.monotonic + 20_000_000_000
    while Clock.monotonic < end {
      if count.withLock({ $0 }) >= turn { return true }
      Clock.yield()
    }
    return false
  }
}
