import CZircon
import Glibc
import TestSupport
import Testing
import TransferSupport

/// A forked child and a channel to it.
struct LinkedChild {
  /// The parent's end.
  let channel: zx_handle_t
  private let process: pid_t

  /// Forks a child that runs `body` with the other end.
  init(_ body: (zx_handle_t) -> Int32) throws {
    let (ours, theirs) = try rawSocketPair(SOCK_SEQPACKET)
    process = forkAtRest()
    try #require(process >= 0)
    if process == 0 {
      Glibc.close(ours)
      alarm(60)
      _exit((try? adopted(theirs)).map(body) ?? 99)
    }
    Glibc.close(theirs)
    channel = try adopted(ours)
  }

  func send(_ signal: Int32) { Glibc.kill(process, signal) }

  func kill() {
    send(SIGKILL)
    _ = exitCode()
  }

  /// Its exit code once it has ended; nil if a signal ended it.
  func exitCode() -> Int32? { TestSupport.exitCode(of: process) }
}
