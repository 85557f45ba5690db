import CLinux
import Glibc

/// One end of a SEQPACKET socket: records with descriptors, whole and in order.
///
/// Nothing here waits.
package struct MessageSocket: ~Copyable, Sendable {
  /// The end itself.
  package let descriptor: Descriptor

  /// Takes over one end, whoever made it.
  ///
  /// - Throws: `EINVAL` if it is no connected SEQPACKET socket of the Unix kind.
  package init(_ descriptor: consuming Descriptor) throws(Errno) {
    let isSound = clinux_is_message_socket(descriptor.number)
    self.descriptor = descriptor
    guard isSound else { throw Errno(rawValue: EINVAL) }
    SendBuffer.apply(to: self.descriptor.number)
  }

  private init(made descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// Makes both ends.
  ///
  /// - Throws: `EMFILE` or `ENFILE` without a free descriptor, `ENOMEM` or `ENOBUFS` without memory.
  package static func withPair<Result>(
    _ body: (consuming MessageSocket, consuming MessageSocket) -> Result
  ) throws(Errno) -> Result {
    try Descriptor.withSocketPair(.datagram) {
      body(MessageSocket(made: $0), MessageSocket(made: $1))
    }
  }

  /// Gives the end away.
  package consuming func takeDescriptor() -> Descriptor { descriptor }

  /// Hangs up for everybody who has either end; what is queued can still be taken.
  package func hangUp() { clinux_shut_down(descriptor.number, CLINUX_BOTH_WAYS) }

  /// Whether the other end is closed, by its process or by that one's death.
  package var isHungUp: Bool { descriptor.isHungUp }
}

// MARK: Sending

/// What became of a record that was to be sent.
package enum SendOutcome: Sendable {
  /// It is in the other end's queue.
  case sent
  /// There is no room for now; `.writable` tells when to try again.
  case full
  /// Linux lacks something for now, and does not tell when it has it.
  case lacking
  /// It is too large for this socket.
  case tooLarge
  /// Nobody is at the other end.
  case hungUp
}

extension MessageSocket {
  /// Sends one record made of `parts`, and what `lent` lists along with it.
  @unsafe
  package func send(
    _ parts: [UnsafeRawBufferPointer], _ lent: LentDescriptors
  ) -> SendOutcome {
    let count = unsafe parts.count
    return unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: count) { vector in
      for index in 0..<count {
        let base = unsafe UnsafeMutableRawPointer(mutating: parts[index].baseAddress)
        unsafe vector.initializeElement(
          at: index, to: iovec(iov_base: base, iov_len: parts[index].count))
      }
      return unsafe lent.numbers.withUnsafeBufferPointer { numbers in
        unsafe send(UnsafeBufferPointer(vector), numbers)
      }
    }
  }

  private func send(
    _ vector: UnsafeBufferPointer<iovec>, _ numbers: UnsafeBufferPointer<Int32>
  ) -> SendOutcome {
    guard let first = vector.baseAddress else { return .tooLarge }
    while true {
      let answer = unsafe clinux_message_send(
        descriptor.number, first, vector.count, numbers.baseAddress, numbers.count)
      guard answer < 0 else { return .sent }
      switch Int32(truncatingIfNeeded: -answer) {
      case EINTR: continue
      case EAGAIN: return .full
      case EMSGSIZE: return .tooLarge
      case ENOBUFS, ENOMEM, ETOOMANYREFS: return .lacking
      default: return .hungUp
      }
    }
  }
}

// MARK: Receiving

/// One record as it came: everything in it was written by a stranger.
package struct ReceivedRecord: ~Copyable {
  /// Its bytes.
  package let bytes: [UInt8]
  fileprivate let descriptors: ReceivedDescriptors

  /// What came along.
  package consuming func giveDescriptors() -> ReceivedDescriptors { descriptors }
}

/// What a look at the queue has found.
package enum Receipt: ~Copyable {
  /// The first record; it is still in the queue.
  case record(ReceivedRecord)
  /// Nothing, for now.
  case nothing
  /// A record whose descriptors have no room in this process; it stays in the queue.
  case noRoom
  /// No record, and nobody who could send one; or one above the limit.
  case hungUp
}

extension MessageSocket {
  /// Bytes of a record that are read together with its descriptors.
  private static var firstLook: Int { 4096 }

