import CLinux
import Glibc
package import ZirconTypes

/// Memory that several processes have mapped: a memfd of a fixed size, sealed so that nobody can take a
/// page from under the others.
@safe
package struct SharedMemory: ~Copyable, @unchecked Sendable {
  // Safety: mapped until `deinit`; what the bytes may be used for is the owner's rule.
  /// Where it is mapped here.
  package let base: UnsafeMutableRawPointer
  /// Its size in bytes.
  package let byteCount: Int
  /// What another process needs to map it too.
  package let descriptor: Descriptor

  private init(
    _ descriptor: consuming Descriptor, at base: UnsafeMutableRawPointer, byteCount: Int
  ) {
    self.descriptor = descriptor
    unsafe self.base = unsafe base
    self.byteCount = byteCount
  }

  /// Takes `byteCount` zero bytes.
  ///
  /// - Throws: `EMFILE` or `ENFILE` without a free descriptor, `ENOMEM` without memory.
  package static func make(byteCount: Int) throws(Errno) -> SharedMemory {
    let made = try Descriptor.birth { clinux_memory_create(UInt64(byteCount), 1) }
    let base = try unsafe map(made, byteCount)
    return unsafe SharedMemory(made, at: base, byteCount: byteCount)
  }

  /// Maps what another process has sent.
  ///
  /// - Throws: `EINVAL` if it is not of this size or not sealed: its sender could take it away;
  ///   `ENOMEM` without room.
  package static func map(
    _ received: consuming Descriptor, byteCount: Int
  ) throws(Errno) -> SharedMemory {
    let isSound = clinux_memory_is_fixed(received.number, UInt64(byteCount))
    guard isSound else { throw Errno(rawValue: EINVAL) }
    let base = try unsafe map(received, byteCount)
    return unsafe SharedMemory(received, at: base, byteCount: byteCount)
  }

  deinit {
    unsafe clinux_unmap_pages(base, byteCount)
  }

  /// Adds the descriptor to `list`, which owns it from then on; it stays mapped until the list goes.
  package consuming func lend(to list: inout LentDescriptors) {
    let lender = MemoryLender(self)
    list.append(lender.memory.descriptor, of: lender)
  }

  private static func map(
    _ descriptor: borrowing Descriptor, _ byteCount: Int
  ) throws(Errno) -> UnsafeMutableRawPointer {
    guard let base = unsafe clinux_map_shared(descriptor.number, byteCount) else {
      throw .noMemory
    }
    return unsafe base
  }
}

/// Keeps memory whose descriptor is lent.
private final class MemoryLender: Sendable {
  let memory: SharedMemory

  init(_ memory: consuming SharedMemory) {
    self.memory = memory
  }
}

/// One end of a line between two processes that only wakes: each end rings at the other, whose reactor
/// watches it by edges.
///
/// A socket pair, since sending to one can be told not to wait, whatever a hostile peer does to the flags
/// of what it shares. Its hang-up tells of the other process's death.
package struct Bell: ~Copyable, Sendable {
  package let descriptor: Descriptor

  /// Takes over one end of a socket pair.
  package init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// Makes both ends and hands them to `body`, with the memory that they are rung for.
  ///
  /// - Throws: `EMFILE` or `ENFILE` without a free descriptor, `ENOMEM` or `ENOBUFS` without memory.
  package static func withPair<Result>(
    taking memory: consuming SharedMemory,
    _ body: (consuming SharedMemory, consuming Bell, consuming Bell) -> Result
  ) throws(Errno) -> Result {
    var memory: SharedMemory? = memory
    let made = try Descriptor.withSocketPair(.stream) { here, there -> Result? in
      guard let memory = memory.take() else { return nil }
      return body(memory, Bell(here), Bell(there))
    }
    guard let made else { throw .noMemory }
    return made
  }

  /// Tells the other end to look; never waits.
  ///
  /// - Returns: False without room: then what was rung before has not been taken yet.
  @discardableResult
  package func ring() -> Bool { clinux_bell_ring(descriptor.number) }

  /// Takes what has been rung so far, so that there is room for more.
  ///
  /// - Returns: Whether there was something. Who else watches this end may have missed it then.
  @discardableResult
  package func empty() -> Bool { clinux_bell_empty(descriptor.number) }

  /// Whether the other end is closed, by its process or by that one's death.
  package var isHungUp: Bool { descriptor.isHungUp }
}

/// A word in shared memory that threads of several processes sleep on.
package enum SharedFutex {
  /// Sleeps while the word holds `expected`, at most until `deadline`; may also end for no reason.
  ///
  /// - Returns: False once the deadline has passed.
  @safe
  package static func wait(
    on word: UnsafePointer<UInt32>, while expected: UInt32, until deadline: Deadline
  ) -> Bool {
    let answer = unsafe clinux_shared_wait(word, expected, deadline.rawValue)
    return answer != -Int(Errno.timedOut.rawValue)
  }

  /// Wakes all sleepers.
  @safe
  package static func wakeAll(_ word: UnsafePointer<UInt32>) {
    unsafe clinux_shared_wake(word)
  }
}

extension Descriptor {
  /// Takes over what `make` answers: a new descriptor that is close-on-exec, or minus an error number.
  package static func birth(_ make: () -> Int) throws(Errno) -> Descriptor {
    let number = try ForkGate.birth { () throws(Errno) in
      let number = Int32(truncatingIfNeeded: try Errno.check(make()))
      guard DescriptorSet.insert(number) else {
        close(number)
        throw .tooManyFiles
      }
      return number
    }
    return Descriptor(adopting: number)
  }

  /// Another descriptor for the same, close-on-exec.
  ///
  /// - Throws: `EMFILE` or `ENFILE` without a free one.
  package borrowing func copy() throws(Errno) -> Descriptor {
    try Descriptor.birth { clinux_copy(number) }
  }

  /// Whether it is a connected Unix socket of `kind`.
  package func isSocket(_ kind: SocketKind) -> Bool {
    let type = kind == .stream ? SOCK_STREAM : SOCK_SEQPACKET
    return clinux_is_unix_socket(number, Int32(type.rawValue)) != 0
  }

  /// Whether the other end of this socket is closed, by its process or by that one's death.
  package var isHungUp: Bool { clinux_is_hung_up(number) != 0 }
}
