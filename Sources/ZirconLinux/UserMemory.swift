import CLinux
import Glibc

/// Memory of the caller that a call reads: never touched in Swift, where a bad address would crash.
///
/// It travels to Linux as it came; Linux answers `EFAULT` for an address that is not there.
@safe
package struct UserIn: Sendable {
  // Safety: opened only in this room, and only by Linux.
  nonisolated(unsafe) let base: UnsafeRawPointer?
  /// Bytes at the address, as the caller says.
  package let byteCount: Int

  /// Names `byteCount` bytes at `base`; the caller keeps them in place for the length of the call.
  package init(_ base: UnsafeRawPointer?, byteCount: Int) {
    unsafe self.base = unsafe base
    self.byteCount = byteCount
  }

  package var isNull: Bool { unsafe base == nil }

  /// Copies the first `count` bytes to `destination`, which has room for them.
  ///
  /// - Throws: `badAddress` if any of them cannot be read.
  @unsafe
  package func copy(to destination: UnsafeMutableRawPointer, count: Int) throws(Errno) {
    guard count > 0 else { return }
    if unsafe clinux_is_on_stack(base, count), let base = unsafe base {
      unsafe destination.copyMemory(from: base, byteCount: count)
      return
    }
    var ours = unsafe iovec(iov_base: destination, iov_len: count)
    var theirs = unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: base), iov_len: count)
    let copied = try unsafe Errno.check(clinux_copy_in(&ours, 1, &theirs, 1))
    guard copied == count else { throw .badAddress }
  }

  /// One value of type `Value`, whatever the address's alignment.
  ///
  /// - Throws: `badAddress` if it cannot be read.
  package func load<Value: BitwiseCopyable>(as type: Value.Type = Value.self) throws(Errno) -> Value {
    try unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) {
      (buffer) throws(Errno) -> Value in
      guard let storage = UnsafeMutableRawPointer(buffer.baseAddress) else {
        throw .badAddress
      }
      try unsafe copy(to: storage, count: MemoryLayout<Value>.size)
      return unsafe storage.load(as: Value.self)
    }
  }
}

/// Memory of the caller that a call stores to; see `UserIn`.
///
/// Only an unmap by another thread between the proof and the store can still fault here.
@safe
package struct UserOut: Sendable {
  // Safety: opened only in this room.
  nonisolated(unsafe) let base: UnsafeMutableRawPointer?
  /// Bytes at the address, as the caller says.
  package let byteCount: Int

  /// Names `byteCount` bytes at `base`.
  package init(_ base: UnsafeMutableRawPointer?, byteCount: Int) {
    unsafe self.base = unsafe base
    self.byteCount = byteCount
  }

  /// Names one value at `pointer`.
  package init<Value: BitwiseCopyable>(_ pointer: UnsafeMutablePointer<Value>?) {
    unsafe self.init(UnsafeMutableRawPointer(pointer), byteCount: MemoryLayout<Value>.size)
  }

  package var isNull: Bool { unsafe base == nil }

  /// Stores a 32-bit value.
  ///
  /// - Throws: `badAddress` if the address cannot be written, null included.
  package func store(_ value: UInt32) throws(Errno) {
    if unsafe clinux_is_on_stack(base, 4), let base = unsafe base {
      unsafe base.storeBytes(of: value, as: UInt32.self)
    } else {
      _ = try unsafe Errno.check(clinux_store4(base, value))
    }
  }

  /// Stores a 64-bit value.
  ///
  /// - Throws: `badAddress` if the address cannot be written, null included.
  package func store(_ value: UInt64) throws(Errno) {
    if unsafe clinux_is_on_stack(base, 8), let base = unsafe base {
      unsafe base.storeBytes(of: value, as: UInt64.self)
    } else {
      _ = try unsafe Errno.check(clinux_store8(base, value))
    }
  }

  /// Stores a byte count.
  ///
  /// - Throws: `badAddress` if the address cannot be written, null included.
  package func store(_ value: Int) throws(Errno) {
    try store(UInt64(bitPattern: Int64(value)))
  }

  /// Stores `count` bytes from `source`.
  ///
  /// - Throws: `badAddress` if any byte cannot be written; some may have been.
  @unsafe
  package func copy(from source: UnsafeRawPointer, count: Int) throws(Errno) {
    guard count > 0 else { return }
    if unsafe clinux_is_on_stack(base, count), let base = unsafe base {
      unsafe base.copyMemory(from: source, byteCount: count)
      return
    }
    var ours = unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: source), iov_len: count)
    var theirs = unsafe iovec(iov_base: base, iov_len: count)
    let copied = try unsafe Errno.check(clinux_copy_out(&ours, 1, &theirs, 1))
    guard copied == count else { throw .badAddress }
  }

  /// Stores a record of any layout.
  ///
  /// - Throws: `badAddress` if any byte of it cannot be written; some may have been.
  package func store<Value: BitwiseCopyable>(record value: Value) throws(Errno) {
    try unsafe withUnsafePointer(to: value) { (pointer) throws(Errno) in
      try unsafe copy(from: pointer, count: MemoryLayout<Value>.size)
    }
  }
}

