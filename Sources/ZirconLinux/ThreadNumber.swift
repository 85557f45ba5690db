import CLinux

/// A number that each thread keeps for itself.
package enum ThreadNumber {
  /// That of the calling thread; 0 until it is set.
  ///
  /// A forked child inherits it.
  package static var current: UInt64 {
    get { clinux_thread_number() }
    set { clinux_set_thread_number(newValue) }
  }
}