  /// Looks at the first record, of at most `limit` bytes, and opens its descriptors here, all or none.
  package func peek(limit: Int) -> Receipt {
    unsafe withUnsafeTemporaryAllocation(of: clinux_message.self, capacity: 1) {
      (room) -> Receipt in
      let message = unsafe room.baseAddress.unsafelyUnwrapped
      // Safety: the fields that are read have been filled in by the call.
      var bytes: [UInt8] = []
      var descriptors = ReceivedDescriptors()
      do throws(Errno) {
        bytes = try ForkGate.birth { () throws(Errno) in
          let bytes = try unsafe peek(message)
          descriptors = unsafe Self.adopt(message)
          return bytes
        }
      } catch {
        return error == .again ? .nothing : .hungUp
      }
      let size = unsafe message.pointee.size
      guard size > 0, size <= limit else { return .hungUp }
      guard unsafe !message.pointee.is_cut,
        unsafe descriptors.count == message.pointee.descriptor_count
      else { return .noRoom }
      if size > bytes.count {
        guard let whole = peek(byteCount: size) else { return .hungUp }
        bytes = whole
      }
      return .record(ReceivedRecord(bytes: bytes, descriptors: descriptors))
    }
  }

  /// Takes the record that was looked at out of the queue.
  package func drop() {
    while clinux_message_drop(descriptor.number) == -Int(EINTR) {}
  }

  @unsafe
  private func peek(_ message: UnsafeMutablePointer<clinux_message>) throws(Errno) -> [UInt8] {
    var wasReset = false
    while true {
      var answer = 0
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.firstLook) { buffer, count in
        unsafe answer = clinux_message_peek(
          descriptor.number, buffer.baseAddress.unsafelyUnwrapped, buffer.count, message)
        count = min(max(answer, 0), Self.firstLook)
      }
      if answer >= 0 { return bytes }
      let error = Errno(rawValue: Int32(truncatingIfNeeded: -answer))
      // A reset is told once, before what is still queued.
      guard error == .interrupted || (error == .connectionReset && !wasReset) else { throw error }
      if error == .connectionReset { wasReset = true }
    }
  }

  /// The whole of a record that did not fit at first; nil if it is not there any more.
  private func peek(byteCount: Int) -> [UInt8]? {
    var answer = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      repeat {
        unsafe answer = clinux_message_peek(
          descriptor.number, buffer.baseAddress.unsafelyUnwrapped, buffer.count, nil)
      } while answer == -Int(EINTR)
      count = min(max(answer, 0), byteCount)
    }
    return answer == byteCount ? bytes : nil
  }

  /// Records the descriptors that have come; those that cannot be recorded are closed.
  @unsafe
  private static func adopt(_ message: UnsafeMutablePointer<clinux_message>) -> ReceivedDescriptors
  {
    let count = unsafe Int(message.pointee.descriptor_count)
    guard count > 0 else { return ReceivedDescriptors() }
    return unsafe withUnsafeBytes(of: &message.pointee.descriptors) { raw in
      let numbers = unsafe raw.bindMemory(to: Int32.self)
      var adopted: [Int32] = []
      for index in 0..<count {
        let number = unsafe numbers[index]
        if DescriptorSet.insert(number) { adopted.append(number) } else { close(number) }
      }
      return ReceivedDescriptors(adopting: adopted)
    }
  }
}

// MARK: The other end

/// Who is at the other end of a socket, as Linux remembers it.
package struct PeerCredentials: Sendable {
  /// The process's number; it may have ended since.
  package let pid: Int32
  /// Its user.
  package let uid: UInt32
  /// Its group.
  package let gid: UInt32

  package init(pid: Int32, uid: UInt32, gid: UInt32) {
    self.pid = pid
    self.uid = uid
    self.gid = gid
  }
}

extension MessageSocket {
  /// Who made or connected the other end.
  ///
  /// - Throws: what Linux answers; nothing on a Unix socket.
  package func peerCredentials() throws(Errno) -> PeerCredentials {
    var found = clinux_credentials()
    _ = try Errno.check(unsafe clinux_peer_credentials(descriptor.number, &found))
    return PeerCredentials(pid: found.pid, uid: found.uid, gid: found.gid)
  }

  /// A descriptor for the process at the other end, which names no other one when that has ended.
  ///
  /// - Throws: `ENOPROTOOPT` on a Linux before 6.5, `ESRCH` if it ended before it could be named, `EMFILE`
  ///   without a free descriptor.
  package func peerProcess() throws(Errno) -> Descriptor {
    try Descriptor.birth { clinux_peer_process(descriptor.number) }
  }
}
