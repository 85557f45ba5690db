import CLinux
import Glibc
import Synchronization
import TestSupport

/// Another process that performs calls by order of a test.
///
/// Each thread that gives an order has a connection to itself until the answer is there, so that several
/// calls can be under way in the peer, as in the test.
package final class PeerProcess: Sendable {
  package let identifier: Int32
  private let address: [UInt8]
  private let idle = Locked<[Connection]>([])
  private let bootstrap: Int32

  private struct Connection: Sendable {
    var descriptor: Int32
    /// The thread in the peer that serves it.
    var thread: Int
  }

  /// Starts a peer, which ends with this process or with `kill`.
  ///
  /// - Throws: `SetUpError`.
  package init() throws {
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    // An abstract name that Linux chooses.
    let bound = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, 2) }
    }
    var length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let named = withUnsafeMutablePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
    }
    guard bound == 0, named == 0, listen(listener, 64) == 0 else { throw SetUpError("listen") }
    address = withUnsafeBytes(of: &name) { Array($0.prefix(Int(length))) }

    var life: [Int32] = [0, 0]
    var pair: [Int32] = [0, 0]
    let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &life) == 0, socketpair(AF_UNIX, type, 0, &pair) == 0 else {
      throw SetUpError("socketpair")
    }
    bootstrap = pair[0]
    identifier = try Self.spawn(
      [],
      [
        (listener, PeerDescriptor.listener), (life[0], PeerDescriptor.life),
        (pair[1], PeerDescriptor.bootstrap),
      ])
    for descriptor in [listener, life[0], pair[1]] { close(descriptor) }
  }

  /// This process's end of the socket pair under the channel between it and the peer.
  package var bootstrapDescriptor: Int32 { bootstrap }

  /// Starts the peer's program with `arguments` and these descriptors.
  static func spawn(
    _ arguments: [String] = [], _ descriptors: [(from: Int32, to: Int32)]
  ) throws -> Int32 {
    let folder = linkTarget("/proc/self/exe")?.split(separator: "/").dropLast().joined(
      separator: "/")
    let path = "/\(folder ?? "")/zircon-peer"
    // Above all of the numbers that the peer finds them at.
    let high = descriptors.map { fcntl($0.from, F_DUPFD_CLOEXEC, 100) }
    defer { for descriptor in high { close(descriptor) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, from) in zip(descriptors, high) {
      posix_spawn_file_actions_adddup2(&actions, from, descriptor.to)
    }
    var arguments = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child = pid_t()
    let error = posix_spawn(&child, path, &actions, nil, &arguments, environ)
    guard error == 0 else { throw SetUpError("posix_spawn of \(path)", error) }
    return child
  }

  // MARK: Calls

  /// Lets the peer perform `call`; the result is what it answered.
  ///
  /// Ends this process if the peer is gone: no test expects that.
  @discardableResult
  package func perform(
    _ call: PeerCall, _ arguments: [UInt64] = [], _ memory: [CallMemory] = [],
    pointers: [(region: Int, offset: Int, target: Int)] = [], mayWait: Bool = false
  ) -> Int32 {
    var order = PeerMessage()
    order.words = [call.rawValue] + arguments
    order.words += Array(repeating: 0, count: 8 - arguments.count)
    order.words += [UInt64(memory.count), UInt64(pointers.count)]
    for memory in memory {
      let (region, contents) = memory.look()
      order.words += region.words
      order.bytes += contents
    }
    for pointer in pointers {
      order.words += [UInt64(pointer.region), UInt64(pointer.offset), UInt64(pointer.target)]
    }
    Errands.begin()
    let connection = take()
    guard order.send(connection.descriptor) else { fatalError("the peer is gone") }
    if mayWait {
      waitUntilAsleep(connection)
      Errands.endAll()
    }
    guard let answer = PeerMessage.receive(connection.descriptor) else {
      fatalError("the peer has ended in \(call)")
    }
    if !mayWait { Errands.end() }
    idle.withLock { $0.append(connection) }
    var offset = 0
    for change in stride(from: 1, to: answer.words.count, by: 3) {
      let count = Int(answer.words[change + 2])
      let target = memory[Int(answer.words[change])].pointer
      target?.advanced(by: Int(answer.words[change + 1])).copyMemory(
        from: Array(answer.bytes[offset..<offset + count]), byteCount: count)
      offset += count
    }
    return Int32(truncatingIfNeeded: answer.words[0])
  }

  private func take() -> Connection {
    if let connection = idle.withLock({ $0.popLast() }) { return connection }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    let answer = address.withUnsafeBytes {
      connect(
        descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self),
        socklen_t($0.count))
    }
    guard answer == 0 else { fatalError("no connection to the peer: error \(errno)") }
    var order = PeerMessage()
    order.words = [PeerCall.thread.rawValue] + Array(repeating: 0, count: 10)
    guard order.send(descriptor), let answer = PeerMessage.receive(descriptor) else {
      fatalError("the peer does not serve")
    }
    return Connection(descriptor: descriptor, thread: Int(answer.words[0]))
  }

  /// Stays awake until the peer's thread sleeps in the call or has answered, so that who waits until this
  /// thread sleeps knows the same of the other.
  private func waitUntilAsleep(_ connection: Connection) {
    let directory = "/proc/\(identifier)/task/\(connection.thread)"
    var asleepInARow = 0
    var byte: UInt8 = 0
    while asleepInARow < 3 {
      let flags = Int32(MSG_PEEK | MSG_DONTWAIT)
      if recv(connection.descriptor, &byte, 1, flags) >= 0 { return }
      asleepInARow = isThreadAsleep(directory) ? asleepInARow + 1 : 0
      sched_yield()
    }
  }
}

