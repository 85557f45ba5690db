import Glibc
import TestSupport
import Testing

@testable import ZirconLinux

/// Source: socketpair(2), unix(7), socket(7).
@Suite("Descriptor") struct DescriptorTests {
  @Test(arguments: kinds) func `both ends are close-on-exec from birth`(kind: SocketKind) throws {
    let (left, right) = try makePair(kind)
    for end in [left, right] {
      #expect(fcntl(end.descriptor.number, F_GETFD) == FD_CLOEXEC)
    }
  }

  @Test(arguments: kinds) func `the kind is that of the socket`(kind: SocketKind) throws {
    let (left, right) = try makePair(kind)
    for end in [left, right] {
      var type: Int32 = 0
      var size = socklen_t(MemoryLayout<Int32>.size)
      #expect(getsockopt(end.descriptor.number, SOL_SOCKET, SO_TYPE, &type, &size) == 0)
      #expect(type == Int32((kind == .stream ? SOCK_STREAM : SOCK_SEQPACKET).rawValue))
    }
  }

  @Test(arguments: kinds) func `bytes go both ways`(kind: SocketKind) throws {
    let (left, right) = try makePair(kind)
    for (writer, reader) in [(left, right), (right, left)] {
      #expect(send(writer, [1, 2, 3]) == .success(3))
      #expect(receive(reader, upTo: 8).bytes == [1, 2, 3])
    }
  }

  @Test(arguments: kinds) func `nothing to receive is again, with and without peeking`(
    kind: SocketKind
  ) throws {
    let (left, right) = try makePair(kind)
    for options in [ReceiveOptions.take, .peek, .peekWholeLength, .wholeLength] {
      #expect(receive(right, upTo: 1, options).answer == .failure(.again))
    }
    withExtendedLifetime(left) {}
  }

  @Test(arguments: kinds) func `a full socket refuses and does not wait`(kind: SocketKind) throws {
    let (left, right) = try makePair(kind)
    let bytes = [UInt8](repeating: 1, count: 4_096)
    var answer = send(left, bytes)
    var rounds = 0
    while answer == .success(4_096), rounds < 10_000 {
      answer = send(left, bytes)
      rounds += 1
    }
    if case .success(let last) = answer {
      #expect(last < 4_096)
      answer = send(left, bytes)
    }
    #expect(answer == .failure(.again))
    withExtendedLifetime(right) {}
  }

  @Test func `a stream has no boundaries, and a peek leaves everything`() throws {
    let (left, right) = try makePair(.stream)
    #expect(send(left, [1, 2]) == .success(2))
    #expect(send(left, [3, 4]) == .success(2))
    #expect(try right.descriptor.queuedByteCount() == 4)
    #expect(receive(right, upTo: 3, .peek).bytes == [1, 2, 3])
    #expect(receive(right, upTo: 8).bytes == [1, 2, 3, 4])
    #expect(try right.descriptor.queuedByteCount() == 0)
  }

  @Test func `a record keeps its boundaries and loses what does not fit`() throws {
    let (left, right) = try makePair(.datagram)
    for record in [[1, 2, 3], [4], [5, 6]] as [[UInt8]] {
      #expect(send(left, record) == .success(record.count))
    }
    #expect(try right.descriptor.queuedByteCount() == 6)
    #expect(receive(right, upTo: 2, .peek).answer == .success(2))
    #expect(receive(right, upTo: 2, .peekWholeLength).answer == .success(3))
    let cut = receive(right, upTo: 2, .wholeLength)
    #expect(cut.answer == .success(3))
    #expect(cut.bytes == [1, 2])
    #expect(receive(right, upTo: 8).bytes == [4])
    #expect(receive(right, upTo: 1).bytes == [5])
    #expect(receive(right, upTo: 1).answer == .failure(.again))
  }

  @Test(arguments: kinds) func `a bad source or target is badAddress`(kind: SocketKind) throws {
    let (left, right) = try makePair(kind)
    for address in [BadAddress.null, .one, .noAccess] {
      let memory = try BadMemory(address, byteCount: 8)
      let sent = outcome { () throws(Errno) in
        try UserIn(memory.pointer, byteCount: 8).send(
          through: left.descriptor, from: 0, count: 8)
      }
      #expect(sent == .failure(.badAddress))
      #expect(try right.descriptor.queuedByteCount() == 0)
      #expect(send(left, [1]) == .success(1))
      let got = outcome { () throws(Errno) in
        try UserOut(memory.pointer, byteCount: 8).receive(
          through: right.descriptor, to: 0, count: 8, .take)
      }
      #expect(got == .failure(.badAddress))
      _ = receive(right, upTo: 8)
    }
  }

