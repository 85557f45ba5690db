import Synchronization
import ZirconLinux

/// One direction of a socket pair as this process holds it, named by the end that writes it: the gates
/// of its two sides, and its spill ring.
///
/// A gate is held across the call to Linux, which does not wait; whoever holds it is the one writer, or
/// the one reader, of the direction.
@safe
struct Direction: Equatable, Sendable {
  // Safety: owned by the pair, which frees it with itself; the atomics may be used by all, the rest as
  // `SpillRing` says.
  private nonisolated(unsafe) let sides: UnsafeMutablePointer<Sides>

  /// A cache line for each side, so that writer and reader do not meet.
  struct Sides: ~Copyable {
    fileprivate let writeGate = FutexLock()
    let ringByteCount: UInt32
    /// Address of the ring's pages; 0 for none.
    let ringPages = Atomic<UInt>(0)
    /// Address of the writing end's words.
    fileprivate let wordsAddress: Atomic<UInt>
    /// What has become of the writer's side: bits of `Place`.
    fileprivate let writerPlace = Atomic<UInt32>(0)
    private let room = InlineArray<4, UInt64>(repeating: 0)
    fileprivate let readGate = FutexLock()
    /// What has become of the reader's side.
    fileprivate let readerPlace = Atomic<UInt32>(0)
    private let furtherRoom = InlineArray<7, UInt64>(repeating: 0)

    /// Where the ring's positions are.
    var words: UnsafeMutablePointer<EndWords> {
      unsafe UnsafeMutablePointer(bitPattern: wordsAddress.load(ordering: .relaxed))
        .unsafelyUnwrapped
    }

    /// Whether the state and the ring lie in memory shared with another process.
    var isShared: Bool { writerPlace.load(ordering: .relaxed) & Place.shared != 0 }
  }

  /// Where a side is; changed with its gate held.
  fileprivate enum Place {
    /// The state lies in memory shared with another process.
    static var shared: UInt32 { 1 }
    /// The end that this side belongs to has gone to another process: nothing is done here any more.
    static var away: UInt32 { 2 }
  }

  /// A direction without a ring yet, whose ring positions are in `words`.
  @unsafe
  init(_ kind: SocketKind, _ words: UnsafeMutablePointer<EndWords>) {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: MemoryLayout<Sides>.stride, alignment: 64)
    unsafe sides = unsafe memory.bindMemory(to: Sides.self, capacity: 1)
    unsafe sides.initialize(
      to: Sides(
        ringByteCount: UInt32(SpillRing.byteCount(for: kind)),
        wordsAddress: Atomic(UInt(bitPattern: words))))
  }

  /// Frees what `init` took, and the ring.
  @unsafe
  func destroy() {
    ring.discard()
    unsafe sides.deinitialize(count: 1)
    unsafe UnsafeMutableRawPointer(sides).deallocate()
  }

  /// Whether both have the same gates.
  @inline(__always)
  static func == (one: Direction, other: Direction) -> Bool {
    unsafe one.sides == other.sides
  }

  /// The ring, to be used as it says.
  var ring: SpillRing { unsafe SpillRing(sides) }
}

// MARK: Gates

extension Direction {
  /// Becomes the one writer.
  @inline(__always)
  func enterWrite() { unsafe sides.pointee.writeGate.lock() }

  @inline(__always)
  func leaveWrite() { unsafe sides.pointee.writeGate.unlock() }

  /// Becomes the one reader.
  @inline(__always)
  func enterRead() { unsafe sides.pointee.readGate.lock() }

  @inline(__always)
  func leaveRead() { unsafe sides.pointee.readGate.unlock() }
}

// MARK: Two processes

extension Direction {
  /// Whether the state lies in memory shared with another process; under either gate.
  @inline(__always)
  var isShared: Bool { unsafe sides.pointee.isShared }

  /// Whether the writing end has left the process; under the write gate.
  @inline(__always)
  var writerIsAway: Bool {
    unsafe sides.pointee.writerPlace.load(ordering: .relaxed) & Place.away != 0
  }

  /// Whether the reading end has left the process; under the read gate.
  @inline(__always)
  var readerIsAway: Bool {
    unsafe sides.pointee.readerPlace.load(ordering: .relaxed) & Place.away != 0
  }

  /// Goes on with positions at `words` and a ring at `pages`, in shared memory, with both gates held.
  ///
  /// What was in the ring is copied if `copying`.
  @unsafe
  func share(
    _ words: UnsafeMutablePointer<EndWords>, _ pages: UnsafeMutableRawPointer, copying: Bool
  ) {
    let old = unsafe sides.pointee.ringPages.load(ordering: .relaxed)
    let byteCount = unsafe Int(sides.pointee.ringByteCount)
    if copying, let old = unsafe UnsafeMutableRawPointer(bitPattern: old) {
      unsafe pages.copyMemory(from: old, byteCount: byteCount)
    }
    ring.discard()
    unsafe sides.pointee.wordsAddress.store(UInt(bitPattern: words), ordering: .relaxed)
    unsafe sides.pointee.ringPages.store(UInt(bitPattern: pages), ordering: .relaxed)
    unsafe sides.pointee.writerPlace.bitwiseOr(Place.shared, ordering: .relaxed)
    unsafe sides.pointee.readerPlace.bitwiseOr(Place.shared, ordering: .relaxed)
  }

  /// Says that the writing end has left the process; with the write gate held.
  func sendWriterAway() {
    unsafe sides.pointee.writerPlace.bitwiseOr(Place.away, ordering: .relaxed)
  }

  /// Says that the reading end has left the process; with the read gate held.
  func sendReaderAway() {
    unsafe sides.pointee.readerPlace.bitwiseOr(Place.away, ordering: .relaxed)
  }
}
