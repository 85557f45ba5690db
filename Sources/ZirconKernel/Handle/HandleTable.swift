import Synchronization
import ZirconLinux
import ZirconTypes

/// The handles of this process: value to object, type and rights.
///
/// A lookup takes no lock and no reference: it pins the slot by one compare-and-exchange of the slot's
/// word, which also shows generation, type and rights. Closing marks the word dead; whoever takes the
/// last pin off a dead slot releases the object and frees the slot. A handle in flight inside a message
/// is dead to every lookup, but keeps its slot by a pin of the message.
///
/// Free slots wait in line, first in first out, and are not given out before 1,024 of them wait or the
/// table is full: so a stale value stays stale for long, and its slot comes back 4,096 generations
/// later at the earliest (512 above the first 131,072 slots, which only a huge table uses).
///
/// Locking: the free list's lock is the innermost of all; no object is touched under it.
@safe
struct HandleTable: Sendable {
  /// Live handles at once; the next one asked for is refused.
  static let capacity = 1_000_000
  private static let leastWaiting = 1024

  // Safety: never freed; a thread may be inside a call while the process exits.
  private nonisolated(unsafe) let storage: UnsafePointer<Storage>

  private struct Storage: ~Copyable {
    let pages: Pages
    let free = Guarded(FreeList())
    /// The table of the process this one was forked from, to which nobody writes here any more.
    ///
    /// Its generations go on, so that no value inherited from it can name a handle made here.
    let inherited: HandleTable?
  }

  private struct FreeList {
    var first: UInt32 = 0
    var last: UInt32 = 0
    var count = 0
    /// Slots below this one have been used before.
    var used = 0
    /// Slots in use or set aside.
    var taken = 0
  }

  /// An empty table; nil without memory.
  ///
  /// Takes no page until a handle is made.
  init?(inheriting inherited: HandleTable?) {
    let byteCount = unsafe HandleValue.slotCount * HandleSlot.stride
    guard let pages = Pages(byteCount: byteCount) else { return nil }
    let made = UnsafeMutablePointer<Storage>.allocate(capacity: 1)
    unsafe made.initialize(to: Storage(pages: pages, inherited: inherited))
    unsafe storage = unsafe UnsafePointer(made)
  }

  /// Gives back a table that no call has seen.
  @unsafe
  func destroy() {
    let storage = unsafe UnsafeMutablePointer(mutating: storage)
    unsafe storage.deinitialize(count: 1)
    unsafe storage.deallocate()
  }

  @inline(__always)
  private func slot(_ index: Int) -> UnsafeMutablePointer<HandleSlot> {
    // Safety: every index a value can name lies inside the pages; zeroed pages are empty slots.
    unsafe (storage.pointee.pages.base + index * HandleSlot.stride)
      .assumingMemoryBound(to: HandleSlot.self)
  }
}

// MARK: Lookup

/// A slot that stays what it is until this is dropped.
@safe
struct PinnedSlot: ~Copyable {
  // Safety: the table's pages are never unmapped.
  private let slot: UnsafeMutablePointer<HandleSlot>
  private let index: Int
  private let table: HandleTable
  /// What the slot's word said when it was pinned.
  let word: SlotWord

  @unsafe
  fileprivate init(
    _ slot: UnsafeMutablePointer<HandleSlot>, index: Int, table: HandleTable, word: SlotWord
  ) {
    unsafe self.slot = unsafe slot
    self.index = index
    self.table = table
    self.word = word
  }

  /// The last pin off a dead slot releases the object and frees the slot.
  @inline(__always)
  deinit {
    let after = unsafe slot.pointee.word.subtract(
      SlotWord.onePin, ordering: .acquiringAndReleasing)
    let word = SlotWord(bits: after.newValue)
    if !word.isLive && word.pins == 0 { table.reclaim(index) }
  }

  /// Runs `body` with the object, which the slot keeps alive.
  ///
  /// `Object` is the class that stands for the type the slot was pinned for.
  @inline(__always)
  func withObject<Object: Dispatcher, Result>(
    as type: Object.Type, _ body: (Object) throws(Status) -> Result
  ) throws(Status) -> Result {
    let object = unsafe Unmanaged<Object>.fromOpaque(slot.pointee.object.unsafelyUnwrapped)
    // What `body` throws goes around the standard library's untyped `rethrows`.
    let outcome = unsafe object._withUnsafeGuaranteedRef { object -> Swift.Result<Result, Status> in
      do throws(Status) { return .success(try body(object)) } catch { return .failure(error) }
    }
    return try outcome.get()
  }

