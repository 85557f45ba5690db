import Glibc
import TestSupport
import Testing
import ZirconLinux

/// Addresses that no process of Linux can have memory at.
private let outsideUserMemory: [UInt] = [1 << 63, UInt.max - 4_095, UInt.max - 7, UInt.max]

private let value: UInt64 = 0x1122_3344_5566_7788

/// A record of no special size.
private struct Record: BitwiseCopyable, Equatable {
  var first: UInt64 = 1
  var second: UInt32 = 2
  var third: UInt64 = 3
}

/// Source: the rule for every pointer of every call: a bad one is answered, never a crash.
@Suite("UserIn") struct UserInTests {
  @Test func `a value on the stack is loaded`() throws {
    var local = value
    let loaded = try withUnsafeMutablePointer(to: &local) {
      try UserIn($0, byteCount: 8).load(as: UInt64.self)
    }
    #expect(loaded == value)
  }

  @Test(arguments: 0..<8) func `a value in the heap is loaded at any alignment`(offset: Int) throws
  {
    var bytes = [UInt8](repeating: 0xEE, count: 16)
    withUnsafeBytes(of: value) { bytes.replaceSubrange(offset..<offset + 8, with: $0) }
    let loaded = try bytes.withUnsafeBytes {
      try UserIn($0.baseAddress.map { $0 + offset }, byteCount: 8).load(as: UInt64.self)
    }
    #expect(loaded == value)
  }

  @Test func `a value on another thread's stack is loaded`() throws {
    var local = value
    let loaded = try withUnsafeMutablePointer(to: &local) { pointer in
      let memory = UserIn(pointer, byteCount: 8)
      return try TestThread { try? memory.load(as: UInt64.self) }.join()
    }
    #expect(loaded == value)
  }

  @Test(arguments: [BadAddress.readOnly, .halfReadOnly])
  func `memory that can only be read is loaded`(address: BadAddress) throws {
    let memory = try BadMemory(address, holding: value)
    #expect(try UserIn(memory.pointer, byteCount: 8).load(as: UInt64.self) == value)
  }

  @Test(arguments: BadAddress.unreadable)
  func `a bad address throws badAddress`(address: BadAddress) throws {
    let memory = try BadMemory(address, holding: value)
    let input = UserIn(memory.pointer, byteCount: 8)
    #expect(throws: Errno.badAddress) { try input.load(as: UInt64.self) }
    #expect(throws: Errno.badAddress) { try input.load(as: Record.self) }
  }

  @Test(arguments: outsideUserMemory)
  func `an address outside user memory throws badAddress`(address: UInt) {
    let input = UserIn(UnsafeRawPointer(bitPattern: address), byteCount: 8)
    #expect(throws: Errno.badAddress) { try input.load(as: UInt64.self) }
  }

  @Test(arguments: [BadAddress.null, .one, .noAccess])
  func `no bytes are copied from anywhere`(address: BadAddress) throws {
    let memory = try BadMemory(address, byteCount: 8)
    var byte: UInt8 = 7
    try UserIn(memory.pointer, byteCount: 0).copy(to: &byte, count: 0)
    #expect(byte == 7)
  }

  @Test func `as many bytes as asked for are copied, and no more`() throws {
    let source = [UInt8](1...10)
    var target = [UInt8](repeating: 0xCC, count: 10)
    try UserIn(source, byteCount: 10).copy(to: &target, count: 4)
    #expect(target == [1, 2, 3, 4] + [UInt8](repeating: 0xCC, count: 6))
  }

  @Test func `a size above Int's range counts as the largest`() {
    #expect(UserIn(nil, byteCount: -1).byteCount == .max)
    #expect(UserOut(nil, byteCount: .min).byteCount == .max)
    #expect(UserIn(nil, byteCount: 3).byteCount == 3)
  }

  @Test func `only a null address is null`() throws {
    let memory = try BadMemory(.one, byteCount: 1)
    #expect(UserIn(nil, byteCount: 1).isNull && UserOut(nil, byteCount: 1).isNull)
    #expect(!UserIn(memory.pointer, byteCount: 1).isNull)
    #expect(!UserOut(memory.pointer, byteCount: 1).isNull)
  }
}

/// Source: as for `UserIn`.
@Suite("UserOut") struct UserOutTests {
  /// The ways to store.
  enum Store: CaseIterable, Sendable {
    case word
    case doubleWord
    case count
    case record
    case shortRecord

    var byteCount: Int {
      switch self {
      case .word: 4
      case .doubleWord, .count: 8
      case .record, .shortRecord: MemoryLayout<Record>.size
      }
    }

