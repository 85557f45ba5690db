import ZirconLinux
import ZirconTypes

/// What an object consists of that any number of processes can hold: one with two ends, an event pair or a
/// fifo, or with one alone, which is its left, an event or a counter.
///
/// Once a handle has left the process the signals, and what else the object has, are in shared memory, and any
/// number of processes can hold either end, this one both of them, too. That nobody holds an end any more,
/// Linux says: all its holders have one end of a socket pair, its `Line`, whose other end those of the peer
/// have.
///
/// Locking: one lock for both ends; another for what the reactor watches, which comes first.
class SharableObject: ReactorTarget, @unchecked Sendable {
  /// One end, as it is known here.
  struct Side: ~Copyable {
    /// What was shown last, and who watches.
    var state = SignalState()
    /// What calls have set, while nothing is shared.
    fileprivate var set = Signals.none
    /// It has handles here.
    fileprivate(set) var isHere = true
    /// Nobody has a handle of it any more, in any process.
    fileprivate(set) var isGone = false
    /// Once the pair is shared, and while the end is here.
    fileprivate var line: Line?
    fileprivate var rises = SharedSignals.Rises(repeating: 0)
  }

  struct State: ~Copyable {
    private var left = Side()
    private var right = Side()
    fileprivate(set) var shared: SharedSignals?

    fileprivate init(hasTwoEnds: Bool) {
      right.isHere = hasTwoEnds
    }

    mutating func withSide<Result>(_ end: End, _ body: (inout Side) -> Result) -> Result {
      if end == .left { return body(&left) }
      return body(&right)
    }

    func isHere(_ end: End) -> Bool { end == .left ? left.isHere : right.isHere }

    func isGone(_ end: End) -> Bool { end == .left ? left.isGone : right.isGone }
  }

  /// What Linux tells of.
  private struct Watching {
    var shared: SharedSignals
    var ring: Reactor.Watch
    var hangUps: [(line: Line, watch: Reactor.Watch)] = []
  }

  final let kernel: Kernel
  /// What calls may change of each end's signals.
  final let settable: Signals
  private let hasTwoEnds: Bool
  final let state: Guarded<State>
  private let watching = Guarded<Watching?>(nil)

  /// A new object, all of it here.
  init(hasTwoEnds: Bool, settable: Signals, in kernel: Kernel) {
    self.hasTwoEnds = hasTwoEnds
    self.settable = settable
    self.kernel = kernel
    state = Guarded(State(hasTwoEnds: hasTwoEnds))
  }

  /// Whether holders of one end exclude each other by locks on the memory.
  var usesLocks: Bool { false }

  /// Bytes that the object has in shared memory behind its signals.
  var extraByteCount: Int { 0 }

  /// What `end` shows beside what calls have set and `peerClosed`; under the lock.
  func derivedSignals(of end: End, _ state: borrowing State) -> Signals { .none }

  /// From here on what the object has is at `extra`: what was here so far, or what is there; under the lock.
  @unsafe
  func move(to extra: UnsafeMutableRawPointer, copying: Bool) {}
}

/// What a holder of one end has for the holders of the other: closed with its last copy, in any process or
/// message, it hangs up at theirs.
final class Line: Sendable {
  let descriptor: Descriptor

  init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }
}

// MARK: Signals

extension SharableObject {
  /// Takes notice of what `end` shows by now, and of bits that have risen and may have fallen again.
  final func look(
    at end: End, _ state: inout State, risen: Signals = .none, _ wakes: inout WakeList
  ) {
    var new = derivedSignals(of: end, state)
    new.formUnion(state.shared?.signals(of: end) ?? state.withSide(end) { $0.set })
    if state.isGone(end.peer) { new.insert(.peerClosed) }
    state.withSide(end) { side in
      // Who has set a bit may have died before it told so.
      let risen = risen.union(new.subtracting(side.state.signals))
      side.state.signals = new
      if risen != .none { side.state.observers.notify(new.union(risen), &wakes) }
    }
  }

  /// Takes over what has happened in other processes, if the object is shared.
  @inline(__always)
  final func absorb(_ state: inout State, _ wakes: inout WakeList) {
    if let shared = state.shared { absorb(shared, &state, &wakes) }
  }

