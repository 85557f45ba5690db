import ZirconTypes

/// A range of addresses, in whole pages.
struct AddressRange: Equatable {
  let start: UInt
  let end: UInt

  init(start: UInt, end: UInt) {
    self.start = start
    self.end = end
  }

  /// The range of `count` bytes from `start`; nil beyond the end of all addresses.
  init?(start: UInt, count: UInt) {
    let (end, overflow) = start.addingReportingOverflow(count)
    guard !overflow else { return nil }
    self.init(start: start, end: end)
  }

  var byteCount: Int { Int(end - start) }

  var isEmpty: Bool { start >= end }

  func contains(_ other: AddressRange) -> Bool { start <= other.start && other.end <= end }

  func overlaps(_ other: AddressRange) -> Bool { start < other.end && other.start < end }

  func intersection(_ other: AddressRange) -> AddressRange {
    AddressRange(start: max(start, other.start), end: min(end, other.end))
  }
}

/// Memory mapped at a place.
struct Mapping {
  let range: AddressRange
  /// What its permissions can be changed to.
  let limit: Permissions
  /// Whether there is memory behind it; past the end of a part of other memory there is none.
  let isBacked: Bool
  let memory: MemoryNode

  /// The part of it that lies in `part`.
  func trimmed(to part: AddressRange) -> Mapping {
    Mapping(range: range.intersection(part), limit: limit, isBacked: isBacked, memory: memory)
  }
}

/// What lies in a region.
enum RegionEntry {
  case mapping(Mapping)
  case region(Region)

  var range: AddressRange {
    switch self {
    case .mapping(let mapping): mapping.range
    case .region(let region): region.range
    }
  }
}

/// A region of the address space, and what lies in it.
///
/// Guarded by the lock of the address space.
// Safety: changed only under that lock; what others read of it never changes.
final class Region: @unchecked Sendable {
  let range: AddressRange
  /// What can be mapped here.
  let canMap: Permissions
  /// Whether places can be chosen.
  let canMapSpecific: Bool
  /// The region it lies in; nil for the whole address space, and once it is destroyed.
  private(set) unowned(unsafe) var parent: Region?
  private(set) var isDestroyed = false
  /// By address; no two overlap.
  private(set) var entries: [RegionEntry] = []

  init(
    _ range: AddressRange, canMap: Permissions, canMapSpecific: Bool, parent: Region?
  ) {
    self.range = range
    self.canMap = canMap
    self.canMapSpecific = canMapSpecific
    // Safety: a region is destroyed, which clears this, before its parent goes.
    unsafe self.parent = parent
  }

  var isRoot: Bool { unsafe parent == nil && !isDestroyed }

  /// The entries that `part` touches.
  func entries(in part: AddressRange) -> [RegionEntry] {
    entries[indices(of: part)].filter { $0.range.overlaps(part) }
  }

  /// Where the entries that `part` touches stand.
  private func indices(of part: AddressRange) -> Range<Int> {
    let first = firstIndex { $0.range.end > part.start }
    let last = firstIndex { $0.range.start >= part.end }
    return first..<max(first, last)
  }

  /// The first entry that `predicate` holds for, which holds for all behind it too.
  private func firstIndex(where predicate: (RegionEntry) -> Bool) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if predicate(entries[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Adds an entry where nothing lies.
  func insert(_ entry: RegionEntry) {
    entries.insert(entry, at: firstIndex { $0.range.start >= entry.range.end })
    if case .mapping(let mapping) = entry { mapping.memory.addMappings(1) }
  }

  /// Takes out what lies in `part`: mappings are cut, regions are destroyed.
  func remove(_ part: AddressRange) {
    let indices = indices(of: part)
    let removed = entries[indices]
    let kept = removed.flatMap { entry -> [RegionEntry] in
      guard case .mapping(let mapping) = entry else { return [] }
      let before = AddressRange(
        start: mapping.range.start, end: max(part.start, mapping.range.start))
      let after = AddressRange(start: min(part.end, mapping.range.end), end: mapping.range.end)
      return [before, after].filter { !$0.isEmpty }.map { .mapping(mapping.trimmed(to: $0)) }
    }
    for case .mapping(let mapping) in kept { mapping.memory.addMappings(1) }
    for entry in removed {
      switch entry {
      case .mapping(let mapping): mapping.memory.addMappings(-1)
      case .region(let region): region.destroy()
      }
    }
    entries.replaceSubrange(indices, with: kept)
  }

  /// Forgets everything in it, regions inside as well; calls on them answer so from now on.
  func destroy() {
    isDestroyed = true
    unsafe parent = nil
    for entry in entries {
      switch entry {
      case .mapping(let mapping): mapping.memory.addMappings(-1)
      case .region(let region): region.destroy()
      }
    }
    entries = []
  }

  /// The least place for `byteCount` bytes that ends at or below `limit`; nil if there is none.
  func gap(byteCount: UInt, alignment: UInt, below limit: UInt) -> UInt? {
    var candidate = range.start
    for entry in entries {
      if let place = fit(candidate, byteCount, alignment, below: min(limit, entry.range.start)) {
        return place
      }
      candidate = entry.range.end
    }
    return fit(candidate, byteCount, alignment, below: limit)
  }

  private func fit(
    _ start: UInt, _ byteCount: UInt, _ alignment: UInt, below limit: UInt
  ) -> UInt? {
    let place = (start + alignment - 1) & ~(alignment - 1)
    guard place < limit, byteCount <= limit - place else { return nil }
    return place
  }

  /// Whether mappings, also those in regions inside, cover `part` without a hole.
  func isMapped(_ part: AddressRange) -> Bool {
    var next = part.start
    for entry in entries(in: part) {
      guard entry.range.start <= next else { return false }
      if case .region(let region) = entry {
        guard region.isMapped(region.range.intersection(part)) else { return false }
      }
      next = entry.range.end
    }
    return next >= part.end
  }

  /// The mappings in `part`, also those in regions inside, cut to it.
  func mappings(in part: AddressRange) -> [Mapping] {
    entries(in: part).flatMap { entry -> [Mapping] in
      switch entry {
      case .mapping(let mapping): [mapping.trimmed(to: part)]
      case .region(let region): region.mappings(in: part)
      }
    }
  }
}
