import Glibc
import Synchronization
import TestSupport
import Testing

@testable import ZirconLinux

/// Set by what a forked child is told to do.
private let childWasTold = Atomic<Bool>(false)
private let isOver = Atomic<Bool>(false)

private func installGate() {
  ForkGate.install { childWasTold.store(true, ordering: .relaxed) }
}

private func isOpen(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFD) >= 0 }

/// Every body runs in a process of its own.
///
/// Source: fork(2): a child owns nothing of its parent's sockets, so that their peers see a close.
@Suite("DescriptorSet and ForkGate") struct ForkTests {
  @Test func `numbers that cannot be recorded are refused`() {
    #expect(!DescriptorSet.insert(-1))
    #expect(!DescriptorSet.insert(Int32(DescriptorSet.capacity)))
    #expect(!DescriptorSet.insert(.max))
  }

  @Test func `closing all closes what is recorded and nothing else`() async {
    await #expect(processExitsWith: .success) {
      // Above the numbers that other threads get meanwhile.
      let copies = (0..<70).map { fcntl(2, F_DUPFD, 200 + $0) }
      for copy in copies { #expect(DescriptorSet.insert(copy)) }
      let kept = dup(2)
      DescriptorSet.remove(copies[0])
      DescriptorSet.closeAll()
      #expect(isOpen(copies[0]) && isOpen(kept))
      #expect(copies.dropFirst().allSatisfy { !isOpen($0) })
      // The set is empty now: a number that is used again is not closed.
      let later = fcntl(2, F_DUPFD, 200)
      #expect(copies.contains(later))
      DescriptorSet.closeAll()
      #expect(isOpen(later))
    }
  }

  @Test func `a child has none of the parent's sockets, and can make its own`() async {
    await #expect(processExitsWith: .success) {
      installGate()
      let (left, right) = try makePair(.stream)
      let numbers = [left.descriptor.number, right.descriptor.number]
      let code = try forked {
        guard numbers.allSatisfy({ !isOpen($0) }) else { return 1 }
        guard childWasTold.load(ordering: .relaxed) else { return 2 }
        guard let (mine, other) = try? makePair(.datagram), send(mine, [1]) == .success(1),
          receive(other, upTo: 8).bytes == [1]
        else { return 3 }
        return 0
      }
      #expect(code == 0)
      let parentWasTold = childWasTold.load(ordering: .relaxed)
      #expect(!parentWasTold)
      #expect(send(left, [7]) == .success(1))
      #expect(receive(right, upTo: 8).bytes == [7])
    }
  }

  @Test func `the end of a socket is seen while a forked child lives`() async {
    await #expect(processExitsWith: .success) {
      installGate()
      let child: SleepingChild
      let survivor: OpenEnd
      do {
        let (left, right) = try makePair(.stream)
        child = try SleepingChild()
        survivor = left
        withExtendedLifetime(right) {}
      }
      // Only the child's copy could keep the other end open, and the child may not run yet.
      #expect(poll(within: 20) { receive(survivor, upTo: 1).answer == .success(0) })
      withExtendedLifetime(child) {}
    }
  }

  /// Of sockets that other threads are making and dropping at that moment, too.
  @Test func `a child has no socket whenever it is forked`() async {
    await #expect(processExitsWith: .success) {
      installGate()
      let inherited = Set((0..<1_024).filter { isSocket($0) })
      let makers = try (0..<3).map { index in
        try TestThread {
          var count = 0
          while !isOver.load(ordering: .relaxed) {
            guard let (left, right) = try? makePair(kinds[index % 2]) else { return -1 }
            withExtendedLifetime((left, right)) { count += 1 }
          }
          return count
        }
      }
      for _ in 0..<40 {
        let code = try forked(atRest: false) {
          let sockets = Set((0..<1_024).filter { isSocket($0) })
          return Int32(min(sockets.subtracting(inherited).count, 100))
        }
        #expect(code == 0)
      }
      isOver.store(true, ordering: .relaxed)
      for maker in makers { #expect(try #require(maker.join()) > 0) }
    }
  }

  @Test(.enabled(if: Ring.state == .usable, "io_uring cannot be used here"))
  func `a child has a ring of its own, and the parent keeps its`() async {
    await #expect(processExitsWith: .success) {
      installGate()
      try #require(Ring.current != nil)
      let code = try forked {
        let rings = (0..<1_024).count { linkTarget("/proc/self/fd/\($0)") == ringTarget }
        guard rings == 0 else { return 1 }
        return Ring.state == .usable && exchangesTwo() ? 0 : 2
      }
      #expect(code == 0)
      #expect(exchangesTwo())
    }
  }
}

private let ringTarget = "anon_inode:[io_uring]"

private func isSocket(_ descriptor: Int) -> Bool {
  linkTarget("/proc/self/fd/\(descriptor)")?.hasPrefix("socket:") ?? false
}

/// Whether two operations of one submission go through the calling thread's ring.
private func exchangesTwo() -> Bool {
  guard let (left, right) = try? makePair(.stream) else { return false }
  let before = Backend.operationCounts.ring
  var byte: UInt8 = 1
  let hasSent = withUnsafeMutablePointer(to: &byte) { byte in
    var scratch = ThreadScratch()
    var both = Submission(in: &scratch)
    for end in [left, right] {
      both.beginSend(through: end.descriptor)
      both.append(byte, count: 1)
    }
    both.run()
    return (0..<2).allSatisfy { index in (try? both.result(index)) == 1 }
  }
  return hasSent && Backend.operationCounts.ring == before + 2
    && receive(left, upTo: 1).bytes == [1] && receive(right, upTo: 1).bytes == [1]
}
