import CLinux
import Glibc

/// Memory that has a descriptor, so that it can be mapped more than once: a sealed memfd.
package struct MemoryFile: ~Copyable, Sendable {
  private let descriptor: Descriptor

  /// Bytes that one can have at most, in whole pages.
  package static var maxByteCount: UInt64 { 0x7FFF_FFFF_FFFF_F000 }

  /// Takes `byteCount` zero bytes, which cost memory only when they are written.
  ///
  /// - Throws: `EMFILE` or `ENFILE` without a free descriptor, `ENOMEM` without memory.
  package init(byteCount: UInt64, isResizable: Bool) throws(Errno) {
    let number = try ForkGate.birth { () throws(Errno) in
      let made = try Errno.check(clinux_memory_create(byteCount, isResizable ? 0 : 1))
      let number = Int32(truncatingIfNeeded: made)
      guard DescriptorSet.insert(number) else {
        close(number)
        throw .tooManyFiles
      }
      return number
    }
    descriptor = Descriptor(adopting: number)
  }

  /// Takes over what another process has sent.
  ///
  /// - Throws: `EINVAL` if its size can change, or is below `byteCount`.
  package init(received: consuming Descriptor, byteCount: UInt64) throws(Errno) {
    let size = clinux_memory_fixed_size(received.number)
    descriptor = received
    guard size >= 0, UInt64(size) >= min(byteCount, Self.maxByteCount) else {
      throw Errno(rawValue: EINVAL)
    }
  }

  /// Adds it to `list`, for another process; `owner` keeps it meanwhile.
  package borrowing func lend(to list: inout LentDescriptors, of owner: AnyObject) {
    list.append(descriptor, of: owner)
  }

  /// Bytes of memory that it takes.
  package var committedByteCount: UInt64 { clinux_memory_committed(descriptor.number) }

  /// Changes the size; what is added reads as zeros.
  package func resize(to byteCount: UInt64) throws(Errno) {
    _ = try Errno.check(clinux_memory_resize(descriptor.number, byteCount))
  }

  /// Zeroes a range and gives its whole pages back.
  package func zero(from offset: UInt64, count: UInt64) throws(Errno) {
    let room = Self.room(from: offset, count)
    _ = try Errno.check(clinux_memory_zero(descriptor.number, offset, room))
  }

  /// Takes memory for a range.
  ///
  /// - Throws: `ENOMEM` or `ENOSPC` if there is not so much.
  package func commit(from offset: UInt64, count: UInt64) throws(Errno) {
    guard Self.room(from: offset, count) == count else { throw .noMemory }
    _ = try Errno.check(clinux_memory_commit(descriptor.number, offset, count))
  }

  /// Copies a range of `other`, leaving out what was never written there; what is here must read as zeros.
  package func copy(
    from other: borrowing MemoryFile, at offset: UInt64, count: UInt64
  ) throws(Errno) {
    let room = Self.room(from: offset, count)
    guard room > 0 else { return }
    let answer = clinux_memory_copy(other.descriptor.number, offset, descriptor.number, 0, room)
    _ = try Errno.check(answer)
  }

  /// How many of `count` bytes lie below the largest size.
  private static func room(from offset: UInt64, _ count: UInt64) -> UInt64 {
    offset >= maxByteCount ? 0 : min(count, maxByteCount - offset)
  }

  /// Maps a range of pages at `address`, which we keep, in the place of what is there.
  func map(
    at address: UInt, byteCount: Int, _ permissions: UInt32, from offset: UInt64
  ) throws(Errno) {
    let answer = clinux_map_memory(
      address, byteCount, Int32(truncatingIfNeeded: permissions), descriptor.number, offset)
    _ = try Errno.check(answer)
  }
}

// MARK: Reading and writing

extension MemoryFile {
  /// Copies all of a range to the caller; the range must be there.
  ///
  /// - Throws: `badAddress` if any byte cannot be stored; some may have been.
  package func read(to buffer: UserOut, from offset: UInt64) throws(Errno) {
    let stored = Int(clamping: Self.room(from: offset, UInt64(buffer.byteCount)))
    try Self.move(stored) { done in
      let base = unsafe buffer.base.map { unsafe $0 + done }
      return unsafe clinux_memory_read(
        descriptor.number, base, stored - done, offset + UInt64(done))
    }
    try buffer.zero(from: stored)
  }

  /// Copies all of the caller's bytes to a range; the range must be there.
  ///
  /// - Throws: `badAddress` if any byte cannot be read, `ENOMEM` or `ENOSPC` without memory; some may
  ///   have been stored.
  package func write(_ buffer: UserIn, at offset: UInt64) throws(Errno) {
    guard Self.room(from: offset, UInt64(buffer.byteCount)) == buffer.byteCount else {
      throw .noMemory
    }
    try Self.move(buffer.byteCount) { done in
      let base = unsafe buffer.base.map { unsafe $0 + done }
      return unsafe clinux_memory_write(
        descriptor.number, base, buffer.byteCount - done, offset + UInt64(done))
    }
  }

  /// Calls `body` with the bytes done so far until all `count` are.
  private static func move(_ count: Int, _ body: (Int) -> Int) throws(Errno) {
    var done = 0
    while done < count {
      let answer = body(done)
      if answer == -Int(EINTR) { continue }
      let moved = try Errno.check(answer)
      guard moved > 0 else { throw .badAddress }
      done += moved
    }
  }
}

extension UserOut {
  /// Stores zeros from the byte at `start` on.
  fileprivate func zero(from start: Int) throws(Errno) {
    let zeros = InlineArray<256, UInt8>(repeating: 0)
    var done = start
    while done < byteCount {
      let count = min(zeros.count, byteCount - done)
      let place = unsafe UserOut(base.map { unsafe $0 + done }, byteCount: count)
      try unsafe withUnsafePointer(to: zeros) { (zeros) throws(Errno) in
        try unsafe place.copy(from: zeros, count: count)
      }
      done += count
    }
  }
}
