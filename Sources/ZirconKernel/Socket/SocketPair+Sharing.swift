import Synchronization
import ZirconLinux
import ZirconTypes

// A pair of which other processes have a part: one end, or both, or handles of an end that is here too. Each
// process has its own gates, for the ends that it has, and its own `watchers`; what one does to the word is
// told to the others as `SharedPair` says. Two things can be seen that one process would not show: a write
// that is under way while another process forbids it still counts as having come before, and a bit that rises
// and falls again is told in the end, together with what is shown by then.
//
// An end that several processes hold is marked so in the word, for good, and from then on the pair uses its
// rings alone.

extension SocketPair {
  /// What became of a pair of which other processes have a part; guarded by `watchers`.
  ///
  /// A block of its own, as most pairs have none.
  // Safety: as its lock says.
  final class Sharing: @unchecked Sendable {
    let shared: SharedPair
    fileprivate let reactor: Reactor
    private var left: Holding?
    private var right: Holding?

    /// An end that is here; likewise guarded.
    // Safety: as its lock says.
    fileprivate final class Holding: @unchecked Sendable {
      var held: HeldEnd
      /// What has been told so far.
      var seen: RiseCounts
      var lastBell: UInt32
      /// What the end showed when its observers were last looked at.
      var shown = Signals.none
      var watches: Watches?

      init(_ end: End, _ held: HeldEnd, _ shared: SharedPair) {
        self.held = held
        seen = shared.rises(of: end)
        lastBell = shared.bellCount(of: end)
      }
    }

    /// What the reactor watches for an end.
    fileprivate struct Watches {
      let held: HeldEnd
      let bell: Reactor.Watch
      var common: Reactor.Watch?
    }

    fileprivate init(_ shared: SharedPair, _ reactor: Reactor) {
      self.shared = shared
      self.reactor = reactor
    }

    fileprivate subscript(end: End) -> Holding? {
      get { end == .left ? left : right }
      set { if end == .left { left = newValue } else { right = newValue } }
    }

    /// From here on `end` is here.
    fileprivate func hold(_ end: End, _ held: HeldEnd) {
      self[end] = Holding(end, held, shared)
    }

    func isHere(_ end: End) -> Bool { end == .left ? left != nil : right != nil }

    /// The ends that are here.
    var ends: [End] { [End.left, .right].filter(isHere) }

    /// What reaches the holders of `end` in other processes; nil if nothing here does.
    fileprivate func ringer(for end: End) -> Ringer? {
      if let other = self[end.peer] { return .bell(other.held.bell) }
      return self[end]?.held.common.map { .common($0) }
    }
  }

  /// What is shared with other processes, if anything is.
  var shared: SharedPair? {
    guard isShared else { return nil }
    return watchers.withLock { $0.sharing?.shared }
  }

  /// Whether an end is, or was, in another process.
  @inline(__always)
  var isShared: Bool { others.load(ordering: .acquiring) & Others.process != 0 }
}

/// Whom a change is still to be told, once the lock is released.
struct ToldEnds {
  private let sharing: SocketPair.Sharing?
  private var left: Ringer?
  private var right: Ringer?
  /// Whether threads of this process may sleep there.
  private let leftHasSleepers: Bool
  private let rightHasSleepers: Bool

  /// Nobody yet; under the lock.
  ///
  /// Threads may sleep at the ends that are here, and at `end`.
  init(_ sharing: SocketPair.Sharing?, at end: End? = nil) {
    self.sharing = sharing
    leftHasSleepers = end == .left || sharing?.isHere(.left) ?? false
    rightHasSleepers = end == .right || sharing?.isHere(.right) ?? false
  }

  /// Other processes are to be told of bits of `end` that rose, if any did; under the lock.
  mutating func add(_ risen: Signals, of end: End) {
    guard !risen.isEmpty, let sharing else { return }
    sharing.shared.count(risen, at: end)
    let ringer = sharing.ringer(for: end)
    if end == .left { left = ringer } else { right = ringer }
  }

