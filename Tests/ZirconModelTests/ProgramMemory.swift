import Glibc
import TestSupport

/// Where a buffer argument points.
enum Place: Hashable {
  case null
  /// Address 1, which is never mapped.
  case lowest
  /// An address that no x86-64 or arm64 process can map.
  case nonCanonical
  /// The start of a page without any permission.
  case forbidden
  /// Random bytes that can be read and not written, from this offset on; a forbidden page follows
  /// the last.
  case source(Int)
  /// Bytes that can be read and written, from this offset on; a forbidden page follows the last.
  case sink(Int)
}

/// Where an out-parameter of a few bytes points.
enum OutPlace: Hashable, CaseIterable {
  case null, stack, heap, misaligned, lowest, nonCanonical, forbidden, readOnly, straddling

  var isNull: Bool { self == .null }
  var isWritable: Bool { self == .stack || self == .heap || self == .misaligned }
  /// Neither NULL nor good.
  var isBad: Bool { !isNull && !isWritable }

  static let bad: [OutPlace] = allCases.filter { $0.isBad }
}

/// A stretch of a caller's buffer.
struct Segment: Hashable {
  var place: Place
  var byteCount: UInt
}

/// The memory that a program's pointers lead to: good, bad, and good only at the start.
final class ProgramMemory {
  static let byteCount = 1 << 20
  static let canary: UInt8 = 0xEE
  static let outCanary: UInt64 = 0xA5A5_5A5A_C3C3_3C3C

  private static let page = 4096

  private let source: UnsafeMutableRawPointer
  private let sink: UnsafeMutableRawPointer
  private let outs: UnsafeMutableRawPointer
  private let locked: UnsafeMutableRawPointer
  private let forbidden: UnsafeMutableRawPointer

  init(seed: UInt64) {
    source = ProgramMemory.map(ProgramMemory.byteCount)
    sink = ProgramMemory.map(ProgramMemory.byteCount)
    outs = ProgramMemory.map(ProgramMemory.page)
    locked = ProgramMemory.map(ProgramMemory.page)
    forbidden = outs + ProgramMemory.page
    var random = SplitMix64(seed: seed)
    for offset in stride(from: 0, to: ProgramMemory.byteCount, by: 8) {
      source.storeBytes(of: random.next(), toByteOffset: offset, as: UInt64.self)
    }
    let isProtected = mprotect(source, ProgramMemory.byteCount, PROT_READ) == 0
    precondition(isProtected, "mprotect failed")
  }

  deinit {
    munmap(source, ProgramMemory.byteCount + ProgramMemory.page)
    munmap(sink, ProgramMemory.byteCount + ProgramMemory.page)
    munmap(outs, ProgramMemory.page * 2)
    munmap(locked, ProgramMemory.page * 2)
  }

