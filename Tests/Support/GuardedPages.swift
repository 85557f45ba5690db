import Glibc

/// Owns anonymous pages whose protection a test chooses page by page.
package struct GuardedPages: ~Copyable {
  /// Bytes of one page.
  package static let pageSize = sysconf(Int32(_SC_PAGESIZE))

  /// Where the pages begin.
  package let start: UnsafeMutableRawPointer
  let pageCount: Int

  /// Maps readable and writable pages full of zeros.
  package init(pageCount: Int) throws {
    let byteCount = pageCount * Self.pageSize
    let mapped = mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED else { throw SetUpError("mmap") }
    start = mapped
    self.pageCount = pageCount
  }

  /// Gives some of the pages another protection.
  package func protect(_ pages: Range<Int>, _ protection: Int32) throws {
    let address = start + pages.lowerBound * Self.pageSize
    guard mprotect(address, pages.count * Self.pageSize, protection) == 0 else {
      throw SetUpError("mprotect")
    }
  }

  deinit {
    munmap(start, pageCount * Self.pageSize)
  }
}

/// An address at which copying user memory fails.
package enum BadAddress: CaseIterable, Sendable {
  case null
  case one
  case noAccess
  case halfMapped
  case readOnly
  case halfReadOnly

  /// What a call cannot read from.
  package static let unreadable: [BadAddress] = [.null, .one, .noAccess, .halfMapped]
  /// What a call cannot store to.
  package static let unwritable = allCases
  /// The same where NULL means "not wanted".
  package static let unwritableNotNull = allCases.filter { $0 != .null }
}

/// Owns memory of some size at a bad address.
package struct BadMemory: ~Copyable {
  /// The bad address.
  package let pointer: UnsafeMutableRawPointer?
  private let pages: GuardedPages?

  /// Makes memory that holds `contents` as far as the address can hold any.
  package init(_ address: BadAddress, holding contents: [UInt8]) throws {
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

  /// Makes memory of so many bytes.
  package init(_ address: BadAddress, byteCount: Int) throws {
    try self.init(address, holding: [UInt8](repeating: 0x5A, count: byteCount))
  }

  /// Makes memory that holds a value's bytes as far as the address can hold any.
  package init<Value: BitwiseCopyable>(_ address: BadAddress, holding value: Value) throws {
    try self.init(address, holding: withUnsafeBytes(of: value) { [UInt8]($0) })
  }

  /// Makes memory whose first `goodByteCount` bytes can be used and whose rest has `tail`.
  package init(_ contents: [UInt8], goodByteCount: Int, tail: Int32) throws {
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

  /// The address as one of values.
  package func bound<Value>(to type: Value.Type) -> UnsafeMutablePointer<Value>? {
    pointer?.assumingMemoryBound(to: type)
  }
}
