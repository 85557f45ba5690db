public import CLinux
public import CUring
public import Glibc
import Synchronization

/// Owns one open descriptor; dropping it closes it.
public struct Descriptor: ~Copyable, Sendable {
  @usableFromInline let number: Int32

  /// Takes over `number`, which is in `DescriptorSet`.
  init(adopting number: Int32) {
    self.number = number
  }

  deinit {
    let number = number
    ForkGate.death {
      DescriptorSet.remove(number)
      close(number)
    }
  }
}

/// What keeps the boundaries of what was sent.
package enum SocketKind: UInt32, Sendable {
  /// `SOCK_STREAM`.
  case stream = 0
  /// `SOCK_SEQPACKET`.
  case datagram = 1
}

// MARK: Socket pairs

extension Descriptor {
  /// Makes the two ends of a Unix socket pair, close-on-exec from birth, and hands them to `body`.
  ///
  /// - Throws: `EMFILE` or `ENFILE` without a free descriptor, `ENOMEM` or `ENOBUFS` without memory.
  package static func withSocketPair<Result>(
    _ kind: SocketKind, _ body: (consuming Descriptor, consuming Descriptor) -> Result
  ) throws(Errno) -> Result {
    let (left, right) = try ForkGate.birth { () throws(Errno) in
      let type = kind == .stream ? SOCK_STREAM : SOCK_SEQPACKET
      var ends: (Int32, Int32) = (-1, -1)
      let answer = unsafe withUnsafeMutablePointer(to: &ends) {
        unsafe $0.withMemoryRebound(to: Int32.self, capacity: 2) {
          unsafe socketpair(AF_UNIX, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, $0)
        }
      }
      guard answer == 0 else { throw Errno(rawValue: errno) }
      guard DescriptorSet.insert(ends.0), DescriptorSet.insert(ends.1) else {
        DescriptorSet.remove(ends.0)
        close(ends.0)
        close(ends.1)
        throw .tooManyFiles
      }
      return ends
    }
    SendBuffer.apply(to: left)
    SendBuffer.apply(to: right)
    return body(Descriptor(adopting: left), Descriptor(adopting: right))
  }

  /// Bytes in the receive queue, summed over the records of a datagram socket.
  package func queuedByteCount() throws(Errno) -> Int {
    try Errno.check(clinux_queued(number))
  }

  /// `SO_SNDBUF` as Linux granted it, in bytes.
  package func sendBufferByteCount() throws(Errno) -> Int {
    var size: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard unsafe getsockopt(number, SOL_SOCKET, SO_SNDBUF, &size, &length) == 0 else {
      throw Errno(rawValue: errno)
    }
    return Int(size)
  }
}

/// What every new socket asks of `SO_SNDBUF`.
///
/// Linux charges a message at least 768 bytes, so that with its default small writes fill a socket far
/// below the capacity Zircon promises. The request only decides how rarely bytes take the way through
/// the spill ring, never how many fit. Never more than a few MiB: the kernel's counter has 32 bits.
package enum SendBuffer {
  /// Bytes asked for: `ZIRCON_SNDBUF`, else 1 MiB.
  ///
  /// Setting it concerns sockets made afterwards.
  package static var request: Int {
    get {
      let known = requestedBytes.load(ordering: .relaxed)
      if known > 0 { return known }
      let bytes = unsafe getenv("ZIRCON_SNDBUF").flatMap { unsafe Int(String(cString: $0)) }
      let usable = min(max(bytes ?? 1 << 20, 1), 4 << 20)
      requestedBytes.store(usable, ordering: .relaxed)
      return usable
    }
    set { requestedBytes.store(min(max(newValue, 1), 4 << 20), ordering: .relaxed) }
  }

  /// Bytes that Linux grants a new socket; 0 if no socket can be made to ask.
  package static var granted: Int {
    do throws(Errno) {
      let answer = try Descriptor.withSocketPair(.stream) { left, _ in
        (try? left.sendBufferByteCount()) ?? 0
      }
      return answer
    } catch {
      return 0
    }
  }

  /// Asks beyond the administrator's limit first, which root may, and takes what is granted.
  static func apply(to fd: Int32) {
    var bytes = Int32(request)
    let size = socklen_t(MemoryLayout<Int32>.size)
    if mayForce.load(ordering: .relaxed) {
      if unsafe setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, size) == 0 { return }
      mayForce.store(false, ordering: .relaxed)
    }
    unsafe setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, size)
  }
}

private let requestedBytes = Atomic<Int>(0)
private let mayForce = Atomic<Bool>(true)

// MARK: Data

/// How to take what has arrived.
public struct ReceiveOptions: Sendable {
  /// Flags of `recv(2)` beside those of every call.
  @usableFromInline let rawValue: Int32

  @inlinable
  init(rawValue: Int32) { self.rawValue = rawValue }

  /// All the flags of the call.
  @inlinable @inline(__always) var flags: Int32 { CLINUX_RECV_FLAGS | rawValue }

  /// Whether a record's length is answered, not what was taken of it.
  var tellsWholeLength: Bool { rawValue & Int32(MSG_TRUNC) != 0 }