  /// Tells them, and lets threads that sleep here look again.
  func ring() {
    guard let shared = sharing?.shared else { return }
    if let left { shared.ring(.left, left) }
    if let right { shared.ring(.right, right) }
    if leftHasSleepers { shared.wakeSleepers(at: .left) }
    if rightHasSleepers { shared.wakeSleepers(at: .right) }
  }
}

// MARK: Leaving

extension SocketPair {
  /// Lets another process have `end`: whoever calls has its last handle here if `isLast`, and then nothing is
  /// done through it here any more.
  ///
  /// - Returns: What goes along.
  /// - Throws: `noMemory`; `notSupported` if there are other handles and this process cannot open its own
  ///   descriptors; `badHandle` if the end is not here any more. Then nothing has changed.
  func sendAway(_ end: End, isLast: Bool, _ reactor: Reactor) throws(Status) -> DepartingEnd {
    if !isShared { try share(reactor) }
    if !isLast { try holdByMany(end) }
    let departing = try watchers.withLock { (watchers) throws(Status) in
      guard let sharing = watchers.sharing, let holding = sharing[end] else { throw .badHandle }
      return DepartingEnd(shared: sharing.shared, held: holding.held)
    }
    if isLast { letGo(end) }
    return departing
  }

  /// Moves what the ends share to memory that other processes can have, too.
  ///
  /// - Throws: `noMemory`.
  private func share(_ reactor: Reactor) throws(Status) {
    try linux { () throws(Errno) in try reactor.start() }
    let (shared, bells) = try linux { () throws(Errno) in
      let memory = try SharedPair.makeMemory(kind)
      return try Bell.withPair(taking: memory) { memory, left, right in
        (SharedPair(memory, kind), (left: BellHolder(left), right: BellHolder(right)))
      }
    }
    withAllGates {
      watchers.withLock { watchers in
        guard watchers.sharing == nil else { return }
        move(to: shared, copying: true)
        let sharing = Sharing(shared, reactor)
        watchers.sharing = sharing
        for (end, bell) in [(End.left, bells.left), (.right, bells.right)] {
          guard watchers.dispatcher(end) != nil else { continue }
          sharing.hold(end, HeldEnd(bell: bell))
          if watchers.hasObservers(at: end) { askToBeRung(end, &watchers) }
        }
      }
    }
  }

  /// Sees to it that several processes can hold `end`, which is here.
  ///
  /// - Throws: `noMemory`; `notSupported` if this process cannot open its own descriptors; `badHandle` if the
  ///   end is not here any more.
  private func holdByMany(_ end: End) throws(Status) {
    guard let shared else { throw .badHandle }
    do throws(Errno) {
      try shared.prepareLocks()
    } catch {
      throw error == .noEntry ? .notSupported : Status(error)
    }
    let bell = CommonBellHolder(try linux { () throws(Errno) in try CommonBell.make() })
    try withAllGates { () throws(Status) in
      try watchers.withLock { (watchers) throws(Status) in
        guard let sharing = watchers.sharing, let held = sharing[end]?.held else {
          throw .badHandle
        }
        guard held.common == nil else { return }
        sharing[end]?.held.common = bell
        var old = load()
        var new = old
        repeat {
          new = old
          new.left.usesRing = true
          new.right.usesRing = true
          new[end].isHeldByMany = true
          // Who else watches it is not known here any more.
          new[end].isWatched = true
        } while !block.exchange(&old, for: new)
        if sharing[end]?.watches != nil { watch(end, sharing) }
      }
    }
  }

  /// The last handle of `end` here is gone.
  func letGo(_ end: End) {
    withAllGates { forgetLeaving(end) }
    stopWatching(end)
    // Closed with the last of those who have it, which tells the peer.
    let held = watchers.withLock { watchers -> HeldEnd? in
      defer { watchers.sharing?[end] = nil }
      return watchers.sharing?[end]?.held
    }
    withExtendedLifetime(held) {}
  }

