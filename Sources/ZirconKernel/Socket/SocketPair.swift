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
///
/// Of a raw pair Linux keeps the state, since programs that know nothing of Zircon have a part in it: the
/// word then says what Linux showed of each end last; see `SocketPair+Raw.swift`.
///
/// What moves along when an end goes to another process is in `block`, whose place is looked at only by
/// holders of a gate or of `watchers`: it moves with all of them held. Gates and observers belong to this
/// process, and ring pages until then.
final class SocketPair: Sendable {
  let kind: SocketKind
  private let koid: Koid
  /// Address of the block.
  private let blockAddress: Atomic<UInt>
  /// Who else has a part in the pair, which is never taken back, and who tells of it: bits of `Others`.
  let others = Atomic<UInt32>(0)
  let left: Direction
  let right: Direction
  let watchers = Guarded(Watchers())

  /// A new pair, named in the order of gates by the koid of its left end.
  init(_ kind: SocketKind, koid: Koid) {
    self.kind = kind
    self.koid = koid
    let block = PairBlock.make()
    blockAddress = Atomic(block.address)
    left = unsafe Direction(kind, block.words(of: .left))
    right = unsafe Direction(kind, block.words(of: .right))
  }

  deinit {
    unsafe left.destroy()
    unsafe right.destroy()
    if !isShared { unsafe block.destroy() }
  }

  /// The state, and what belongs to it.
  @inline(__always)
  var block: PairBlock { unsafe PairBlock(at: blockAddress.load(ordering: .relaxed)) }

  /// Goes on with a copy of the block, with all gates and `watchers` held.
  func replaceBlock(by new: PairBlock) {
    blockAddress.store(new.address, ordering: .relaxed)
  }

  /// The direction that `end` writes.
  @inline(__always)
  func direction(_ end: End) -> Direction { end == .left ? left : right }

  /// Where the gates of `end` stand among those of all pairs: beside those of the other end.
  @inline(__always)
  func gateOrder(of end: End) -> UInt64 { koid.rawValue << 1 | UInt64(end.rawValue) }

  /// Whether all that happens to the pair happens through it.
  @inline(__always)
  var isOnItsOwn: Bool { others.load(ordering: .acquiring) == 0 }

  /// Whether somebody waits for signals of either end.
  @inline(__always)
  var isWatched: Bool {
    let state = block.glance()
    return state[.left].isWatched || state[.right].isWatched
  }

  /// Said without a call to another module.
  @inline(__always)
  var isStream: Bool { if case .stream = kind { true } else { false } }

  /// The state of one moment.
  func load() -> PairState { block.load() }
}

// MARK: The state word

extension SocketPair {
  /// Changes the word by `edit`, in one step; bits of `end` alone may rise.
  ///
  /// Without the lock as long as nobody watches `end`. `seen` is what the caller takes the word to be;
  /// `edit` may run several times and sees each time the word it would change; if it throws, nothing
  /// changes.
  @inline(__always)
  func commit<Failure: Error>(
    raising end: End, from seen: PairState, _ edit: (inout PairState) throws(Failure) -> Void
  ) throws(Failure) {
    var old = seen
    while true {
      var new = old
      try edit(&new)
      if old[end].isWatched { return try change(edit) }
      if block.exchange(&old, for: new) { return }
    }
  }

  /// Changes the word by `edit` under the lock and tells the observers of both ends, those of `first`
  /// first: what they queue on one port is in that order.
  ///
  /// Of a raw pair what Linux shows of `seen` is looked at again then.
  func change<Failure: Error>(
    telling first: End = .left, lookingAt seen: End? = nil,
    _ edit: (inout PairState) throws(Failure) -> Void
  ) throws(Failure) {
    var wakes = WakeList()
    let told = try watchers.withLock { (watchers) throws(Failure) -> ToldEnds in
      var old = load()
      var new = old
      repeat {
        new = old
        try edit(&new)
        if let seen, new.isRaw, let look = watchers.look(at: seen) { new[seen].take(look) }
      } while !block.exchange(&old, for: new)
      FaultPoint.changed.pass()
      var told = ToldEnds(watchers.sharing)
      tell(first, from: old, to: new, &watchers, &told, &wakes)
      tell(first.peer, from: old, to: new, &watchers, &told, &wakes)
      // The last one has gone to its port: from here on changes need no lock again.
      unwatch(.left, new, watchers)
      unwatch(.right, new, watchers)
      return told
    }
    wakes.deliver()
    told.ring()
  }

  private func unwatch(_ end: End, _ state: PairState, _ watchers: borrowing Watchers) {
    guard watchers.mayUnwatch(end, state) else { return }
    if state[end].isWatched && !watchers.hasObservers(at: end) { _ = mark(end, watched: false) }
  }

