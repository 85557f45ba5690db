import ArgumentParser
import FoundationEssentials
import Glibc
import Subprocess

/// `zx bench`: Zircon sockets and ports beside raw socket pairs and epoll.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Time Zircon sockets and ports beside raw socket pairs and epoll.",
    discussion: """
      Both sides take turns in one process, or in one each where they have 9,000 pairs; the ratio is \
      the median over the rounds, with the smallest and the largest beside it. A port stands beside \
      level-triggered epoll. A process has one backend, so each runs in its own.
      """)

  @Flag(help: "Print JSON.")
  var json = false

  @Option(help: ArgumentHelp("How often each side runs.", valueName: "n"))
  var rounds = 15

  @Option(help: ArgumentHelp("Only workloads with this in their name.", valueName: "text"))
  var filter = ""

  @Option(help: "The backend to time; may be repeated. Default: auto and uring.")
  var backend: [Backend] = []

  func validate() throws {
    guard rounds >= 1 else { throw ValidationError("At least one round.") }
    guard !workloads.isEmpty else {
      let names = Workload.all.map { "  " + $0.name }.joined(separator: "\n")
      throw ValidationError("No workload has '\(filter)' in its name. They are:\n\(names)")
    }
  }

  func run() async throws {
    let backends = backend.isEmpty ? [.auto, .uring] : backend
    let runs: [BenchRun]
    if backends.count == 1 {
      runs = [try measure(backends[0])]
    } else {
      runs = try await measureInChildren(backends)
    }
    let report = BenchReport(machine: await BenchMachine.current(), runs: runs)
    print(json ? try report.json() : report.text, terminator: "")
  }

  private var workloads: [Workload] {
    Workload.all.filter { filter.isEmpty || $0.name.contains(filter) }
  }

  /// Measures in this process, which no call has given a backend yet.
  private func measure(_ backend: Backend) throws -> BenchRun {
    setenv("ZIRCON_BACKEND", backend.rawValue, 1)
    let progress = ProgressLine()
    defer { progress.clear() }
    do throws(BenchError) {
      return try BenchRun(
        backend: backend, workloads: workloads, rounds: rounds, progress: progress)
    } catch {
      progress.clear()
      throw complain("bench: \(error)")
    }
  }

  private func measureInChildren(_ backends: [Backend]) async throws -> [BenchRun] {
    var runs: [BenchRun] = []
    for backend in backends {
      let output = try await Child.output(
        ofItself: [
          "bench", "--json", "--backend", backend.rawValue, "--rounds", "\(rounds)",
          "--filter", filter,
        ])
      runs += try BenchReport(json: output).runs
    }
    return runs
  }
}
