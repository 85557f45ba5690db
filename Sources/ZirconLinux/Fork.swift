import CLinux
import Glibc
import Synchronization
import ZirconTypes

/// Descriptors this library has open, by number, readable without a lock by a forked child.
///
/// Invariant: a number is in the set from its birth to its death; both happen inside `ForkGate`, so a
/// child never sees one without the other.
enum DescriptorSet {
  /// The largest number plus one that can be recorded: Linux's default ceiling for a process.
  static let capacity = 1 << 20

  /// Records `fd`; false if its number is out of range or there is no memory for the set.
  static func insert(_ fd: Int32) -> Bool {
    guard fd >= 0, Int(fd) < capacity, let words = unsafe words() else { return false }
    let (word, bit) = position(fd)
    unsafe words[word].bitwiseOr(bit, ordering: .relaxed)
    return true
  }

  static func remove(_ fd: Int32) {
    guard let words = unsafe words() else { return }
    let (word, bit) = position(fd)
    unsafe words[word].bitwiseAnd(~bit, ordering: .relaxed)
  }

  /// Whether `fd` is recorded.
  static func contains(_ fd: Int32) -> Bool {
    guard fd >= 0, Int(fd) < capacity, let words = unsafe words() else { return false }
    let (word, bit) = position(fd)
    return unsafe words[word].load(ordering: .relaxed) & bit != 0
  }

  /// Closes everything recorded and empties the set.
  static func closeAll() {
    guard let words = unsafe words() else { return }
    for word in 0..<(capacity / 64) {
      var bits = unsafe words[word].exchange(0, ordering: .relaxed)
      while bits != 0 {
        close(Int32(word * 64 + bits.trailingZeroBitCount))
        bits &= bits &- 1
      }
    }
  }

  private static func position(_ fd: Int32) -> (word: Int, bit: UInt64) {
    (Int(fd) / 64, 1 << UInt64(fd % 64))
  }

  /// The bitmap, mapped at the first use and kept for the life of the process.
  private static func words() -> UnsafeMutablePointer<Atomic<UInt64>>? {
    let known = bitmap.load(ordering: .acquiring)
    if known != 0 { return unsafe UnsafeMutablePointer(bitPattern: known) }
    // Zeroed pages are zeroed atomics: an atomic word is represented by the word.
    guard let made = unsafe clinux_map_pages(capacity / 8) else { return nil }
    let (mine, theirs) = bitmap.compareExchange(
      expected: 0, desired: UInt(bitPattern: made), ordering: .acquiringAndReleasing)
    guard !mine else { return unsafe made.assumingMemoryBound(to: Atomic<UInt64>.self) }
    unsafe clinux_unmap_pages(made, capacity / 8)
    return unsafe UnsafeMutablePointer(bitPattern: theirs)
  }
}

/// Keeps the birth and death of descriptors apart from `fork`.
///
/// Births and deaths share the gate; a fork has it alone from before the copy of the process until
/// after. The child is told by `install` what to do; it takes no lock and frees nothing.
package enum ForkGate {
  /// Makes descriptors while no fork can happen.
  static func birth<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    enter()
    defer { leave() }
    return try body()
  }

  /// Closes descriptors while no fork can happen.
  static func death(_ body: () -> Void) {
    enter()
    defer { leave() }
    body()
  }

  /// Registers the handlers, once in the life of the process; `child` runs in every forked child.
  package static func install(child: @escaping @convention(c) () -> Void) {
    guard installed.exchange(1, ordering: .acquiringAndReleasing) == 0 else { return }
    childAction.store(unsafe unsafeBitCast(child, to: UInt.self), ordering: .releasing)
    pthread_atfork(
      { ForkGate.close() }, { ForkGate.reopen() },
      {
        ForkGate.reopen()
        DescriptorSet.closeAll()
        Ring.forget()
        ForkGate.runChildAction()
      })
  }

  private static func runChildAction() {
    let bits = childAction.load(ordering: .acquiring)
    // Safety: stored by `install`, which took it as a C function.
    let action = unsafe unsafeBitCast(bits, to: (@convention(c) () -> Void)?.self)
    action?()
  }

  private static let closed: UInt32 = 1 << 31

  private static func enter() {
    while true {
      let now = gate.load(ordering: .relaxed)
      if now & closed != 0 {
        sleep(while: now)
      } else if gate.weakCompareExchange(
        expected: now, desired: now + 1, successOrdering: .acquiring, failureOrdering: .relaxed
      ).exchanged {
        return
      }
    }
  }

  private static func leave() {
    if gate.subtract(1, ordering: .releasing).newValue == closed { wakeAll() }
  }

  private static func close() {
    forking.lock()
    var now = gate.bitwiseOr(closed, ordering: .acquiring).newValue
    while now != closed {
      sleep(while: now)
      now = gate.load(ordering: .acquiring)
    }
  }

  /// In the parent and in the child, where the copy of the gate is the child's own.
  private static func reopen() {
    gate.store(0, ordering: .releasing)
    wakeAll()
    forking.unlock()
  }

  private static func sleep(while value: UInt32) {
    withGateAddress { _ = Futex.wait(on: $0, while: value, until: .infinite) }
  }

  private static func wakeAll() {
    withGateAddress { Futex.wake($0, count: .max) }
  }

  /// Safety: the gate is a global; its address is that of its representation, a plain word.
  @safe
  private static func withGateAddress(_ body: (UnsafePointer<UInt32>) -> Void) {
    unsafe withUnsafePointer(to: gate) {
      unsafe body(UnsafeRawPointer($0).assumingMemoryBound(to: UInt32.self))
    }
  }
}

/// Address of the set's words; 0 until the first use.
private let bitmap = Atomic<UInt>(0)
/// Sharers inside, and the top bit while a fork has the gate or waits for it.
private let gate = Atomic<UInt32>(0)
private let forking = FutexLock()
private let installed = Atomic<UInt32>(0)
private let childAction = Atomic<UInt>(0)
