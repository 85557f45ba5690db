import CUring
import Glibc
import TestSupport
import Testing

@testable import ZirconLinux

/// Whether a thread of this process gets a ring.
private let isRingUsable = Ring.state == .usable

/// What the calling thread sends each way inside `body`.
private func counted(_ body: () -> Void) -> (ring: UInt64, syscall: UInt64) {
  let before = Backend.operationCounts
  body()
  let after = Backend.operationCounts
  return (after.ring - before.ring, after.syscall - before.syscall)
}

/// Source: `ZIRCON_BACKEND`, io_uring_setup(2).
@Suite("Ring and Backend") struct RingTests {
  @Test(.enabled(if: Backend.requested == .syscall, "ZIRCON_BACKEND is not syscall"))
  func `with syscall there is no ring`() throws {
    let thread = try TestThread { Ring.current == nil && Ring.state == .off }
    #expect(thread.join() == true)
  }

  @Test(.enabled(if: isRingUsable, "io_uring cannot be used here"))
  func `every thread can have a ring`() throws {
    let states = try race(threadCount: 4) { _ in Ring.current != nil && Ring.state == .usable }
    #expect(states == [true, true, true, true])
  }

  @Test func `what the environment asks for is what is requested`() {
    let text = getenv("ZIRCON_BACKEND").map { String(cString: $0) }
    let expected: Backend =
      switch text {
      case "uring": .uring
      case "syscall": .syscall
      default: .auto
      }
    #expect(Backend.requested == expected)
  }

  @Test(arguments: kinds) func `one operation goes through the ring only with uring`(
    kind: SocketKind
  ) throws {
    let (left, right) = try makePair(kind)
    let usesRing = Backend.requested == .uring && isRingUsable
    let counts = counted {
      #expect(send(left, [1, 2]) == .success(2))
      #expect(receive(right, upTo: 2, .peek).bytes == [1, 2])
      #expect(receive(right, upTo: 2).bytes == [1, 2])
    }
    #expect(counts == (usesRing ? (3, 0) : (0, 3)))
  }

  @Test func `each thread counts its own operations`() throws {
    let (left, right) = try makePair(.stream)
    let mine = Backend.operationCounts
    let thread = try TestThread {
      counted { _ = send(left, [1]) }
    }
    let theirs = try #require(thread.join())
    #expect(theirs.ring + theirs.syscall == 1)
    #expect(Backend.operationCounts == mine)
    #expect(receive(right, upTo: 1).bytes == [1])
  }

  /// In a process of its own, where every descriptor is the test's.
  @Test(.enabled(if: isRingUsable, "io_uring cannot be used here"))
  func `no ring outlives its thread`() async {
    await #expect(processExitsWith: .success) {
      func threadWithRing() throws {
        #expect(try TestThread { Ring.current != nil }.join() == true)
      }
      try threadWithRing()
      let before = (openDescriptorCount(), ringMappingCount())
      for _ in 0..<40 { try threadWithRing() }
      #expect((openDescriptorCount(), ringMappingCount()) == before)
    }
  }

  /// Source: the contract's scale: a constant number of descriptors for the process, however many threads it has.
  @Test(.enabled(if: isRingUsable, "io_uring cannot be used here"))
  func `a ring takes no descriptor, and works without`() async {
    await #expect(processExitsWith: .success) {
      let (left, right) = try makePair(.stream)
      let before = (openDescriptorCount(), ringMappingCount())
      let ring = try #require(Ring.current)
      #expect(ringMappingCount() > before.1)
      #expect(openDescriptorCount() == before.0)
      let byte: [UInt8] = [7]
      let answer = byte.withUnsafeBytes { bytes in
        curing_send(
          UnsafeMutableRawPointer(ring.curing), left.descriptor.number, bytes.baseAddress, 1, 0)
      }
      #expect(answer == 1)
      #expect(receive(right, upTo: 1).bytes == [7])
    }
  }

  @Test func `the refusals of io_uring_setup are told apart`() {
    let states: [(Int32, RingState, Bool)] = [
      (EPERM, .refused, true), (EACCES, .refused, true), (ENOSYS, .missing, true),
      (EINVAL, .tooOld, true), (ENOMEM, .noMemory, false), (EMFILE, .noMemory, false),
    ]
    for (error, state, concernsProcess) in states {
      let told = RingState(refusedWith: Errno(rawValue: error))
      #expect(told == state)
      #expect(told.concernsProcess == concernsProcess)
    }
  }
}

/// Places in the memory of the process where rings are.
private func ringMappingCount() -> Int {
  guard let file = fopen("/proc/self/maps", "r") else { return -1 }
  defer { fclose(file) }
  var (line, size, count) = (UnsafeMutablePointer<CChar>?.none, 0, 0)
  while getline(&line, &size, file) > 0 {
    if let line, strstr(line, "[io_uring]") != nil { count += 1 }
  }
  free(line)
  return count
}

