import Synchronization
import ZirconTypes

/// One thread that waits on a futex.
///
/// Lives in its thread's frame and stands in a queue. Invariant: reached by others only under the lock of
/// the queue it stands in; its thread takes that lock to leave before the frame goes.
@safe
struct FutexWaiter: ~Copyable {
  fileprivate var next: UnsafeMutablePointer<FutexWaiter>?
  fileprivate var previous: UnsafeMutablePointer<FutexWaiter>?
  /// Address of the futex it waits on, which a requeue changes under the locks of both queues.
  fileprivate let futex: Atomic<UInt>
  /// Its thread.
  fileprivate let thread: Koid
  /// Who owns the futex; kept by the first that waits on it.
  fileprivate var owner = Koid.invalid
  fileprivate var isQueued = false
  private let waiter: Waiter

  init(thread: Koid, on futex: UInt, _ waiter: Waiter) {
    unsafe next = nil
    unsafe previous = nil
    self.thread = thread
    self.futex = Atomic(futex)
    self.waiter = waiter
  }

  /// Which futex it waits on; until its queue is locked, only a hint.
  var address: UInt { futex.load(ordering: .acquiring) }

  fileprivate func wake(_ wakes: inout WakeList) {
    wakes.add(waiter)
  }
}

/// Threads that wait on futexes, in the order they came; those of one futex are served in that order.
///
/// Guarded by its own lock. Only the first waiter of a futex says who owns it: whatever changes who that
/// is ends by saying it anew.
@safe
struct FutexQueue: ~Copyable {
  // Safety: the waiters' frames, which stay while they are queued.
  private var first: UnsafeMutablePointer<FutexWaiter>?
  private var last: UnsafeMutablePointer<FutexWaiter>?

  init() {
    unsafe first = nil
    unsafe last = nil
  }

  /// Lets `waiter` wait for its futex, which from now on is `owner`'s.
  @unsafe
  mutating func add(_ waiter: UnsafeMutablePointer<FutexWaiter>, owner: Koid) {
    unsafe append(waiter)
    setOwner(of: unsafe waiter.pointee.address, to: owner)
  }

  /// Takes `waiter` out unless somebody has; says whether it was still waiting.
  @unsafe
  mutating func remove(_ waiter: UnsafeMutablePointer<FutexWaiter>) -> Bool {
    guard unsafe waiter.pointee.isQueued else { return false }
    let address = unsafe waiter.pointee.address
    let owner = owner(of: address)
    unsafe unlink(waiter)
    setOwner(of: address, to: owner)
    return true
  }

  /// Wakes up to `count` threads; the futex is owned by nobody then, or by the last of them.
  mutating func wake(
    _ address: UInt, count: UInt32, owner: FutexOwner, _ wakes: inout WakeList
  ) {
    var woken = Koid.invalid
    var left = count
    while left > 0, let waiter = unsafe find(address) {
      unsafe unlink(waiter)
      woken = unsafe waiter.pointee.thread
      unsafe waiter.pointee.wake(&wakes)
      left -= 1
    }
    setOwner(of: address, to: owner == .woken ? woken : .invalid)
  }

  /// Takes out up to `count` threads that wait on `address`, to wait on `target`.
  mutating func take(_ address: UInt, count: UInt32, for target: UInt) -> FutexQueue {
    let owner = owner(of: address)
    var taken = FutexQueue()
    var left = count
    while left > 0, let waiter = unsafe find(address) {
      unsafe unlink(waiter)
      unsafe waiter.pointee.futex.store(target, ordering: .releasing)
      unsafe taken.append(waiter)
      left -= 1
    }
    setOwner(of: address, to: owner)
    return taken
  }

  /// Lets `others`, which `take` gave, wait on `address`, which from now on is `owner`'s.
  mutating func add(_ others: consuming FutexQueue, on address: UInt, owner: Koid) {
    var others = others
    while let waiter = unsafe others.first {
      unsafe others.unlink(waiter)
      unsafe append(waiter)
    }
    setOwner(of: address, to: owner)
  }

  /// Who owns the futex; nobody if no thread waits on it.
  func owner(of address: UInt) -> Koid { unsafe find(address)?.pointee.owner ?? .invalid }

  /// Whether `thread`, if it is any, waits on the futex.
  func hasWaiter(_ thread: Koid, on address: UInt) -> Bool {
    guard thread != .invalid else { return false }
    var candidate = unsafe first
    while let waiter = unsafe candidate {
      if unsafe waiter.pointee.thread == thread && waiter.pointee.address == address {
        return true
      }
      unsafe candidate = unsafe waiter.pointee.next
    }
    return false
  }

  private mutating func setOwner(of address: UInt, to owner: Koid) {
    unsafe find(address)?.pointee.owner = owner
  }

  /// The thread that has waited longest on the futex.
  private func find(_ address: UInt) -> UnsafeMutablePointer<FutexWaiter>? {
    var candidate = unsafe first
    while let waiter = unsafe candidate, unsafe waiter.pointee.address != address {
      unsafe candidate = unsafe waiter.pointee.next
    }
    return unsafe candidate
  }

  private mutating func append(_ waiter: UnsafeMutablePointer<FutexWaiter>) {
    unsafe waiter.pointee.previous = unsafe last
    if let last = unsafe last {
      unsafe last.pointee.next = unsafe waiter
    } else {
      unsafe first = unsafe waiter
    }
    unsafe last = unsafe waiter
    unsafe waiter.pointee.isQueued = true
  }

  private mutating func unlink(_ waiter: UnsafeMutablePointer<FutexWaiter>) {
    let next = unsafe waiter.pointee.next
    let previous = unsafe waiter.pointee.previous
    if let next = unsafe next {
      unsafe next.pointee.previous = unsafe previous
    } else {
      unsafe last = unsafe previous
    }
    if let previous = unsafe previous {
      unsafe previous.pointee.next = unsafe next
    } else {
      unsafe first = unsafe next
    }
    unsafe waiter.pointee.next = nil
    unsafe waiter.pointee.previous = nil
    unsafe waiter.pointee.isQueued = false
  }
}

/// Whose a futex is after a wake.
package enum FutexOwner: Sendable {
  /// Nobody's.
  case none
  /// The woken thread's, if others still wait.
  case woken
}