  /// Nothing is done through `end` here any more; with all gates held.
  func forgetLeaving(_ end: End) {
    direction(end).sendWriterAway()
    direction(end.peer).sendReaderAway()
    watchers.withLock { $0.setDispatcher(end, nil) }
  }

  /// Runs `body` with no read or write under way.
  func withAllGates<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    left.enterRead()
    right.enterRead()
    left.enterWrite()
    right.enterWrite()
    defer {
      right.leaveWrite()
      left.leaveWrite()
      right.leaveRead()
      left.leaveRead()
    }
    return try body()
  }

  /// Goes on with the state in shared memory; with everything locked, or before anybody knows the pair.
  private func move(to shared: SharedPair, copying: Bool) {
    let old = block
    let new = shared.block
    if copying { new.copy(old) }
    unsafe left.share(new.words(of: .left), shared.ring(.left), copying: copying)
    unsafe right.share(new.words(of: .right), shared.ring(.right), copying: copying)
    replaceBlock(by: new)
    others.bitwiseOr(Others.process, ordering: .releasing)
    unsafe old.destroy()
  }
}

/// What goes along with an end to another process.
struct DepartingEnd {
  let shared: SharedPair
  let held: HeldEnd
}

// MARK: Arriving

extension SocketPair {
  /// The pair of which `end` has arrived.
  ///
  /// - Throws: What keeps this process from excluding other holders of the end.
  static func arrive(
    _ kind: SocketKind, koid: Koid, at end: End, _ shared: SharedPair, _ held: HeldEnd,
    _ reactor: Reactor
  ) throws(Errno) -> SocketPair {
    if held.common != nil { try shared.prepareLocks() } else { shared.forgetSleepers(at: end) }
    let pair = SocketPair(kind, koid: koid)
    pair.move(to: shared, copying: false)
    pair.watchers.withLock { watchers in
      let sharing = Sharing(shared, reactor)
      sharing.hold(end, held)
      watchers.sharing = sharing
      if watchers.mayUnwatch(end, pair.load()) { _ = pair.mark(end, watched: false) }
    }
    return pair
  }
}

// MARK: Excluding other holders

extension SocketPair {
  /// Runs `body` while no other process does such work at `end`, which is here; under its gate.
  ///
  /// - Throws: `shouldWait` if another process was stopped in the middle of it; what `body` throws.
  func alone<Result>(
    _ work: EndWork, at end: End, _ body: () throws(Status) -> Result
  ) throws(Status) -> Result {
    guard isShared, block.glance()[end].isHeldByMany, let shared else { return try body() }
    try linux { () throws(Errno) in try shared.lock(work, at: end) }
    defer { shared.unlock(work, at: end) }
    finishWork(work, at: end)
    return try body()
  }

  /// Moves the place in the ring that one who died after its commit did not come to move.
  private func finishWork(_ work: EndWork, at end: End) {
    let state = load()
    switch work {
    case .writing:
      let place = block.reached(work, at: end, turn: state[end].writerTurn)
      if let place { direction(end).ring.setTail(place) }
    case .reading:
      let place = block.reached(work, at: end, turn: state[end.peer].readerTurn)
      if let place { direction(end.peer).ring.setHead(place) }
    }
  }
}

// MARK: Being told

extension SocketPair: ReactorTarget {
  /// Something happened to an end that is here.
  func react(to events: ReactorEvents) {
    // Under the lock, like all that is done with a bell that may be given up meanwhile: with its last
    // reference it hangs up.
    let sharing = watchers.withLock { watchers -> Sharing? in
      for end in watchers.sharing?.ends ?? [] { watchers.sharing?[end]?.held.bell.bell.empty() }
      return watchers.sharing
    }
    guard let sharing else { return }
    checkHangUp()
    look(isLast: events.contains(.hungUp))
    guard isRaw else { return }
    for end in watchers.withLock({ _ in sharing.ends }) { followLinux(end, sharing.reactor) }
  }