/// Source: io_uring_enter(2), send(2), recv(2).
@Suite("Submission") struct SubmissionTests {
  @Test(arguments: kinds) func `several operations go through the ring where there is one`(
    kind: SocketKind
  ) throws {
    let (left, right) = try makePair(kind)
    var bytes: [UInt8] = [1, 2]
    let counts = counted {
      bytes.withUnsafeMutableBytes { bytes in
        var scratch = ThreadScratch()
        var both = Submission(in: &scratch)
        both.beginSend(through: left.descriptor)
        both.append(bytes.baseAddress, count: 2)
        both.beginSend(through: right.descriptor)
        both.append(bytes.baseAddress, count: 1)
        #expect(both.count == 2)
        both.run()
        #expect(result(both, 0) == .success(2))
        #expect(result(both, 1) == .success(1))
      }
    }
    #expect(counts == (isRingUsable ? (2, 0) : (0, 2)))
    #expect(receive(right, upTo: 8).bytes == [1, 2])
    #expect(receive(left, upTo: 8).bytes == [1])
  }

  @Test(arguments: kinds) func `each operation has its own answer`(kind: SocketKind) throws {
    let (left, right) = try makePair(kind)
    let closed = try lonelyEnd(kind)
    let bad = try BadMemory(.noAccess, byteCount: 4)
    var bytes = [UInt8](1...4)
    bytes.withUnsafeMutableBytes { bytes in
      var scratch = ThreadScratch()
      var all = Submission(in: &scratch)
      all.beginSend(through: left.descriptor)
      all.append(bytes.baseAddress, count: 3)
      all.beginSend(through: closed.descriptor)
      all.append(bytes.baseAddress, count: 1)
      all.beginSend(through: left.descriptor)
      all.append(bad.pointer, count: 4)
      all.beginReceive(through: left.descriptor, .take)
      all.append(bytes.baseAddress.map { $0 + 3 }, count: 1)
      all.beginReceive(through: closed.descriptor, .take)
      all.append(bytes.baseAddress.map { $0 + 3 }, count: 1)
      all.run()
      #expect(result(all, 0) == .success(3))
      #expect(result(all, 1) == .failure(.brokenPipe))
      #expect(result(all, 2) == .failure(.badAddress))
      #expect(result(all, 3) == .failure(.again))
      #expect(result(all, 4) == .success(0))
    }
    #expect(receive(right, upTo: 8).bytes == [1, 2, 3])
    #expect(receive(right, upTo: 8).answer == .failure(.again))
  }

  @Test(arguments: kinds) func `an entry of several buffers is one operation`(
    kind: SocketKind
  ) throws {
    let (left, right) = try makePair(kind)
    var bytes = [UInt8](1...6)
    var target = [UInt8](repeating: 0, count: 6)
    bytes.withUnsafeMutableBytes { bytes in
      var scratch = ThreadScratch()
      var out = Submission(in: &scratch)
      out.beginSend(through: left.descriptor)
      out.append(bytes.baseAddress.map { $0 + 4 }, count: 2)
      out.append(bytes.baseAddress, count: 3)
      out.run()
      #expect(result(out, 0) == .success(5))
    }
    target.withUnsafeMutableBytes { bytes in
      var scratch = ThreadScratch()
      var into = Submission(in: &scratch)
      into.beginReceive(through: right.descriptor, .take)
      into.append(bytes.baseAddress.map { $0 + 2 }, count: 4)
      into.append(bytes.baseAddress, count: 2)
      into.run()
      #expect(result(into, 0) == .success(5))
    }
    #expect(target == [3, 0, 5, 6, 1, 2])
  }

  /// In a process of its own, where nobody asks for smaller buffers.
  @Test func `a full submission takes effect in order`() async {
    await #expect(processExitsWith: .success) {
      for kind in kinds {
        let (left, right) = try makePair(kind)
        let sent = (0..<Submission.capacity).map { UInt8(truncatingIfNeeded: $0) }
        #expect(sendOneByOne(left, sent) == sent.map { _ in .success(1) })
        let got = sent.map { _ in receive(right, upTo: 1).bytes }
        #expect(got == sent.map { [$0] })
      }
    }
  }
}

/// Sends each of `bytes` by an entry of its own of one submission, whose answers it gives.
private func sendOneByOne(_ end: OpenEnd, _ bytes: [UInt8]) -> [Result<Int, Errno>] {
  var bytes = bytes
  return bytes.withUnsafeMutableBytes { bytes in
    var scratch = ThreadScratch()
    var all = Submission(in: &scratch)
    for index in bytes.indices {
      all.beginSend(through: end.descriptor)
      all.append(bytes.baseAddress.map { $0 + index }, count: 1)
    }
    all.run()
    return bytes.indices.map { result(all, $0) }
  }
}

private func result(_ submission: borrowing Submission, _ index: Int) -> Result<Int, Errno> {
  do throws(Errno) {
    return .success(try submission.result(index))
  } catch {
    return .failure(error)
  }
}
