import CLinux
import Glibc
import ZirconTypes

/// Locks between processes that have the same memory, one for each byte of its file.
///
/// Linux keeps them for an opening of the file, and gives back those of an opening that nobody has any more. They
/// hold against every other opening, in this process too; threads that share one exclude each other before. An
/// opening that locks is therefore this process's alone: it never goes to another, not even in a message that
/// nobody has read.
extension SharedMemory {
  /// Makes the opening this process's own, under the same number.
  ///
  /// - Throws: `EMFILE` or `ENFILE` without a free descriptor, `ENOENT` without `/proc`, `EACCES` if this
  ///   process may not open its own descriptors.
  package func makeOwnOpening() throws(Errno) {
    let number = descriptor.number
    _ = try ForkGate.birth { () throws(Errno) in
      try Errno.check(clinux_reopen_in_place(number))
    }
  }

  /// An opening for another process.
  ///
  /// - Throws: As `makeOwnOpening`.
  package func reopen() throws(Errno) -> Descriptor {
    let number = descriptor.number
    return try Descriptor.birth { clinux_reopen(number) }
  }

  /// Takes the lock of `byte`.
  ///
  /// - Throws: `EAGAIN` if another process has had it for a tenth of a second: it was stopped there.
  package func lock(_ byte: UInt64) throws(Errno) {
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
  package func unlock(_ byte: UInt64) { clinux_byte_unlock(descriptor.number, byte) }

  private static var quickTries: Int { 8 }
  /// Nanoseconds to wait for somebody else.
  private static var patience: Int64 { 100_000_000 }
  private static var pause: Int64 { 20_000 }
}

extension Descriptor {
  /// Whether another descriptor is to be had at this moment.
  package static var isOneFree: Bool {
    do throws(Errno) {
      _ = try Descriptor.birth { clinux_counter_create() }
      return true
    } catch {
      return false
    }
  }
}
