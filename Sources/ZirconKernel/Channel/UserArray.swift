import ZirconLinux
import ZirconTypes

/// An array of the caller's, copied here in chunks of at most 64 elements.
struct UserArray<Element: BitwiseCopyable> {
  // Safety: an address, opened only through UserIn and UserOut.
  private let base: UInt
  private let count: Int

  @unsafe
  init(_ base: UnsafePointer<Element>?, count: Int) {
    self.base = UInt(bitPattern: base)
    self.count = count
  }

  private static var chunk: Int { MessagePacket.maxHandles }

  /// Runs `body` with a copy of the elements from index `start` on, at most a chunk; not without any.
  ///
  /// - Throws: `invalidArgs` if they cannot be read; what `body` throws.
  func withElements(
    from start: Int, _ body: (inout MutableSpan<Element>) throws(Status) -> Void
  ) throws(Status) {
    let count = min(self.count - start, Self.chunk)
    guard count > 0 else { return }
    let byteCount = count * MemoryLayout<Element>.stride
    // Wraps at the end of the address space, where nothing can be read either.
    let address = base &+ UInt(start * MemoryLayout<Element>.stride)
    let source = unsafe UserIn(UnsafeRawPointer(bitPattern: address), byteCount: byteCount)
    try unsafe withUnsafeTemporaryAllocation(of: Element.self, capacity: count) {
      (elements) throws(Status) in
      let copy = unsafe UnsafeMutableRawPointer(elements.baseAddress.unsafelyUnwrapped)
      try unsafe source.fetch(into: copy, count: byteCount)
      var span = unsafe MutableSpan(
        _unsafeStart: elements.baseAddress.unsafelyUnwrapped, count: count)
      try body(&span)
    }
  }

  /// Runs `body` with copies of all elements, chunk by chunk, up to one that cannot be read.
  func forEachChunk(_ body: (borrowing MutableSpan<Element>) -> Void) {
    for start in stride(from: 0, to: count, by: Self.chunk) {
      do throws(Status) {
        try withElements(from: start) { (elements) throws(Status) in body(elements) }
      } catch {
        return
      }
    }
  }

  /// Stores `elements` at the beginning of the array.
  ///
  /// - Throws: `invalidArgs` if they cannot be written.
  func store(_ elements: borrowing MutableSpan<Element>) throws(Status) {
    let byteCount = elements.count * MemoryLayout<Element>.stride
    let room = unsafe UserOut(UnsafeMutableRawPointer(bitPattern: base), byteCount: byteCount)
    let bytes = unsafe elements.bytes.withUnsafeBytes { $0.baseAddress }
    if let bytes = unsafe bytes { try unsafe room.put(from: bytes, count: byteCount) }
  }
}