  private func absorb(
    _ shared: SharedSignals, _ state: inout State, _ wakes: inout WakeList
  ) {
    // Whether somebody is gone comes first: what it has left behind is seen then.
    for end in [End.left, .right] where state.isHere(end) {
      guard !state.isHere(end.peer), !state.isGone(end.peer) else { continue }
      let isGone = state.withSide(end) { $0.line?.descriptor.isHungUp ?? false }
      if isGone { state.withSide(end.peer) { $0.isGone = true } }
    }
    for end in [End.left, .right] where state.isHere(end) {
      let rises = shared.rises(of: end)
      let risen = state.withSide(end) { side in
        defer { side.rises = rises }
        return SharedSignals.risen(side.rises, rises)
      }
      look(at: end, &state, risen: risen, &wakes)
    }
  }

  /// Changes what calls have set of `end`.
  private func set(
    _ end: End, clear: Signals, set: Signals, _ state: inout State, _ wakes: inout WakeList
  ) {
    if let shared = state.shared {
      shared.update(end, clear: clear, set: set)
      absorb(&state, &wakes)
    } else {
      state.withSide(end) { $0.set = $0.set.updated(clear: clear, set: set) }
      look(at: end, &state, &wakes)
    }
  }

  /// See `PeeredPair`.
  final func withObservers(
    of end: End = .left, _ body: (inout ObserverList, Signals) -> Void
  ) {
    var wakes = WakeList()
    let isWatched = state.withLock { state in
      absorb(&state, &wakes)
      state.withSide(end) { body(&$0.state.observers, $0.state.signals) }
      return state.shared != nil && state.isObserved
    }
    wakes.deliver()
    if isWatched { startWatching() }
  }

  /// See `PeeredPair`.
  final func signal(_ end: End = .left, clear: Signals, set: Signals) {
    var wakes = WakeList()
    state.withLock { self.set(end, clear: clear, set: set, &$0, &wakes) }
    wakes.deliver()
  }

  /// See `PeeredPair`.
  final func signalPeer(of end: End, clear: Signals, set: Signals) throws(Status) {
    var wakes = WakeList()
    let isGone = state.withLock { state in
      absorb(&state, &wakes)
      guard !state.isGone(end.peer) else { return true }
      self.set(end.peer, clear: clear, set: set, &state, &wakes)
      return false
    }
    wakes.deliver()
    if isGone { throw .peerClosed }
  }
}

extension SharableObject.State {
  /// Whether somebody observes an end that is here.
  fileprivate var isObserved: Bool {
    mutating get {
      withSide(.left) { !$0.state.observers.isEmpty }
        || withSide(.right) { !$0.state.observers.isEmpty }
    }
  }
}

// MARK: Closing

extension SharableObject {
  /// See `PeeredPair`; there are no messages.
  final func close(_ end: End, leaving orphans: inout MessageQueue) { close(end) }

  /// The last handle of `end` in this process is gone: closed, or on its way to another one.
  final func close(_ end: End = .left) {
    guard letGo(end) else { return }
    var wakes = WakeList()
    let isWatched = state.withLock { state in
      absorb(&state, &wakes)
      return state.isObserved
    }
    wakes.deliver()
    if isWatched { startWatching() }
  }

  /// Has `end` here no more; false if nothing is shared, and then that is all.
  ///
  /// Its line is closed when this returns, unless it goes to another process.
  private func letGo(_ end: End) -> Bool {
    var wakes = WakeList()
    let (isShared, line) = state.withLock { state -> (Bool, Line?) in
      let line = state.withSide(end) { side in
        side.isHere = false
        return side.line.take()
      }
      guard state.shared == nil else { return (true, line) }
      state.withSide(end) { $0.isGone = true }
      look(at: end.peer, &state, &wakes)
      return (false, nil)
    }
    wakes.deliver()
    // Nobody watches it any more when it is closed.
    if isShared { stopWatching() }
    withExtendedLifetime(line) {}
    return isShared
  }
}

// MARK: What other holders do

extension SharableObject {
  final func react(to events: ReactorEvents) {
    var wakes = WakeList()
    let isWatched = state.withLock { state in
      absorb(&state, &wakes)
      return state.isObserved
    }
    wakes.deliver()
    guard !isWatched else {
      if events.contains(.retry) { startWatching() }
      return
    }
    stopWatching()
    // Somebody who began to wait meanwhile may have found it watched.
    if state.withLock({ $0.isObserved }) { startWatching() }
  }

