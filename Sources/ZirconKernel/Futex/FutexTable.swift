import ZirconLinux
import ZirconTypes

/// The threads of this process that wait on futexes, by the futexes' addresses.
///
/// Zircon's own queues rather than Linux's, which know no owners. A word is read under the lock of its
/// queue, so that a thread is queued before the next wake or not at all. Locking: a lock per queue; a
/// requeue takes two in the order of their places.
@safe
struct FutexTable: Sendable {
  private static let queueCount = 256

  // Safety: freed only by `destroy`.
  private nonisolated(unsafe) let queues: UnsafeMutablePointer<Guarded<FutexQueue>>

  init() {
    unsafe queues = .allocate(capacity: Self.queueCount)
    for place in 0..<Self.queueCount {
      unsafe (queues + place).initialize(to: Guarded(FutexQueue()))
    }
  }

  /// Gives back a table that no call has seen.
  @unsafe
  func destroy() {
    unsafe queues.deinitialize(count: Self.queueCount)
    unsafe queues.deallocate()
  }

  /// Sleeps on the futex until a wake, at most until `deadline`.
  ///
  /// - Throws: `invalidArgs` if the word cannot be read; `badState` if it is not `expected`; what kept the
  ///   owner from being named; `invalidArgs` if it is `thread` or waits on the futex; `timedOut`. In this
  ///   order.
  func wait(
    on address: UInt, while expected: UInt32, thread: Koid, owner: Result<Koid, Status>,
    until deadline: Deadline
  ) throws(Status) {
    try Waiter.withWaiter(.futex) { (waiter) throws(Status) in
      try unsafe withUnsafeTemporaryAllocation(of: FutexWaiter.self, capacity: 1) {
        (storage) throws(Status) in
        // Safety: out of every queue before this frame goes.
        let own = unsafe storage.baseAddress.unsafelyUnwrapped
        unsafe own.initialize(to: FutexWaiter(thread: thread, on: address, waiter))
        defer { unsafe own.deinitialize(count: 1) }
        try withQueue(of: address) { (queue) throws(Status) in
          try Self.check(address, holds: expected)
          let owner = try owner.get()
          guard owner != thread, !queue.hasWaiter(owner, on: address) else { throw .invalidArgs }
          unsafe queue.add(own, owner: owner)
        }
        waiter.sleep(until: deadline)
        if unsafe leave(own) { throw .timedOut }
      }
    }
  }

  /// Takes the calling thread out of the queue it stands in; false if it was woken.
  @unsafe
  private func leave(_ own: UnsafeMutablePointer<FutexWaiter>) -> Bool {
    while true {
      let address = unsafe own.pointee.address
      let wasWaiting = withQueue(of: address) { queue -> Bool? in
        // A requeue may have moved it meanwhile.
        guard unsafe own.pointee.address == address else { return nil }
        return unsafe queue.remove(own)
      }
      if let wasWaiting { return wasWaiting }
    }
  }

  /// Wakes up to `count` threads that wait on the futex, those first that have waited longest.
  func wake(_ address: UInt, count: UInt32, owner: FutexOwner) {
    var wakes = WakeList()
    withQueue(of: address) { $0.wake(address, count: count, owner: owner, &wakes) }
    wakes.deliver()
  }

  /// Wakes up to `wakeCount` threads and lets up to `moveCount` more wait on `target` instead.
  ///
  /// - Throws: `invalidArgs` if the word cannot be read; `badState` if it is not `expected`; what kept the
  ///   target's owner from being named; `invalidArgs` if that waits on either futex. In this order.
  func requeue(
    _ address: UInt, wakeCount: UInt32, owner: FutexOwner, while expected: UInt32, to target: UInt,
    moveCount: UInt32, targetOwner: Result<Koid, Status>
  ) throws(Status) {
    var wakes = WakeList()
    try unsafe withQueues(of: address, target) { (source, destination) throws(Status) in
      try Self.check(address, holds: expected)
      let newOwner = try targetOwner.get()
      guard unsafe !source.pointee.hasWaiter(newOwner, on: address),
        unsafe !destination.pointee.hasWaiter(newOwner, on: target)
      else { throw .invalidArgs }
      unsafe source.pointee.wake(address, count: wakeCount, owner: owner, &wakes)
      let moved = unsafe source.pointee.take(address, count: moveCount, for: target)
      unsafe destination.pointee.add(moved, on: target, owner: newOwner)
    }
    wakes.deliver()
  }

  /// The thread that owns the futex; `invalid` for nobody.
  func owner(of address: UInt) -> Koid {
    withQueue(of: address) { $0.owner(of: address) }
  }

  /// Judges the word of a futex.
  private static func check(_ address: UInt, holds expected: UInt32) throws(Status) {
    let word = unsafe UserIn(UnsafeRawPointer(bitPattern: address), byteCount: 4)
    guard try linux({ () throws(Errno) in try word.loadSharedWord() }) == expected else {
      throw .badState
    }
  }
}

// MARK: Queues

extension FutexTable {
  private func place(of address: UInt) -> Int {
    // The top bits of a product depend on all bits of the address.
    Int((address >> 2 &* 0x9E37_79B9_7F4A_7C15) >> 56)
  }

  private func withQueue<Result, Failure: Error>(
    of address: UInt, _ body: (inout FutexQueue) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe queues[place(of: address)].withLock(body)
  }

  /// Runs `body` with both queues, which may be one and the same.
  @unsafe
  private func withQueues(
    of first: UInt, _ second: UInt,
    _ body: (UnsafeMutablePointer<FutexQueue>, UnsafeMutablePointer<FutexQueue>) throws(Status) ->
      Void
  ) throws(Status) {
    let (here, there) = (place(of: first), place(of: second))
    try unsafe withPointer(to: min(here, there)) { (low) throws(Status) in
      guard here != there else { return try unsafe body(low, low) }
      try unsafe withPointer(to: max(here, there)) { (high) throws(Status) in
        try unsafe here < there ? body(low, high) : body(high, low)
      }
    }
  }

  @unsafe
  private func withPointer(
    to place: Int, _ body: (UnsafeMutablePointer<FutexQueue>) throws(Status) -> Void
  ) throws(Status) {
    try unsafe queues[place].withLock { (queue) throws(Status) in
      try unsafe withUnsafeMutablePointer(to: &queue) { (queue) throws(Status) in
        try unsafe body(queue)
      }
    }
  }
}
