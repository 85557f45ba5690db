import Synchronization
import ZirconLinux
import ZirconTypes

/// What the two ends of a socket share.
///
/// A direction is named by the end that writes it. Its bytes travel through Linux and, where Linux
/// refuses them, through the direction's spill ring; everything in Linux's queue is older than
/// everything in the ring, and nobody sends to Linux while something is in the ring.
///
/// Everything that must change together is the state word, changed by one compare-and-exchange. A read
/// or write moves its bytes first, under its direction's gate, and then commits: what is sent and not
/// yet committed is seen by nobody, because a reader never asks for more than is committed. A commit
/// checks again what it was based on, so that the call as a whole happens at its commit.
///
/// Locking: a write holds its direction's write gate, a read its read gate, both across the call to
/// Linux, which does not wait. What else changes the word holds `watchers`, the lock of signals and
/// observers; so does a read or write if it might raise a bit of an end that is watched. Dispositions
/// hold the write gates of the ends they touch, so that no write is under way. Order: read gates, write
/// gates, each left before right, then `watchers`.
final class SocketPair: Sendable {
  let kind: SocketKind
  private let koid: Koid
  private let state: Atomic<WordPair>
  private let watchers = Guarded(Watchers())
  private let left: Direction
  private let right: Direction

  /// A new pair, named in the order of gates by the koid of its left end.
  init(_ kind: SocketKind, koid: Koid) {
    self.kind = kind
    self.koid = koid
    state = Atomic(PairState.initial.words)
    left = Direction(kind)
    right = Direction(kind)
  }

  /// What one direction needs beside the word: its gates and its spill ring.
  struct Direction: ~Copyable {
    let writeGate = DirectionGate()
    let readGate = DirectionGate()
    let ring: SpillRing

    init(_ kind: SocketKind) {
      ring = SpillRing(kind)
    }
  }

  /// Who watches the ends, and the thresholds they watch with.
  private struct Watchers: ~Copyable {
    var leftObservers = ObserverList()
    var rightObservers = ObserverList()
    var leftThresholds = Thresholds()
    var rightThresholds = Thresholds()

    func thresholds(of end: End) -> Thresholds { end == .left ? leftThresholds : rightThresholds }

    mutating func setThresholds(of end: End, to new: Thresholds) {
      if end == .left { leftThresholds = new } else { rightThresholds = new }
    }

    func hasObservers(at end: End) -> Bool {
      end == .left ? !leftObservers.isEmpty : !rightObservers.isEmpty
    }

    /// Fires observers of `end` if one of its bits rose.
    mutating func notify(
      _ end: End, from old: Signals, to new: Signals, _ wakes: inout WakeList
    ) {
      guard !new.isSubset(of: old) else { return }
      if end == .left {
        leftObservers.notify(new, &wakes)
      } else {
        rightObservers.notify(new, &wakes)
      }
    }

    mutating func withObservers(
      of end: End, _ signals: Signals, _ body: (inout ObserverList, Signals) -> Void
    ) {
      if end == .left { body(&leftObservers, signals) } else { body(&rightObservers, signals) }
    }
  }
}

// MARK: The state word

extension SocketPair {
  /// The word as it stands.
  @inline(__always)
  func load() -> PairState { PairState(state.load(ordering: .acquiring)) }

  @inline(__always)
  private func exchange(_ old: inout PairState, for new: PairState) -> Bool {
    let (done, now) = state.compareExchange(
      expected: old.words, desired: new.words, ordering: .acquiringAndReleasing)
    if !done { old = PairState(now) }
    return done
  }

  /// Changes the word by `edit`, in one step; bits of `end` alone may rise.
  ///
  /// Without the lock as long as nobody watches `end`. `seen` is what the caller takes the word to be;
  /// `edit` may run several times and sees each time the word it would change; if it throws, nothing
  /// changes.
  @inline(__always)
  private func commit<Failure: Error>(
    raising end: End, from seen: PairState, _ edit: (inout PairState) throws(Failure) -> Void
  ) throws(Failure) {
    var old = seen
    while true {
      var new = old
      try edit(&new)
      if old[end].isWatched { return try change(edit) }
      if exchange(&old, for: new) { return }
    }
  }

  /// Changes the word by `edit` under the lock and tells the observers of both ends.
  private func change<Failure: Error>(
    _ edit: (inout PairState) throws(Failure) -> Void
  ) throws(Failure) {
    var wakes = WakeList()
    try watchers.withLock { (watchers) throws(Failure) in
      var old = load()
      var new = old
      repeat {
        new = old
        try edit(&new)
      } while !exchange(&old, for: new)
      for end in [End.left, .right] where watchers.hasObservers(at: end) {
        let thresholds = watchers.thresholds(of: end)
        watchers.notify(
          end, from: old.signals(of: end, thresholds), to: new.signals(of: end, thresholds), &wakes)
      }
    }
    wakes.deliver()
  }

