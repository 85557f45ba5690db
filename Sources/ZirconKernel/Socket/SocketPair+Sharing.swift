import Synchronization
import ZirconLinux
import ZirconTypes

// A pair whose ends are in two processes. Each has its own gates, for its end alone, and its own
// `watchers`; what one does to the word is told to the other as `SharedPair` says. Two things can be seen
// that one process would not show: a write that is under way while the other process forbids it still
// counts as having come before, and a bit that rises and falls again is told in the end, together with
// what is shown by then.

extension SocketPair {
  /// What became of the pair's two processes; guarded by `watchers`.
  ///
  /// A block of its own, as most pairs have none.
  // Safety: as its lock says.
  final class Sharing: @unchecked Sendable {
    let shared: SharedPair
    /// What has been told so far.
    fileprivate var seen: RiseCounts
    fileprivate var lastBell: UInt32
    /// What the end that is here showed when its observers were last looked at.
    fileprivate var shown = Signals.none
    fileprivate var watch: Reactor.Watch?
    fileprivate let reactor: Reactor

    fileprivate init(_ shared: SharedPair, _ reactor: Reactor) {
      self.shared = shared
      self.reactor = reactor
      lastBell = shared.bellCount
      seen = shared.rises()
    }
  }

  /// What is shared with another process, if anything is.
  var shared: SharedPair? {
    guard isShared else { return nil }
    return watchers.withLock { $0.sharing?.shared }
  }

  /// Whether an end is in another process.
  @inline(__always)
  var isShared: Bool { others.load(ordering: .acquiring) & Others.process != 0 }
}

// MARK: Leaving

extension SocketPair {
  /// Lets `end` leave the process; whoever calls has the last handle of it.
  ///
  /// - Returns: What goes along: the memory and the bell of that end.
  /// - Throws: `noMemory`; then nothing has changed.
  func sendAway(_ end: End, _ reactor: Reactor) throws(Status) -> DepartingEnd {
    if let shared { return leave(shared) }
    try linux { () throws(Errno) in try reactor.start() }
    let (shared, bell) = try linux { () throws(Errno) in
      let memory = try SharedPair.makeMemory(kind)
      return try Bell.withPair(taking: memory) { memory, here, there in
        (SharedPair(memory, here, here: end.peer, kind), BellHolder(there))
      }
    }
    withAllGates {
      watchers.withLock { watchers in
        move(to: shared, copying: true)
        watchers.sharing = Sharing(shared, reactor)
        if watchers.hasObservers(at: end.peer) { askToBeRung(&watchers) }
      }
      forgetLeaving(end)
    }
    return DepartingEnd(shared: shared, bell: bell)
  }

  /// The end that is here follows the other to where it goes.
  private func leave(_ shared: SharedPair) -> DepartingEnd {
    withAllGates { forgetLeaving(shared.here) }
    stopWatching()
    return DepartingEnd(shared: shared, bell: nil)
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
  /// The bell of that end; nil if it is the one in `shared`.
  let bell: BellHolder?
}

/// A bell that goes along.
final class BellHolder: Sendable {
  private let bell: Bell

  fileprivate init(_ bell: consuming Bell) {
    self.bell = bell
  }

  /// Adds it to what is sent.
  func lend(to list: inout LentDescriptors) {
    list.append(bell.descriptor, of: self)
  }
}

// MARK: Arriving

extension SocketPair {
  /// The pair of which `shared.here` has arrived.
  convenience init(
    _ kind: SocketKind, koid: Koid, arriving shared: SharedPair, _ reactor: Reactor
  ) {
    self.init(kind, koid: koid)
    move(to: shared, copying: false)
    watchers.withLock { watchers in
      watchers.sharing = Sharing(shared, reactor)
      _ = mark(shared.here, watched: false)
    }
  }
}

// MARK: Being told

extension SocketPair: ReactorTarget {
  /// Something happened to the end that is here.
  func react(to events: ReactorEvents) {
    guard let shared else { return }
    shared.bell.empty()
    checkHangUp()
    look(isLast: events.contains(.hungUp))
    if isRaw { followLinux(shared.here) }
  }

  /// The other process has made the pair raw.
  private func followLinux(_ end: End) {
    guard let reactor = watchers.withLock({ $0.sharing?.reactor }) else { return }
    followLinux(end, reactor)
  }

  /// Takes notice of what the other process has told; with its last change it may have died before it told
  /// of it.
  private func look(isLast: Bool) {
    var wakes = WakeList()
    watchers.withLock { watchers in
      absorb(&watchers, &wakes)
      guard isLast, let here = watchers.sharing?.shared.here else { return }
      catchUp(here, load().signals(of: here, block.thresholds(of: here)), &watchers, &wakes)
    }
    wakes.deliver()
    shared?.wakeSleepers()
  }

