import Synchronization
import ZirconLinux
import ZirconTypes

/// The part of a socket pair's shared memory that one end's process sleeps on and is told by.
///
/// Every word may hold anything: it wakes too often, or not at all, and nothing worse.
struct WakeWords: ~Copyable {
  /// Goes on with everything that happens to the end from outside; threads of its process sleep on it.
  let bell = Atomic<UInt32>(0)
  /// Bit 0: the reactor of its process wants to be rung for; above: threads asleep on `bell`.
  let asked = Atomic<UInt32>(0)
  private let room = InlineArray<7, UInt64>(repeating: 0)
  /// For each signal how often its rise was told: a bit that rises and falls is not missed.
  let rises = InlineArray<32, Atomic<UInt32>> { _ in Atomic(0) }

  static var stride: Int { 192 }
  static var ringBit: UInt32 { 1 }
  static var oneSleeper: UInt32 { 2 }
}

/// What a socket pair of which other processes have a part has in common with them.
///
/// One piece of sealed memory: the pair's block, what each end is woken by, and both spill rings. There is
/// no lock in it: what must change together is the state word, everything else has one writer or is only
/// ever counted up. Whoever dies leaves the word as it was before or after a change; that nobody holds an
/// end any more, Linux says: the bell hangs up. Where several processes hold an end, locks of Linux's make
/// the one writer and the one reader of them, and an `Intent` says what one that died has come to.
///
/// | offset | what                                           |
/// |-------:|------------------------------------------------|
/// |      0 | `PairBlock`                                    |
/// |     64 | `Header`                                       |
/// |    128 | left end: `WakeWords`                          |
/// |    320 | right end: likewise                            |
/// |    512 | `Intent` of readers and writers of each end    |
/// |   4096 | the ring of what the left end writes           |
/// |      … | that of what the right end writes, a page on   |
@safe
final class SharedPair: Sendable {
  let memory: SharedMemory
  private let kind: SocketKind
  /// Of whoever waits for what the other process does.
  let patience = Patience()

  private struct Header: BitwiseCopyable, Equatable {
    let magic: UInt64
    let kind: UInt32
    let version: UInt32

    init(_ kind: SocketKind) {
      magic = 0x7061_6972_7A78_6C31
      self.kind = kind.rawValue
      version = 1
    }
  }

  private static var headerOffset: Int { 64 }
  private static var wakeOffset: Int { 128 }
  private static var ringsOffset: Int { 4096 }

  private static func ringStride(_ kind: SocketKind) -> Int {
    (SpillRing.byteCount(for: kind) + 4095) & ~4095
  }

  /// Bytes of the memory of a pair of `kind`.
  static func byteCount(_ kind: SocketKind) -> Int { ringsOffset + 2 * ringStride(kind) }

  /// What is in `memory`; filled in already, or about to be.
  init(_ memory: consuming SharedMemory, _ kind: SocketKind) {
    self.memory = memory
    self.kind = kind
  }

  /// Memory for a pair of `kind`; its block and rings are still to be filled in.
  static func makeMemory(_ kind: SocketKind) throws(Errno) -> SharedMemory {
    let memory = try SharedMemory.make(byteCount: byteCount(kind))
    unsafe (memory.base + headerOffset).storeBytes(of: Header(kind), as: Header.self)
    return memory
  }

  /// What another process has sent.
  ///
  /// - Throws: `EINVAL` for something else; `ENOMEM`.
  static func open(
    _ kind: SocketKind, _ descriptor: consuming Descriptor
  ) throws(Errno) -> SharedPair {
    let memory = try SharedMemory.map(descriptor, byteCount: byteCount(kind))
    let header = unsafe (memory.base + headerOffset).load(as: Header.self)
    guard header == Header(kind) else { throw .invalidArgument }
    return SharedPair(memory, kind)
  }

  /// Whoever slept at `end` does so no more: all that it had has come here.
  func forgetSleepers(at end: End) {
    withWords(end) { $0.asked.store(0, ordering: .sequentiallyConsistent) }
  }

  var block: PairBlock { unsafe PairBlock(at: UInt(bitPattern: memory.base)) }

  /// Where the ring of what `end` writes begins.
  @unsafe
  func ring(_ end: End) -> UnsafeMutableRawPointer {
    unsafe memory.base + Self.ringsOffset + end.rawValue * Self.ringStride(kind)
  }

  private func withWords<Result>(_ end: End, _ body: (borrowing WakeWords) -> Result) -> Result {
    unsafe body(words(end).pointee)
  }

  private func words(_ end: End) -> UnsafeMutablePointer<WakeWords> {
    // Safety: zeroed memory of the right size and alignment is zeroed atomics.
    unsafe (memory.base + Self.wakeOffset + end.rawValue * WakeWords.stride)
      .assumingMemoryBound(to: WakeWords.self)
  }
}

// MARK: Telling other processes

extension SharedPair {
  /// Counts bits of `end` that rose, to be told by `ring`.
  func count(_ risen: Signals, at end: End) {
    withWords(end) { words in
      var bits = risen.rawValue
      while bits != 0 {
        words.rises[bits.trailingZeroBitCount].wrappingAdd(1, ordering: .relaxed)
        bits &= bits &- 1
        FaultPoint.counted.pass()
      }
      words.bell.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }
  }

