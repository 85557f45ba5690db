import Synchronization
import ZirconLinux
import ZirconTypes

/// The elements on their way in one direction of a fifo: two counts and the elements, in memory of this
/// process or shared with others.
///
/// The writer alone counts what was ever put in, the reader what was taken out, each in one step once the
/// elements are copied: whoever dies before has done nothing. In shared memory a count may hold anything; it
/// is clamped, and every place is within the ring.
///
/// Guarded by the pair's lock, and from other processes by what makes the writer and the reader one each.
@safe
struct FifoRing: ~Copyable {
  // Safety: owned by this value. It is a place of its own so that the ring itself never changes, which would be
  // checked at each use.
  private let place: UnsafeMutablePointer<Place>
  let elementSize: Int
  let elementCount: Int

  /// Where the ring is.
  @safe private struct Place {
    // Safety: as many bytes as the ring has, owned by the ring unless shared, else kept mapped by their owner.
    var base: UnsafeMutableRawPointer
    var isShared = false
  }

  private static var elementsOffset: Int { 16 }
  /// Bytes that the largest ring needs.
  static var maxByteCount: Int { elementsOffset + 4096 }

  /// An empty ring.
  ///
  /// - Throws: `noMemory`.
  init(elementCount: Int, elementSize: Int) throws(Status) {
    let byteCount = Self.elementsOffset + elementCount * elementSize
    guard let base = unsafe Heap.allocate(byteCount: byteCount) else { throw .noMemory }
    unsafe base.initializeMemory(as: UInt64.self, repeating: 0, count: 2)
    unsafe place = .allocate(capacity: 1)
    unsafe place.initialize(to: Place(base: base))
    self.elementSize = elementSize
    self.elementCount = elementCount
  }

  deinit {
    if unsafe !place.pointee.isShared { unsafe Heap.deallocate(base) }
    unsafe place.deallocate()
  }

  private var base: UnsafeMutableRawPointer { unsafe place.pointee.base }

  /// Goes on at `new`, which stays for longer than this: with what is here, or with what is there.
  @unsafe
  func move(to new: UnsafeMutableRawPointer, copying: Bool) {
    let byteCount = Self.elementsOffset + elementCount * elementSize
    if copying { unsafe new.copyMemory(from: base, byteCount: byteCount) }
    if unsafe !place.pointee.isShared { unsafe Heap.deallocate(base) }
    unsafe place.pointee = Place(base: new, isShared: true)
  }

  private func word(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    unsafe (base + index * 8).assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  /// Elements ever taken out; the reader's.
  private var taken: UInt64 {
    get { unsafe word(0).pointee.load(ordering: .acquiring) }
    nonmutating set { set(0, newValue) }
  }

  /// Elements ever put in; the writer's.
  private var put: UInt64 {
    get { unsafe word(1).pointee.load(ordering: .acquiring) }
    nonmutating set { set(1, newValue) }
  }

  /// Other processes see it before anything is looked at that they may have changed.
  private func set(_ index: Int, _ value: UInt64) {
    unsafe word(index).pointee.store(value, ordering: .releasing)
    if unsafe place.pointee.isShared { atomicMemoryFence(ordering: .sequentiallyConsistent) }
  }

  /// How many elements are there.
  var count: Int { Int(min(put &- taken, UInt64(elementCount))) }

  var isEmpty: Bool { count == 0 }
  var isFull: Bool { count == elementCount }

  /// Takes as many of `wanted` elements as fit, all of those or none.
  ///
  /// - Returns: How many, and whether the ring was empty when they came.
  /// - Throws: `invalidArgs` if they cannot be read.
  func fill(from source: UserIn, wanted: UInt) throws(Status) -> (count: Int, wasEmpty: Bool) {
    let before = put
    let added = Int(min(wanted, UInt(elementCount - count)))
    let start = Int(before % UInt64(elementCount))
    try unsafe forEachPart(from: start, count: added) { (place, offset, byteCount) throws(Status) in
      try unsafe source.after(offset).fetch(into: place, count: byteCount)
    }
    put = before &+ UInt64(added)
    // Looked at afterwards: a reader that has found nothing before has not seen these.
    return (added, taken == before)
  }

  /// Gives as many of `wanted` elements as there are, all of those or none.
  ///
  /// - Returns: How many, and whether the ring was full when they went.
  /// - Throws: `invalidArgs` if they cannot be written.
  func empty(into room: UserOut, wanted: UInt) throws(Status) -> (count: Int, wasFull: Bool) {
    let before = taken
    let given = Int(min(wanted, UInt(count)))
    let start = Int(before % UInt64(elementCount))
    try unsafe forEachPart(from: start, count: given) { (place, offset, byteCount) throws(Status) in
      try unsafe room.after(offset).put(from: place, count: byteCount)
    }
    taken = before &+ UInt64(given)
    return (given, put &- before >= UInt64(elementCount))
  }

  /// Runs `body` with the place and size of each part, one or two, and how many bytes come before it.
  @unsafe
  private func forEachPart(
    from start: Int, count: Int,
    _ body: (UnsafeMutableRawPointer, Int, Int) throws(Status) -> Void
  ) throws(Status) {
    let first = min(count, elementCount - start)
    let elements = unsafe base + Self.elementsOffset
    try unsafe body(elements + start * elementSize, 0, first * elementSize)
    guard count > first else { return }
    try unsafe body(elements, first * elementSize, (count - first) * elementSize)
  }
}
