import ZirconLinux
import ZirconTypes

/// The elements on their way in one direction of a fifo.
///
/// Guarded by the pair's lock.
@safe
struct FifoRing: ~Copyable {
  // Safety: owned by this value; `capacity` elements, of which `count` from `head` on are there.
  private let base: UnsafeMutableRawPointer
  let elementSize: Int
  private let capacity: Int
  private var head = 0
  private(set) var count = 0

  /// An empty ring.
  ///
  /// - Throws: `noMemory`.
  init(elementCount: Int, elementSize: Int) throws(Status) {
    guard let base = unsafe Heap.allocate(byteCount: elementCount * elementSize) else {
      throw .noMemory
    }
    unsafe self.base = unsafe base
    self.elementSize = elementSize
    capacity = elementCount
  }

  deinit {
    unsafe Heap.deallocate(base)
  }

  var isEmpty: Bool { count == 0 }
  var isFull: Bool { count == capacity }

  /// Takes as many of `wanted` elements as fit, all of those or none.
  ///
  /// - Throws: `invalidArgs` if they cannot be read.
  mutating func fill(from source: UserIn, wanted: UInt) throws(Status) -> Int {
    let taken = Int(min(wanted, UInt(capacity - count)))
    let start = (head + count) % capacity
    try unsafe forEachPart(from: start, count: taken) { (place, offset, byteCount) throws(Status) in
      try unsafe source.after(offset).fetch(into: place, count: byteCount)
    }
    count += taken
    return taken
  }

  /// Gives as many of `wanted` elements as there are, all of those or none.
  ///
  /// - Throws: `invalidArgs` if they cannot be written.
  mutating func empty(into room: UserOut, wanted: UInt) throws(Status) -> Int {
    let given = Int(min(wanted, UInt(count)))
    try unsafe forEachPart(from: head, count: given) { (place, offset, byteCount) throws(Status) in
      try unsafe room.after(offset).put(from: place, count: byteCount)
    }
    head = (head + given) % capacity
    count -= given
    return given
  }

  /// The bytes of the last `count` elements, of at most so many.
  func copyLast(_ count: Int) -> [UInt8] {
    let start = (head + self.count - count) % max(capacity, 1)
    return copy(from: start, count: count)
  }

  /// The bytes of all elements.
  func copyAll() -> [UInt8] { copy(from: head, count: count) }

  private func copy(from start: Int, count: Int) -> [UInt8] {
    let first = min(count, capacity - start)
    var bytes = unsafe [UInt8](
      UnsafeRawBufferPointer(start: base + start * elementSize, count: first * elementSize))
    unsafe bytes.append(
      contentsOf: UnsafeRawBufferPointer(start: base, count: (count - first) * elementSize))
    return bytes
  }

  /// Takes whole elements out of `bytes`; false if they are not whole or there is no room for all.
  mutating func fill(from bytes: [UInt8]) -> Bool {
    let (added, rest) = bytes.count.quotientAndRemainder(dividingBy: elementSize)
    guard rest == 0, added <= capacity - count else { return false }
    for index in 0..<added {
      let place = unsafe base + (head + count + index) % capacity * elementSize
      unsafe bytes.withUnsafeBytes {
        unsafe place.copyMemory(
          from: $0.baseAddress.unsafelyUnwrapped + index * elementSize, byteCount: elementSize)
      }
    }
    count += added
    return true
  }

  /// Counts elements as there whose bytes do not matter; false without room.
  mutating func count(unseen added: Int) -> Bool {
    guard added >= 0, added <= capacity - count else { return false }
    count += added
    return true
  }

  /// Lets the first elements go; false if there are fewer.
  mutating func drop(_ count: Int) -> Bool {
    guard count >= 0, count <= self.count else { return false }
    head = (head + count) % capacity
    self.count -= count
    return true
  }

  /// Takes back the last elements.
  mutating func undo(_ count: Int) { self.count -= min(count, self.count) }

  /// How many elements there can be.
  var elementCount: Int { capacity }

  /// Runs `body` with the place and size of each part, one or two, and how many bytes come before it.
  @unsafe
  private func forEachPart(
    from start: Int, count: Int,
    _ body: (UnsafeMutableRawPointer, Int, Int) throws(Status) -> Void
  ) throws(Status) {
    let first = min(count, capacity - start)
    try unsafe body(base + start * elementSize, 0, first * elementSize)
    guard count > first else { return }
    try unsafe body(base, first * elementSize, (count - first) * elementSize)
  }
}
