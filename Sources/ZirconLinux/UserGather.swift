import CLinux
import Glibc

extension UserIn {
  /// Copies `count` buffers of the caller, one behind the other, to `destination`.
  ///
  /// There must be room for all of them. `buffer` names them by index; empty ones are not looked at.
  ///
  /// - Throws: `badAddress` if any byte cannot be read.
  @unsafe
  package static func gather(
    _ count: Int, into destination: UnsafeMutableRawPointer, _ buffer: (Int) -> UserIn
  ) throws(Errno) {
    try unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: gatheredAtOnce) {
      (batch) throws(Errno) in
      var (index, end) = unsafe (0, destination)
      while index < count {
        var (used, byteCount) = (0, 0)
        while index < count && used < gatheredAtOnce {
          let next = buffer(index)
          index += 1
          guard next.byteCount > 0 else { continue }
          let base = unsafe UnsafeMutableRawPointer(mutating: next.base)
          unsafe batch.initializeElement(
            at: used, to: iovec(iov_base: base, iov_len: next.byteCount))
          used += 1
          byteCount += next.byteCount
        }
        guard byteCount > 0 else { continue }
        var ours = unsafe iovec(iov_base: end, iov_len: byteCount)
        let copied = try unsafe Errno.check(clinux_copy_in(&ours, 1, batch.baseAddress, used))
        guard copied == byteCount else { throw .badAddress }
        unsafe end += byteCount
      }
    }
  }

  /// Buffers handed to Linux in one call.
  private static var gatheredAtOnce: Int { 64 }
}
