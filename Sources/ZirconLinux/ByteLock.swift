import CLinux
import Glibc
import ZirconTypes

/// Locks between processes that have the same shared memory, one for each byte of its file.
///
/// Linux keeps them, and gives back those of a process that has died. They hold against every other
/// `ByteLock` of the memory, in this process too; threads that share one exclude each other before.
package struct ByteLock: ~Copyable, Sendable {
  private let descriptor: Descriptor

  /// Locks for `memory`, of which none is held.
  ///
  /// - Throws: `EMFILE` or `ENFILE` without a free descriptor, `ENOENT` without `/proc`, `EACCES` if this
  ///   process may not open its own descriptors.
  package init(for memory: borrowing SharedMemory) throws(Errno) {
    let number = memory.descriptor.number
    descriptor = try Descriptor.birth { clinux_reopen(number) }
  }

  /// Takes the lock of `byte`.
  ///
  /// - Throws: `EAGAIN` if another process has had it for a tenth of a second: it was stopped there.
  package borrowing func lock(_ byte: UInt64) throws(Errno) {
    var tries = 0
    var end: Int64 = 0
    while true {
      let answer = clinux_byte_lock(descriptor.number, byte)
      if answer == 0 { return }
      guard answer == -Int(EAGAIN) || answer == -Int(EACCES) else {
        throw Errno(rawValue: Int32(truncatingIfNeeded: -answer))
      }
      tries += 1
      if tries <= Self.quickTries { continue }
      let now = Clock.monotonic
      if end == 0 { end = now + Self.patience }
      guard now < end else { throw .again }
      Clock.sleep(until: Deadline(rawValue: now + Self.pause))
    }
  }

  /// Gives it back.
  package borrowing func unlock(_ byte: UInt64) { clinux_byte_unlock(descriptor.number, byte) }

  private static var quickTries: Int { 8 }
  /// Nanoseconds to wait for somebody else.
  private static var patience: Int64 { 100_000_000 }
  private static var pause: Int64 { 20_000 }
}
