import Glibc
import TestSupport
import Testing

@testable import ZirconLinux

/// Copies of every size near a page's edges, from and to memory that ends there.
///
/// Source: a bad pointer answers a status, and nothing outside of the buffer is touched.
@Suite("Copies of user memory") struct UserCopyTests {
  static let sizes = [
    1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 64, 4095, 4096, 4097, 4103, 4104, 8191, 8192, 12289, 16383,
    16384,
    16385, 40_000,
  ]

  /// Pages with what cannot be used on both sides of the middle ones.
  private struct Arena: ~Copyable {
    let pages: GuardedPages
    static let middle = 12
    static var byteCount: Int { middle * GuardedPages.pageSize }

    init() throws {
      pages = try GuardedPages(pageCount: Self.middle + 2)
      for index in 0..<Self.byteCount {
        start.storeBytes(
          of: UInt8(truncatingIfNeeded: index &* 7 &+ index >> 8), toByteOffset: index,
          as: UInt8.self)
      }
    }

    /// The first byte that can be used.
    var start: UnsafeMutableRawPointer { pages.start + GuardedPages.pageSize }

    func guardBoth(_ protection: Int32) throws {
      try pages.protect(0..<1, protection)
      try pages.protect(Self.middle + 1..<Self.middle + 2, protection)
    }

    func bytes(_ range: Range<Int>) -> [UInt8] {
      range.map { start.load(fromByteOffset: $0, as: UInt8.self) }
    }
  }

  @Test(arguments: sizes)
  func `what can be read is copied, up to the last byte, and not one more`(_ size: Int) throws {
    let arena = try Arena()
    try arena.guardBoth(PROT_NONE)
    let end = Arena.byteCount
    for offset in [0, 1, 3, 4096 - 1, 4096 - 5, end - size - 1, end - size]
    where offset + size <= end {
      var copy = [UInt8](repeating: 0, count: size)
      let source = UserIn(arena.start + offset, byteCount: size)
      try copy.withUnsafeMutableBytes { copy in
        try source.copy(to: copy.baseAddress!, count: size)
      }
      #expect(copy == arena.bytes(offset..<offset + size))
    }
    for bad in [arena.start - 1, arena.start + end - size + 1] {
      var copy = [UInt8](repeating: 0, count: size)
      _ = copy.withUnsafeMutableBytes { copy in
        #expect(throws: Errno.badAddress) {
          try UserIn(bad, byteCount: size).copy(to: copy.baseAddress!, count: size)
        }
      }
    }
  }

  @Test(arguments: sizes, [PROT_NONE, PROT_READ])
  func `what can be written is stored, and nothing beside it`(_ size: Int, _ protection: Int32)
    throws
  {
    let source = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 11 &+ 5) }
    let end = Arena.byteCount
    for offset in [0, 1, 3, 4096 - 1, 4096 - 5, end - size - 1, end - size]
    where offset + size <= end {
      let arena = try Arena()
      try arena.guardBoth(protection)
      var expected = arena.bytes(0..<end)
      expected.replaceSubrange(offset..<offset + size, with: source)
      try source.withUnsafeBytes { source in
        try UserOut(arena.start + offset, byteCount: size)
          .copy(from: source.baseAddress!, count: size)
      }
      #expect(arena.bytes(0..<end) == expected)
    }
    let arena = try Arena()
    try arena.guardBoth(protection)
    for bad in [arena.start - 1, arena.start + end - size + 1] {
      _ = source.withUnsafeBytes { source in
        #expect(throws: Errno.badAddress) {
          try UserOut(bad, byteCount: size).copy(from: source.baseAddress!, count: size)
        }
      }
    }
  }

  @Test func `addresses that wrap or are no memory are refused`() {
    var room = [UInt8](repeating: 0, count: 64)
    let addresses: [UInt] = [1, .max, .max - 15, .max - 16_383, 1 << 63, (1 << 47) - 8]
    for address in addresses {
      for size in [1, 8, 16, 64] {
        let place = UnsafeMutableRawPointer(bitPattern: address)
        room.withUnsafeMutableBytes { room in
          #expect(throws: Errno.badAddress) {
            try UserIn(place, byteCount: size).copy(to: room.baseAddress!, count: size)
          }
          #expect(throws: Errno.badAddress) {
            try UserOut(place, byteCount: size).copy(from: room.baseAddress!, count: size)
          }
        }
      }
    }
  }
}