  /// A reference to the object, to keep it beyond the pin.
  var object: Dispatcher {
    unsafe Unmanaged<Dispatcher>.fromOpaque(slot.pointee.object.unsafelyUnwrapped)
      .takeUnretainedValue()
  }

  /// The same as the class that stands for the type the slot was pinned for.
  func object<Object: Dispatcher>(as type: Object.Type) -> Object {
    unsafe Unmanaged<Object>.fromOpaque(slot.pointee.object.unsafelyUnwrapped)
      .takeUnretainedValue()
  }

  /// Whether the handle has not been closed since; in flight inside a message it is not closed.
  var isLive: Bool {
    let now = unsafe SlotWord(bits: slot.pointee.word.load(ordering: .acquiring))
    return !now.isClosed && now.generation == word.generation
  }

  /// Says that the handle is in flight no more: from here on it is closed.
  func land() {
    unsafe slot.pointee.word.bitwiseAnd(~SlotWord.inFlight, ordering: .acquiringAndReleasing)
  }

  /// Makes the handle in flight live again where it is, under another value.
  func reissue(rights: Rights) -> HandleValue { table.reissue(index, rights: rights) }
}

extension HandleTable {
  /// Pins the slot that `value` names.
  ///
  /// - Throws: `badHandle`; `wrongType` if `type` is given and the object is of another;
  ///   `accessDenied` if a right of `rights` is missing. In this order.
  @inline(__always)
  func pin(
    _ value: HandleValue, type: ObjectType? = nil, rights: Rights = .none
  ) throws(Status) -> PinnedSlot {
    try claim(value, clearing: 0) { (word) throws(Status) in
      if let type, word.type.rawValue != type.rawValue { throw .wrongType }
      guard word.allows(rights) else { throw .accessDenied }
    }
  }

  /// Takes `value` out of the table; what is left is the pin, and its word says what the handle was.
  ///
  /// Of several threads doing this at once, one succeeds.
  ///
  /// - Throws: `badHandle`.
  func remove(_ value: HandleValue) throws(Status) -> PinnedSlot {
    try claim(value, clearing: SlotWord.live) { (_) throws(Status) in }
  }

  /// Takes `value` out of the table to be sent: closed to lookups, open to those who wait through it.
  ///
  /// - Throws: `badHandle`.
  func takeFlying(_ value: HandleValue) throws(Status) -> PinnedSlot {
    try claim(value, clearing: SlotWord.live, setting: SlotWord.inFlight) { (_) throws(Status) in }
  }

  @inline(__always)
  private func claim(
    _ value: HandleValue, clearing: UInt64, setting: UInt64 = 0,
    _ check: (SlotWord) throws(Status) -> Void
  ) throws(Status) -> PinnedSlot {
    guard value.isWellFormed else { throw .badHandle }
    let index = value.slot
    let slot = unsafe slot(index)
    var word = unsafe SlotWord(bits: slot.pointee.word.load(ordering: .relaxed))
    while true {
      guard word.isNamed(by: value) else { throw .badHandle }
      try check(word)
      let changed = word.bits & ~clearing | setting
      let (done, now) = unsafe slot.pointee.word.weakCompareExchange(
        expected: word.bits, desired: changed + SlotWord.onePin,
        successOrdering: .acquiringAndReleasing, failureOrdering: .relaxed)
      if done { return unsafe PinnedSlot(slot, index: index, table: self, word: word) }
      word = SlotWord(bits: now)
    }
  }

  /// Whether `value` names a live handle.
  func contains(_ value: HandleValue) -> Bool {
    guard value.isWellFormed else { return false }
    let bits = unsafe slot(value.slot).pointee.word.load(ordering: .relaxed)
    return SlotWord(bits: bits).isNamed(by: value)
  }

  /// Runs `body` for every handle that is live when it is looked at.
  func forEachLive(_ body: (HandleValue, SlotWord) -> Void) {
    let used = unsafe storage.pointee.free.withLock { $0.used }
    for index in 0..<used {
      let word = unsafe SlotWord(bits: slot(index).pointee.word.load(ordering: .acquiring))
      if word.isLive { body(HandleValue(slot: index, generation: word.generation), word) }
    }
  }

  fileprivate func reclaim(_ index: Int) {
    let slot = unsafe slot(index)
    let object = unsafe slot.pointee.object
    unsafe slot.pointee.object = nil
    // The object may go with its last reference: outside every lock.
    if let object = unsafe object { unsafe Unmanaged<Dispatcher>.fromOpaque(object).release() }
    giveBack(index)
  }
}

// MARK: Slots

/// A slot set aside for a handle that is about to be made; dropping it gives it back.
struct ReservedSlot: ~Copyable {
  private let index: Int
  private let table: HandleTable

