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

/// What a socket pair whose ends are in two processes has in common, as this process holds it.
///
/// One piece of sealed memory: the pair's block, what each end is woken by, and both spill rings. There is
/// no lock in it: what must change together is the state word, everything else has one writer or is only
/// ever counted up. Whoever dies leaves the word as it was before or after a change; that a process has
/// died, Linux says: the bell hangs up.
///
/// | offset | what                                           |
/// |-------:|------------------------------------------------|
/// |      0 | `PairBlock`                                    |
/// |     64 | `Header`                                       |
/// |    128 | left end: `WakeWords`                          |
/// |    320 | right end: likewise                            |
/// |   4096 | the ring of what the left end writes           |
/// |      … | that of what the right end writes, a page on   |
@safe
final class SharedPair: Sendable {
  let memory: SharedMemory
  /// Rings at the process that has the other end.
  let bell: Bell
  /// The end that is here.
  let here: End
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
  init(
    _ memory: consuming SharedMemory, _ bell: consuming Bell, here: End, _ kind: SocketKind
  ) {
    self.memory = memory
    self.bell = bell
    self.here = here
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
    _ kind: SocketKind, here: End, _ descriptor: consuming Descriptor, bell: consuming Bell
  ) throws(Errno) -> SharedPair {
    let memory = try SharedMemory.map(descriptor, byteCount: byteCount(kind))
    let header = unsafe (memory.base + headerOffset).load(as: Header.self)
    guard header == Header(kind) else { throw .invalidArgument }
    let shared = SharedPair(memory, bell, here: here, kind)
    // Whoever slept there does so no more.
    shared.withWords(here) { $0.asked.store(0, ordering: .sequentiallyConsistent) }
    return shared
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

// MARK: Telling the other process

extension SharedPair {
  /// Counts bits of the other end that rose, to be told by `ring`.
  func count(_ risen: Signals) {
    withWords(here.peer) { words in
      var bits = risen.rawValue
      while bits != 0 {
        words.rises[bits.trailingZeroBitCount].wrappingAdd(1, ordering: .relaxed)
        bits &= bits &- 1
        FaultPoint.counted.pass()
      }
      words.bell.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }
  }

  /// Wakes whoever waits at the other end.
  func ring() {
    let asked = withWords(here.peer) { $0.asked.load(ordering: .sequentiallyConsistent) }
    FaultPoint.belled.pass()
    if asked >= WakeWords.oneSleeper { wake(here.peer) }
    FaultPoint.woken.pass()
    if asked & WakeWords.ringBit != 0 { bell.ring() }
  }

  /// Has the other process look, whoever waits there.
  func wakeOther() {
    withWords(here.peer) { _ = $0.bell.wrappingAdd(1, ordering: .sequentiallyConsistent) }
    wake(here.peer)
    bell.ring()
  }

  private func wake(_ end: End) {
    let word = unsafe words(end)
    unsafe SharedFutex.wakeAll(UnsafeRawPointer(word).assumingMemoryBound(to: UInt32.self))
  }
}

// MARK: Being told

extension SharedPair {
  /// From here on the other process rings for what happens to the end that is here.
  func askToBeRung() {
    withWords(here) {
      _ = $0.asked.bitwiseOr(WakeWords.ringBit, ordering: .sequentiallyConsistent)
    }
  }

  /// Runs `body` while the other process knows that a thread sleeps here.
  func asSleeper<Result>(_ body: () -> Result) -> Result {
    withWords(here) {
      _ = $0.asked.wrappingAdd(WakeWords.oneSleeper, ordering: .sequentiallyConsistent)
    }
    defer {
      withWords(here) {
        _ = $0.asked.wrappingSubtract(WakeWords.oneSleeper, ordering: .sequentiallyConsistent)
      }
    }
    return body()
  }

  /// What changes with everything that happens to the end that is here.
  var bellCount: UInt32 { withWords(here) { $0.bell.load(ordering: .sequentiallyConsistent) } }

  /// Sleeps until `bellCount` is no longer `seen`; false once the deadline has passed.
  func sleep(while seen: UInt32, until deadline: Deadline) -> Bool {
    let word = unsafe words(here)
    return unsafe SharedFutex.wait(
      on: UnsafeRawPointer(word).assumingMemoryBound(to: UInt32.self), while: seen, until: deadline)
  }

  /// Lets the threads of this process that sleep here look again.
  func wakeSleepers() {
    let asked = withWords(here) { $0.asked.load(ordering: .sequentiallyConsistent) }
    guard asked >= WakeWords.oneSleeper else { return }
    withWords(here) { _ = $0.bell.wrappingAdd(1, ordering: .sequentiallyConsistent) }
    wake(here)
  }

  /// The rises told so far of the end that is here.
  func rises() -> RiseCounts {
    withWords(here) { words in
      var counts = RiseCounts()
      for bit in RiseCounts.bits {
        counts[bit] = words.rises[bit].load(ordering: .relaxed)
      }
      return counts
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
