package import ZirconLinux
package import ZirconTypes

/// Options of `zx_vmo_create`.
private enum CreateOption {
  static var resizable: UInt32 { 1 << 1 }
  static var discardable: UInt32 { 1 << 2 }
  static var unbounded: UInt32 { 1 << 4 }
  static var all: UInt32 { resizable | discardable | unbounded }
}

extension Kernel {
  /// Makes memory full of zeros.
  ///
  /// - Throws: `invalidArgs` for what is both resizable and unbounded; `outOfRange` for a size that is too
  ///   large, unless unbounded; `invalidArgs` for an unknown option; `outOfRange` for an unbounded one
  ///   that is too large; `noMemory`. In this order.
  ///
  /// Source: `zx_vmo_create`.
  package func makeMemory(_ size: UInt64, options: UInt32) throws(Status) -> HandleValue {
    let isUnbounded = options & CreateOption.unbounded != 0
    let isResizable = options & CreateOption.resizable != 0
    guard !(isUnbounded && isResizable) else { throw .invalidArgs }
    let rounded = PageMath.roundedUp(size) ?? .max
    let fits = rounded <= PageMath.maxMemorySize
    guard isUnbounded || fits else { throw .outOfRange }
    guard options & ~CreateOption.all == 0 else { throw .invalidArgs }
    guard fits else { throw .outOfRange }
    let length = isUnbounded ? PageMath.maxMemorySize : rounded
    let rights = isResizable ? Rights.defaultVMO.union(.resize) : .defaultVMO
    return try makeHandle(rights: rights) { (kernel) throws(Status) in
      let contents = try MemoryContents(zeros: length, isResizable: isResizable)
      return VMODispatcher(
        MemoryNode(koid: kernel.nextKoid(), parent: nil), contents,
        MemorySizes(size: length, contentSize: size, isResizable: isResizable),
        isDiscardable: options & CreateOption.discardable != 0)
    }
  }

  /// Copies bytes out of memory; the buffer has room for `count` of them.
  ///
  /// - Throws: `badHandle`, `wrongType`, `accessDenied` without the right to read; `outOfRange`;
  ///   `invalidArgs` for a bad address, after which some bytes may have been stored. In this order.
  ///
  /// Source: `zx_vmo_read`.
  package func readMemory(
    _ value: HandleValue, to buffer: UserOut, from offset: UInt64, count: UInt64
  ) throws(Status) {
    try with(value, .vmo, as: VMODispatcher.self, rights: .read) { (memory) throws(Status) in
      try memory.read(to: buffer, from: offset, count: count)
    }
  }

  /// Copies `count` bytes into memory.
  ///
  /// - Throws: As `readMemory` with the right to write; `noMemory`.
  ///
  /// Source: `zx_vmo_write`.
  package func writeMemory(
    _ value: HandleValue, _ buffer: UserIn, at offset: UInt64, count: UInt64
  ) throws(Status) {
    try with(value, .vmo, as: VMODispatcher.self, rights: .write) { (memory) throws(Status) in
      try memory.write(buffer, at: offset, count: count)
    }
  }

  /// Bytes of memory, in whole pages.
  ///
  /// - Throws: `badHandle`, `wrongType`. In this order.
  ///
  /// Source: `zx_vmo_get_size`.
  package func memorySize(of value: HandleValue) throws(Status) -> UInt64 {
    try with(value, .vmo, as: VMODispatcher.self, rights: .none) {
      (memory) throws(Status) in memory.sizes.size
    }
  }

  /// Changes the size of memory.
  ///
  /// - Throws: `badHandle`, `wrongType`; `accessDenied` without the right to write, and without the right
  ///   to resize what can be resized; then as `VMODispatcher.setSize`. In this order.
  ///
  /// Source: `zx_vmo_set_size`.
  package func setMemorySize(of value: HandleValue, to size: UInt64) throws(Status) {
    let pin = try handles.pin(value, type: .vmo, rights: .write)
    let word = pin.word
    try pin.withObject(as: VMODispatcher.self) { (memory) throws(Status) in
      if memory.sizes.isResizable && !word.allows(.resize) { throw .accessDenied }
      try memory.setSize(size)
    }
  }

  /// Bytes of memory that mean something.
  ///
  /// - Throws: `badHandle`, `wrongType`. In this order.
  ///
  /// Source: `zx_vmo_get_stream_size`.
  package func contentSize(of value: HandleValue) throws(Status) -> UInt64 {
    try with(value, .vmo, as: VMODispatcher.self, rights: .none) {
      (memory) throws(Status) in memory.sizes.contentSize
    }
  }

  /// Sets how many bytes of memory mean something.
  ///
  /// - Throws: `badHandle`, `wrongType`; `accessDenied` without the right to write; `outOfRange` above the
  ///   size. In this order.
  ///
  /// Source: `zx_vmo_set_stream_size`.
  package func setContentSize(of value: HandleValue, to size: UInt64) throws(Status) {
    try with(value, .vmo, as: VMODispatcher.self, rights: .write) { (memory) throws(Status) in
      try memory.setContentSize(size)
    }
  }
}

extension MemoryContents {
  /// Takes as many of `size` zero bytes as Linux can have; the others stay zeros that nobody can write.
  convenience init(zeros size: UInt64, isResizable: Bool) throws(Status) {
    let length = min(size, MemoryFile.maxByteCount)
    self.init(
      try linux { () throws(Errno) in
        try MemoryFile(byteCount: length, isResizable: isResizable)
      })
  }
}

// MARK: What it is

/// What `ZX_INFO_VMO` tells.
package struct MemoryFacts: Sendable {
  package let koid: Koid
  package let parentKoid: Koid
  package let name: ObjectName
  package let size: UInt64
  package let childCount: Int
  package let mappingCount: Int
  package let committedByteCount: UInt64
  package let rights: Rights
  package let isResizable: Bool
  package let isDiscardable: Bool
  package let isSnapshot: Bool
  package let isImmutable: Bool
}

extension Kernel {
  /// What memory is, seen through a handle.
  ///
  /// - Throws: `badHandle`, `wrongType`. In this order.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_VMO`.
  package func memoryFacts(of value: HandleValue) throws(Status) -> MemoryFacts {
    let pin = try handles.pin(value, type: .vmo)
    let word = pin.word
    return try pin.withObject(as: VMODispatcher.self) { (memory) throws(Status) in
      // A part of other memory takes none of its own.
      let owns = memory.origin == .created || memory.origin == .snapshot
      return MemoryFacts(
        koid: memory.koid, parentKoid: memory.node.parent?.koid ?? .invalid,
        name: try memory.name(), size: memory.sizes.size, childCount: memory.node.childCount,
        mappingCount: memory.node.mappingCount,
        committedByteCount: owns ? memory.contents.file.committedByteCount : 0,
        rights: word.rights, isResizable: memory.sizes.isResizable,
        isDiscardable: memory.isDiscardable, isSnapshot: memory.origin == .snapshot,
        isImmutable: memory.isImmutable)
    }
  }
}
