import CLinux
import Glibc

extension UserIn {
  /// One word that other threads may be changing, always read by Linux.
  ///
  /// - Throws: `badAddress` if it cannot be read.
  package func loadSharedWord() throws(Errno) -> UInt32 {
    var word: UInt32 = 0
    let size = MemoryLayout<UInt32>.size
    let copied = try unsafe withUnsafeMutablePointer(to: &word) { (word) throws(Errno) in
      var ours = unsafe iovec(iov_base: word, iov_len: size)
      var theirs = unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: base), iov_len: size)
      return try unsafe Errno.check(clinux_copy_in_unseen(&ours, 1, &theirs, 1))
    }
    guard copied == size else { throw .badAddress }
    return word
  }
}