  fileprivate init(_ index: Int, _ table: HandleTable) {
    self.index = index
    self.table = table
  }

  deinit {
    table.giveBack(index)
  }

  /// Makes a handle to `object` in the slot; from here on the value works.
  consuming func publish(_ object: Dispatcher, rights: Rights) -> HandleValue {
    let (index, table) = (index, table)
    discard self
    return table.publish(object, rights: rights, at: index)
  }

  /// Makes a handle to `object` in the slot that begins its life in flight; nobody knows its value.
  consuming func publishFlying(_ object: Dispatcher, rights: Rights) -> PinnedSlot {
    let (index, table) = (index, table)
    discard self
    return table.publishFlying(object, rights: rights, at: index)
  }
}

extension HandleTable {
  /// Sets a slot aside.
  ///
  /// - Throws: `noMemory` if as many handles as the table carries are live.
  func reserve() throws(Status) -> ReservedSlot {
    let index = unsafe storage.pointee.free.withLock { free -> Int? in
      let mayExtend = free.used < HandleValue.slotCount
      guard free.taken < Self.capacity, mayExtend || free.count > 0 else { return nil }
      free.taken += 1
      if mayExtend && free.count < Self.leastWaiting {
        free.used += 1
        return free.used - 1
      }
      let index = Int(free.first)
      free.first = unsafe slot(index).pointee.next
      free.count -= 1
      return index
    }
    guard let index else { throw .noMemory }
    return ReservedSlot(index, self)
  }

  /// Whether so many more handles can be made, if nobody else makes any.
  func hasRoom(for count: Int) -> Bool {
    guard count > 0 else { return true }
    return unsafe storage.pointee.free.withLock { $0.taken + count <= Self.capacity }
  }

  fileprivate func giveBack(_ index: Int) {
    unsafe storage.pointee.free.withLock { free in
      free.taken -= 1
      if free.count == 0 {
        free.first = UInt32(index)
      } else {
        unsafe slot(Int(free.last)).pointee.next = UInt32(index)
      }
      free.last = UInt32(index)
      free.count += 1
    }
  }

  fileprivate func publish(_ object: Dispatcher, rights: Rights, at index: Int) -> HandleValue {
    let word = fill(index, with: object, rights: rights)
    unsafe slot(index).pointee.word.store(word.bits, ordering: .releasing)
    return HandleValue(slot: index, generation: word.generation)
  }

  fileprivate func publishFlying(
    _ object: Dispatcher, rights: Rights, at index: Int
  ) -> PinnedSlot {
    let word = fill(index, with: object, rights: rights)
    let slot = unsafe slot(index)
    let flying = word.bits & ~SlotWord.live | SlotWord.inFlight
    unsafe slot.pointee.word.store(flying + SlotWord.onePin, ordering: .releasing)
    return unsafe PinnedSlot(slot, index: index, table: self, word: word)
  }

  /// Puts `object` into the slot and says what its word is to be.
  private func fill(_ index: Int, with object: Dispatcher, rights: Rights) -> SlotWord {
    let generation = (lastGeneration(at: index) + 1) & SlotWord.generationMask
    unsafe slot(index).pointee.object = unsafe Unmanaged.passRetained(object).toOpaque()
    object.addHandle()
    return SlotWord(generation: generation, type: object.type, rights: rights)
  }

  /// Makes the handle in flight in the slot live again, as its next generation.
  fileprivate func reissue(_ index: Int, rights: Rights) -> HandleValue {
    let slot = unsafe slot(index)
    var old = unsafe SlotWord(bits: slot.pointee.word.load(ordering: .relaxed))
    let generation = (old.generation + 1) & SlotWord.generationMask
    while true {
      let new = SlotWord(generation: generation, type: old.type, rights: rights)
      let (done, now) = unsafe slot.pointee.word.weakCompareExchange(
        expected: old.bits, desired: new.bits + old.pins, successOrdering: .acquiringAndReleasing,
        failureOrdering: .relaxed)
      if done { return HandleValue(slot: index, generation: generation) }
      old = SlotWord(bits: now)
    }
  }

  /// The generation that the slot had last, in this process or the one it was forked from.
  private func lastGeneration(at index: Int) -> UInt32 {
    let bits = unsafe slot(index).pointee.word.load(ordering: .relaxed)
    // The word of a slot that was ever used is not 0: it keeps the type of its last object.
    if bits == 0, let inherited = unsafe storage.pointee.inherited {
      return inherited.lastGeneration(at: index)
    }
    return SlotWord(bits: bits).generation
  }
}