  /// Maps `byteCount` bytes and one forbidden page behind them.
  private static func map(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let whole = mmap(
      nil, byteCount + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let whole, whole != MAP_FAILED, mprotect(whole + byteCount, page, PROT_NONE) == 0 else {
      preconditionFailure("mmap failed")
    }
    return whole
  }

  // MARK: Buffers

  func pointer(_ place: Place) -> UnsafeMutableRawPointer? {
    switch place {
    case .null: nil
    case .lowest: UnsafeMutableRawPointer(bitPattern: 1)
    case .nonCanonical: UnsafeMutableRawPointer(bitPattern: 0xDEAD_0000_0000_0000 as UInt)
    case .forbidden: forbidden
    case .source(let offset): source + offset
    case .sink(let offset): sink + offset
    }
  }

  static func readableCount(_ place: Place) -> Int {
    switch place {
    case .null, .lowest, .nonCanonical, .forbidden: 0
    case .source(let offset), .sink(let offset): byteCount - offset
    }
  }

  static func writableCount(_ place: Place) -> Int {
    switch place {
    case .null, .lowest, .nonCanonical, .forbidden, .source: 0
    case .sink(let offset): byteCount - offset
    }
  }

  /// What can be read of `segments`, up to the first byte that cannot.
  func offered(_ segments: [Segment]) -> OfferedBytes {
    var stretches: [UnsafeRawBufferPointer] = []
    for segment in segments {
      let readable = min(
        ProgramMemory.readableCount(segment.place), Int(clamping: segment.byteCount))
      stretches.append(UnsafeRawBufferPointer(start: pointer(segment.place), count: readable))
      if UInt(readable) < segment.byteCount { break }
    }
    return OfferedBytes(stretches: stretches)
  }

  /// What can be written of `segments`, up to the first byte that cannot.
  func destination(_ segments: [Segment]) -> Destination {
    var stretches: [UnsafeMutableRawBufferPointer] = []
    for segment in segments {
      let writable = min(
        ProgramMemory.writableCount(segment.place), Int(clamping: segment.byteCount))
      stretches.append(
        UnsafeMutableRawBufferPointer(start: pointer(segment.place), count: writable))
      if UInt(writable) < segment.byteCount { break }
    }
    return Destination(stretches: stretches)
  }

  /// A copy of `bytes`, at most a page, that cannot be written.
  func readOnlyCopy(_ bytes: UnsafeRawBufferPointer) -> UnsafeMutableRawPointer {
    mprotect(locked, ProgramMemory.page, PROT_READ | PROT_WRITE)
    if let base = bytes.baseAddress { memcpy(locked, base, min(bytes.count, ProgramMemory.page)) }
    mprotect(locked, ProgramMemory.page, PROT_READ)
    return locked
  }

  /// The eight bytes at `place`, or nothing if they cannot all be read.
  func number(at place: Place) -> UInt? {
    guard ProgramMemory.readableCount(place) >= 8 else { return nil }
    return pointer(place)?.loadUnaligned(as: UInt.self)
  }

  // MARK: Out-parameters

  /// Calls `body` with a pointer to `place`, where the canary lies if it can be stored to.
  ///
  /// `slot` keeps two out-parameters of one call apart. The second result is what lies there
  /// afterwards, or nothing if `place` is not good.
  func withOut<Value: FixedWidthInteger, Result>(
    _ place: OutPlace, slot: Int = 0, _ body: (UnsafeMutablePointer<Value>?) -> Result
  ) -> (Result, Value?) {
    let canary = Value(truncatingIfNeeded: ProgramMemory.outCanary)
    if place == .stack {
      var value = canary
      let result = withUnsafeMutablePointer(to: &value) { body($0) }
      return (result, value)
    }
    let raw = outPointer(place, slot: slot, byteCount: MemoryLayout<Value>.size)
    if place.isWritable { raw?.storeBytes(of: canary, as: Value.self) }
    let result = body(raw?.assumingMemoryBound(to: Value.self))
    return (result, place.isWritable ? raw?.loadUnaligned(as: Value.self) : nil)
  }

  private func outPointer(
    _ place: OutPlace, slot: Int, byteCount: Int
  ) -> UnsafeMutableRawPointer? {
    switch place {
    case .null: nil
    case .stack: nil
    case .heap: outs + 64 * (slot + 1)
    case .misaligned: outs + 64 * (slot + 1) + 3
    case .lowest: pointer(.lowest)
    case .nonCanonical: pointer(.nonCanonical)
    case .forbidden: forbidden
    case .readOnly: source
    case .straddling: forbidden - byteCount / 2
    }
  }

  /// Whether an out-parameter is as the call found it; a bad one always counts.
  static func isUntouched<Value: FixedWidthInteger>(_ value: Value?) -> Bool {
    value == nil || value == Value(truncatingIfNeeded: outCanary)
  }
}

/// A reader's memory: where it can be stored to, up to the first address where it cannot.
struct Destination {
  var stretches: [UnsafeMutableRawBufferPointer]

  var writableCount: Int { stretches.reduce(0) { $0 + $1.count } }

  /// Puts the canary into the first `count` bytes.
  func fill(_ count: Int) {
    var left = count
    for stretch in stretches where left > 0 {
      let length = min(left, stretch.count)
      if let base = stretch.baseAddress, length > 0 {
        memset(base, Int32(ProgramMemory.canary), length)
      }
      left -= length
    }
  }

  /// The first `count` bytes, or fewer if there are not so many.
  func first(_ count: Int) -> [UInt8] {
    var taken: [UInt8] = []
    taken.reserveCapacity(count)
    for stretch in stretches where taken.count < count {
      taken += UnsafeRawBufferPointer(
        rebasing: UnsafeRawBufferPointer(stretch).prefix(count - taken.count))
    }
    return taken
  }
}
