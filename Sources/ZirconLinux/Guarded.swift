import CLinux
public import Synchronization
import ZirconTypes

/// A lock of one word: 0 free, 1 held, 2 held and somebody may sleep.
///
/// Ours and not the standard library's `Mutex`, because that one writes a thread id which it caches
/// across `fork`: in a child even a lock made there traps as soon as two threads meet on it. This one
/// holds no thread's name, so a fresh lock works in a child as anywhere. Being plain atomics it is
/// also understood by ThreadSanitizer as it stands.
public struct FutexLock: ~Copyable, Sendable {
  @usableFromInline let word = Atomic<UInt32>(0)

  /// A free lock.
  @inlinable
  public init() {}

  /// Takes the lock, and sleeps until it is free.
  @inlinable @inline(__always)
  public borrowing func lock() {
    let (taken, _) = word.compareExchange(
      expected: 0, desired: 1, successOrdering: .acquiring, failureOrdering: .relaxed)
    if !taken { lockSlowly() }
  }

  /// Gives the lock back.
  @inlinable @inline(__always)
  public borrowing func unlock() {
    if word.exchange(0, ordering: .releasing) == 2 { wakeOne() }
  }

  /// Turns taken before sleeping: the sections behind these locks are short, and a sleep and a wake
  /// cost some ten microseconds.
  private static let spins = 100

  @usableFromInline
  borrowing func lockSlowly() {
    for _ in 0..<Self.spins {
      if word.load(ordering: .relaxed) == 0 {
        let (taken, _) = word.weakCompareExchange(
          expected: 0, desired: 1, successOrdering: .acquiring, failureOrdering: .relaxed)
        if taken { return }
      }
      clinux_pause()
    }
    while word.exchange(2, ordering: .acquiring) != 0 {
      withAddress { _ = Futex.wait(on: $0, while: 2, until: .infinite) }
    }
  }

  @usableFromInline
  borrowing func wakeOne() {
    withAddress { Futex.wake($0) }
  }

  /// Safety: an atomic has one address for life, and that of its representation, a plain word.
  @safe
  private borrowing func withAddress(_ body: (UnsafePointer<UInt32>) -> Void) {
    unsafe withUnsafePointer(to: word) {
      unsafe body(UnsafeRawPointer($0).assumingMemoryBound(to: UInt32.self))
    }
  }
}

/// State that only the holder of its lock can reach.
///
/// The only lock in this package.
///
/// Locking: one `FutexLock` each; the order between them is listed in `Kernel.swift`.
public struct Guarded<State: ~Copyable>: ~Copyable, @unchecked Sendable {
  @usableFromInline let lock = FutexLock()
  /// Safety: reached only while `lock` is held, through `withLock`.
  @usableFromInline let state: _Cell<State>

  /// Puts `state` under a lock.
  @inlinable
  public init(_ state: consuming State) {
    self.state = _Cell(state)
  }

  /// Runs `body` with the state to itself.
  @inlinable @inline(__always)
  public borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock.lock()
    defer { lock.unlock() }
    // Through a pointer of its own: else ThreadSanitizer takes the change for one of the lock as well.
    let address = unsafe state._address
    return try unsafe body(&address.pointee)
  }
}
