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
    let reactor: Reactor
    private var left: Holding?
    private var right: Holding?

    /// An end that is here; likewise guarded.
    // Safety: as its lock says.
    final class Holding: @unchecked Sendable {
      var held: HeldEnd
      /// What has been told so far.
      var seen: RiseCounts
      var lastBell: UInt32
      /// What the end showed when its observers were last looked at.
      var shown: Signals
      var watches: Watches?

      init(_ end: End, _ held: HeldEnd, _ shared: SharedPair, _ shown: Signals) {
        self.held = held
        self.shown = shown
        seen = shared.rises(of: end)
        lastBell = shared.bellCount(of: end)
      }
    }

    /// What the reactor watches for an end.
    struct Watches {
      let held: HeldEnd
      let bell: Reactor.Watch
      var common: Reactor.Watch?
    }

    init(_ shared: SharedPair, _ reactor: Reactor) {
      self.shared = shared
      self.reactor = reactor
    }

    subscript(end: End) -> Holding? {
      get { end == .left ? left : right }
      set { if end == .left { left = newValue } else { right = newValue } }
    }

    /// From here on `end` is here.
    ///
    /// It shows `shown`: only what comes after that is told.
    func hold(_ end: End, _ held: HeldEnd, showing shown: Signals) {
      self[end] = Holding(end, held, shared, shown)
    }

    func isHere(_ end: End) -> Bool { end == .left ? left != nil : right != nil }

    /// The ends that are here.
    var ends: [End] { [End.left, .right].filter(isHere) }

    /// What reaches the holders of `end` in other processes; nil if nothing here does.
    func ringer(for end: End) -> Ringer? {
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
