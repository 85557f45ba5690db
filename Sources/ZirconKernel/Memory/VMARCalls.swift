package import ZirconTypes

/// What `ZX_INFO_VMAR` tells.
package struct RegionFacts: Sendable {
  package let base: UInt
  package let byteCount: Int
}

extension Kernel {
  /// The handle of the whole address space, lent.
  ///
  /// - Throws: `noMemory`.
  ///
  /// Source: `zx_vmar_root_self`.
  package func rootRegion() throws(Status) -> HandleValue {
    try addresses.root(in: self)
  }

  /// Maps memory into a region.
  ///
  /// - Returns: The address.
  /// - Throws: `badHandle`, `wrongType` for the region, then for the memory; `accessDenied` for memory
  ///   that may not be mapped; `invalidArgs` for permissions or options that do not go together;
  ///   `accessDenied` for a permission that one of the handles lacks; `invalidArgs` for other options;
  ///   `notSupported` for memory that is resizable and may not be, or discardable without faults allowed;
  ///   `invalidArgs` for an offset inside a page; `outOfRange` for a range beyond all numbers; `badState`
  ///   for a destroyed region; then as `Region.map`. In this order.
  ///
  /// Source: `zx_vmar_map`.
  package func map(
    _ memory: HandleValue, from memoryOffset: UInt64, size: UInt64, into region: HandleValue,
    at offset: UInt64, options: UInt32
  ) throws(Status) -> UInt {
    let regionPin = try handles.pin(region, type: .vmar)
    let memoryPin = try handles.pin(memory, type: .vmo)
    guard memoryPin.word.allows(.map) else { throw .accessDenied }
    let options = MapOptions(options)
    let limit = Permissions(memoryPin.word.rights)
      .intersection(Permissions(regionPin.word.rights))
    try options.checkForMapping(limit: limit)
    return try memoryPin.withObject(as: VMODispatcher.self) { (memory) throws(Status) in
      try options.checkAgainst(memory)
      guard PageMath.isAligned(memoryOffset) else { throw .invalidArgs }
      guard let byteCount = PageMath.roundedUp(size),
        !memoryOffset.addingReportingOverflow(byteCount).overflow
      else { throw .outOfRange }
      let placement = Placement(offset: offset, byteCount: byteCount, options: options)
      return try regionPin.withObject(as: VMARDispatcher.self) { (dispatcher) throws(Status) in
        try addresses.change(dispatcher.region) { (region) throws(Status) in
          try region.map(memory, from: memoryOffset, placement, limit: limit).start
        }
      }
    }
  }

  /// Unmaps what lies in a range of a region; regions inside are destroyed.
  ///
  /// - Throws: `badHandle`, `wrongType`; `invalidArgs` for an address inside a page or no bytes;
  ///   `badState` for a destroyed region; then as `Region.unmap`. In this order.
  ///
  /// Source: `zx_vmar_unmap`.
  package func unmap(
    _ region: HandleValue, at address: UInt, size: UInt64
  ) throws(Status) {
    let pin = try handles.pin(region, type: .vmar)
    let mayChangeRegions = pin.word.allows(.operateOnChildren)
    let part = try Self.range(address, size)
    try pin.withObject(as: VMARDispatcher.self) { (dispatcher) throws(Status) in
      try addresses.change(dispatcher.region) { (region) throws(Status) in
        guard let part else { throw .invalidArgs }
        try region.unmap(part, mayChangeRegions: mayChangeRegions)
      }
    }
  }

  /// Changes what may be done in a range of a region.
  ///
  /// - Throws: `badHandle`, `wrongType`; `accessDenied` for a permission that the handle lacks;
  ///   `invalidArgs` for permissions that do not go together, other options, an address inside a page or
  ///   no bytes; `badState` for a destroyed region; then as `Region.protect`. In this order.
  ///
  /// Source: `zx_vmar_protect`.
  package func protect(
    _ region: HandleValue, at address: UInt, size: UInt64, options: UInt32
  ) throws(Status) {
    let options = MapOptions(options)
    let permissions = options.permissions
    let pin = try handles.pin(region, type: .vmar, rights: permissions.rights)
    let mayChangeRegions = pin.word.allows(.operateOnChildren)
    guard permissions.isPossible else { throw .invalidArgs }
    let allowed = MapOptions.permissions | MapOptions.readIfNeeded
    guard options.bits & ~allowed == 0 else { throw .invalidArgs }
    let part = try Self.range(address, size)
    try pin.withObject(as: VMARDispatcher.self) { (dispatcher) throws(Status) in
      try addresses.change(dispatcher.region) { (region) throws(Status) in
        guard let part else { throw .invalidArgs }
        try region.protect(part, permissions, mayChangeRegions: mayChangeRegions)
      }
    }
  }