  private func startWatching() {
    watching.withLock { watching in
      guard watching == nil else { return }
      let (shared, lines) = state.withLock { ($0.shared, $0.watchableLines) }
      guard let shared else { return }
      do throws(Errno) {
        var new = Watching(
          shared: shared, ring: try shared.watch(self, in: kernel.reactor))
        defer { watching = new }
        for line in lines {
          new.hangUps.append(
            (line, try kernel.reactor.watch(line.descriptor, for: .edge, self)))
        }
      } catch {
        // What cannot be watched is looked at now and then.
        kernel.reactor.again(soon: self)
      }
    }
  }

  private func stopWatching() {
    watching.withLock { watching in
      guard let old = watching else { return }
      old.shared.forget(old.ring, in: kernel.reactor)
      for (line, watch) in old.hangUps { kernel.reactor.forget(watch, of: line.descriptor) }
      // Under the lock: a line that is given up meanwhile hangs up with its last reference.
      watching = nil
    }
  }
}

extension SharableObject.State {
  /// The lines that may hang up.
  fileprivate var watchableLines: [Line] {
    mutating get {
      var lines: [Line] = []
      for end in [End.left, .right] where isHere(end) && !isHere(end.peer) && !isGone(end.peer) {
        withSide(end) { if let line = $0.line { lines.append(line) } }
      }
      return lines
    }
  }
}

// MARK: Leaving and arriving

extension SharableObject {
  /// Adds to `list` what another process needs to hold `end`; `isLast` says that this one has it no more.
  ///
  /// - Throws: `noMemory`; `notSupported` if locks are needed and this process cannot open its own
  ///   descriptors; `badHandle` if the end is not here any more.
  final func lend(
    _ end: End = .left, isLast: Bool, to list: inout LentDescriptors
  ) throws(Status) {
    let shared = try share()
    let line = try state.withLock { (state) throws(Status) -> Line? in
      let line = state.withSide(end) { $0.line }
      guard line != nil || !hasTwoEnds else { throw .badHandle }
      if !isLast { try shared.markHeldByMany(end, usingLocks: usesLocks) }
      return line
    }
    if let line { list.append(line.descriptor, of: line) }
    try shared.lend(to: &list, usingLocks: usesLocks)
  }

  /// The object in shared memory, where it goes now if need be.
  ///
  /// - Throws: `noMemory`.
  private func share() throws(Status) -> SharedSignals {
    if let shared = state.withLock({ $0.shared }) { return shared }
    try linux { () throws(Errno) in try kernel.reactor.start() }
    let made = try SharedSignals.make(settable: settable, extra: extraByteCount)
    let (left, right) = try makeLines()
    return state.withLock { state in
      if let shared = state.shared { return shared }
      for (end, line) in [(End.left, left), (.right, right)] {
        made.update(end, clear: .none, set: state.withSide(end) { $0.set })
        state.withSide(end) { side in
          side.line = side.isHere ? line : nil
          side.rises = made.rises(of: end)
        }
      }
      unsafe move(to: made.extra, copying: true)
      state.shared = made
      return made
    }
  }

  /// - Throws: `noMemory`.
  private func makeLines() throws(Status) -> (Line?, Line?) {
    guard hasTwoEnds else { return (nil, nil) }
    return try linux { () throws(Errno) in
      try Descriptor.withSocketPair(.stream) { (Line($0), Line($1)) }
    }
  }

  /// Goes on with `end`, which has come from another process; before anybody knows the object.
  ///
  /// - Throws: `internal` for what is none; `noMemory`.
  final func arrive(
    _ received: consuming ReceivedDescriptors, at end: End = .left
  ) throws(Status) {
    var received = received
    let line = try takeLine(&received)
    guard received.count == SharedSignals.descriptorCount, let memory = received.takeFirst(),
      let bell = received.takeFirst()
    else { throw .internal }
    let shared = try SharedSignals.arrive(
      memory, bell, settable: settable, extra: extraByteCount)
    if usesLocks && shared.isHeldByMany(end) { try shared.memory.openForMyself() }
    try linux { () throws(Errno) in try kernel.reactor.start() }
    state.withLock { state in
      unsafe move(to: shared.extra, copying: false)
      state.shared = shared
      state.withSide(end.peer) { $0.isHere = false }
      state.withSide(end) { side in
        side.line = line
        side.rises = shared.rises(of: end)
      }
    }
  }

  /// The line of an end that has come, which an object of one end has not.
  ///
  /// - Throws: `internal` for something else.
  private func takeLine(_ received: inout ReceivedDescriptors) throws(Status) -> Line? {
    guard hasTwoEnds else { return nil }
    guard let line = received.takeFirst(), line.isSocket(.stream) else { throw .internal }
    return Line(line)
  }
}
