import ZirconLinux
package import ZirconTypes

/// Options of `zx_vmo_create_child`.
private enum ChildOption {
  static var snapshot: UInt32 { 1 << 0 }
  static var resizable: UInt32 { 1 << 2 }
  static var slice: UInt32 { 1 << 3 }
  static var snapshotAtLeastOnWrite: UInt32 { 1 << 4 }
  static var noWrite: UInt32 { 1 << 5 }
  static var reference: UInt32 { 1 << 6 }
  static var snapshotModified: UInt32 { 1 << 7 }
  static var anySnapshot: UInt32 { snapshot | snapshotAtLeastOnWrite | snapshotModified }
}

extension Kernel {
  /// Makes memory out of other memory: a copy of what is there now, a part of it, or all of it.
  ///
  /// - Throws: `invalidArgs` for what is resizable and not to be written; `badHandle`, `wrongType`;
  ///   `accessDenied` without the rights to duplicate and to read; `notSupported` for discardable memory
  ///   and for parts of resizable memory; `invalidArgs` for options that do not go together, an offset
  ///   inside a page, or a part that is not inside; `outOfRange` for a range beyond all numbers or too
  ///   large; `noMemory`.
  ///
  /// Source: `zx_vmo_create_child`.
  package func makeChild(
    of value: HandleValue, options: UInt32, from offset: UInt64, size: UInt64
  ) throws(Status) -> HandleValue {
    let mayNotWrite = options & ChildOption.noWrite != 0
    if mayNotWrite && options & ChildOption.resizable != 0 { throw .invalidArgs }
    let kind = options & ~ChildOption.noWrite
    let pin = try handles.pin(value, type: .vmo, rights: [.duplicate, .read])
    let word = pin.word
    return try pin.withObject(as: VMODispatcher.self) { (parent) throws(Status) in
      if parent.isDiscardable { throw .notSupported }
      let rights = Self.childRights(word.rights, kind, mayNotWrite: mayNotWrite)
      let name = word.allows(.getProperty) ? try parent.name() : ObjectName()
      return try makeHandle(rights: rights) { (kernel) throws(Status) in
        let koid = kernel.nextKoid()
        switch kind {
        case ChildOption.slice:
          return try parent.makeSlice(koid, from: offset, size: size, name)
        case ChildOption.reference, ChildOption.reference | ChildOption.resizable:
          let isResizable = kind & ChildOption.resizable != 0
          return try parent.makeReference(koid, offset, size, isResizable: isResizable, name)
        default:
          guard (kind & ChildOption.anySnapshot).nonzeroBitCount == 1,
            kind & ~(ChildOption.anySnapshot | ChildOption.resizable) == 0
          else { throw .invalidArgs }
          return try parent.makeSnapshot(
            koid, from: offset, size: size, isResizable: kind & ChildOption.resizable != 0,
            isImmutable: mayNotWrite && kind & ChildOption.snapshot != 0, name)
        }
      }
    }
  }

  private static func childRights(
    _ parent: Rights, _ kind: UInt32, mayNotWrite: Bool
  ) -> Rights {
    var rights = parent.subtracting(.resize).union([.getProperty, .setProperty])
    if kind & ChildOption.resizable != 0 { rights.formUnion(.resize) }
    if mayNotWrite {
      rights.subtract(.write)
    } else if kind & ChildOption.anySnapshot != 0 {
      rights.subtract(.execute)
      rights.formUnion(.write)
    }
    return rights
  }
}

extension VMODispatcher {
  fileprivate func makeSlice(
    _ koid: Koid, from offset: UInt64, size: UInt64, _ name: ObjectName
  ) throws(Status) -> VMODispatcher {
    if sizes.isResizable { throw .notSupported }
    guard PageMath.isAligned(offset) else { throw .invalidArgs }
    guard let rounded = PageMath.roundedUp(size) else { throw .outOfRange }
    let (end, overflow) = offset.addingReportingOverflow(rounded)
    guard !overflow, end <= sizes.size else { throw .invalidArgs }
    return VMODispatcher(
      MemoryNode(koid: koid, parent: node), contents, from: base + offset,
      MemorySizes(size: rounded, contentSize: size, isResizable: false), origin: .slice, name: name)
  }

  fileprivate func makeReference(
    _ koid: Koid, _ offset: UInt64, _ size: UInt64, isResizable: Bool, _ name: ObjectName
  ) throws(Status) -> VMODispatcher {
    guard offset == 0, size == 0 else { throw .invalidArgs }
    guard isResizable == sizes.isResizable else { throw .notSupported }
    if origin == .slice { throw .notSupported }
    return VMODispatcher(
      MemoryNode(koid: koid, parent: node), contents, from: base, sizes, origin: .reference,
      name: name)
  }

