import ZirconLinux
import ZirconTypes

/// A handle's way to a region; the region stays when this goes.
///
/// Not waitable, and no handle has the right to signal it: its signals only make it an object.
final class VMARDispatcher: SoloDispatcher, @unchecked Sendable {
  let region: Region

  init(_ region: Region, koid: Koid) {
    self.region = region
    super.init(koid: koid, type: .vmar)
  }

  /// The rights of the first handle of a region that can hold mappings with `canMap`.
  static func rights(canMap: Permissions) -> Rights { Rights.defaultVMAR.union(canMap.rights) }
}

// MARK: Mapping

extension Region {
  /// Maps memory.
  ///
  /// - Throws: `invalidArgs` for no bytes; `accessDenied` for more than can be mapped here; then as
  ///   `keep`, and `noMemory`.
  func map(
    _ memory: VMODispatcher, from offset: UInt64, _ placement: Placement, limit: Permissions
  ) throws(Status) -> AddressRange {
    guard placement.byteCount != 0 else { throw .invalidArgs }
    let permissions = placement.options.permissions
    guard permissions.isSubset(of: canMap) else { throw .accessDenied }
    let place = try keep(placement)
    let backed = place.intersection(
      AddressRange(start: place.start, end: place.start + memory.reach(from: offset, place)))
    do throws(Status) {
      try linux { () throws(Errno) in
        guard !backed.isEmpty else { return }
        try Addresses.map(
          memory.contents.file, from: memory.base + offset, at: backed.start,
          byteCount: backed.byteCount, permissions.bits)
      }
    } catch {
      try? giveBack(place)
      throw error
    }
    let beyond = AddressRange(start: backed.end, end: place.end)
    for part in [backed, beyond] where !part.isEmpty {
      insert(
        .mapping(
          Mapping(
            range: part, limit: limit.intersection(canMap), isBacked: part == backed,
            memory: memory.node)))
    }
    return place
  }

  /// Unmaps what lies in `part`.
  ///
  /// - Throws: `invalidArgs` if it is not inside, cuts through a region, or holds one and the handle may
  ///   not change those; `noMemory` if Linux cannot divide a mapping.
  func unmap(_ part: AddressRange, mayChangeRegions: Bool) throws(Status) {
    guard range.contains(part) else { throw .invalidArgs }
    let there = entries(in: part)
    for case .region(let inside) in there {
      guard part.contains(inside.range), mayChangeRegions else { throw .invalidArgs }
    }
    for entry in there {
      let piece = entry.range.intersection(part)
      try giveBack(piece)
      remove(piece)
    }
  }

  /// Changes what may be done in `part`.
  ///
  /// - Throws: `invalidArgs` if it is not inside, or holds a region and the handle may not change those;
  ///   `notFound` if it is not all mapped; `accessDenied` for more than a mapping allows; `noMemory`. In
  ///   this order.
  func protect(
    _ part: AddressRange, _ permissions: Permissions, mayChangeRegions: Bool
  ) throws(Status) {
    guard range.contains(part) else { throw .invalidArgs }
    for case .region in entries(in: part) where !mayChangeRegions { throw .invalidArgs }
    guard isMapped(part) else { throw .notFound }
    let mappings = mappings(in: part)
    guard mappings.allSatisfy({ permissions.isSubset(of: $0.limit) }) else { throw .accessDenied }
    for mapping in mappings where mapping.isBacked {
      try linux { () throws(Errno) in
        try Addresses.protect(
          at: mapping.range.start, byteCount: mapping.range.byteCount, permissions.bits)
      }
    }
  }
}

extension VMODispatcher {
  /// How many bytes from `offset` on can be mapped to `place`: beyond the end of memory of its own every
  /// touch is a fault by itself, but beyond the end of a part the parent's bytes would show.
  fileprivate func reach(from offset: UInt64, _ place: AddressRange) -> UInt {
    let end = origin == .slice ? base + sizes.size : MemoryFile.maxByteCount
    let (start, overflow) = base.addingReportingOverflow(offset)
    guard !overflow, start < end else { return 0 }
    return UInt(min(end - start, UInt64(place.byteCount)))
  }
}

// MARK: Regions

extension Region {
  /// Makes a region inside this one.
  ///
  /// - Throws: `invalidArgs` for no bytes; `accessDenied` for more than can be mapped here; then as
  ///   `keep`.
  func allocate(_ placement: Placement) throws(Status) -> Region {
    guard placement.byteCount != 0 else { throw .invalidArgs }
    let canMap = placement.options.canMap
    guard canMap.isSubset(of: self.canMap) else { throw .accessDenied }
    let place = try keep(placement)
    let region = Region(
      place, canMap: canMap,
      canMapSpecific: placement.options.contains(MapOptions.canMapSpecific), parent: self)
    insert(.region(region))
    return region
  }

  /// Unmaps everything in it, and gives its range back to the region it lies in.
  ///
  /// - Throws: `notSupported` for the whole address space.
  func destroyAll() throws(Status) {
    guard let parent = unsafe parent else { throw .notSupported }
    try parent.giveBack(range)
    parent.remove(range)
  }
}