  /// Runs `body` with the observers of `end` and its signals; see `Dispatcher.withObservers`.
  func withObservers(of end: End, _ body: (inout ObserverList, Signals) -> Void) {
    watchers.withLock { watchers in
      // Watched first, then looked at: whoever raises a bit after this look comes through the lock.
      let state = mark(end, watched: true)
      let signals = state.signals(of: end, watchers.thresholds(of: end))
      watchers.withObservers(of: end, signals, body)
      if !watchers.hasObservers(at: end) { _ = mark(end, watched: false) }
    }
  }

  private func mark(_ end: End, watched: Bool) -> PairState {
    var old = load()
    while true {
      var new = old
      new[end].isWatched = watched
      if exchange(&old, for: new) { return new }
    }
  }

  /// The signals of `end` at this moment.
  func signals(of end: End) -> Signals {
    watchers.withLock { load().signals(of: end, $0.thresholds(of: end)) }
  }
}

// MARK: Gates

extension SocketPair {
  /// Runs `body` with the direction that `end` writes.
  @inline(__always)
  func withDirection<Result, Failure: Error>(
    _ end: End, _ body: (borrowing Direction) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch end {
    case .left: try body(left)
    case .right: try body(right)
    }
  }

  /// Whether the gates of `end` come before those of `otherEnd` of `other`.
  func isOrdered(_ end: End, before other: SocketPair, _ otherEnd: End) -> Bool {
    (koid, end.rawValue) < (other.koid, otherEnd.rawValue)
  }

  /// Runs `body` as the one writer of the direction that `end` writes.
  @inline(__always)
  func withWriteGate<Result>(
    _ end: End, _ body: (borrowing SpillRing) throws(Status) -> Result
  ) throws(Status) -> Result {
    try withDirection(end) { (direction) throws(Status) in
      direction.writeGate.enter()
      defer { direction.writeGate.leave() }
      return try body(direction.ring)
    }
  }

  /// Runs `body` as the one reader of the direction that `end` writes.
  @inline(__always)
  func withReadGate<Result>(
    _ end: End, _ body: (borrowing SpillRing) throws(Status) -> Result
  ) throws(Status) -> Result {
    try withDirection(end) { (direction) throws(Status) in
      direction.readGate.enter()
      defer { direction.readGate.leave() }
      return try body(direction.ring)
    }
  }

  /// Unmaps the ring of the direction that `end` writes if nothing is in it, or if nobody will read
  /// it.
  ///
  /// To be called under that direction's read gate.
  func discardIdleRing(_ end: End) {
    try? withWriteGate(end) { ring throws(Status) in
      let state = load()
      if state[end].spilled == 0 || state[end.peer].isClosed { ring.discard() }
    }
  }
}

// MARK: Commits of reads and writes

/// Bytes moved by a call and not yet committed.
struct Moved {
  /// Through Linux's queue.
  var queued = 0
  /// Through the spill ring.
  var spilled = 0
  /// Of the ring itself, lengths of datagrams included.
  var ringBytes = 0

  var total: Int { queued + spilled }
}

/// How a commit ended.
enum Commit {
  /// The word shows the call's effect.
  case done
  /// Nothing changed: more can be moved by now, and the call takes as much as there is.
  case more
}

extension SocketPair {
  /// Commits a write of `end`; `mayGoOn` if it would take more room.
  ///
  /// - Throws: `peerClosed` if either end was closed meanwhile; then the bytes are in nobody's way.
  @inline(__always)
  func commitWrite(
    _ end: End, _ moved: Moved, from seen: PairState, mayGoOn: Bool
  ) throws(Status) -> Commit {
    var outcome = Commit.done
    try commit(raising: end.peer, from: seen) { (state) throws(Status) in
      outcome = .done
      guard !state[end].isClosed, !state[end.peer].isClosed else { throw .peerClosed }
      let used = state[end].used + moved.total
      if mayGoOn && used < PairState.capacity {
        outcome = .more
        return
      }
      state[end].used = used
      state[end].spilled += moved.spilled
      if used == PairState.capacity { state[end].isWritable = false }
    }
    return outcome
  }

  /// Commits a read of what `end` wrote; `mayGoOn` if it would take more bytes.
  @inline(__always)
  func commitRead(
    _ end: End, _ moved: Moved, from seen: PairState, mayGoOn: Bool
  ) -> Commit {
    var outcome = Commit.done
    commit(raising: end, from: seen) { state in
      outcome = .done
      // A closed reader's buffer is gone already, and what the writer saw of it is frozen.
      guard !state[end.peer].isClosed else { return }
      let wasFull = state[end].used == PairState.capacity
      let used = state[end].used - moved.total
      if mayGoOn && used > 0 {
        outcome = .more
        return
      }
      state[end].used = used
      state[end].spilled -= moved.spilled
      if wasFull && moved.total > 0 && !state[end].isClosed { state[end].isWritable = true }
    }
    return outcome
  }
}

// MARK: What is not reading or writing

