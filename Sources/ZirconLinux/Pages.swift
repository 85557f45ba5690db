import CLinux

/// Zeroed pages of this process that take no memory until touched.
@safe
package struct Pages: ~Copyable, @unchecked Sendable {
  // Safety: unmapped only in `deinit`; who may touch the bytes is the owner's rule.
  /// Where the pages begin.
  package let base: UnsafeMutableRawPointer
  /// Their size in bytes.
  package let byteCount: Int

  /// Maps `byteCount` bytes; nil if there is no room for them.
  package init?(byteCount: Int) {
    guard let base = unsafe Pages.map(byteCount: byteCount) else { return nil }
    unsafe self.base = unsafe base
    self.byteCount = byteCount
  }

  deinit {
    unsafe Pages.unmap(base, byteCount: byteCount)
  }

  /// Maps pages for an owner that keeps the address itself.
  @unsafe
  package static func map(byteCount: Int) -> UnsafeMutableRawPointer? {
    unsafe clinux_map_pages(byteCount)
  }

  /// Gives back what `map` gave.
  @unsafe
  package static func unmap(_ base: UnsafeMutableRawPointer, byteCount: Int) {
    unsafe clinux_unmap_pages(base, byteCount)
  }
}
