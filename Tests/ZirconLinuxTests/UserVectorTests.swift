import CLinux
import Glibc
import TestSupport
import Testing
import ZirconLinux

/// Source: readv(2), the `zx_iovec_t` of the vector calls.
@Suite("UserVector") struct UserVectorTests {
  /// Runs `body` with a vector of these records.
  private func with<Value>(
    _ records: [iovec], _ body: (UserVector) throws(Errno) -> Value
  ) -> Result<Value, Errno> {
    records.withUnsafeBytes { bytes in
      outcome { () throws(Errno) in
        try UserVector.with(
          UserIn(bytes.baseAddress, byteCount: bytes.count), count: records.count,
          failure: { $0 }, body)
      }
    }
  }

  private func byteCount(_ records: [iovec]) -> Result<Int, Errno> {
    with(records) { (vector) throws(Errno) in vector.byteCount }
  }

  @Test func `its size is the sum of its buffers`() {
    var byte: UInt8 = 0
    withUnsafeMutablePointer(to: &byte) { pointer in
      let records = [1, 0, 300].map { iovec(iov_base: pointer, iov_len: $0) }
      #expect(byteCount(records) == .success(301))
    }
    #expect(byteCount([]) == .success(0))
  }

  @Test func `a sum beyond Int's range is the largest`() {
    var byte: UInt8 = 0
    withUnsafeMutablePointer(to: &byte) { pointer in
      let huge = iovec(iov_base: pointer, iov_len: .max)
      #expect(byteCount([huge, huge]) == .success(.max))
      // C counts without a sign.
      #expect(byteCount([iovec(iov_base: pointer, iov_len: -1)]) == .success(.max))
    }
  }

  @Test func `a null buffer may hold no bytes`() {
    #expect(byteCount([iovec(iov_base: nil, iov_len: 0)]) == .success(0))
    #expect(byteCount([iovec(iov_base: nil, iov_len: 1)]) == .failure(.badAddress))
  }

  @Test(arguments: BadAddress.unreadable)
  func `records at a bad address are badAddress`(address: BadAddress) throws {
    let memory = try BadMemory(address, byteCount: 32)
    let answer = outcome { () throws(Errno) in
      try UserVector.with(UserIn(memory.pointer, byteCount: 32), count: 2, failure: { $0 }) {
        (vector) throws(Errno) in vector.byteCount
      }
    }
    #expect(answer == .failure(.badAddress))
  }

  @Test(arguments: kinds) func `buffers are sent and filled one after the other`(
    kind: SocketKind
  ) throws {
    let (left, right) = try makePair(kind)
    var source = [UInt8](1...10)
    source.withUnsafeMutableBytes { bytes in
      let base = bytes.baseAddress
      let parts = [
        iovec(iov_base: base.map { $0 + 6 }, iov_len: 4), iovec(iov_base: nil, iov_len: 0),
        iovec(iov_base: base, iov_len: 3),
      ]
      // All but the first and the last byte of the seven.
      let sent = with(parts) { (vector) throws(Errno) in
        try vector.send(through: left.descriptor, from: 1, count: 5)
      }
      #expect(sent == .success(5))
    }
    var target = [UInt8](repeating: 0, count: 8)
    target.withUnsafeMutableBytes { bytes in
      let base = bytes.baseAddress
      let parts = [
        iovec(iov_base: base.map { $0 + 5 }, iov_len: 3), iovec(iov_base: base, iov_len: 4),
      ]
      let got = with(parts) { (vector) throws(Errno) in
        try vector.receive(through: right.descriptor, to: 0, count: 7, .take)
      }
      #expect(got == .success(5))
    }
    #expect(target == [1, 2, 0, 0, 0, 8, 9, 10])
  }
}

/// Source: the spill ring's rule: what runs over the end of the pages goes on at their beginning.
@Suite("RingSegments") struct RingSegmentsTests {
  /// Runs `body` with a stretch of `count` bytes of which `first` lie before the end of a ring.
  private func with(
    _ ring: inout [UInt8], first: Int, count: Int, _ body: (RingSegments) throws -> Void
  ) rethrows {
    try ring.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      try body(RingSegments(base + bytes.count - first, first, base, count - first))
    }
  }

  @Test(arguments: 0...4) func `a length that wraps is stored and loaded`(first: Int) {
    var ring = [UInt8](repeating: 0xEE, count: 16)
    var loaded: UInt32 = 0
    with(&ring, first: first, count: 4) { segments in
      segments.store(0x4433_2211)
      loaded = segments.load()
    }
    #expect(loaded == 0x4433_2211)
    let end = (16 - first..<16 - first + 4).map { ring[$0 % 16] }
    #expect(end == [0x11, 0x22, 0x33, 0x44])
    #expect(ring.count { $0 == 0xEE } == 12)
  }

  @Test(arguments: 0...10) func `bytes that wrap come back as they went in`(first: Int) throws {
    var ring = [UInt8](repeating: 0, count: 32)
    let source = [UInt8](100..<120)
    var target = [UInt8](repeating: 0, count: 20)
    try with(&ring, first: first, count: 10) { segments in
      try UserIn(source, byteCount: 20).copy(from: 5, count: 10, into: segments)
      try target.withUnsafeMutableBytes {
        try UserOut($0.baseAddress, byteCount: 20).copy(to: 3, from: segments)
      }
    }
    #expect(target == [0, 0, 0] + [UInt8](105..<115) + [0, 0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: BadAddress.unwritable)
  func `a bad address is badAddress`(address: BadAddress) throws {
    var ring = [UInt8](repeating: 0, count: 32)
    let memory = try BadMemory(address, byteCount: 10)
    with(&ring, first: 4, count: 10) { segments in
      let output = UserOut(memory.pointer, byteCount: 10)
      #expect(throws: Errno.badAddress) { try output.copy(to: 0, from: segments) }
      guard BadAddress.unreadable.contains(address) else { return }
      let input = UserIn(memory.pointer, byteCount: 10)
      #expect(throws: Errno.badAddress) { try input.copy(from: 0, count: 10, into: segments) }
    }
  }
}
