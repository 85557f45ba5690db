package import Glibc

/// Forks once the other threads of the process have come to rest.
///
/// In an unoptimized build Swift's runtime looks types up at their first use under a lock; one that another
/// thread holds at the fork stays locked in the child for ever.
package func forkAtRest() -> pid_t {
  waitUntilOthersRest()
  return fork()
}

/// Runs `body` in a forked child, whose exit code it answers; nil if the child did not end by itself.
///
/// For a process that a test has to itself; without `atRest` what its other threads do is the body's care.
package func forked(atRest: Bool = true, _ body: () -> Int32) throws -> Int32? {
  let child = atRest ? forkAtRest() : fork()
  guard child >= 0 else { throw SetUpError("fork") }
  if child == 0 {
    alarm(20)
    _exit(body())
  }
  return exitCode(of: child)
}

/// The exit code of a child once it has ended; nil if a signal ended it.
package func exitCode(of child: pid_t) -> Int32? {
  var status: Int32 = -1
  while waitpid(child, &status, 0) < 0 {
    guard errno == EINTR else { return nil }
  }
  return status & 0x7F == 0 ? status >> 8 & 0xFF : nil
}

/// A forked child that lives and does nothing as long as this does.
package struct SleepingChild: ~Copyable {
  private let child: pid_t

  /// Forks it.
  ///
  /// - Throws: `SetUpError` if there is no process to be had.
  package init() throws {
    // Made whole in the parent alone: in the child this would end at once, with its `deinit`.
    let child = fork()
    guard child >= 0 else { throw SetUpError("fork") }
    if child == 0 {
      alarm(60)
      while true { pause() }
    }
    self.child = child
  }

  deinit {
    kill(child, SIGKILL)
    waitpid(child, nil, 0)
  }
}
