import Glibc
import Testing

/// Owns anonymous pages whose protection a test chooses page by page.
struct GuardedPages: ~Copyable {
  static let pageSize = sysconf(Int32(_SC_PAGESIZE))

  let start: UnsafeMutableRawPointer
  let pageCount: Int

  /// Maps readable and writable pages full of zeros.
  init(pageCount: Int) throws {
    let byteCount = pageCount * Self.pageSize
    let mapped = mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    try #require(mapped != MAP_FAILED)
    start = try #require(mapped)
    self.pageCount = pageCount
  }

  func protect(_ pages: Range<Int>, _ protection: Int32) throws {
    let address = start + pages.lowerBound * Self.pageSize
    try #require(mprotect(address, pages.count * Self.pageSize, protection) == 0)
  }

  deinit {
    munmap(start, pageCount * Self.pageSize)
  }
}

/// An address at which copying user memory fails.
enum BadAddress: CaseIterable, Sendable {
  case null
  case one
  case noAccess
  case halfMapped
  case readOnly
  case halfReadOnly

  /// What a call cannot read from.
  static let unreadable: [BadAddress] = [.null, .one, .noAccess, .halfMapped]
  /// What a call cannot store to.
  static let unwritable = allCases
  /// The same where NULL means "not wanted".
  static let unwritableNotNull = allCases.filter { $0 != .null }
}

/// Owns memory of some size at a bad address.
struct BadMemory: ~Copyable {
  let pointer: UnsafeMutableRawPointer?
  private let pages: GuardedPages?

  /// Makes memory that holds `contents` as far as the address can hold any.
  init(_ address: BadAddress, holding contents: [UInt8]) throws {
    switch address {
    case .null: self.init(pointer: nil, pages: nil)
    case .one: self.init(pointer: UnsafeMutableRawPointer(bitPattern: 1), pages: nil)
    case .noAccess: try self.init(contents, goodByteCount: 0, tail: PROT_NONE)
    case .readOnly: try self.init(contents, goodByteCount: 0, tail: PROT_READ)
    case .halfMapped:
      try self.init(contents, goodByteCount: contents.count / 2, tail: PROT_NONE)
    case .halfReadOnly:
      try self.init(contents, goodByteCount: contents.count / 2, tail: PROT_READ)
    }
  }

  init(_ address: BadAddress, byteCount: Int) throws {
    try self.init(address, holding: [UInt8](repeating: 0x5A, count: byteCount))
  }

  /// Makes memory that holds a value's bytes as far as the address can hold any.
  init<Value: BitwiseCopyable>(_ address: BadAddress, holding value: Value) throws {
    try self.init(address, holding: withUnsafeBytes(of: value) { [UInt8]($0) })
  }

  /// Makes memory whose first `goodByteCount` bytes can be used and whose rest has `tail`.
  init(_ contents: [UInt8], goodByteCount: Int, tail: Int32) throws {
    let pageSize = GuardedPages.pageSize
    let goodPages = (goodByteCount + pageSize - 1) / pageSize
    let badPages = max(1, (contents.count - goodByteCount + pageSize - 1) / pageSize)
    let pages = try GuardedPages(pageCount: goodPages + badPages)
    let pointer = pages.start + goodPages * pageSize - goodByteCount
    pointer.copyMemory(from: contents, byteCount: contents.count)
    try pages.protect(goodPages..<goodPages + badPages, tail)
    self.init(pointer: pointer, pages: pages)
  }

  private init(pointer: UnsafeMutableRawPointer?, pages: consuming GuardedPages?) {
    self.pointer = pointer
    self.pages = pages
  }

  func bound<Value>(to type: Value.Type) -> UnsafeMutablePointer<Value>? {
    pointer?.assumingMemoryBound(to: type)
  }
}
