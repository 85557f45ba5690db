import CLinux
package import ZirconTypes

/// A word that threads of this process sleep on, in memory that its user keeps.
package enum Futex {
  /// Sleeps while the word holds `expected`, at most until `deadline`; may also end for no reason.
  ///
  /// - Returns: False once the deadline has passed.
  @safe
  package static func wait(
    on word: UnsafePointer<UInt32>, while expected: UInt32, until deadline: Deadline
  ) -> Bool {
    let answer = unsafe clinux_futex_wait(word, expected, deadline.rawValue)
    return answer != -Int(Errno.timedOut.rawValue)
  }

  /// Wakes up to `count` sleepers by address alone: the word's memory may be gone by now.
  @safe
  package static func wake(_ word: UnsafePointer<UInt32>, count: Int = 1) {
    unsafe clinux_futex_wake(word, Int32(clamping: count))
  }
}