  @Test(arguments: kinds) func `after a drop the other end reads what was sent, then the end`(
    kind: SocketKind
  ) throws {
    let survivor = try lonelyEnd(kind) { _, other in
      #expect(send(other, [1]) == .success(1))
      #expect(send(other, [2]) == .success(1))
    }
    let first = receive(survivor, upTo: kind == .stream ? 1 : 8).bytes
    #expect(first == [1])
    #expect(receive(survivor, upTo: 8).bytes == [2])
    #expect(receive(survivor, upTo: 8).answer == .success(0))
    #expect(send(survivor, [3]) == .failure(.brokenPipe))
  }

  /// Linux tells a datagram socket that the other end left data unread before it hands out what
  /// is queued.
  @Test func `records are read although the other end left some unread`() throws {
    let survivor = try lonelyEnd(.datagram) { survivor, other in
      #expect(send(other, [1]) == .success(1))
      #expect(send(survivor, [9]) == .success(1))
    }
    #expect(receive(survivor, upTo: 8).bytes == [1])
    #expect(receive(survivor, upTo: 8).answer == .success(0))
  }

  /// In a process of its own, where every descriptor is the test's.
  @Test func `a dropped pair leaves no descriptor behind`() async {
    await #expect(processExitsWith: .success) {
      for kind in kinds {
        _ = try makePair(kind)
        let before = openDescriptorCount()
        let (left, right) = try makePair(kind)
        #expect(openDescriptorCount() == before + 2)
        withExtendedLifetime((left, right)) {}
      }
      let before = openDescriptorCount()
      for _ in 0..<100 { _ = try makePair(.stream) }
      #expect(openDescriptorCount() == before)
    }
  }

  /// In a process of its own, whose limit it lowers.
  @Test func `without a free descriptor a pair is tooManyFiles and nothing is lost`() async {
    await #expect(processExitsWith: .success) {
      _ = try makePair(.stream)
      for free in [0, 1] {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = rlim_t(lowestFreeDescriptor() + free)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let before = openDescriptorCount()
        #expect(throws: Errno.tooManyFiles) { try makePair(.stream) }
        #expect(openDescriptorCount() == before)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      }
    }
  }
}

/// Every body runs in a process of its own, as what is asked for concerns all of it.
///
/// Source: socket(7): Linux doubles what is asked for and keeps an ordinary user to
/// `net.core.wmem_max`.
@Suite("SendBuffer") struct SendBufferTests {
  @Test func `what is granted is what every new socket has`() async {
    await #expect(processExitsWith: .success) {
      for request in [2_304, 212_992] {
        SendBuffer.request = request
        #expect(SendBuffer.granted == 2 * request)
        for kind in kinds {
          let (left, right) = try makePair(kind)
          #expect(try left.descriptor.sendBufferByteCount() == 2 * request)
          #expect(try right.descriptor.sendBufferByteCount() == 2 * request)
        }
      }
    }
  }

  @Test func `a request is held between 1 byte and 4 MiB`() async {
    await #expect(processExitsWith: .success) {
      for (request, held) in [(-1, 1), (0, 1), (1, 1), (4 << 20, 4 << 20), (.max, 4 << 20)] {
        SendBuffer.request = request
        #expect(SendBuffer.request == held)
        #expect(SendBuffer.granted >= 4_608)
      }
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can become another user"))
  func `an ordinary user gets at most twice wmem_max, and root more`() async {
    await #expect(processExitsWith: .success) {
      let most = try #require(wmemMax())
      SendBuffer.request = min(2 * most, 4 << 20)
      #expect(SendBuffer.granted == 2 * SendBuffer.request)
      try #require(setgid(65_534) == 0 && setuid(65_534) == 0)
      #expect(SendBuffer.granted == 2 * min(most, SendBuffer.request))
      let (left, right) = try makePair(.stream)
      #expect(send(left, [1]) == .success(1))
      #expect(receive(right, upTo: 1).bytes == [1])
    }
  }
}

private func wmemMax() -> Int? {
  guard let file = fopen("/proc/sys/net/core/wmem_max", "r") else { return nil }
  defer { fclose(file) }
  var text = [UInt8](repeating: 0, count: 32)
  let count = fread(&text, 1, text.count, file)
  return Int(String(decoding: text.prefix(count), as: UTF8.self).prefix { $0.isNumber })
}