    /// Stores something that is not 0 in any of its fields.
    func run(_ output: UserOut) throws(Errno) {
      switch self {
      case .word: try output.store(UInt32(0x1122_3344))
      case .doubleWord: try output.store(value)
      case .count: try output.store(Int(bitPattern: UInt(value)))
      case .record: try output.store(record: Record())
      case .shortRecord:
        try withUnsafePointer(to: Record()) { (record) throws(Errno) in
          try output.copyRecord(from: record, count: MemoryLayout<Record>.size)
        }
      }
    }

    /// The bytes that are stored.
    var bytes: [UInt8] {
      switch self {
      case .word: withUnsafeBytes(of: UInt32(0x1122_3344)) { [UInt8]($0) }
      case .doubleWord, .count: withUnsafeBytes(of: value) { [UInt8]($0) }
      case .record, .shortRecord: withUnsafeBytes(of: Record()) { [UInt8]($0) }
      }
    }
  }

  @Test(arguments: Store.allCases)
  func `stores to the stack change these bytes and no others`(store: Store) throws {
    let filler: UInt64 = 0xEEEE_EEEE_EEEE_EEEE
    var local = (filler, filler, filler, filler, filler)
    let bytes = try withUnsafeMutableBytes(of: &local) { bytes in
      try store.run(UserOut(bytes.baseAddress.map { $0 + 8 }, byteCount: store.byteCount))
      return [UInt8](bytes)
    }
    expect(store, at: 8, in: bytes)
  }

  @Test(arguments: Store.allCases, 0..<8)
  func `stores to the heap change these bytes and no others`(store: Store, offset: Int) throws {
    var bytes = [UInt8](repeating: 0xEE, count: 48)
    try bytes.withUnsafeMutableBytes {
      try store.run(UserOut($0.baseAddress.map { $0 + offset }, byteCount: store.byteCount))
    }
    expect(store, at: offset, in: bytes)
  }

  /// Checks that `bytes`, full of 0xEE before, hold what was stored and nothing else.
  private func expect(_ store: Store, at offset: Int, in bytes: [UInt8]) {
    let end = offset + store.byteCount
    let stored = [UInt8](bytes[offset..<end])
    if store == .record || store == .shortRecord {
      // Not byte for byte: what lies between its fields is undefined.
      #expect(stored.withUnsafeBytes { $0.loadUnaligned(as: Record.self) } == Record())
    } else {
      #expect(stored == store.bytes)
    }
    #expect(bytes[..<offset].allSatisfy { $0 == 0xEE })
    #expect(bytes[end...].allSatisfy { $0 == 0xEE })
  }

  @Test(arguments: 0...48)
  func `records of any size are stored whole before, on and behind the border of two pages`(
    before: Int
  ) throws {
    let pages = try GuardedPages(pageCount: 2)
    let sent = [UInt8](1...48)
    let room = pages.start + GuardedPages.pageSize - before
    for count in 0...48 {
      memset(pages.start, 0, 2 * GuardedPages.pageSize)
      try sent.withUnsafeBytes { sent in
        let source = try #require(sent.baseAddress)
        try UserOut(room, byteCount: count).copyRecord(from: source, count: count)
      }
      let stored = [UInt8](UnsafeRawBufferPointer(start: room, count: count + 8))
      #expect(stored == sent.prefix(count) + [UInt8](repeating: 0, count: 8))
    }
  }

  @Test func `a value is stored on another thread's stack`() throws {
    var local: UInt64 = 0
    let stored = try withUnsafeMutablePointer(to: &local) { pointer in
      let memory = UserOut(pointer)
      return try TestThread { outcome { () throws(Errno) in try memory.store(value) } }.join()
    }
    #expect(throws: Never.self) { try stored?.get() }
    #expect(local == value)
  }

  @Test(arguments: Store.allCases, BadAddress.unwritable)
  func `a bad address throws badAddress`(store: Store, address: BadAddress) throws {
    let memory = try BadMemory(address, byteCount: store.byteCount)
    let output = UserOut(memory.pointer, byteCount: store.byteCount)
    #expect(throws: Errno.badAddress) { try store.run(output) }
  }

  @Test(arguments: Store.allCases, outsideUserMemory)
  func `an address outside user memory throws badAddress`(store: Store, address: UInt) {
    let output = UserOut(
      UnsafeMutableRawPointer(bitPattern: address), byteCount: store.byteCount)
    #expect(throws: Errno.badAddress) { try store.run(output) }
  }

  @Test func `user memory ends before the last page below 2^47`() {
    let end: UInt = 1 << 47 - 4_096
    func isInside(_ address: UInt, _ count: Int) -> Bool {
      UserOut(UnsafeMutableRawPointer(bitPattern: address), byteCount: count).isInUserMemory
    }
    #expect(isInside(end - 8, 8))
    #expect(!isInside(end - 8, 9))
    #expect(isInside(0, 0))
    #expect(isInside(4_096, 1 << 32))
    #expect(!isInside(1 << 63, 1))
    #expect(!isInside(UInt.max, 1))
    #expect(!isInside(4_096, -1))
  }
}
