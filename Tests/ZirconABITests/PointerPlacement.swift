import Glibc
import TestSupport
import Testing

/// Where a good out-parameter can lie.
enum PointerPlacement: CaseIterable, Sendable {
  case stack
  case misalignedStack
  case heap
  case misalignedHeap
  /// Its last byte is the last of a page; nothing behind it can be touched.
  case pageEnd
  /// Its first byte is the first of a page; nothing before it can be touched.
  case pageStart

  /// Runs `body` with the address of a copy of `value` that lies there, and gives the copy back.
  func place<Value: BitwiseCopyable, Result>(
    _ value: Value, _ body: (UnsafeMutablePointer<Value>) throws -> Result
  ) throws -> (result: Result, value: Value) {
    let byteCount = MemoryLayout<Value>.size
    switch self {
    case .stack, .misalignedStack:
      let shift = self == .stack ? 0 : 1
      return try withUnsafeTemporaryAllocation(
        byteCount: byteCount + shift, alignment: 16
      ) { bytes in
        try use(try #require(bytes.baseAddress) + shift, for: value, body)
      }
    case .heap, .misalignedHeap:
      let shift = self == .heap ? 0 : 1
      let bytes = UnsafeMutableRawPointer.allocate(byteCount: byteCount + shift, alignment: 16)
      defer { bytes.deallocate() }
      return try use(bytes + shift, for: value, body)
    case .pageEnd:
      let pages = try GuardedPages(pageCount: 2)
      try pages.protect(1..<2, PROT_NONE)
      return try use(pages.start + GuardedPages.pageSize - byteCount, for: value, body)
    case .pageStart:
      let pages = try GuardedPages(pageCount: 2)
      try pages.protect(0..<1, PROT_NONE)
      return try use(pages.start + GuardedPages.pageSize, for: value, body)
    }
  }

  private func use<Value: BitwiseCopyable, Result>(
    _ address: UnsafeMutableRawPointer, for value: Value,
    _ body: (UnsafeMutablePointer<Value>) throws -> Result
  ) throws -> (result: Result, value: Value) {
    address.storeBytes(of: value, as: Value.self)
    let result = try body(address.assumingMemoryBound(to: Value.self))
    return (result, address.loadUnaligned(as: Value.self))
  }
}