/// What `zx_socket_set_disposition` asks of one end's writes.
package enum Disposition: UInt32, Sendable {
  /// Leave them as they are.
  case unchanged = 0
  /// Forbid them.
  case writeDisabled = 1
  /// Allow them.
  case writeEnabled = 2
}

extension SocketPair {
  /// Changes user signals of `end`.
  func signal(_ end: End, clear: Signals, set: Signals) {
    change { state in
      state[end].userSignals = state[end].userSignals.updated(clear: clear, set: set)
    }
  }

  /// Changes user signals of the peer of `end`.
  ///
  /// - Throws: `peerClosed`.
  func signalPeer(of end: End, clear: Signals, set: Signals) throws(Status) {
    try change { (state) throws(Status) in
      guard !state[end.peer].isClosed else { throw .peerClosed }
      let signals = state[end.peer].userSignals
      state[end.peer].userSignals = signals.updated(clear: clear, set: set)
    }
  }

  /// Sets what `end` may write, and what its peer may.
  ///
  /// - Throws: `badState` if writes would be enabled that are disabled while something they wrote is
  ///   still unread; then nothing changed.
  func setDisposition(of end: End, _ own: Disposition, peer: Disposition) throws(Status) {
    try changeWrites(of: end, own, peer) { (state) throws(Status) in
      try state.checkEnabling(end.peer, peer)
      if !state[end.peer].isClosed { try state.checkEnabling(end, own) }
      state.apply(own, peer, at: end)
    }
  }

  /// Forbids writes of `end` if `own` is set, and its peer's if `peer` is; nothing happens if what is asked
  /// for already holds.
  func shutDown(_ end: End, own: Bool, peer: Bool) {
    let (mine, theirs): (Disposition, Disposition) =
      (own ? .writeDisabled : .unchanged, peer ? .writeDisabled : .unchanged)
    try? changeWrites(of: end, mine, theirs) { (state) throws(Status) in
      let holds =
        (!own || state[end].isWriteDisabled) && (!peer || state[end.peer].isWriteDisabled)
      if !holds { state.apply(mine, theirs, at: end) }
    }
  }

  /// Changes the word by `edit` with no write under way at an end whose disposition is touched.
  private func changeWrites(
    of end: End, _ own: Disposition, _ peer: Disposition,
    _ edit: (inout PairState) throws(Status) -> Void
  ) throws(Status) {
    let (left, right) = end == .left ? (own, peer) : (peer, own)
    try withWriteGate(.left, if: left != .unchanged) { () throws(Status) in
      try withWriteGate(.right, if: right != .unchanged) { () throws(Status) in
        try change(edit)
      }
    }
  }

  private func withWriteGate(
    _ end: End, if isNeeded: Bool, _ body: () throws(Status) -> Void
  ) throws(Status) {
    if isNeeded {
      try withWriteGate(end) { (_) throws(Status) in try body() }
    } else {
      try body()
    }
  }

  /// The thresholds of `end`.
  func thresholds(of end: End) -> Thresholds {
    watchers.withLock { $0.thresholds(of: end) }
  }

  /// Changes the thresholds of `end` by `edit`, which sees the pair's state and may refuse.
  func setThresholds(
    of end: End, _ edit: (inout Thresholds, PairState) throws(Status) -> Void
  ) throws(Status) {
    var wakes = WakeList()
    try watchers.withLock { (watchers) throws(Status) in
      // While anybody watches, what could raise a bit waits for this lock: one look is enough.
      let state = load()
      let old = watchers.thresholds(of: end)
      var new = old
      try edit(&new, state)
      watchers.setThresholds(of: end, to: new)
      watchers.notify(
        end, from: state.signals(of: end, old), to: state.signals(of: end, new), &wakes)
    }
    wakes.deliver()
  }

  /// The last handle of `end` is gone: its peer learns it, and what it had not read is dropped.
  func close(_ end: End) {
    change { state in
      state[end].isClosed = true
      state[end.peer].isWritable = false
    }
    try? withReadGate(end.peer) { _ throws(Status) in discardIdleRing(end.peer) }
    // A batch that reads what `end` wrote has looked at the word and has yet to receive: it is let out
    // before the descriptor goes, since it could not tell a reset from an empty place.
    try? withReadGate(end) { _ throws(Status) in }
  }
}

extension PairState {
  /// Throws `badState` if `disposition` would enable writes of `end` too early.
  fileprivate func checkEnabling(_ end: End, _ disposition: Disposition) throws(Status) {
    guard disposition == .writeEnabled else { return }
    if self[end].isWriteDisabled && self[end].used > 0 { throw .badState }
  }

  /// Applies both; the signals that a closed peer has caused are frozen.
  fileprivate mutating func apply(_ own: Disposition, _ peer: Disposition, at end: End) {
    apply(own, to: end)
    if !self[end.peer].isClosed { apply(peer, to: end.peer) }
  }

  private mutating func apply(_ disposition: Disposition, to end: End) {
    guard disposition != .unchanged else { return }
    self[end].isWritable = disposition == .writeEnabled
    self[end].isWriteDisabled = disposition == .writeDisabled
  }
}
