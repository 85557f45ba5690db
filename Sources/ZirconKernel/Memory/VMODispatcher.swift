import ZirconLinux
import ZirconTypes

/// The bytes of one or more pieces of memory.
final class MemoryContents: Sendable {
  let file: MemoryFile

  init(_ file: consuming MemoryFile) {
    self.file = file
  }
}

/// How a piece of memory came about.
enum MemoryOrigin {
  /// By `zx_vmo_create`.
  case created
  /// As a copy of what its parent held.
  case snapshot
  /// As a part of its parent.
  case slice
  /// As all of its parent.
  case reference
}

/// Memory.
///
/// Locking: `MemorySizes` for what has to do with the size, one lock for the name.
final class VMODispatcher: SoloDispatcher, @unchecked Sendable {
  let node: MemoryNode
  let contents: MemoryContents
  /// Where it begins in the contents.
  let base: UInt64
  let sizes: MemorySizes
  let origin: MemoryOrigin
  let isDiscardable: Bool
  /// Whether it was made so that nobody can ever write to it.
  let isImmutable: Bool
  private let title: Guarded<ObjectName>

  init(
    _ node: MemoryNode, _ contents: MemoryContents, from base: UInt64 = 0, _ sizes: MemorySizes,
    origin: MemoryOrigin = .created, isDiscardable: Bool = false, isImmutable: Bool = false,
    name: ObjectName = ObjectName()
  ) {
    self.node = node
    self.contents = contents
    self.base = base
    self.sizes = sizes
    self.origin = origin
    self.isDiscardable = isDiscardable
    self.isImmutable = isImmutable
    title = Guarded(name)
    super.init(koid: node.koid, type: .vmo, signals: .zeroChildren)
    node.show(in: self)
  }

  override func name() throws(Status) -> ObjectName { title.withLock { $0 } }

  override func setName(_ name: ObjectName) { title.withLock { $0 = name } }

  override func number(_ property: Property) throws(Status) -> UInt64 { sizes.contentSize }

  override func setNumber(_ property: Property, to value: UInt64) throws(Status) {
    try setContentSize(value)
  }

  override func checkDeparture() throws(Status) { try checkFixedSize() }

  override func depart(
    into parcel: inout Parcel, rights: Rights, isLast: Bool
  ) throws(Status) {
    try add(to: &parcel, rights: rights)
  }

  override func lastHandleClosed() {
    node.show(in: nil)
  }
}

// MARK: Bytes

extension VMODispatcher {
  /// Copies all of a range to the caller.
  ///
  /// - Throws: `outOfRange`, then `invalidArgs` for a bad address.
  func read(
    to buffer: UserOut, from offset: UInt64, count: UInt64
  ) throws(Status) {
    try sizes.withRange(from: offset, count: count) { () throws(Status) in
      try linux { () throws(Errno) in try contents.file.read(to: buffer, from: base + offset) }
    }
  }

  /// Copies all of the caller's bytes to a range.
  ///
  /// - Throws: `outOfRange`, then `invalidArgs` for a bad address or `noMemory`.
  func write(
    _ buffer: UserIn, at offset: UInt64, count: UInt64
  ) throws(Status) {
    try sizes.withRange(from: offset, count: count) { () throws(Status) in
      try linux { () throws(Errno) in try contents.file.write(buffer, at: base + offset) }
    }
  }

  /// Zeroes a range.
  ///
  /// - Throws: `outOfRange`.
  func zero(from offset: UInt64, count: UInt64) throws(Status) {
    try sizes.withRange(from: offset, count: count) { () throws(Status) in
      try clear(from: offset, to: offset + count)
    }
  }

  /// Takes memory for a range.
  ///
  /// - Throws: `outOfRange`, then `noMemory`.
  func commit(from offset: UInt64, count: UInt64) throws(Status) {
    try sizes.withRange(from: offset, count: count) { () throws(Status) in
      try linux { () throws(Errno) in
        try contents.file.commit(from: base + offset, count: count)
      }
    }
  }

  fileprivate func clear(from start: UInt64, to end: UInt64) throws(Status) {
    guard start < end else { return }
    try linux { () throws(Errno) in
      try contents.file.zero(from: base + start, count: end - start)
    }
  }
}

// MARK: Sizes

extension VMODispatcher {
  /// Makes it longer by zeros or cuts it; the content size becomes the number as given.
  ///
  /// - Throws: `outOfRange` if the number cannot be rounded up; `unavailable` for memory of a fixed size;
  ///   `outOfRange` above the largest size; `noMemory`.
  func setSize(_ size: UInt64) throws(Status) {
    guard let rounded = PageMath.roundedUp(size) else { throw .outOfRange }
    guard sizes.isResizable else { throw .unavailable }
    guard rounded <= PageMath.maxMemorySize else { throw .outOfRange }
    try sizes.change { (state) throws(Status) in
      let length = min(rounded, MemoryFile.maxByteCount)
      try linux { () throws(Errno) in try contents.file.resize(to: length) }
      try clear(from: size, to: rounded)
      state.size = rounded
      state.contentSize = size
    }
  }

  /// Sets the content size, and zeroes from the smaller of the two on.
  ///
  /// - Throws: `outOfRange` above the size.
  func setContentSize(_ size: UInt64) throws(Status) {
    try sizes.change { (state) throws(Status) in
      guard size != state.contentSize else { return }
      guard size <= state.size else { throw .outOfRange }
      try clear(from: min(size, state.contentSize), to: state.size)
      state.contentSize = size
    }
  }
}
