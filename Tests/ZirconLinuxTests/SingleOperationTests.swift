import CUring
import Glibc
import TestSupport
import Testing

@testable import ZirconLinux

/// A ring of its own with a pair of sockets; both go with it.
private final class RingWithPair {
  let ring: OpaquePointer
  private let ends: (sender: OpenEnd, receiver: OpenEnd)
  private let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 6)

  init() throws {
    var made: OpaquePointer?
    let error = curing_create(4, &made)
    guard error == 0, let made else { throw SetUpError("curing_create", -error) }
    ring = made
    ends = try makePair(.stream)
  }

  var sender: Int32 { ends.sender.descriptor.number }
  var receiver: Int32 { ends.receiver.descriptor.number }

  var single: UnsafeMutablePointer<curing_single> {
    UnsafeMutableRawPointer(ring).assumingMemoryBound(to: curing_single.self)
  }

  /// Carries one byte, by hand.
  func carry(_ byte: UInt8) -> Bool {
    var (sent, received) = (byte, ~byte)
    let flags = Int32(MSG_DONTWAIT)
    return curing_send(UnsafeMutableRawPointer(ring), sender, &sent, 1, flags) == 1
      && curing_recv(UnsafeMutableRawPointer(ring), receiver, &received, 1, flags) == 1
      && received == byte
  }

  /// Carries three bytes in two submissions that liburing makes.
  func carryThree(_ sent: [UInt8]) -> Bool {
    let flags = Int32(MSG_DONTWAIT)
    for index in 0..<3 {
      bytes[index] = sent[index]
      bytes[index + 3] = ~sent[index]
      guard curing_prepare_send(ring, sender, bytes + index, 1, flags, UInt64(index)) else {
        return false
      }
    }
    guard curing_submit_and_wait(ring, 3) == 0, reapThree() else { return false }
    for index in 0..<3 {
      guard curing_prepare_recv(ring, receiver, bytes + index + 3, 1, flags, UInt64(index)) else {
        return false
      }
    }
    guard curing_submit_and_wait(ring, 3) == 0, reapThree() else { return false }
    return (0..<3).allSatisfy { bytes[$0 + 3] == sent[$0] }
  }

  private func reapThree() -> Bool {
    var (token, result) = (UInt64(0), Int32(0))
    for index in 0..<3 {
      guard curing_reap(ring, &token, &result), token == index, result == 1 else { return false }
    }
    return !curing_reap(ring, &token, &result)
  }

  deinit {
    curing_destroy(ring)
    bytes.deallocate()
  }
}

/// One operation submitted by hand, beside what liburing submits on the same ring.
///
/// Source: io_uring_enter(2).
@Suite(
  "Single operations of a ring", .enabled(if: Ring.state == .usable, "io_uring cannot be used here")
)
struct SingleOperationTests {
  @Test func `by hand and by liburing take turns on one ring`() throws {
    let pair = try RingWithPair()
    for round in 0..<200 {
      for turn in 0..<round % 6 {
        try #require(pair.carry(UInt8(truncatingIfNeeded: round + turn)))
      }
      try #require(pair.carryThree([1, 2, UInt8(truncatingIfNeeded: round)]))
    }
  }

  /// An enter that takes nothing, for whatever reason, leaves the entry to liburing.
  @Test func `an entry that is not taken is submitted by liburing, once`() throws {
    let pair = try RingWithPair()
    let (fd, flags) = (pair.single.pointee.fd, pair.single.pointee.enter_flags)
    for round in 0..<50 {
      pair.single.pointee.fd = -1
      pair.single.pointee.enter_flags = 0
      try #require(pair.carry(UInt8(round)))
      if round % 3 == 0 { try #require(pair.carryThree([7, 8, 9])) }
      pair.single.pointee.fd = fd
      pair.single.pointee.enter_flags = flags
      try #require(pair.carry(UInt8(round + 100)))
    }
    var byte: UInt8 = 0
    #expect(recv(pair.receiver, &byte, 1, Int32(MSG_DONTWAIT)) == -1)
  }

  @Test func `minus the error number is answered`() throws {
    let pair = try RingWithPair()
    var byte: UInt8 = 0
    let ring = UnsafeMutableRawPointer(pair.ring)
    let flags = Int32(MSG_DONTWAIT)
    #expect(curing_recv(ring, pair.receiver, &byte, 1, flags) == -Int(EAGAIN))
    #expect(curing_send(ring, -1, &byte, 1, flags) == -Int(EBADF))
    #expect(pair.carry(1))
  }
}
