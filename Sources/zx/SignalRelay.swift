import Glibc
import Synchronization

/// Keeps this process alive while its child runs, so that it can clean up and report the end.
///
/// A terminal sends SIGINT and SIGQUIT to both; SIGTERM and SIGHUP are sent on.
enum SignalRelay {
  private static let child = Atomic<Int32>(0)
  private static let arrivedEarly = Atomic<Int32>(0)

  /// Takes over the four signals.
  static func start() {
    // Touched here, so that no handler is the first to use them.
    _ = child.load(ordering: .relaxed)
    _ = arrivedEarly.load(ordering: .relaxed)
    for number in [SIGINT, SIGQUIT] { signal(number) { _ in } }
    for number in [SIGTERM, SIGHUP] { signal(number) { SignalRelay.pass($0) } }
  }

  /// Sends on to `pid` what arrives, and what has arrived already.
  static func relay(to pid: Int32) {
    child.store(pid, ordering: .sequentiallyConsistent)
    let early = arrivedEarly.exchange(0, ordering: .sequentiallyConsistent)
    if early != 0 { kill(pid, early) }
  }

  /// Sends nothing more: the child has ended and its number may be another's.
  static func stopRelaying() {
    child.store(0, ordering: .sequentiallyConsistent)
  }

  private static func pass(_ number: Int32) {
    let pid = child.load(ordering: .sequentiallyConsistent)
    if pid != 0 {
      kill(pid, number)
    } else {
      arrivedEarly.store(number, ordering: .sequentiallyConsistent)
    }
  }
}