  /// The range of `size` bytes rounded up to pages; nil if it lies in no region.
  ///
  /// - Throws: `invalidArgs` for an address inside a page, or no bytes.
  private static func range(_ address: UInt, _ size: UInt64) throws(Status) -> AddressRange? {
    guard PageMath.isAligned(UInt64(address)), size != 0 else { throw .invalidArgs }
    return PageMath.roundedUp(size).flatMap { AddressRange(start: address, count: UInt($0)) }
  }

  /// Makes a region inside another.
  ///
  /// - Returns: Its handle and its address.
  /// - Throws: `badHandle`, `wrongType`; `accessDenied` for something to be mapped that the handle lacks
  ///   the right for; `invalidArgs` for permissions, other options, or a size that is not in whole pages;
  ///   `badState` for a destroyed region; then as `Region.allocate`; `noMemory`. In this order.
  ///
  /// Source: `zx_vmar_allocate`.
  package func makeRegion(
    in parent: HandleValue, at offset: UInt64, size: UInt64, options: UInt32
  ) throws(Status) -> (handle: HandleValue, address: UInt) {
    let options = MapOptions(options)
    let pin = try handles.pin(parent, type: .vmar, rights: options.canMap.rights)
    try options.checkForRegion()
    guard PageMath.isAligned(size) else { throw .invalidArgs }
    let placement = Placement(offset: offset, byteCount: size, options: options)
    let region = try pin.withObject(as: VMARDispatcher.self) { (dispatcher) throws(Status) in
      try addresses.change(dispatcher.region) { (region) throws(Status) in
        try region.allocate(placement)
      }
    }
    let slot: ReservedSlot
    do throws(Status) {
      slot = try handles.reserve()
    } catch {
      // Whoever has unmapped it meanwhile has destroyed it.
      try? addresses.change(region) { (region) throws(Status) in try region.destroyAll() }
      throw error
    }
    let object = VMARDispatcher(region, koid: nextKoid())
    let rights = VMARDispatcher.rights(canMap: options.canMap)
    return (slot.publish(object, rights: rights), region.range.start)
  }

  /// Unmaps everything in a region, and gives its range back.
  ///
  /// - Throws: `badHandle`, `wrongType`; `accessDenied` without the right to change regions inside;
  ///   `badState` if it is destroyed already; `notSupported` for the whole address space. In this order.
  ///
  /// Source: `zx_vmar_destroy`.
  package func destroyRegion(_ value: HandleValue) throws(Status) {
    try with(value, .vmar, as: VMARDispatcher.self, rights: .operateOnChildren) {
      (dispatcher) throws(Status) in
      try addresses.change(dispatcher.region) { (region) throws(Status) in
        try region.destroyAll()
      }
    }
  }

  /// Where a region lies.
  ///
  /// - Throws: `badHandle`, `wrongType`; `accessDenied` without the right to inspect. In this order.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_VMAR`.
  package func regionFacts(of value: HandleValue) throws(Status) -> RegionFacts {
    try with(value, .vmar, as: VMARDispatcher.self, rights: .inspect) {
      (dispatcher) throws(Status) in
      RegionFacts(base: dispatcher.region.range.start, byteCount: dispatcher.region.range.byteCount)
    }
  }
}

extension MapOptions {
  /// Judges the options of a mapping that the handles allow `limit` of, before anything is looked at.
  fileprivate func checkForMapping(limit: Permissions) throws(Status) {
    guard permissions.isPossible else { throw .invalidArgs }
    if contains(Self.mapRange) && contains(Self.specificOverwrite) { throw .invalidArgs }
    if contains(Self.canMapAnything) { throw .invalidArgs }
    guard permissions.isSubset(of: limit) else { throw .accessDenied }
    if contains(Self.faultBeyondStreamSize) && !contains(Self.allowFaults) { throw .invalidArgs }
    guard bits & 0xFF_0000 == 0, hasValidAlignment else { throw .invalidArgs }
  }

  /// Judges the options against the memory to be mapped.
  fileprivate func checkAgainst(_ memory: VMODispatcher) throws(Status) {
    if contains(Self.requireNonResizable) && memory.sizes.isResizable { throw .notSupported }
    if memory.isDiscardable && !contains(Self.allowFaults) { throw .notSupported }
    if contains(Self.compact | Self.canMapSpecific) { throw .invalidArgs }
    // Linux's faults go by whole pages of the memory's size.
    if contains(Self.faultBeyondStreamSize) { throw .notSupported }
  }

  /// Judges the options of a region.
  fileprivate func checkForRegion() throws(Status) {
    if contains(Self.permissions) { throw .invalidArgs }
    let allowed =
      Self.specific | Self.canMapSpecific | Self.compact | Self.canMapAnything
      | Self.offsetIsUpperLimit
    guard bits & 0xFF_FFFF & ~allowed == 0, hasValidAlignment else { throw .invalidArgs }
  }
}
