import Synchronization
import ZirconLinux
import ZirconTypes

/// The signals of an object that several processes hold, of both ends if it has two, and what wakes the
/// holders.
///
/// In shared memory stand a word for each end, and for each bit that an end can show how often it has risen:
/// whoever looks late learns of a bit that has risen and fallen. Whoever changes them may be killed in
/// between: then a bit that has risen shows, and only who waited for it is not woken. Any holder may write
/// anything there; of a bit that is not settable nothing is believed.
///
/// | offset | what                                                                         |
/// |-------:|------------------------------------------------------------------------------|
/// |      0 | left end, or the only one: its signals, and how often each of `bits` has risen |
/// |     64 | right end: likewise                                                          |
/// |    128 | for each end whether it was ever held more than once                          |
/// |   4096 | what else the object has in common                                           |
@safe
final class SharedSignals: @unchecked Sendable {
  // Safety: mapped as long as this lives; only atomics of it are reached from here.
  let memory: SharedMemory
  /// Rings at all holders.
  private let bell: CommonBell
  /// Of the words, what may be set by calls.
  private let settable: Signals

  /// The places of the bits that an object of this kind can show.
  private static let bits: InlineArray<13, UInt32> = [
    0, 1, 3, 4, 5, 24, 25, 26, 27, 28, 29, 30, 31,
  ]

  /// How often each of `bits` had risen when it was last looked at.
  typealias Rises = InlineArray<13, UInt32>

  private static var endStride: Int { 64 }
  private static var heldByManyOffset: Int { 128 }
  private static var extraOffset: Int { 4096 }
  /// Descriptors that each handle takes along for it.
  static var descriptorCount: Int { 2 }

  private init(
    _ memory: consuming SharedMemory, _ bell: consuming CommonBell, settable: Signals
  ) {
    self.memory = memory
    self.bell = bell
    self.settable = settable
  }

  /// No signals, in shared memory with `extra` zero bytes behind them.
  ///
  /// - Throws: `noMemory`.
  static func make(settable: Signals, extra: Int = 0) throws(Status) -> SharedSignals {
    try linux { () throws(Errno) in
      let memory = try SharedMemory.make(byteCount: extraOffset + extra)
      return SharedSignals(memory, try CommonBell.make(), settable: settable)
    }
  }

  /// Takes what another holder has sent.
  ///
  /// - Throws: `internal` if it is none; `noMemory`.
  static func arrive(
    _ memory: consuming Descriptor, _ bell: consuming Descriptor, settable: Signals, extra: Int = 0
  ) throws(Status) -> SharedSignals {
    do throws(Errno) {
      let memory = try SharedMemory.map(memory, byteCount: extraOffset + extra)
      return SharedSignals(memory, try CommonBell(received: bell), settable: settable)
    } catch {
      throw error == .invalidArgument ? .internal : Status(error)
    }
  }

  /// Adds what another process needs to hold it too.
  ///
  /// - Throws: `noMemory`; `notSupported` if this process cannot open its own descriptors.
  func lend(to list: inout LentDescriptors, usingLocks: Bool) throws(Status) {
    let isLocked = usingLocks && (isHeldByMany(.left) || isHeldByMany(.right))
    try memory.lend(to: &list, of: self, isHeldByMany: isLocked)
    list.append(bell.descriptor, of: self)
  }

  /// The memory behind the signals.
  @unsafe var extra: UnsafeMutableRawPointer { unsafe memory.base + Self.extraOffset }

  private func atomic(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    // Safety: only asked for what lies in the first page.
    unsafe (memory.base + offset).assumingMemoryBound(to: Atomic<UInt32>.self)
  }

  private func word(of end: End) -> UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe atomic(end.rawValue * Self.endStride)
  }

  private func count(_ index: Int, of end: End) -> UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe atomic(end.rawValue * Self.endStride + 4 + index * 4)
  }
}

// MARK: Signals

extension SharedSignals {
  /// What calls have set of `end`.
  func signals(of end: End = .left) -> Signals {
    Signals(rawValue: unsafe word(of: end).pointee.load(ordering: .acquiring))
      .intersection(settable)
  }

  /// Changes them, and tells of bits that rose.
  func update(_ end: End = .left, clear: Signals, set: Signals) {
    var old = unsafe word(of: end).pointee.load(ordering: .relaxed)
    while true {
      let new = Signals(rawValue: old).updated(clear: clear, set: set).intersection(settable)
      let (done, now) = unsafe word(of: end).pointee.weakCompareExchange(
        expected: old, desired: new.rawValue, successOrdering: .acquiringAndReleasing,
        failureOrdering: .relaxed)
      if done {
        tell(end, new.subtracting(Signals(rawValue: old)))
        return
      }
      old = now
    }
  }

  /// Tells all holders that `risen` have risen at `end`; nothing, if none has.
  func tell(_ end: End, _ risen: Signals) {
    guard risen != .none else { return }
    for index in Self.bits.indices where risen.rawValue >> Self.bits[index] & 1 != 0 {
      unsafe count(index, of: end).pointee.wrappingAdd(1, ordering: .releasing)
    }
    bell.ring()
  }

  /// How often each bit of `end` has risen by now.
  func rises(of end: End = .left) -> Rises {
    var rises = Rises(repeating: 0)
    for index in Self.bits.indices {
      rises[index] = unsafe count(index, of: end).pointee.load(ordering: .acquiring)
    }
    return rises
  }

  /// The bits that have risen between two looks.
  static func risen(_ old: Rises, _ new: Rises) -> Signals {
    var risen: UInt32 = 0
    for index in bits.indices where old[index] != new[index] { risen |= 1 << bits[index] }
    return Signals(rawValue: risen)
  }
}

// MARK: Holders

extension SharedSignals {
  /// Whether `end` was ever held more than once, perhaps by several processes.
  func isHeldByMany(_ end: End) -> Bool {
    unsafe atomic(Self.heldByManyOffset + end.rawValue * 4).pointee.load(ordering: .acquiring) != 0
  }

  /// Another process is about to hold `end` too.
  ///
  /// - Throws: `noMemory`; `notSupported` if this process cannot open its own descriptors.
  func markHeldByMany(_ end: End, usingLocks: Bool) throws(Status) {
    guard !isHeldByMany(end) else { return }
    if usingLocks { try memory.openForMyself() }
    unsafe atomic(Self.heldByManyOffset + end.rawValue * 4).pointee.store(1, ordering: .releasing)
  }

  /// Tells `target` when somebody has rung.
  ///
  /// - Throws: as `Reactor.watch`.
  func watch(_ target: any ReactorTarget, in reactor: Reactor) throws(Errno) -> Reactor.Watch {
    try reactor.watch(bell.descriptor, for: [.readable, .edge], target)
  }

  /// Ends that.
  func forget(_ watch: Reactor.Watch, in reactor: Reactor) {
    reactor.forget(watch, of: bell.descriptor)
  }
}
