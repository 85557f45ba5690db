import Synchronization
import ZirconLinux
import ZirconTypes

// A raw pair: one of its ends has become a plain descriptor, or was one. Linux keeps its state from then on,
// for good: what fits, who has closed what, what may still be written. The pair's word keeps what is left:
// user signals, the ends that may not write, and for each end what Linux showed of it last, so that whoever
// looks sees changes and observers are told of them.
//
// What Linux shows is fetched under `watchers`: later looks count later. The reactor looks when Linux tells
// it of a change, once somebody has waited.

/// Who else has a part in a pair.
enum Others {
  /// Another process that has one of the ends, with the pair's state in memory of both.
  static var process: UInt32 { 1 }
  /// Whoever has a descriptor of it.
  static var anybody: UInt32 { 2 }
  /// The reactor is told when that process is gone.
  static var reactor: UInt32 { 4 }
}

extension SocketPair {
  /// Whether Linux keeps the state.
  @inline(__always)
  var isRaw: Bool {
    let others = others.load(ordering: .acquiring)
    guard others != 0 else { return false }
    // The other process may have made it so.
    return others & Others.anybody != 0 || load().isRaw
  }

  /// A raw pair of which one end is here.
  convenience init(_ kind: SocketKind, koid: Koid, raw end: End) {
    self.init(kind, koid: koid)
    others.store(Others.anybody, ordering: .releasing)
    change { $0 = .raw(end) }
  }

  /// Lets Linux keep the state from here on, for the sake of `dispatcher`, which is an end of it.
  ///
  /// - Throws: `shouldWait` if something waits in a spill ring that Linux does not take: then it can still be
  ///   read, and nothing has changed; `noMemory`.
  func makeRaw(for dispatcher: SocketDispatcher, _ reactor: Reactor) throws(Status) {
    guard !isRaw else { return }
    // Whoever waits already is told by the reactor from here on.
    try linux { () throws(Errno) in try reactor.start() }
    let ends = try withAllGates { () throws(Status) -> [SocketDispatcher] in
      let (left, right) = watchers.withLock { ($0.dispatcher(.left), $0.dispatcher(.right)) }
      let ends = [left, right].compactMap { $0 }
      // In another process somebody may be reading the rings.
      if !isShared { for end in ends { try end.flushRing() } }
      try change { (state) throws(Status) in
        guard state.left.spilled == 0, state.right.spilled == 0 else { throw .shouldWait }
        if !state.isRaw { state.makeRaw() }
      }
      others.bitwiseOr(Others.anybody, ordering: .releasing)
      dispatcher.applyDispositions(load())
      return ends
    }
    for end in ends { followLinux(end.end, reactor) }
    wakeOthers()
  }

  /// Sees what others have done to an end, and tells the observers.
  func lookAtLinux(_ end: End) {
    change(lookingAt: end) { _ in }
  }

  /// Has the reactor look from now on whenever Linux tells of something.
  func followLinux(_ end: End, _ reactor: Reactor) {
    watchers.withLock { $0.follow(end, of: self, reactor) }
    lookAtLinux(end)
  }
}

/// What the reactor tells of an end of a raw pair.
final class RawFollower: ReactorTarget {
  private let pair: SocketPair
  private let end: End

  init(_ pair: SocketPair, _ end: End) {
    self.pair = pair
    self.end = end
  }

  func react(to events: ReactorEvents) { pair.lookAtLinux(end) }
}
