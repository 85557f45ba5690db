import CLinux
import Synchronization
package import ZirconTypes

/// How long a thread looks for itself before it sleeps: as long as that has paid.
///
/// To sleep and be woken takes some ten microseconds, much longer than many an answer takes that another
/// processor is at work on. Where looking was in vain, as with one processor, it is soon given up, and tried
/// again once in a while.
package struct Patience: ~Copyable, Sendable {
  /// Nanoseconds to look; below `least` not at all.
  private let budget = Atomic<Int64>(Self.first)
  /// Waits without a look.
  private let blindWaits = Atomic<UInt32>(0)

  private static var first: Int64 { 20_000 }
  private static var least: Int64 { 2_000 }
  private static var most: Int64 { 50_000 }
  private static var waitsBetweenTries: UInt32 { 256 }
  private static var looksBetweenClocks: Int { 8 }
  private static var pausesBetweenLooks: Int { 8 }

  package init() {}

  /// Looks until `isOver` says so, which is asked many times.
  ///
  /// - Returns: False if it is time to sleep.
  package borrowing func look(until deadline: Deadline, _ isOver: () -> Bool) -> Bool {
    let known = budget.load(ordering: .relaxed)
    let time = known >= Self.least ? known : occasionally()
    guard time > 0 else { return false }
    let end = min(Clock.monotonic &+ time, deadline.rawValue)
    repeat {
      for _ in 0..<Self.looksBetweenClocks {
        if isOver() {
          budget.store(min(time &+ time / 4, Self.most), ordering: .relaxed)
          return true
        }
        // Each look takes the word away from whoever is about to change it.
        for _ in 0..<Self.pausesBetweenLooks { clinux_pause() }
      }
    } while Clock.monotonic < end
    budget.store(time / 2, ordering: .relaxed)
    return false
  }

  private borrowing func occasionally() -> Int64 {
    let count = blindWaits.wrappingAdd(1, ordering: .relaxed).newValue
    return count % Self.waitsBetweenTries == 0 ? Self.first : 0
  }
}
