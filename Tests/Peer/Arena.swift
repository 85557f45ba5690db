import Glibc
import TwoEnds

/// Memory for the arguments of one call after the other: good, bad or good at the start, as the test's was.
struct Arena {
  private static let pageSize = 4096
  /// With the pages that a region may begin and end in the middle of, and one that is always bad.
  private static let byteCount = (PeerRegion.limit / pageSize + 3) * pageSize

  private var starts: [UnsafeMutableRawPointer] = []
  private var protected: [(UnsafeMutableRawPointer, Int)] = []

  /// A copy of `region`, with its offset in a page and its first bytes `contents`.
  mutating func place(
    _ region: PeerRegion, _ index: Int, _ contents: UnsafeRawBufferPointer
  ) -> UnsafeMutableRawPointer? {
    // What is in no process: NULL, addresses below the first page and above the last.
    if region.size == 0 || region.address < 4096 || region.address >> 47 != 0 {
      return UnsafeMutableRawPointer(bitPattern: region.address)
    }
    while starts.count <= index { starts.append(Self.map()) }
    // The last page is bad: a region that was cut off at its limit does not reach it.
    let pointer = starts[index] + Int(region.address % UInt(Self.pageSize))
    if let base = contents.baseAddress {
      pointer.copyMemory(from: base, byteCount: contents.count)
    }
    if region.readable < region.size {
      protect(pointer + region.readable, PROT_NONE, end: starts[index] + Self.byteCount)
    }
    if region.writable < region.readable {
      protect(pointer + region.writable, PROT_READ, end: pointer + region.readable)
    }
    return pointer
  }

  /// Makes all of it good again.
  mutating func unprotect() {
    for (start, byteCount) in protected { mprotect(start, byteCount, PROT_READ | PROT_WRITE) }
    protected = []
  }

  /// Protects whole pages from `start`, which begins one unless there is none left before `end`.
  private mutating func protect(
    _ start: UnsafeMutableRawPointer, _ protection: Int32, end: UnsafeMutableRawPointer
  ) {
    let first = UInt(bitPattern: start) & ~UInt(Self.pageSize - 1)
    let last = (UInt(bitPattern: end) + UInt(Self.pageSize - 1)) & ~UInt(Self.pageSize - 1)
    guard first < last, let page = UnsafeMutableRawPointer(bitPattern: first) else { return }
    mprotect(page, Int(last - first), protection)
    protected.append((page, Int(last - first)))
  }

  private static func map() -> UnsafeMutableRawPointer {
    let pages = mmap(
      nil, byteCount + pageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let pages, pages != MAP_FAILED, mprotect(pages + byteCount, pageSize, PROT_NONE) == 0
    else {
      fatalError("mmap")
    }
    return pages
  }
}