/// Memory of this process that a call uses.
package struct CallMemory {
  package let pointer: UnsafeMutableRawPointer?
  private let argument: Int
  private let size: Int
  private let isStoredTo: Bool

  /// Memory that the call reads.
  package static func input(_ argument: Int?, _ pointer: UnsafeRawPointer?, _ size: Int) -> Self {
    Self(
      pointer: UnsafeMutableRawPointer(mutating: pointer),
      argument: argument ?? PeerRegion.noArgument, size: size, isStoredTo: false)
  }

  /// Memory that the call may write.
  package static func output(
    _ argument: Int?, _ pointer: UnsafeMutableRawPointer?, _ size: Int
  ) -> Self {
    Self(
      pointer: pointer, argument: argument ?? PeerRegion.noArgument, size: size, isStoredTo: true)
  }

  /// How much of it is good for what, and what lies there.
  ///
  /// Stores nothing: what of it the caller does not own, others change meanwhile.
  func look() -> (PeerRegion, [UInt8]) {
    let size = Int(min(UInt(bitPattern: size), UInt(PeerRegion.limit)))
    var region = PeerRegion(
      argument: argument, address: UInt(bitPattern: pointer), size: size,
      isStoredTo: isStoredTo)
    guard size > 0, let pointer else { return (region, []) }
    let contents = readOwnMemory(pointer, size)
    region.readable = contents.count
    region.writable = isStoredTo ? writableCount(pointer, contents.count) : contents.count
    return (region, contents)
  }
}

/// What can be read of memory of this process.
package func readOwnMemory(_ pointer: UnsafeRawPointer, _ size: Int) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
    count = copyByPages(pointer, size) { offset, length in
      var local = iovec(iov_base: buffer.baseAddress.map { $0 + offset }, iov_len: length)
      var remote = iovec(
        iov_base: UnsafeMutableRawPointer(bitPattern: UInt(bitPattern: pointer) + UInt(offset)),
        iov_len: length)
      return clinux_copy_in(&local, 1, &remote, 1)
    }
  }
}

/// Writes to memory of this process; answers how many bytes could be written.
package func writeOwnMemory(_ pointer: UnsafeMutableRawPointer, _ bytes: inout [UInt8]) -> Int {
  bytes.withUnsafeMutableBytes { bytes in
    copyByPages(pointer, bytes.count) { offset, length in
      var local = iovec(iov_base: bytes.baseAddress.map { $0 + offset }, iov_len: length)
      var remote = iovec(
        iov_base: UnsafeMutableRawPointer(bitPattern: UInt(bitPattern: pointer) + UInt(offset)),
        iov_len: length)
      return clinux_copy_out(&local, 1, &remote, 1)
    }
  }
}

/// How many bytes from `pointer` on can be written, without a change to any.
private func writableCount(_ pointer: UnsafeRawPointer, _ size: Int) -> Int {
  let start = UInt(bitPattern: pointer)
  var count = 0
  while count < size {
    let address = start &+ UInt(count)
    guard canStore(to: address & ~3) else { break }
    count += 4096 - Int(address & 4095)
  }
  return min(count, size)
}

/// Whether the word at `address` can be written: lets Linux set no bit in it, as one atomic operation.
private func canStore(to address: UInt) -> Bool {
  let wakeOperation = 5 | 128  // FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG
  let setNoBit = 2 << 28  // FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0)
  var nobodyWaits: UInt32 = 0
  return withUnsafeMutablePointer(to: &nobodyWaits) {
    clinux_call6(
      Int(SYS_futex), Int(bitPattern: $0), wakeOperation, 0, 0, Int(bitPattern: address), setNoBit)
  } >= 0
}

/// Copies all at once or, where that falls short, page by page up to the first bad one.
private func copyByPages(
  _ pointer: UnsafeRawPointer, _ size: Int, _ copy: (_ offset: Int, _ length: Int) -> Int
) -> Int {
  guard size > 0 else { return 0 }
  if copy(0, size) == size { return size }
  var done = 0
  while done < size {
    let address = UInt(bitPattern: pointer) &+ UInt(done)
    let length = min(size - done, 4096 - Int(address & 4095))
    guard copy(done, length) == length else { break }
    done += length
  }
  return done
}
