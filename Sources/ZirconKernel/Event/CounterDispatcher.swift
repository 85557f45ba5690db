import Synchronization
import ZirconLinux
import ZirconTypes

/// What a counter consists of: a number with a sign, and signals that say whether it is above zero.
@safe
final class CounterContents: SharableObject, @unchecked Sendable {
  // Safety: owned by this; a place of its own, so that no use of it is checked.
  private nonisolated(unsafe) let place: UnsafeMutablePointer<Place>

  /// Where the number is; guarded by `state`.
  @safe private struct Place {
    // Safety: 8 bytes of the heap, until they are in shared memory.
    var word: UnsafeMutablePointer<Atomic<Int64>>
    var isShared = false
  }

  private var word: UnsafeMutablePointer<Atomic<Int64>> { unsafe place.pointee.word }

  init(in kernel: Kernel) {
    let word = UnsafeMutablePointer<Atomic<Int64>>.allocate(capacity: 1)
    unsafe word.initialize(to: Atomic(0))
    unsafe place = .allocate(capacity: 1)
    unsafe place.initialize(to: Place(word: word))
    super.init(hasTwoEnds: false, settable: Signals.allUser.union(.signaled), in: kernel)
    var wakes = WakeList()
    state.withLock { look(at: .left, &$0, &wakes) }
    wakes.deliver()
  }

  deinit {
    if unsafe !place.pointee.isShared { unsafe word.deallocate() }
    unsafe place.deallocate()
  }

  override var extraByteCount: Int { 4096 }

  override func move(to extra: UnsafeMutableRawPointer, copying: Bool) {
    let new = unsafe extra.assumingMemoryBound(to: Atomic<Int64>.self)
    if copying {
      let value = unsafe word.pointee.load(ordering: .relaxed)
      unsafe new.pointee.store(value, ordering: .relaxed)
    }
    if unsafe !place.pointee.isShared { unsafe word.deallocate() }
    unsafe place.pointee = Place(word: new, isShared: true)
  }

  override func derivedSignals(of end: End, _ state: borrowing State) -> Signals {
    Self.signals(of: unsafe word.pointee.load(ordering: .acquiring))
  }

  private static func signals(of value: Int64) -> Signals { value > 0 ? .positive : .nonPositive }

  var value: Int64 {
    state.withLock { _ in unsafe word.pointee.load(ordering: .acquiring) }
  }

  /// Sets the value to what `change` makes of it.
  ///
  /// - Throws: What `change` throws; then nothing has changed.
  func change(_ change: (Int64) throws(Status) -> Int64) throws(Status) {
    var wakes = WakeList()
    try state.withLock { (state) throws(Status) in
      var old = unsafe word.pointee.load(ordering: .acquiring)
      while true {
        let new = try change(old)
        let (done, now) = unsafe word.pointee.compareExchange(
          expected: old, desired: new, ordering: .acquiringAndReleasing)
        if done {
          state.shared?.tell(.left, Self.signals(of: new).subtracting(Self.signals(of: old)))
          look(at: .left, &state, &wakes)
          return
        }
        // Another process was faster.
        old = now
      }
    }
    wakes.deliver()
  }
}

/// A counter.
final class CounterDispatcher: SharableDispatcher<CounterContents>, @unchecked Sendable {
  init(koid: Koid, in kernel: Kernel) {
    super.init(koid: koid, type: .counter, CounterContents(in: kernel))
  }

  /// A counter that has come from another process.
  ///
  /// - Throws: `internal` for what is none; `noMemory`.
  static func arrive(
    _ arriving: consuming ArrivingHandle, in kernel: Kernel
  ) throws(Status) -> CounterDispatcher {
    let counter = CounterDispatcher(koid: arriving.koid, in: kernel)
    try counter.contents.arrive(arriving.giveDescriptors())
    return counter
  }
}