  /// Takes notice of what other processes have told; with its last change one may have died before it told of
  /// it.
  private func look(isLast: Bool) {
    var wakes = WakeList()
    let told = watchers.withLock { watchers -> ToldEnds in
      absorb(&watchers, &wakes)
      if isLast, let sharing = watchers.sharing {
        let state = load()
        for end in sharing.ends {
          catchUp(end, state.signals(of: end, block.thresholds(of: end)), &watchers, &wakes)
        }
      }
      return ToldEnds(watchers.sharing)
    }
    wakes.deliver()
    told.ring()
  }

  /// Fires the observers of bits that other processes have raised since the last look; under the lock.
  func absorb(_ watchers: inout Watchers, _ wakes: inout WakeList) {
    guard let sharing = watchers.sharing else { return }
    absorb(.left, sharing, &watchers, &wakes)
    absorb(.right, sharing, &watchers, &wakes)
  }

  private func absorb(
    _ end: End, _ sharing: Sharing, _ watchers: inout Watchers, _ wakes: inout WakeList
  ) {
    guard let holding = sharing[end] else { return }
    let bell = sharing.shared.bellCount(of: end)
    guard bell != holding.lastBell else { return }
    let counts = sharing.shared.rises(of: end)
    let risen = counts.risen(since: holding.seen)
    holding.lastBell = bell
    holding.seen = counts
    guard !risen.isEmpty, watchers.hasObservers(at: end) else { return }
    let now = load().signals(of: end, block.thresholds(of: end))
    watchers.notify(end, from: .none, to: now.union(risen), &wakes)
  }

  /// Fires the observers of what `end`, if it is here, shows by now without anybody having told; under the
  /// lock.
  func catchUp(_ end: End, _ signals: Signals, _ watchers: inout Watchers, _ wakes: inout WakeList)
  {
    guard let holding = watchers.sharing?[end] else { return }
    watchers.notify(end, from: holding.shown, to: signals, &wakes)
    holding.shown = signals
  }

  /// Has the reactor look whenever another process tells something of `end`; under the lock.
  private func askToBeRung(_ end: End, _ watchers: inout Watchers) {
    watchers.sharing?.shared.askToBeRung(at: end)
    watchHangUp(end, &watchers)
  }

  /// Has the reactor look at `end` from now on: somebody is about to wait who does not look for himself.
  func prepareToBeWatched(_ end: End) {
    watchers.withLock { askToBeRung(end, &$0) }
    noticeHangUp()
  }

  /// Has the reactor look when nobody holds the other end any more; under the lock.
  private func watchHangUp(_ end: End, _ watchers: inout Watchers) {
    guard let sharing = watchers.sharing, let holding = sharing[end], holding.watches == nil
    else { return }
    watch(end, sharing)
  }

  /// Watches what there is by now; under the lock.
  private func watch(_ end: End, _ sharing: Sharing) {
    guard let held = sharing[end]?.held else { return }
    let events = ReactorEvents.readable.union(.edge)
    // Refused only without memory in Linux; whoever calls still notices for himself.
    if sharing[end]?.watches == nil,
      let bell = try? sharing.reactor.watch(held.bell.bell.descriptor, for: events, self)
    {
      sharing[end]?.watches = Sharing.Watches(held: held, bell: bell)
      others.bitwiseOr(Others.reactor, ordering: .releasing)
    }
    guard let watches = sharing[end]?.watches, watches.common == nil, let common = held.common,
      let watch = try? sharing.reactor.watch(common.bell.descriptor, for: events, self)
    else { return }
    sharing[end]?.watches = Sharing.Watches(held: held, bell: watches.bell, common: watch)
  }

