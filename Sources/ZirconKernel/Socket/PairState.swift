import Synchronization
import ZirconLinux
import ZirconTypes

/// What one word says about the end of a socket pair and the direction it writes to.
///
/// From the low end: `used` (19 bits), `spilled` (19), then WRITABLE, WRITE_DISABLED, closed, watched,
/// the eight user signals, of a raw pair what Linux showed of this end last, and what there is to know of an
/// end that several processes hold.
struct EndState: Equatable {
  var bits: UInt64

  private static let countMask: UInt64 = 1 << 19 - 1
  private static let spilledShift: UInt64 = 19
  private static let writable: UInt64 = 1 << 38
  private static let writeDisabled: UInt64 = 1 << 39
  private static let closed: UInt64 = 1 << 40
  private static let watched: UInt64 = 1 << 41
  private static let userShift: UInt64 = 42
  private static let userMask: UInt64 = 0xFF << 42
  private static let raw: UInt64 = 1 << 50
  private static let hasInput: UInt64 = 1 << 51
  private static let inputHasEnded: UInt64 = 1 << 52
  private static let hungUp: UInt64 = 1 << 53
  private static let usesRing: UInt64 = 1 << 54
  private static let heldByMany: UInt64 = 1 << 55
  private static let writerTurn: UInt64 = 1 << 56
  private static let readerTurn: UInt64 = 1 << 57

  /// A new end: nothing written, WRITABLE.
  static var initial: EndState { EndState(bits: writable) }

  /// Bytes this end has written and the other has not read; at most the capacity, whatever is there.
  @inline(__always) var used: Int {
    get { min(Int(bits & Self.countMask), PairState.capacity) }
    set { bits = bits & ~Self.countMask | UInt64(truncatingIfNeeded: newValue) & Self.countMask }
  }

  /// How many of them wait in the spill ring; the rest, all of it older, is in Linux's queue.
  @inline(__always) var spilled: Int {
    get { min(Int(bits >> Self.spilledShift & Self.countMask), PairState.capacity) }
    set {
      let count = UInt64(truncatingIfNeeded: newValue) & Self.countMask
      bits = bits & ~(Self.countMask << Self.spilledShift) | count << Self.spilledShift
    }
  }

  /// Bytes in Linux's queue.
  @inline(__always) var queued: Int { max(0, used - spilled) }

  /// WRITABLE, stored with all its quirks, not derived.
  @inline(__always) var isWritable: Bool {
    get { bits & Self.writable != 0 }
    set { set(Self.writable, newValue) }
  }

  /// WRITE_DISABLED here, PEER_WRITE_DISABLED at the other end.
  @inline(__always) var isWriteDisabled: Bool {
    get { bits & Self.writeDisabled != 0 }
    set { set(Self.writeDisabled, newValue) }
  }

  /// The last handle of this end is gone.
  @inline(__always) var isClosed: Bool {
    get { bits & Self.closed != 0 }
    set { set(Self.closed, newValue) }
  }

  /// Somebody observes this end: what could raise one of its bits is changed under the pair's lock.
  @inline(__always) var isWatched: Bool {
    get { bits & Self.watched != 0 }
    set { set(Self.watched, newValue) }
  }

  /// Open, in Zircon's hands, and nothing of it waits in the spill ring, or will.
  @inline(__always) var isPlain: Bool {
    bits & (Self.closed | Self.raw | Self.usesRing | Self.countMask << Self.spilledShift) == 0
  }

  /// The pair's state is Linux's: what is counted here means nothing any more.
  @inline(__always) var isRaw: Bool { bits & Self.raw != 0 }

  /// The user signals of this end.
  var userSignals: Signals {
    get { Signals(rawValue: UInt32(bits >> Self.userShift & 0xFF) << 24) }
    set { bits = bits & ~Self.userMask | UInt64(newValue.rawValue >> 24) << Self.userShift }
  }

  @inline(__always)
  private mutating func set(_ bit: UInt64, _ on: Bool) {
    bits = on ? bits | bit : bits & ~bit
  }
}

// MARK: Ends that several processes hold

extension EndState {
  /// Nothing is sent to Linux any more, all goes through the rings; so for both ends or for none.
  ///
  /// Linux would not say what somebody who died had sent or taken.
  @inline(__always) var usesRing: Bool {
    get { bits & Self.usesRing != 0 }
    set { set(Self.usesRing, newValue) }
  }

