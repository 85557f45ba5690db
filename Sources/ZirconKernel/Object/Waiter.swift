import Synchronization
import ZirconLinux
import ZirconTypes

/// What a sleeping thread waits in, as `ZX_INFO_THREAD` tells it: the numbers of its states.
enum WaitKind: UInt32 {
  case futex = 0x0303
  case port = 0x0403
  case channel = 0x0503
  case one = 0x0603
  case many = 0x0703

  /// Stands behind the kind, so that another word that threads sleep on is not taken for a waiter's.
  static var mark: UInt32 { 0x7A78_7761 }
}

/// A thread that sleeps until one of its observers fires: one word on that thread's stack.
///
/// Behind the word stand the kind of the wait and a mark, for whoever finds the thread asleep on it.
@safe
struct Waiter {
  // Safety: lives in the frame of `withWaiter`, which outlasts every observer that names it.
  private let word: UnsafeMutablePointer<Atomic<UInt32>>

  private static let awake: UInt32 = 0
  private static let asleep: UInt32 = 1
  private static let done: UInt32 = 2

  /// Runs `body` with a waiter for the calling thread.
  static func withWaiter<Result: ~Copyable>(
    _ kind: WaitKind, _ body: (Waiter) throws(Status) -> Result
  ) throws(Status) -> Result {
    try unsafe withUnsafeTemporaryAllocation(of: Atomic<UInt32>.self, capacity: 3) {
      (storage) throws(Status) -> Result in
      let word = unsafe storage.baseAddress.unsafelyUnwrapped
      unsafe word.initialize(to: Atomic(awake))
      unsafe (word + 1).initialize(to: Atomic(kind.rawValue))
      unsafe (word + 2).initialize(to: Atomic(WaitKind.mark))
      defer { unsafe word.deinitialize(count: 3) }
      return try unsafe body(Waiter(word: word))
    }
  }

  /// Sleeps until something fired or `deadline` has passed.
  func sleep(until deadline: Deadline) {
    let (set, _) = unsafe word.pointee.compareExchange(
      expected: Self.awake, desired: Self.asleep, ordering: .acquiringAndReleasing)
    guard set else { return }
    while unsafe word.pointee.load(ordering: .acquiring) == Self.asleep {
      if unsafe !Futex.wait(on: address, while: Self.asleep, until: deadline) { return }
    }
  }

  /// Whether something fired.
  var isDone: Bool { unsafe word.pointee.load(ordering: .acquiring) == Self.done }

  /// Marks it done; true if its thread sleeps and must be woken by address.
  func finish() -> Bool {
    unsafe word.pointee.exchange(Self.done, ordering: .acquiringAndReleasing) == Self.asleep
  }

  /// The word's address, good for a wake even when the frame is gone.
  @unsafe var address: UnsafePointer<UInt32> {
    unsafe UnsafeRawPointer(word).assumingMemoryBound(to: UInt32.self)
  }
}

/// What to do once the lock is released: sleeping threads to wake, waits without a thread to finish, entries
/// of ports to free.
///
/// After that moment a waiter's memory may be gone, so only addresses are kept. There is room for a
/// handful; more are woken at once, under the lock, which is slower and nothing worse.
@safe
struct WakeList: ~Copyable {
  private var addresses = InlineArray<8, UInt>(repeating: 0)
  private var count = 0
  private var discarded = EntryList()
  private var fired = FiredWaits()

  mutating func add(_ waiter: Waiter) {
    guard waiter.finish() else { return }
    if count == addresses.count { flush() }
    unsafe addresses[count] = UInt(bitPattern: waiter.address)
    count += 1
  }

  /// Takes over the reference to a wait that has fired, to finish it.
  mutating func add(_ wait: FiringWait) {
    fired.add(wait)
  }

  /// Takes over an entry that is in no list, to free it.
  @unsafe
  mutating func discard(_ entry: UnsafeMutablePointer<PortEntry>) {
    unsafe discarded.append(entry)
  }

  /// Wakes, finishes and frees them all; with no lock held.
  consuming func deliver() {
    flush()
    if !fired.isEmpty { fired.finishAll() }
    if !discarded.isEmpty { discarded.freeAll() }
  }

  private mutating func flush() {
    for index in 0..<count {
      if let address = unsafe UnsafePointer<UInt32>(bitPattern: addresses[index]) {
        Futex.wake(address)
      }
    }
    count = 0
  }
}
