import ZirconLinux
import ZirconTypes

/// What the ends of a fifo share.
///
/// Its lock is held while at most 4,096 bytes are copied from or to the caller, so that each call is all or
/// nothing. Where an end has had more than one holder, those in other processes are excluded by a lock of
/// Linux's meanwhile, one for the writers and one for the readers of each end.
final class FifoPair: SharableObject, PeeredPair, @unchecked Sendable {
  static var objectType: ObjectType { .fifo }

  // Guarded by `state`.
  private let toLeft: FifoRing
  private let toRight: FifoRing
  let elementCount: Int
  let elementSize: Int

  /// An empty fifo, both ends here.
  ///
  /// - Throws: `noMemory`.
  init(_ elements: FifoElements, in kernel: Kernel) throws(Status) {
    elementCount = Int(elements.count)
    elementSize = Int(elements.size)
    toLeft = try FifoRing(elementCount: elementCount, elementSize: elementSize)
    toRight = try FifoRing(elementCount: elementCount, elementSize: elementSize)
    super.init(hasTwoEnds: true, settable: .allUser, in: kernel)
    var wakes = WakeList()
    state.withLock { lookAround(.left, &$0, &wakes) }
    wakes.deliver()
  }

  /// What waits to be read at `end`; under the lock.
  func withRing<Result>(
    to end: End, _ body: (borrowing FifoRing) throws(Status) -> Result
  ) throws(Status) -> Result {
    if end == .left { return try body(toLeft) }
    return try body(toRight)
  }

  @inline(__always)
  func isEmpty(to end: End) -> Bool {
    end == .left ? toLeft.isEmpty : toRight.isEmpty
  }

  @inline(__always)
  func isFull(to end: End) -> Bool {
    end == .left ? toLeft.isFull : toRight.isFull
  }

  override func derivedSignals(of end: End, _ state: borrowing State) -> Signals {
    var signals = Signals.none
    if !isEmpty(to: end) { signals.insert(.readable) }
    if !state.isGone(end.peer) && !isFull(to: end.peer) { signals.insert(.writable) }
    return signals
  }

  private static var ringStride: Int { (FifoRing.maxByteCount + 63) & ~63 }

  override var usesLocks: Bool { true }

  override var extraByteCount: Int { 3 * 4096 }

  override func move(to extra: UnsafeMutableRawPointer, copying: Bool) {
    unsafe toLeft.move(to: extra, copying: copying)
    unsafe toRight.move(to: extra + Self.ringStride, copying: copying)
  }
}

// MARK: Reading and writing

extension FifoPair {
  /// Runs `body` under the lock and tells whom it has to be told, also when it throws.
  func changing(
    _ body: (inout State, inout WakeList) throws(Status) -> Int
  ) throws(Status) -> Int {
    var wakes = WakeList()
    let result: Int
    do throws(Status) {
      result = try state.withLock { (state) throws(Status) in try body(&state, &wakes) }
    } catch {
      wakes.deliver()
      throw error
    }
    wakes.deliver()
    return result
  }

  /// Takes notice of what a read or write at `end` has changed: at the peer first.
  @inline(__always)
  func lookAround(
    _ end: End, _ state: inout State, atPeer: Bool = true, here: Bool = true,
    _ wakes: inout WakeList
  ) {
    if atPeer { look(at: end.peer, &state, &wakes) }
    if here { look(at: end, &state, &wakes) }
  }

  /// Runs `body` while no other process does such work at `end`; under the lock.
  ///
  /// - Throws: `badHandle` if the end is not here any more; `shouldWait` if another process was stopped in the
  ///   middle of it; what `body` throws.
  func alone<Result>(
    _ work: EndWork, at end: End, _ state: borrowing State, _ body: () throws(Status) -> Result
  ) throws(Status) -> Result {
    guard state.isHere(end) else { throw .badHandle }
    guard let shared = state.shared, shared.isHeldByMany(end) else { return try body() }
    try linux { () throws(Errno) in try shared.memory.lock(work, at: end) }
    defer { shared.memory.unlock(work, at: end) }
    return try body()
  }
}
