import Glibc

/// Memory of the process for what outlives a call, asked for so that a refusal can be answered.
package enum Heap {
  /// `byteCount` bytes, aligned for any type, or nil if there are none.
  @unsafe
  package static func allocate(byteCount: Int) -> UnsafeMutableRawPointer? {
    unsafe malloc(byteCount)
  }

  /// Gives back what `allocate` gave.
  @unsafe
  package static func free(_ block: UnsafeMutableRawPointer) {
    unsafe Glibc.free(block)
  }
}
