import CLinux
import Glibc

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

extension RingSegments {
  /// Fills the stretch from buffers of the caller, which hold as many bytes.
  ///
  /// - Throws: `badAddress` if any byte cannot be read.
  @unsafe
  func fill(from theirs: UnsafeMutableBufferPointer<iovec>) throws(Errno) {
    let copied = unsafe withPieces { ours in
      unsafe clinux_copy_in(ours, 2, theirs.baseAddress, theirs.count)
    }
    guard try Errno.check(copied) == byteCount else { throw .badAddress }
  }

  /// Copies the stretch to buffers of the caller, which have room for it.
  ///
  /// - Throws: `badAddress` if any byte cannot be written.
  @unsafe
  func empty(into theirs: UnsafeMutableBufferPointer<iovec>) throws(Errno) {
    let copied = unsafe withPieces { ours in
      unsafe clinux_copy_out(ours, 2, theirs.baseAddress, theirs.count)
    }
    guard try Errno.check(copied) == byteCount else { throw .badAddress }
  }

  /// Sends the stretch without waiting.
  func send(through number: Int32) throws(Errno) -> Int {
    try Errno.check(
      unsafe withPieces { unsafe clinux_sendmsg(number, $0, 2, CLINUX_SEND_FLAGS) })
  }

  private func withPieces(_ body: (UnsafePointer<iovec>) -> Int) -> Int {
    unsafe withUnsafePointer(to: pieces) {
      unsafe body(UnsafeRawPointer($0).assumingMemoryBound(to: iovec.self))
    }
  }

  /// Stores `value`, which may wrap.
  package func store(_ value: UInt32) {
    unsafe withUnsafeBytes(of: value) { bytes in
      let first = unsafe pieces[0].iov_len
      guard let start = bytes.baseAddress else { return }
      unsafe pieces[0].iov_base.copyMemory(from: start, byteCount: first)
      unsafe pieces[1].iov_base.copyMemory(from: start + first, byteCount: pieces[1].iov_len)
    }
  }

  /// The value stored here.
  package func load() -> UInt32 {
    var value: UInt32 = 0
    unsafe withUnsafeMutableBytes(of: &value) { bytes in
      let first = unsafe pieces[0].iov_len
      guard let start = bytes.baseAddress else { return }
      unsafe start.copyMemory(from: pieces[0].iov_base, byteCount: first)
      unsafe (start + first).copyMemory(from: pieces[1].iov_base, byteCount: pieces[1].iov_len)
    }
    return value
  }
}

// MARK: One buffer

extension UserIn {
  /// Sends `count` bytes from `offset` on, without waiting.
  ///
  /// - Returns: Bytes taken; a stream may take fewer, for want of room or at a bad address.
  @inlinable @inline(__always)
  public func send(
    through descriptor: borrowing Descriptor, from offset: Int, count: Int
  ) throws(Errno) -> Int {
    try unsafe descriptor.send(base.map { unsafe $0 + offset }, count: count)
  }

  /// Copies `count` bytes from `offset` on into `segments`, which hold exactly as many.
  ///
  /// - Throws: `badAddress` if any of them cannot be read.
  package func copy(from offset: Int, count: Int, into segments: RingSegments) throws(Errno) {
    let start = unsafe base.map { unsafe UnsafeMutableRawPointer(mutating: $0) + offset }
    var theirs = unsafe iovec(iov_base: start, iov_len: count)
    try unsafe withUnsafeMutablePointer(to: &theirs) { (theirs) throws(Errno) in
      try unsafe segments.fill(from: UnsafeMutableBufferPointer(start: theirs, count: 1))
    }
  }
}

extension UserOut {
  /// Takes up to `count` bytes to `offset` and on, without waiting.
  ///
  /// - Returns: Bytes taken, or with `wholeLength` the record's length.
  @inlinable @inline(__always)
  public func receive(
    through descriptor: borrowing Descriptor, to offset: Int, count: Int, _ options: ReceiveOptions
  ) throws(Errno) -> Int {
    try unsafe descriptor.receive(base.map { unsafe $0 + offset }, count: count, options)
  }

  /// Copies all of `segments` to `offset` and on.
  ///
  /// - Throws: `badAddress` if any byte cannot be written.
  package func copy(to offset: Int, from segments: RingSegments) throws(Errno) {
    let start = unsafe base.map { unsafe $0 + offset }
    var theirs = unsafe iovec(iov_base: start, iov_len: segments.byteCount)
    try unsafe withUnsafeMutablePointer(to: &theirs) { (theirs) throws(Errno) in
      try unsafe segments.empty(into: UnsafeMutableBufferPointer(start: theirs, count: 1))
    }
  }
}