  /// The end has, or had, several holders: each read and write there excludes those in other processes.
  @inline(__always) var isHeldByMany: Bool {
    get { bits & Self.heldByMany != 0 }
    set { set(Self.heldByMany, newValue) }
  }

  /// Changes with each write of such an end: whether one that died has come to its commit.
  var writerTurn: Bool {
    get { bits & Self.writerTurn != 0 }
    set { set(Self.writerTurn, newValue) }
  }

  /// The same of reads of what this end writes.
  var readerTurn: Bool {
    get { bits & Self.readerTurn != 0 }
    set { set(Self.readerTurn, newValue) }
  }
}

// MARK: Raw pairs

extension EndState {
  /// From here on Linux keeps the state; until it has been looked at, what it would show.
  fileprivate mutating func makeRaw(from peer: EndState) {
    set(Self.raw, true)
    set(Self.hasInput, peer.used > 0)
    set(Self.hungUp, peer.isClosed)
    set(Self.inputHasEnded, peer.isWriteDisabled)
  }

  /// The other end was closed when this one was looked at.
  var isHungUp: Bool { bits & Self.hungUp != 0 }

  /// Takes over what Linux shows; closed, the other end changes nothing any more.
  mutating func take(_ look: SocketLook) {
    set(Self.hasInput, look.hasInput)
    set(Self.hungUp, look.isHungUp)
    if !look.isHungUp { set(Self.inputHasEnded, look.inputHasEnded) }
    isWritable = look.hasRoom && !isWriteDisabled
  }

  /// The signals of an end of a raw pair.
  fileprivate var rawSignals: Signals {
    var signals = userSignals
    if bits & Self.hasInput != 0 { signals.insert(.readable) }
    if isWritable { signals.insert(.writable) }
    if isHungUp { signals.insert(.peerClosed) }
    if bits & Self.inputHasEnded != 0 { signals.insert(.peerWriteDisabled) }
    if isWriteDisabled { signals.insert(.writeDisabled) }
    return signals
  }
}

extension PairState {
  /// A pair whose state is Linux's from the beginning, of which only `end` is here.
  static func raw(_ end: End) -> PairState {
    var state = PairState.initial
    state[end.peer].isClosed = true
    state.makeRaw()
    return state
  }

  /// From here on Linux keeps the state.
  mutating func makeRaw() {
    let before = self
    left.makeRaw(from: before.right)
    right.makeRaw(from: before.left)
  }

  /// Linux keeps the state.
  @inline(__always) var isRaw: Bool { left.isRaw }
}

/// Everything about a socket pair that must change together: one double word.
struct PairState: Equatable {
  var left: EndState
  var right: EndState

  /// A new pair.
  static var initial: PairState { PairState(left: .initial, right: .initial) }

  init(left: EndState, right: EndState) {
    self.left = left
    self.right = right
  }

  init(_ words: WordPair) {
    left = EndState(bits: UInt64(words.first))
    right = EndState(bits: UInt64(words.second))
  }

  var words: WordPair { WordPair(first: UInt(left.bits), second: UInt(right.bits)) }

  subscript(end: End) -> EndState {
    @inline(__always) get { end == .left ? left : right }
    @inline(__always) set { if end == .left { left = newValue } else { right = newValue } }
  }

  /// The signals `end` shows.
  func signals(of end: End, _ thresholds: Thresholds) -> Signals {
    let mine = self[end]
    let peer = self[end.peer]
    guard !mine.isRaw else { return mine.rawSignals }
    var signals = mine.userSignals
    if peer.used > 0 { signals.insert(.readable) }
    if mine.isWritable { signals.insert(.writable) }
    if peer.isClosed { signals.insert(.peerClosed) }
    if peer.isWriteDisabled { signals.insert(.peerWriteDisabled) }
    if mine.isWriteDisabled { signals.insert(.writeDisabled) }
    if thresholds.read > 0 && peer.used >= thresholds.read { signals.insert(.readThreshold) }
    let free = PairState.capacity - mine.used
    if thresholds.write > 0 && free >= thresholds.write { signals.insert(.writeThreshold) }
    return signals
  }

  /// Payload bytes that one direction holds, however they were written: 256 KiB in Zircon's buffers
  /// of 4,064 bytes, rounded up.
  static let capacity = 65 * 4064
}

/// The thresholds of one end, in bytes; 0 is off.
struct Thresholds {
  /// READ_THRESHOLD while at least as many bytes wait here.
  var read = 0
  /// WRITE_THRESHOLD while at least as many bytes are free in the direction written to.
  var write = 0
}
