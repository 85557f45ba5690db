import CLinux
import Glibc

/// Several buffers of the caller, taken as one; see `UserIn` and `UserOut`.
@safe
package struct UserVector {
  // Safety: our own copy of the caller's array, in the frame that made this; the buffers it names are
  // opened only by Linux.
  private let buffers: UnsafeBufferPointer<iovec>
  /// Bytes of all buffers.
  package let byteCount: Int

  /// Buffers that one transfer takes: Linux's limit.
  package static var maxBuffers: Int { 1024 }

  /// Runs `body` with a copy of the `count` records, laid out as `zx_iovec_t`, that `records` names.
  ///
  /// A sum of sizes beyond Int's range counts as `Int.max`.
  ///
  /// - Throws: `badAddress` if they cannot be read, or if a buffer with bytes is null; then what `body`
  ///   throws.
  package static func with<Result, Failure: Error>(
    _ records: UserIn, count: Int, failure: (Errno) -> Failure,
    _ body: (UserVector) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: max(count, 1)) {
      (copy) throws(Failure) in
      var total = 0
      do throws(Errno) {
        let base = unsafe UnsafeMutableRawPointer(copy.baseAddress.unsafelyUnwrapped)
        try unsafe records.copy(to: base, count: count * MemoryLayout<iovec>.stride)
        for index in 0..<count {
          let buffer = unsafe copy[index]
          let length = unsafe buffer.iov_len
          guard unsafe buffer.iov_base != nil || length == 0 else { throw .badAddress }
          let (sum, overflow) = total.addingReportingOverflow(length)
          total = length < 0 || overflow ? .max : sum
        }
      } catch {
        throw failure(error)
      }
      let buffers = unsafe UnsafeBufferPointer(start: copy.baseAddress, count: count)
      return try unsafe body(UserVector(buffers: buffers, byteCount: total))
    }
  }

  /// Bytes before the first buffer that lies outside all of user memory.
  private var reachableByteCount: Int {
    var sum = 0
    for index in unsafe buffers.indices {
      let buffer = unsafe buffers[index]
      let room = unsafe UserOut(buffer.iov_base, byteCount: buffer.iov_len)
      guard room.byteCount == 0 || room.isInUserMemory else { break }
      sum += room.byteCount
    }
    return sum
  }

  /// Runs `body` with the buffers that hold `count` bytes from `offset` on.
  private func withSlice<Result>(
    from offset: Int, count: Int,
    _ body: (UnsafeMutableBufferPointer<iovec>) throws(Errno) -> Result
  ) throws(Errno) -> Result {
    try unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: max(buffers.count, 1)) {
      (slice) throws(Errno) in
      var skip = offset
      var left = count
      var used = 0
      for index in unsafe buffers.indices where left > 0 {
        let buffer = unsafe buffers[index]
        let length = unsafe buffer.iov_len
        if skip >= length {
          skip -= length
          continue
        }
        let taken = min(length - skip, left)
        let start = unsafe buffer.iov_base.map { unsafe $0 + skip }
        unsafe slice.initializeElement(
          at: used, to: iovec(iov_base: start, iov_len: taken))
        used += 1
        left -= taken
        skip = 0
      }
      return try unsafe body(UnsafeMutableBufferPointer(rebasing: slice[..<used]))
    }
  }
}

extension UserVector {
  package func send(
    through descriptor: borrowing Descriptor, from offset: Int, count: Int
  ) throws(Errno) -> Int {
    try unsafe withSlice(from: offset, count: count) { (slice) throws(Errno) in
      try unsafe descriptor.send(vector: slice)
    }
  }

  package func copy(from offset: Int, count: Int, into segments: RingSegments) throws(Errno) {
    try unsafe withSlice(from: offset, count: count) { (slice) throws(Errno) in
      try unsafe segments.fill(from: slice)
    }
  }
}

extension UserVector {
  package func receive(
    through descriptor: borrowing Descriptor, to offset: Int, count: Int, _ options: ReceiveOptions
  ) throws(Errno) -> Int {
    // Linux judges every address before it looks at what has arrived, also those that the data would not
    // reach: what lies outside user memory is left out, and a fault only if the data goes that far.
    let reachable = min(count, reachableByteCount - offset)
    guard reachable > 0 else { throw .badAddress }
    let answer = try unsafe withSlice(from: offset, count: reachable) { (slice) throws(Errno) in
      try unsafe descriptor.receive(vector: slice, options)
    }
    if options.tellsWholeLength && min(answer, count) > reachable { throw .badAddress }
    return answer
  }

  package func copy(to offset: Int, from segments: RingSegments) throws(Errno) {
    try unsafe withSlice(from: offset, count: segments.byteCount) { (slice) throws(Errno) in
      try unsafe segments.empty(into: slice)
    }
  }
}