// MARK: Where a transfer takes its bytes and puts them

/// Bytes of the caller on their way out, from one buffer or several.
package protocol UserSource {
  /// Bytes in all.
  var byteCount: Int { get }

  /// Sends `count` bytes from `offset` on, without waiting.
  ///
  /// - Returns: Bytes taken; a stream may take fewer, for want of room or at a bad address.
  func send(
    through descriptor: borrowing Descriptor, from offset: Int, count: Int
  ) throws(Errno) -> Int

  /// Copies `count` bytes from `offset` on into `segments`, which hold exactly as many.
  ///
  /// - Throws: `badAddress` if any of them cannot be read.
  func copy(from offset: Int, count: Int, into segments: RingSegments) throws(Errno)
}

/// Room of the caller for bytes on their way in, in one buffer or several.
package protocol UserSink {
  /// Room in all.
  var byteCount: Int { get }

  /// Takes up to `count` bytes to `offset` and on, without waiting.
  ///
  /// - Returns: Bytes taken, or with `wholeLength` the record's length; a stream gives fewer than it
  ///   has only at a bad address.
  func receive(
    through descriptor: borrowing Descriptor, to offset: Int, count: Int, _ options: ReceiveOptions
  ) throws(Errno) -> Int

  /// Copies all of `segments` to `offset` and on.
  ///
  /// - Throws: `badAddress` if any byte cannot be written.
  func copy(to offset: Int, from segments: RingSegments) throws(Errno)
}

/// A stretch of a byte ring: one piece, or two where it wraps.
@safe
package struct RingSegments {
  // Safety: inside the ring's pages, which its gate keeps mapped for the length of the copy.
  var pieces: InlineArray<2, iovec>

  /// The two pieces in order; the second may be empty.
  @unsafe
  package init(
    _ first: UnsafeMutableRawPointer, _ firstCount: Int, _ second: UnsafeMutableRawPointer,
    _ secondCount: Int
  ) {
    unsafe pieces = [
      iovec(iov_base: first, iov_len: firstCount), iovec(iov_base: second, iov_len: secondCount),
    ]
  }

  var byteCount: Int { unsafe pieces[0].iov_len + pieces[1].iov_len }
}

extension UserIn: UserSource {
  package func send(
    through descriptor: borrowing Descriptor, from offset: Int, count: Int
  ) throws(Errno) -> Int {
    try unsafe descriptor.send(base.map { unsafe $0 + offset }, count: count)
  }

  package func copy(from offset: Int, count: Int, into segments: RingSegments) throws(Errno) {
    var ours = unsafe segments.pieces
    let start = unsafe base.map { unsafe UnsafeMutableRawPointer(mutating: $0) + offset }
    var theirs = unsafe iovec(iov_base: start, iov_len: count)
    let copied = try unsafe Errno.check(
      withUnsafePointer(to: &ours) {
        unsafe $0.withMemoryRebound(to: iovec.self, capacity: 2) {
          unsafe clinux_copy_in($0, 2, &theirs, 1)
        }
      })
    guard copied == count else { throw .badAddress }
  }
}

extension UserOut: UserSink {
  package func receive(
    through descriptor: borrowing Descriptor, to offset: Int, count: Int, _ options: ReceiveOptions
  ) throws(Errno) -> Int {
    try unsafe descriptor.receive(base.map { unsafe $0 + offset }, count: count, options)
  }

  package func copy(to offset: Int, from segments: RingSegments) throws(Errno) {
    var ours = unsafe segments.pieces
    let count = segments.byteCount
    var theirs = unsafe iovec(iov_base: base.map { unsafe $0 + offset }, iov_len: count)
    let copied = try unsafe Errno.check(
      withUnsafePointer(to: &ours) {
        unsafe $0.withMemoryRebound(to: iovec.self, capacity: 2) {
          unsafe clinux_copy_out($0, 2, &theirs, 1)
        }
      })
    guard copied == count else { throw .badAddress }
  }
}

// MARK: Lengths inside a ring

extension RingSegments {
  /// Stores `value`, which may wrap.
  package func store(_ value: UInt32) {
    unsafe withUnsafeBytes(of: value) { bytes in
      unsafe copy(bytes)
    }
  }

  /// The value stored here.
  package func load() -> UInt32 {
    var value: UInt32 = 0
    let pieces = unsafe pieces
    unsafe withUnsafeMutableBytes(of: &value) { bytes in
      let first = unsafe pieces[0].iov_len
      unsafe bytes.baseAddress?.copyMemory(from: pieces[0].iov_base, byteCount: first)
      unsafe bytes.baseAddress?.advanced(by: first)
        .copyMemory(from: pieces[1].iov_base, byteCount: pieces[1].iov_len)
    }
    return value
  }

  private func copy(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    let first = unsafe pieces[0].iov_len
    unsafe pieces[0].iov_base.copyMemory(from: start, byteCount: first)
    unsafe pieces[1].iov_base.copyMemory(from: start + first, byteCount: pieces[1].iov_len)
  }
}
