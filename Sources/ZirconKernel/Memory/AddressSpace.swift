import ZirconLinux
import ZirconTypes

/// The addresses of this process, as far as the calls on regions have given them out.
///
/// What the program maps by other means is in the way, but it is not touched: it is neither unmapped nor
/// protected here.
///
/// Locking: one lock, held across Linux's calls, so that what is recorded is what is mapped.
final class AddressSpace: Sendable {
  private let state: Guarded<State>

  private struct State: ~Copyable {
    let root = Region(
      AddressRange(start: Addresses.first, end: Addresses.end), canMap: .all, canMapSpecific: true,
      parent: nil)
    var lent: (object: VMARDispatcher, handle: HandleValue)?
  }

  init() {
    state = Guarded(State())
  }

  /// The handle of the whole address space.
  func root(in kernel: Kernel) throws(Status) -> HandleValue {
    try state.withLock { (state) throws(Status) in
      if let lent = state.lent { return lent.handle }
      let object = VMARDispatcher(state.root, koid: kernel.nextKoid())
      let handle = try kernel.makeHandle(rights: VMARDispatcher.rights(canMap: .all)) { _ in object
      }
      state.lent = (object, handle)
      return handle
    }
  }

  /// Runs `body` with the regions to itself.
  ///
  /// - Throws: `badState` if `region` is destroyed; what `body` throws.
  func change<Result>(
    _ region: Region, _ body: (Region) throws(Status) -> Result
  ) throws(Status) -> Result {
    try state.withLock { (_) throws(Status) in
      guard !region.isDestroyed else { throw .badState }
      return try body(region)
    }
  }
}

// MARK: Places

/// Where something is wanted in a region.
struct Placement {
  let offset: UInt64
  let byteCount: UInt64
  let options: MapOptions
}

extension Region {
  /// Finds the place and keeps it: nothing can be reached there yet, and nothing is recorded.
  ///
  /// - Throws: `invalidArgs` for two kinds of place at once, an offset without one, an offset inside a
  ///   page; `accessDenied` if places cannot be chosen here; `invalidArgs` if the range is not inside or
  ///   not aligned as asked; `alreadyExists` if something is there, or `invalidArgs` if a region is, where
  ///   mappings would be replaced; `noResources` without room. In this order.
  func keep(_ placement: Placement) throws(Status) -> AddressRange {
    let options = placement.options
    if options.isSpecific && options.isUpperLimit { throw .invalidArgs }
    let isChosen = options.isSpecific || options.isUpperLimit
    if !isChosen && placement.offset != 0 { throw .invalidArgs }
    guard PageMath.isAligned(placement.offset) else { throw .invalidArgs }
    if isChosen && !canMapSpecific { throw .accessDenied }
    let size = UInt64(range.byteCount)
    if options.isUpperLimit {
      guard placement.offset <= size, placement.byteCount <= placement.offset else {
        throw .invalidArgs
      }
      return try keepAnywhere(placement, below: range.start + UInt(placement.offset))
    }
    guard placement.offset < size, placement.byteCount <= size - placement.offset else {
      throw .invalidArgs
    }
    if !options.isSpecific { return try keepAnywhere(placement, below: range.end) }
    let start = range.start + UInt(placement.offset)
    if options.asksForAlignment && start % options.alignment != 0 { throw .invalidArgs }
    let place = AddressRange(start: start, end: start + UInt(placement.byteCount))
    try keep(place, overwriting: options.contains(MapOptions.specificOverwrite))
    return place
  }

  private func keep(_ place: AddressRange, overwriting: Bool) throws(Status) {
    let there = entries(in: place)
    guard overwriting else {
      guard there.isEmpty else { throw .alreadyExists }
      if isRoot { try reserve(place) }
      return
    }
    for case .region in there { throw .invalidArgs }
    if isRoot { try reserveHoles(in: place, around: there) }
    remove(place)
  }

  /// Keeps what is free between the mappings in `place`, all of it or nothing.
  private func reserveHoles(
    in place: AddressRange, around there: [RegionEntry]
  ) throws(Status) {
    var kept: [AddressRange] = []
    var next = place.start
    do throws(Status) {
      for end in there.map(\.range.start) + [place.end] {
        let hole = AddressRange(start: next, end: max(next, end))
        if !hole.isEmpty {
          try reserve(hole)
          kept.append(hole)
        }
        next = there.first { $0.range.start == end }?.range.end ?? next
      }
    } catch {
      for hole in kept { try? giveBack(hole) }
      throw error
    }
  }

  private func reserve(_ place: AddressRange) throws(Status) {
    try linux { () throws(Errno) in
      try Addresses.reserve(at: place.start, byteCount: place.byteCount)
    }
  }

  private func keepAnywhere(
    _ placement: Placement, below limit: UInt
  ) throws(Status) -> AddressRange {
    let alignment = placement.options.alignment
    let byteCount = UInt(placement.byteCount)
    if isRoot {
      let place =
        placement.options.isUpperLimit
        ? reserve(byteCount, alignment, below: limit) : reserve(byteCount, alignment)
      guard let place else { throw .noResources }
      return place
    }
    guard let start = gap(byteCount: byteCount, alignment: alignment, below: limit) else {
      throw .noResources
    }
    return AddressRange(start: start, end: start + byteCount)
  }

  /// Keeps a range where Linux has room, cut out of a larger one if it must be aligned.
  private func reserve(_ byteCount: UInt, _ alignment: UInt) -> AddressRange? {
    let (wanted, overflow) = byteCount.addingReportingOverflow(
      alignment - UInt(PageMath.pageSize))
    guard !overflow, wanted <= UInt(Int.max),
      let start = try? Addresses.reserve(byteCount: Int(wanted))
    else { return nil }
    let place = (start + alignment - 1) & ~(alignment - 1)
    try? Addresses.release(at: start, byteCount: Int(place - start))
    let end = place + byteCount
    try? Addresses.release(at: end, byteCount: Int(start + wanted - end))
    return AddressRange(start: place, end: end)
  }

  /// Keeps a range below `limit`, looking further down in ever larger steps.
  private func reserve(
    _ byteCount: UInt, _ alignment: UInt, below limit: UInt
  ) -> AddressRange? {
    guard limit >= range.start, limit - range.start >= byteCount else { return nil }
    var place = (limit - byteCount) & ~(alignment - 1)
    var step = alignment
    while place >= range.start {
      do throws(Errno) {
        try Addresses.reserve(at: place, byteCount: Int(byteCount))
        return AddressRange(start: place, end: place + byteCount)
      } catch {
        guard error == .exists, place - range.start >= step else { return nil }
        place -= step
        step = min(step * 2, 1 << 40)
      }
    }
    return nil
  }

  /// Makes a range that was kept free again: to Linux, or for what else this region will hold.
  func giveBack(_ place: AddressRange) throws(Status) {
    try linux { () throws(Errno) in
      if isRoot {
        try Addresses.release(at: place.start, byteCount: place.byteCount)
      } else {
        try Addresses.blank(at: place.start, byteCount: place.byteCount)
      }
    }
  }
}