  /// Wakes whoever waits at `end`, which `ringer` reaches.
  func ring(_ end: End, _ ringer: Ringer) {
    let asked = withWords(end) { $0.asked.load(ordering: .sequentiallyConsistent) }
    FaultPoint.belled.pass()
    if asked >= WakeWords.oneSleeper { wake(end) }
    FaultPoint.woken.pass()
    if asked & WakeWords.ringBit != 0 { ringer.ring() }
  }

  /// Has other processes look, whoever waits at `end` there.
  func wakeOthers(at end: End, _ ringer: Ringer) {
    withWords(end) { _ = $0.bell.wrappingAdd(1, ordering: .sequentiallyConsistent) }
    wake(end)
    ringer.ring()
  }

  private func wake(_ end: End) {
    let word = unsafe words(end)
    unsafe SharedFutex.wakeAll(UnsafeRawPointer(word).assumingMemoryBound(to: UInt32.self))
  }
}

// MARK: Being told

extension SharedPair {
  /// From here on other processes ring for what happens to `end`.
  func askToBeRung(at end: End) {
    withWords(end) {
      _ = $0.asked.bitwiseOr(WakeWords.ringBit, ordering: .sequentiallyConsistent)
    }
  }

  /// Runs `body` while other processes know that a thread sleeps at `end`.
  func asSleeper<Result>(at end: End, _ body: () -> Result) -> Result {
    withWords(end) {
      _ = $0.asked.wrappingAdd(WakeWords.oneSleeper, ordering: .sequentiallyConsistent)
    }
    defer {
      withWords(end) {
        _ = $0.asked.wrappingSubtract(WakeWords.oneSleeper, ordering: .sequentiallyConsistent)
      }
    }
    return body()
  }

  /// What changes with everything that happens to `end`.
  func bellCount(of end: End) -> UInt32 {
    withWords(end) { $0.bell.load(ordering: .sequentiallyConsistent) }
  }

  /// Sleeps until `bellCount` of `end` is no longer `seen`; false once the deadline has passed.
  func sleep(at end: End, while seen: UInt32, until deadline: Deadline) -> Bool {
    let word = unsafe words(end)
    return unsafe SharedFutex.wait(
      on: UnsafeRawPointer(word).assumingMemoryBound(to: UInt32.self), while: seen, until: deadline)
  }

  /// Lets the threads that sleep at `end` look again.
  func wakeSleepers(at end: End) {
    let asked = withWords(end) { $0.asked.load(ordering: .sequentiallyConsistent) }
    guard asked >= WakeWords.oneSleeper else { return }
    withWords(end) { _ = $0.bell.wrappingAdd(1, ordering: .sequentiallyConsistent) }
    wake(end)
  }

  /// The rises told so far of `end`.
  func rises(of end: End) -> RiseCounts {
    withWords(end) { words in
      var counts = RiseCounts()
      for bit in RiseCounts.bits {
        counts[bit] = words.rises[bit].load(ordering: .relaxed)
      }
      return counts
    }
  }
}

/// A bell with an owner, so that it can go along to another process.
final class BellHolder: Sendable {
  let bell: Bell

  init(_ bell: consuming Bell) {
    self.bell = bell
  }
}

/// The same of a bell for all holders of one end.
final class CommonBellHolder: Sendable {
  let bell: CommonBell

  init(_ bell: consuming CommonBell) {
    self.bell = bell
  }
}

/// What a process has of an end that it holds.
struct HeldEnd {
  /// Rings at whoever holds the other end, and hangs up when nobody does.
  let bell: BellHolder
  /// Rings at whoever else holds this one, once somebody does.
  var common: CommonBellHolder?

  /// Adds it to what goes to another process.
  func lend(to list: inout LentDescriptors) {
    list.append(bell.bell.descriptor, of: bell)
    if let common { list.append(common.bell.descriptor, of: common) }
  }
}

/// What reaches the holders of an end in other processes.
enum Ringer {
  case bell(BellHolder)
  case common(CommonBellHolder)

  func ring() {
    switch self {
    case .bell(let holder): holder.bell.ring()
    case .common(let holder): holder.bell.ring()
    }
  }
}

/// How often each signal of an end was told to have risen.
struct RiseCounts {
  private var counts = InlineArray<32, UInt32>(repeating: 0)

  /// The signals of sockets, by the places of their bits.
  static let bits: [Int] = (0..<32).filter { Signals.ofSockets.rawValue >> UInt32($0) & 1 != 0 }

  subscript(bit: Int) -> UInt32 {
    get { counts[bit] }
    set { counts[bit] = newValue }
  }

  /// The signals of which more is told than in `earlier`.
  func risen(since earlier: RiseCounts) -> Signals {
    var risen = Signals.none
    for bit in Self.bits where counts[bit] != earlier.counts[bit] {
      risen.insert(Signals(rawValue: 1 << UInt32(bit)))
    }
    return risen
  }
}

extension Signals {
  /// What a socket can show.
  fileprivate static var ofSockets: Signals {
    [
      .readable, .writable, .peerClosed, .peerWriteDisabled, .writeDisabled, .readThreshold,
      .writeThreshold, .allUser,
    ]
  }
}
