import Synchronization
import ZirconLinux

/// One direction of a socket pair as this process holds it, named by the end that writes it: the gates
/// of its two sides, and its spill ring.
///
/// A gate is held across the call to Linux, which does not wait; whoever holds it is the one writer, or
/// the one reader, of the direction.
@safe
struct Direction: Sendable {
  // Safety: owned by the pair, which frees it with itself; the atomics may be used by all, the rest as
  // `SpillRing` says.
  private nonisolated(unsafe) let sides: UnsafeMutablePointer<Sides>
  private nonisolated(unsafe) let words: UnsafeMutablePointer<EndWords>

  /// A cache line for each side, so that writer and reader do not meet.
  struct Sides: ~Copyable {
    fileprivate let writeGate = FutexLock()
    let ringByteCount: UInt32
    /// Address of the ring's pages; 0 for none.
    let ringPages = Atomic<UInt>(0)
    private let room = InlineArray<6, UInt64>(repeating: 0)
    fileprivate let readGate = FutexLock()
    private let furtherRoom = InlineArray<7, UInt64>(repeating: 0)
  }

  /// A direction without a ring yet, whose ring positions are in `words`.
  @unsafe
  init(_ kind: SocketKind, _ words: UnsafeMutablePointer<EndWords>) {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: MemoryLayout<Sides>.stride, alignment: 64)
    unsafe sides = unsafe memory.bindMemory(to: Sides.self, capacity: 1)
    unsafe self.words = unsafe words
    unsafe sides.initialize(to: Sides(ringByteCount: UInt32(SpillRing.byteCount(for: kind))))
  }

  /// Frees what `init` took, and the ring.
  @unsafe
  func destroy() {
    ring.discard()
    unsafe sides.deinitialize(count: 1)
    unsafe UnsafeMutableRawPointer(sides).deallocate()
  }

  /// The ring, to be used as it says.
  var ring: SpillRing { unsafe SpillRing(sides, words) }
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