  /// Fires the observers of bits that the other process has raised since the last look; under the lock.
  func absorb(_ watchers: inout Watchers, _ wakes: inout WakeList) {
    guard let sharing = watchers.sharing else { return }
    let bell = sharing.shared.bellCount
    guard bell != sharing.lastBell else { return }
    sharing.lastBell = bell
    let counts = sharing.shared.rises()
    let risen = counts.risen(since: sharing.seen)
    sharing.seen = counts
    let here = sharing.shared.here
    guard !risen.isEmpty, watchers.hasObservers(at: here) else { return }
    let now = load().signals(of: here, block.thresholds(of: here))
    watchers.notify(here, from: .none, to: now.union(risen), &wakes)
  }

  /// Fires the observers of what `end`, if it is here, shows by now without anybody having told; under the
  /// lock.
  func catchUp(_ end: End, _ signals: Signals, _ watchers: inout Watchers, _ wakes: inout WakeList)
  {
    guard let sharing = watchers.sharing, sharing.shared.here == end else { return }
    watchers.notify(end, from: sharing.shown, to: signals, &wakes)
    sharing.shown = signals
  }

  /// Has the reactor look whenever the other process tells something; under the lock.
  private func askToBeRung(_ watchers: inout Watchers) {
    watchers.sharing?.shared.askToBeRung()
    watchHangUp(&watchers)
  }

  /// Has the reactor look from now on: somebody is about to wait who does not look for himself.
  func prepareToBeWatched() {
    watchers.withLock { askToBeRung(&$0) }
    noticeHangUp()
  }

  /// Has the reactor look when the other process dies; under the lock.
  private func watchHangUp(_ watchers: inout Watchers) {
    guard let sharing = watchers.sharing, sharing.watch == nil else { return }
    let events = ReactorEvents.readable.union(.edge)
    // Refused only without memory in Linux; whoever calls still notices for himself.
    watchers.sharing?.watch = try? sharing.reactor.watch(
      sharing.shared.bell.descriptor, for: events, self)
    if watchers.sharing?.watch != nil { others.bitwiseOr(Others.reactor, ordering: .releasing) }
  }

  /// Lets the reactor forget the pair.
  func stopWatching() {
    let watched = watchers.withLock { watchers -> (Reactor.Watch, Sharing)? in
      guard let sharing = watchers.sharing, let watch = sharing.watch else { return nil }
      sharing.watch = nil
      others.bitwiseAnd(~Others.reactor, ordering: .releasing)
      return (watch, sharing)
    }
    guard let (watch, sharing) = watched else { return }
    sharing.reactor.forget(watch, of: sharing.shared.bell.descriptor)
  }

  /// Looks whether the other process is gone without having closed its end, unless the reactor is told of
  /// that.
  func noticeHangUp() {
    if others.load(ordering: .acquiring) & Others.reactor == 0 { checkHangUp() }
  }

  /// Closes the other end if its process is gone.
  private func checkHangUp() {
    guard let shared, shared.bell.isHungUp else { return }
    closeOther(shared)
  }

  /// Linux has said of the socket itself that the other end is gone, which the bell is about to say too.
  func noticeBrokenPipe() {
    if let shared { closeOther(shared) }
  }

  /// Closes the other end, whose process did not.
  private func closeOther(_ shared: SharedPair) {
    // Of a raw pair the other process may have given its end to somebody who has no bell.
    guard !load()[shared.here.peer].isClosed, !isRaw else { return }
    change { state in
      guard !state.isRaw else { return }
      state[shared.here.peer].isClosed = true
      state[shared.here].isWritable = false
    }
  }

  /// Looks a short while for one of `wanted` at `end`, of which nobody is told.
  ///
  /// - Returns: Whether it has been there.
  func glance(_ end: End, for wanted: Signals, until deadline: Deadline) -> Bool {
    let (shared, thresholds) = watchers.withLock { watchers in
      (watchers.sharing?.shared, block.thresholds(of: end))
    }
    guard let shared, shared.here == end else { return false }
    // It does not move any more.
    let shown = block
    func isThere() -> Bool {
      !shown.glance().signals(of: end, thresholds).isDisjoint(with: wanted)
    }
    return isThere() || shared.patience.look(until: deadline, isThere)
  }

  /// Sleeps on what the other process rings, until the observer of `waiter` has fired.
  func sleep(_ waiter: Waiter, _ shared: SharedPair, until deadline: Deadline) {
    watchers.withLock { watchHangUp(&$0) }
    noticeHangUp()
    while true {
      let bell = shared.bellCount
      var wakes = WakeList()
      watchers.withLock { absorb(&$0, &wakes) }
      wakes.deliver()
      if waiter.isDone || isRaw { return }
      let isInTime = shared.asSleeper { shared.sleep(while: bell, until: deadline) }
      if !isInTime { return }
    }
  }
}
