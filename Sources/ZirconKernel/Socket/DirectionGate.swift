import ZirconLinux

/// One side of one direction of a socket pair, the writing or the reading one: whoever holds it makes the
/// calls to Linux and moves in the spill ring.
///
/// On a cache line of its own, so that the two sides of a direction do not meet.
struct DirectionGate: ~Copyable, Sendable {
  private let lock = FutexLock()
  private let room = InlineArray<7, UInt64>(repeating: 0)

  @inline(__always)
  borrowing func enter() { lock.lock() }

  @inline(__always)
  borrowing func leave() { lock.unlock() }
}
