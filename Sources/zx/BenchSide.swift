import CBench
import SystemPackage

/// One side of a workload: calls in this process, or a process of its own.
struct BenchSide: ~Copyable {
  private let workload: Workload
  private let side: UInt32
  private let peer: cbench_peer_t?

  /// Makes what is to outlast a round, the process if there is one.
  init(_ workload: Workload, _ side: UInt32) throws(BenchError) {
    self.workload = workload
    self.side = side
    guard workload.needsProcesses else {
      peer = nil
      return
    }
    var peer = cbench_peer_t()
    try workload.attempt { description, failure in
      cbench_peer_start(
        &peer, Installation.executable.string, BenchSideCommand.name, description, side, failure)
    }
    self.peer = peer
  }

  deinit {
    if var peer { cbench_peer_stop(&peer) }
  }

  /// Runs one round.
  ///
  /// - Returns: The nanoseconds of each slice, or the bytes.
  func run() throws(BenchError) -> [UInt64] {
    let slices = workload.slices
    var numbers = [UInt64](repeating: 0, count: slices)
    try workload.attempt { description, failure in
      guard var peer else { return cbench_run(description, side, &numbers, slices, failure) }
      return cbench_peer_run(&peer, &numbers, slices, failure)
    }
    return numbers
  }
}
