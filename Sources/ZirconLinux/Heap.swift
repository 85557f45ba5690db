import Glibc

/// Memory of this process whose lack is answered, where Swift's own allocation would end the process.
package enum Heap {
  /// Memory aligned for any value; nil if there is none.
  @unsafe
  package static func allocate(byteCount: Int) -> UnsafeMutableRawPointer? {
    unsafe malloc(byteCount)
  }

  /// Gives back what `allocate` gave.
  @unsafe
  package static func deallocate(_ memory: UnsafeMutableRawPointer) {
    unsafe free(memory)
  }
}
