import CLinux
import Glibc

/// Ranges of this process's addresses, in whole pages.
///
/// What is mapped into a range that we keep is nobody else's; nothing here touches other addresses.
package enum Addresses {
  /// The least address that a program may map: what Linux allows everybody.
  package static var first: UInt { 0x10000 }
  /// The end of what a program may map, as on x86-64; arm64 has no less.
  package static var end: UInt { 1 << 47 - 4096 }

  /// Keeps a range wherever there is room; nothing can be reached there.
  ///
  /// - Throws: `ENOMEM` if there is no room.
  package static func reserve(byteCount: Int) throws(Errno) -> UInt {
    UInt(bitPattern: try Errno.check(clinux_reserve(0, byteCount)))
  }

  /// Keeps the range at `address`.
  ///
  /// - Throws: `exists` if something is mapped there; `ENOMEM`, `EPERM` if Linux does not allow it.
  package static func reserve(at address: UInt, byteCount: Int) throws(Errno) {
    _ = try Errno.check(clinux_reserve(address, byteCount))
  }

  /// Lets nothing be reached any more in a range that we keep.
  package static func blank(at address: UInt, byteCount: Int) throws(Errno) {
    _ = try Errno.check(clinux_blank(address, byteCount))
  }

  /// Maps memory into a range that we keep, with the bits of `ZX_VM_PERM_READ`, `_WRITE`, `_EXECUTE`.
  package static func map(
    _ file: borrowing MemoryFile, from offset: UInt64, at address: UInt, byteCount: Int,
    _ permissions: UInt32
  ) throws(Errno) {
    try file.map(at: address, byteCount: byteCount, permissions, from: offset)
  }

  /// Changes what may be done in a range that we keep; bits as of `map`.
  package static func protect(
    at address: UInt, byteCount: Int, _ permissions: UInt32
  ) throws(Errno) {
    let bits = Int32(truncatingIfNeeded: permissions)
    _ = try Errno.check(clinux_protect(address, byteCount, bits))
  }

  /// Gives a range back to the process.
  package static func release(at address: UInt, byteCount: Int) throws(Errno) {
    guard byteCount > 0 else { return }
    _ = try Errno.check(clinux_unmap(address, byteCount))
  }
}

extension Errno {
  /// Something is mapped there.
  package static var exists: Errno { Errno(rawValue: EEXIST) }
}
