import CLinux

extension UserOut {
  /// Stores `count` bytes from `source` as `copy` does, where they lie in one page for a quarter of its
  /// price: what holds for the first of them holds for all.
  ///
  /// - Throws: `badAddress` if any byte cannot be written; some may have been.
  @unsafe
  package func copyRecord(from source: UnsafeRawPointer, count: Int) throws(Errno) {
    guard count >= MemoryLayout<UInt64>.size, isInOnePage(count), let base = unsafe base else {
      return try unsafe copy(from: source, count: count)
    }
    if unsafe !clinux_is_on_stack(base, count) {
      let first = unsafe source.loadUnaligned(as: UInt64.self)
      _ = try unsafe Errno.check(clinux_store8(base, first))
    }
    unsafe base.copyMemory(from: source, byteCount: count)
  }

  /// Whether so many bytes at the address lie in one page, of the smallest size that there is.
  private func isInOnePage(_ count: Int) -> Bool {
    let offset = unsafe Int(bitPattern: base) & (Self.leastPageSize - 1)
    return count <= Self.leastPageSize - offset
  }

  private static var leastPageSize: Int { 4096 }
}
