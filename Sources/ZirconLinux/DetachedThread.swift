import CLinux
import Glibc

/// Threads of this library's own, which nobody joins.
package enum DetachedThread {
  /// Room for our own shallow calls, and for what a host program keeps for each thread.
  private static let stackByteCount = 512 << 10

  /// Starts a thread that runs `body`; false if Linux has no room for it.
  ///
  /// No signal is delivered to it: handlers are the host program's, and run on its threads.
  package static func start(named name: StaticString, _ body: @escaping @Sendable () -> Void)
    -> Bool
  {
    var attributes = pthread_attr_t()
    guard unsafe pthread_attr_init(&attributes) == 0 else { return false }
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    unsafe pthread_attr_setstacksize(&attributes, stackByteCount)
    let start = unsafe Unmanaged.passRetained(Start(name, body))
    var thread = pthread_t()
    let error = withSignalsBlocked {
      unsafe pthread_create(&thread, &attributes, runStart, start.toOpaque())
    }
    if error != 0 { unsafe start.release() }
    return error == 0
  }

  /// A thread is born with its maker's mask.
  private static func withSignalsBlocked(_ body: () -> Int32) -> Int32 {
    var all = sigset_t()
    var old = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, &old)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &old, nil) }
    return body()
  }
}

/// What a new thread is handed.
private final class Start: Sendable {
  let name: StaticString
  let body: @Sendable () -> Void

  init(_ name: StaticString, _ body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}

private func runStart(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument = unsafe argument else { return nil }
  // Safety: handed over by `start`, once.
  let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
  // Named for who looks at the process; woken as exactly as Linux can.
  _ = unsafe clinux_call6(
    Int(SYS_prctl), setName, Int(bitPattern: start.name.utf8Start), 0, 0, 0, 0)
  _ = clinux_call6(Int(SYS_prctl), setTimerSlack, 1, 0, 0, 0, 0)
  start.body()
  return nil
}

/// `PR_SET_NAME` of `prctl`.
private let setName = 15
/// `PR_SET_TIMERSLACK` of `prctl`, in nanoseconds.
private let setTimerSlack = 29