  /// Tells whoever observes `end` if one of its bits rose: here at once, in other processes by `told`.
  func tell(
    _ end: End, from old: PairState, to new: PairState, _ watchers: inout Watchers,
    _ told: inout ToldEnds, _ wakes: inout WakeList
  ) {
    let sharing = watchers.sharing
    let isHere = sharing?.isHere(end) ?? true
    let isThere = sharing != nil && (!isHere || new[end].isHeldByMany)
    let isObserved = isHere && watchers.hasObservers(at: end)
    guard isObserved || (isThere && new[end].isWatched) else { return }
    let thresholds = block.thresholds(of: end)
    let before = old.signals(of: end, thresholds)
    let now = new.signals(of: end, thresholds)
    if isObserved { watchers.notify(end, from: before, to: now, &wakes) }
    if isThere { told.add(now.subtracting(before), of: end) }
  }
}

// MARK: Observers

extension SocketPair {
  /// Who watches the ends.
  @safe
  struct Watchers: ~Copyable {
    private var left = ObserverList()
    private var right = ObserverList()
    /// What is shared with other processes, if anything is.
    var sharing: Sharing?
    // Safety: each takes itself away, under the lock, before it goes.
    /// The ends that are here and open.
    private var leftEnd: Unmanaged<SocketDispatcher>?
    private var rightEnd: Unmanaged<SocketDispatcher>?
    /// What the reactor tells of the ends of a raw pair.
    var rawWatches: [End: Reactor.Watch] = [:]

    /// The end itself, if it is here and open.
    func dispatcher(_ end: End) -> SocketDispatcher? {
      unsafe (end == .left ? leftEnd : rightEnd)?.takeUnretainedValue()
    }

    /// What Linux shows of an end that is here and open.
    ///
    /// Nothing is retained: a thread that closes the end meanwhile is to close its descriptor itself.
    func look(at end: End) -> SocketLook? {
      unsafe (end == .left ? leftEnd : rightEnd)?._withUnsafeGuaranteedRef { $0.descriptor.look() }
    }

    /// Has the reactor look at an end that is here and open, from now on.
    mutating func follow(_ end: End, of pair: SocketPair, _ reactor: Reactor) {
      guard rawWatches[end] == nil else { return }
      let watch = unsafe (end == .left ? leftEnd : rightEnd)?._withUnsafeGuaranteedRef {
        // Refused only without memory in Linux; whoever calls still sees for himself.
        try? reactor.watch(
          $0.descriptor, for: [.readable, .writable, .inputEnded, .edge], RawFollower(pair, end))
      }
      rawWatches[end] = watch ?? nil
    }

    mutating func setDispatcher(_ end: End, _ dispatcher: SocketDispatcher?) {
      let reference = unsafe dispatcher.map { unsafe Unmanaged.passUnretained($0) }
      if end == .left {
        unsafe leftEnd = unsafe reference
      } else {
        unsafe rightEnd = unsafe reference
      }
    }

    /// Whether this process alone says if `end` is watched.
    func mayUnwatch(_ end: End, _ state: PairState) -> Bool {
      (sharing?.isHere(end) ?? true) && !state[end].isHeldByMany
    }

    func hasObservers(at end: End) -> Bool { end == .left ? !left.isEmpty : !right.isEmpty }

    /// Fires observers of `end` if one of its bits rose.
    mutating func notify(
      _ end: End, from old: Signals, to new: Signals, _ wakes: inout WakeList
    ) {
      guard !new.isSubset(of: old) else { return }
      if end == .left { left.notify(new, &wakes) } else { right.notify(new, &wakes) }
    }

    mutating func withObservers(
      of end: End, _ signals: Signals, _ body: (inout ObserverList, Signals) -> Void
    ) {
      if end == .left { body(&left, signals) } else { body(&right, signals) }
    }
  }

  /// Runs `body` with the observers of `end` and its signals; see `Dispatcher.withObservers`.
  func withObservers(of end: End, _ body: (inout ObserverList, Signals) -> Void) {
    var wakes = WakeList()
    let told = watchers.withLock { watchers -> ToldEnds in
      // What other processes told before is not for those who come now.
      absorb(&watchers, &wakes)
      // Watched first, then looked at: whoever raises a bit after this look comes through the lock.
      let state = mark(end, watched: true)
      let signals = state.signals(of: end, block.thresholds(of: end))
      catchUp(end, signals, &watchers, &wakes)
      watchers.withObservers(of: end, signals, body)
      if !watchers.hasObservers(at: end) && watchers.mayUnwatch(end, state) {
        _ = mark(end, watched: false)
      }
      // It may have gone with a thread that still sleeps there.
      return ToldEnds(watchers.sharing, at: end)
    }
    wakes.deliver()
    told.ring()
  }

  func mark(_ end: End, watched: Bool) -> PairState {
    var old = load()
    while true {
      var new = old
      new[end].isWatched = watched
      if block.exchange(&old, for: new) { return new }
    }
  }

  /// The signals of `end` at this moment.
  func signals(of end: End) -> Signals {
    watchers.withLock { _ in load().signals(of: end, block.thresholds(of: end)) }
  }
}
