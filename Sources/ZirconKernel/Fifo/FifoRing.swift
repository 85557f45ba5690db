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
