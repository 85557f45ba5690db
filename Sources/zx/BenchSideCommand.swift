import ArgumentParser
import CBench
import Glibc

/// `zx bench-side`: what `zx bench` starts where a side needs a process of its own.
struct BenchSideCommand: ParsableCommand {
  static let name = "bench-side"

  static let configuration = CommandConfiguration(
    commandName: name,
    abstract: "Run one side of a workload of zx bench, which asks for it on standard input.",
    shouldDisplay: false)

  func run() {
    cbench_serve(STDIN_FILENO)
  }
}