  /// Lets the reactor forget `end`.
  func stopWatching(_ end: End) {
    let watched = watchers.withLock { watchers -> (Sharing.Watches, Sharing)? in
      guard let sharing = watchers.sharing, let watches = sharing[end]?.watches else { return nil }
      sharing[end]?.watches = nil
      if sharing[end.peer]?.watches == nil {
        others.bitwiseAnd(~Others.reactor, ordering: .releasing)
      }
      return (watches, sharing)
    }
    guard let (watches, sharing) = watched else { return }
    sharing.reactor.forget(watches.bell, of: watches.held.bell.bell.descriptor)
    if let watch = watches.common, let common = watches.held.common {
      sharing.reactor.forget(watch, of: common.bell.descriptor)
    }
  }

  /// Looks whether nobody holds the other end any more who has not closed it, unless the reactor is told of
  /// that and nobody can expect to know it sooner.
  func noticeHangUp() {
    let isTold = others.load(ordering: .acquiring) & Others.reactor != 0
    if isTold {
      let state = block.glance()
      guard state.left.isHeldByMany || state.right.isHeldByMany else { return }
    }
    checkHangUp()
  }

  /// Closes an end that nobody holds any more.
  private func checkHangUp() {
    let isGone = watchers.withLock { watchers in
      (
        left: watchers.sharing?[.right]?.held.bell.bell.isHungUp ?? false,
        right: watchers.sharing?[.left]?.held.bell.bell.isHungUp ?? false
      )
    }
    if isGone.left { closeOther(.left) }
    if isGone.right { closeOther(.right) }
  }

  /// Linux has said of `end` itself that the other one is gone, which the bell is about to say too.
  func noticeBrokenPipe(at end: End) {
    if isShared { closeOther(end.peer) }
  }

  /// Closes `end`, which is not here, and which those who had it did not close.
  private func closeOther(_ end: End) {
    // Of a raw pair another process may have given its end to somebody who has no bell.
    guard !load()[end].isClosed, !isRaw else { return }
    change { state in
      guard !state.isRaw else { return }
      state[end].isClosed = true
      state[end.peer].isWritable = false
    }
  }

  /// Has other processes look which of them makes what of a change that concerns all.
  func wakeOthers() {
    let (shared, ringers) = watchers.withLock { watchers -> (SharedPair?, [(End, Ringer)]) in
      guard let sharing = watchers.sharing else { return (nil, []) }
      return (
        sharing.shared,
        [End.left, .right].compactMap { end in sharing.ringer(for: end).map { (end, $0) } }
      )
    }
    for (end, ringer) in ringers { shared?.wakeOthers(at: end, ringer) }
  }

  /// Looks a short while for one of `wanted` at `end`, of which nobody is told.
  ///
  /// - Returns: Whether it has been there.
  func glance(_ end: End, for wanted: Signals, until deadline: Deadline) -> Bool {
    let (shared, thresholds) = watchers.withLock { watchers in
      (watchers.sharing?.shared, block.thresholds(of: end))
    }
    guard let shared else { return false }
    // It does not move any more.
    let shown = block
    func isThere() -> Bool {
      !shown.glance().signals(of: end, thresholds).isDisjoint(with: wanted)
    }
    return isThere() || shared.patience.look(until: deadline, isThere)
  }

  /// Sleeps on what other processes ring at `end`, until the observer of `waiter` has fired.
  func sleep(_ waiter: Waiter, at end: End, _ shared: SharedPair, until deadline: Deadline) {
    watchers.withLock { watchHangUp(end, &$0) }
    noticeHangUp()
    while true {
      let bell = shared.bellCount(of: end)
      var wakes = WakeList()
      watchers.withLock { absorb(&$0, &wakes) }
      wakes.deliver()
      if waiter.isDone || isRaw { return }
      let isInTime = shared.asSleeper(at: end) {
        shared.sleep(at: end, while: bell, until: deadline)
      }
      if !isInTime { return }
    }
  }
}
