public import CLinux
import Glibc

/// Memory of the caller that a call reads: never touched in Swift, where a bad address would crash.
///
/// It travels to Linux as it came; Linux answers `EFAULT` for an address that is not there.
/// What is copied here Linux has proved to be there first: only an unmap by another thread between the
/// proof and the copy can still fault.
@safe
public struct UserIn: Sendable {
  // Safety: opened only in this room, and only by Linux.
  @usableFromInline nonisolated(unsafe) let base: UnsafeRawPointer?
  /// Bytes at the address, as the caller says.
  public let byteCount: Int

  /// Names `byteCount` bytes at `base`; the caller keeps them in place for the length of the call.
  @inlinable @inline(__always)
  public init(_ base: UnsafeRawPointer?, byteCount: Int) {
    unsafe self.base = unsafe base
    // C counts without a sign: what looks negative here is more than any memory holds.
    self.byteCount = byteCount >= 0 ? byteCount : .max
  }

  /// Whether the address is null.
  @inlinable @inline(__always) public var isNull: Bool { unsafe base == nil }

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

  /// The same for bytes of which some may be nobody's business: what else lies in a page.
  @unsafe
  func copyByLinux(to destination: UnsafeMutableRawPointer, count: Int) throws(Errno) {
    var ours = unsafe iovec(iov_base: destination, iov_len: count)
    var theirs = unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: base), iov_len: count)
    let copied = try unsafe Errno.check(clinux_copy_in_unseen(&ours, 1, &theirs, 1))
    guard copied == count else { throw .badAddress }
  }

  /// One value of type `Value`, whatever the address's alignment.
  ///
  /// - Throws: `badAddress` if it cannot be read.
  package func load<Value: BitwiseCopyable>(as type: Value.Type = Value.self) throws(Errno) -> Value
  {
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
@safe
public struct UserOut: Sendable {
  // Safety: opened only in this room.
  @usableFromInline nonisolated(unsafe) let base: UnsafeMutableRawPointer?
  /// Bytes at the address, as the caller says.
  public let byteCount: Int

  /// Names `byteCount` bytes at `base`.
  @inlinable @inline(__always)
  public init(_ base: UnsafeMutableRawPointer?, byteCount: Int) {
    unsafe self.base = unsafe base
    // C counts without a sign: what looks negative here is more than any memory holds.
    self.byteCount = byteCount >= 0 ? byteCount : .max
  }

  /// Names one value at `pointer`.
  @inlinable @inline(__always)
  public init<Value: BitwiseCopyable>(_ pointer: UnsafeMutablePointer<Value>?) {
    unsafe self.init(UnsafeMutableRawPointer(pointer), byteCount: MemoryLayout<Value>.size)
  }

  /// Whether the address is null.
  @inlinable @inline(__always) public var isNull: Bool { unsafe base == nil }

  /// Whether the bytes lie where user memory can be.
  ///
  /// Of a datagram to be received elsewhere Linux does not let go, as it does at other bad
  /// addresses.
  package var isInUserMemory: Bool {
    let (end, overflow) = unsafe UInt(bitPattern: base)
      .addingReportingOverflow(UInt(bitPattern: byteCount))
    return !overflow && end <= Self.endOfUserMemory
  }

  /// As on x86-64; arm64 has no less.
  private static var endOfUserMemory: UInt { 1 << 47 - 4096 }

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
  @inlinable @inline(__always)
  public func store(_ value: UInt64) throws(Errno) {
    if unsafe clinux_is_on_stack(base, 8), let base = unsafe base {
      unsafe base.storeBytes(of: value, as: UInt64.self)
    } else {
      _ = try unsafe Errno.check(clinux_store8(base, value))
    }
  }

  /// Stores a byte count.
  ///
  /// - Throws: `badAddress` if the address cannot be written, null included.
  @inlinable @inline(__always)
  public func store(_ value: Int) throws(Errno) {
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