  /// Copies at once what Zircon copies when it is written to.
  fileprivate func makeSnapshot(
    _ koid: Koid, from offset: UInt64, size: UInt64, isResizable: Bool, isImmutable: Bool,
    _ name: ObjectName
  ) throws(Status) -> VMODispatcher {
    guard PageMath.isAligned(offset) else { throw .invalidArgs }
    guard let rounded = PageMath.roundedUp(size), rounded <= PageMath.maxMemorySize,
      !offset.addingReportingOverflow(rounded).overflow
    else { throw .outOfRange }
    let copy = try MemoryContents(zeros: rounded, isResizable: isResizable)
    try sizes.change { (state) throws(Status) in
      guard offset < state.size else { return }
      let count = min(rounded, state.size - offset)
      try linux { () throws(Errno) in
        try copy.file.copy(from: contents.file, at: base + offset, count: count)
      }
    }
    return VMODispatcher(
      MemoryNode(koid: koid, parent: node), copy,
      MemorySizes(size: rounded, contentSize: size, isResizable: isResizable), origin: .snapshot,
      isImmutable: isImmutable, name: name)
  }
}

// MARK: Ranges, caches, running

/// Operations of `zx_vmo_op_range`.
private enum RangeOperation: UInt32 {
  case commit = 1
  case decommit = 2
  case lock = 3
  case unlock = 4
  case cacheSync = 6
  case cacheInvalidate = 7
  case cacheClean = 8
  case cacheCleanInvalidate = 9
  case zero = 10
  case tryLock = 11
  case dontNeed = 12
  case alwaysNeed = 13
  case prefetch = 14

  /// What the handle must allow; for locking, one of the two.
  var rights: (needed: Rights, isEither: Bool) {
    switch self {
    case .commit, .decommit, .zero: (.write, false)
    case .cacheSync, .cacheClean, .cacheCleanInvalidate, .prefetch: (.read, false)
    case .lock, .unlock, .tryLock: ([.read, .write], true)
    case .cacheInvalidate, .dontNeed, .alwaysNeed: (.none, false)
    }
  }
}

extension Kernel {
  /// Does something to a range of memory.
  ///
  /// - Throws: `badHandle`, `wrongType`; `invalidArgs` for an unknown operation; `notSupported` for
  ///   invalidating caches; `accessDenied`; `notSupported` for locking; `invalidArgs` for caches over no
  ///   bytes and for giving back part of a page; `outOfRange`; `noMemory`. In this order.
  ///
  /// Source: `zx_vmo_op_range`.
  package func operate(
    onRangeOf value: HandleValue, operation: UInt32, from offset: UInt64, size: UInt64
  ) throws(Status) {
    let pin = try handles.pin(value, type: .vmo)
    guard let operation = RangeOperation(rawValue: operation) else { throw .invalidArgs }
    if operation == .cacheInvalidate { throw .notSupported }
    let (needed, isEither) = operation.rights
    let has = pin.word.rights
    guard isEither ? !has.isDisjoint(with: needed) : has.isSuperset(of: needed) else {
      throw .accessDenied
    }
    try pin.withObject(as: VMODispatcher.self) { (memory) throws(Status) in
      try memory.operate(operation, from: offset, size: size)
    }
  }

  /// Replaces a handle by one that also allows to run what the memory holds; the old one is gone
  /// afterwards.
  ///
  /// - Throws: `badHandle`, also for what is no memory; `noMemory`.
  ///
  /// Source: `zx_vmo_replace_as_executable`.
  package func replaceAsExecutable(_ value: HandleValue) throws(Status) -> HandleValue {
    guard handles.contains(value) else { throw .badHandle }
    let slot = try handles.reserve()
    let removed = try handles.remove(value)
    let object = removed.object
    guard object.type == .vmo else {
      finish(removed, value)
      throw .badHandle
    }
    let made = slot.publish(object, rights: removed.word.rights.union(.execute))
    finish(removed, value)
    return made
  }
}

extension VMODispatcher {
  fileprivate func operate(
    _ operation: RangeOperation, from offset: UInt64, size: UInt64
  ) throws(Status) {
    switch operation {
    case .commit:
      try commit(from: offset, count: size)
    case .decommit:
      if origin == .snapshot { throw .notSupported }
      guard PageMath.isAligned(offset), PageMath.isAligned(size) else { throw .invalidArgs }
      try zero(from: offset, count: size)
    case .zero:
      try zero(from: offset, count: size)
    case .cacheSync, .cacheClean, .cacheCleanInvalidate:
      guard size != 0 else { throw .invalidArgs }
      // Linux's processors keep these in order for programs.
      try sizes.withRange(from: offset, count: size) { () throws(Status) in }
    case .dontNeed, .alwaysNeed, .prefetch:
      try sizes.withRange(from: offset, count: size) { () throws(Status) in }
    case .lock, .unlock, .tryLock, .cacheInvalidate:
      throw .notSupported
    }
  }
}
