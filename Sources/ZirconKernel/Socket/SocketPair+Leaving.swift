import Synchronization
import ZirconLinux
import ZirconTypes

// How an end leaves the process, arrives in another, and is held by several; see `Sharing.swift`.

extension SocketPair {
  /// Lets another process have `end`, of which there are other handles here unless `isLast`.
  ///
  /// It stays here until `letGo`, so that nothing is lost if it cannot be sent after all.
  ///
  /// - Returns: What goes along.
  /// - Throws: `noMemory`; `notSupported` if there are other handles and this process cannot open its own
  ///   descriptors; `badHandle` if the end is not here any more. Then nothing has changed.
  func sendAway(_ end: End, isLast: Bool, _ reactor: Reactor) throws(Status) -> DepartingEnd {
    if !isShared { try share(reactor) }
    if !isLast { try holdByMany(end) }
    return try watchers.withLock { (watchers) throws(Status) in
      guard let sharing = watchers.sharing, let holding = sharing[end] else { throw .badHandle }
      return DepartingEnd(shared: sharing.shared, held: holding.held)
    }
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
          let shown = load().signals(of: end, block.thresholds(of: end))
          sharing.hold(end, HeldEnd(bell: bell), showing: shown)
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
    guard watchers.withLock({ $0.sharing?[end]?.held.common }) == nil else { return }
    let bell = CommonBellHolder(try linux { () throws(Errno) in try CommonBell.make() })
    try withAllGates { () throws(Status) in
      try watchers.withLock { (watchers) throws(Status) in
        guard let sharing = watchers.sharing, let held = sharing[end]?.held else {
          throw .badHandle
        }
        guard held.common == nil else { return }
        try sharing.shared.memory.openForMyself()
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
    if held.common != nil {
      try shared.memory.makeOwnOpening()
    } else {
      shared.forgetSleepers(at: end)
    }
    let pair = SocketPair(kind, koid: koid)
    pair.move(to: shared, copying: false)
    pair.watchers.withLock { watchers in
      let sharing = Sharing(shared, reactor)
      let shown = pair.load().signals(of: end, pair.block.thresholds(of: end))
      sharing.hold(end, held, showing: shown)
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
    try linux { () throws(Errno) in try shared.memory.lock(work, at: end) }
    defer { shared.memory.unlock(work, at: end) }
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
