import Synchronization
import ZirconLinux
import ZirconTypes

// What other processes have done to a pair: how this one learns it, and waits for it; see `Sharing.swift`.

extension SocketPair: ReactorTarget {
  /// Something happened to an end that is here.
  func react(to events: ReactorEvents) {
    // Under the lock, like all that is done with a bell that may be given up meanwhile: with its last
    // reference it hangs up.
    let sharing = watchers.withLock { watchers -> Sharing? in
      for end in watchers.sharing?.ends ?? [] {
        guard let held = watchers.sharing?[end]?.held, held.bell.bell.empty() else { continue }
        // Other holders watch the same bell: Linux tells of an edge only who still finds something there.
        held.common?.bell.ring()
      }
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
  func askToBeRung(_ end: End, _ watchers: inout Watchers) {
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
  func watch(_ end: End, _ sharing: Sharing) {
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