  /// Take it, as much as fits.
  @inlinable public static var take: ReceiveOptions { ReceiveOptions(rawValue: 0) }
  /// Leave it in the queue.
  @inlinable public static var peek: ReceiveOptions {
    ReceiveOptions(rawValue: Int32(MSG_PEEK))
  }
  /// Leave it in the queue, and answer a record's whole length.
  @inlinable public static var peekWholeLength: ReceiveOptions {
    ReceiveOptions(rawValue: Int32(MSG_PEEK | MSG_TRUNC))
  }
  /// Answer a record's whole length even where it was cut.
  @inlinable public static var wholeLength: ReceiveOptions {
    ReceiveOptions(rawValue: Int32(MSG_TRUNC))
  }
}

extension Descriptor {
  /// Sends `count` bytes without waiting.
  @unsafe @inlinable @inline(__always)
  public func send(_ base: UnsafeRawPointer?, count: Int) throws(Errno) -> Int {
    let answer = unsafe sendOnce(base, count)
    if answer >= 0 { return answer }
    let error = Errno(rawValue: Int32(truncatingIfNeeded: -answer))
    guard error.isWorthAnother else { throw error }
    return try unsafe sendAgain(base, count)
  }

  @unsafe @inlinable @inline(__always)
  func sendOnce(_ base: UnsafeRawPointer?, _ count: Int) -> Int {
    unsafe Self.single(
      ring: { unsafe curing_send($0, number, base, count, CLINUX_SEND_FLAGS) },
      call: { unsafe clinux_send(number, base, count, CLINUX_SEND_FLAGS) })
  }

  @unsafe @inline(never)
  @usableFromInline
  func sendAgain(_ base: UnsafeRawPointer?, _ count: Int) throws(Errno) -> Int {
    try attempt { unsafe sendOnce(base, count) }
  }

  /// Takes up to `count` bytes without waiting.
  @unsafe @inlinable @inline(__always)
  public func receive(
    _ base: UnsafeMutableRawPointer?, count: Int, _ options: ReceiveOptions
  ) throws(Errno) -> Int {
    let answer = unsafe receiveOnce(base, count, options)
    if answer >= 0 { return answer }
    let error = Errno(rawValue: Int32(truncatingIfNeeded: -answer))
    guard error.isWorthAnother else { throw error }
    return try unsafe receiveAgain(base, count, options)
  }

  @unsafe @inlinable @inline(__always)
  func receiveOnce(
    _ base: UnsafeMutableRawPointer?, _ count: Int, _ options: ReceiveOptions
  ) -> Int {
    unsafe Self.single(
      ring: { unsafe curing_recv($0, number, base, count, options.flags) },
      call: { unsafe clinux_recv(number, base, count, options.flags) })
  }

  @unsafe @inline(never)
  @usableFromInline
  func receiveAgain(
    _ base: UnsafeMutableRawPointer?, _ count: Int, _ options: ReceiveOptions
  ) throws(Errno) -> Int {
    try attempt { unsafe receiveOnce(base, count, options) }
  }

  /// Sends the bytes of several buffers without waiting.
  @unsafe
  func send(vector: UnsafeMutableBufferPointer<iovec>) throws(Errno) -> Int {
    let (base, count) = (vector.baseAddress, vector.count)
    return try attempt {
      unsafe Self.single(
        ring: { unsafe curing_sendmsg($0, number, base, count, CLINUX_SEND_FLAGS) },
        call: { unsafe clinux_sendmsg(number, base, count, CLINUX_SEND_FLAGS) })
    }
  }

  /// Takes what several buffers have room for, without waiting.
  @unsafe
  func receive(
    vector: UnsafeMutableBufferPointer<iovec>, _ options: ReceiveOptions
  ) throws(Errno) -> Int {
    let (base, count) = (vector.baseAddress, vector.count)
    return try attempt {
      unsafe Self.single(
        ring: { unsafe curing_recvmsg($0, number, base, count, options.flags) },
        call: { unsafe clinux_recvmsg(number, base, count, options.flags) })
    }
  }

  /// One operation the way the calling thread makes single ones: what Linux answers, or minus `EINTR`
  /// where the way is still to be found out.
  @inlinable @inline(__always)
  static func single(ring: (UnsafeMutableRawPointer) -> Int, call: () -> Int) -> Int {
    let thread = unsafe clinux_thread_self()
    if unsafe thread.pointee.single_way == CLINUX_WAY_CALL {
      unsafe thread.pointee.syscall_operations &+= 1
      return call()
    }
    guard unsafe thread.pointee.single_way == CLINUX_WAY_RING,
      let made = unsafe thread.pointee.ring
    else { return Int(-EINTR) }
    let answer = unsafe ring(made)
    guard answer != CURING_NOT_SUBMITTED else {
      giveUpRing()
      return Int(-EINTR)
    }
    unsafe thread.pointee.ring_operations &+= 1
    return answer
  }

  @inline(never)
  @usableFromInline
  static func giveUpRing() { Ring.tearDown(RingState.refused.rawValue) }

  /// Makes a single operation until it is not interrupted, and once more after `ECONNRESET`, which a
  /// datagram socket reports before records that are still queued.
  @inline(__always)
  private func attempt(_ single: () -> Int) throws(Errno) -> Int {
    var wasReset = false
    while true {
      let answer = single()
      if answer >= 0 { return answer }
      switch Errno(rawValue: Int32(truncatingIfNeeded: -answer)) {
      case .interrupted: Ring.chooseForSingleOperations()
      case .connectionReset where !wasReset: wasReset = true
      case let error: throw error
      }
    }
  }
}
