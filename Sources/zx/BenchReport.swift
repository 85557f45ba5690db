import ArgumentParser
import CZircon
import FoundationEssentials
import Subprocess
import SystemPackage

/// The machine and build that the figures are from.
struct BenchMachine: Codable {
  let kernel: String
  let cpu: String
  let cpuCount: Int
  let version: String
  let commit: String?
  let isDebugBuild: Bool

  /// This machine and this program.
  static func current() async -> BenchMachine {
    #if DEBUG
      let isDebugBuild = true
    #else
      let isDebugBuild = false
    #endif
    return BenchMachine(
      kernel: Machine.kernelRelease, cpu: Machine.cpuModel, cpuCount: Machine.cpuCount,
      version: String(cString: zx_system_get_version_string().c_str), commit: await commit(),
      isDebugBuild: isDebugBuild)
  }

  /// The commit of the package that this program was built from, if that is known.
  private static func commit() async -> String? {
    guard let root = Installation.packageRoot else { return nil }
    let output = await Child.output(
      of: .name("git"), arguments: ["-C", root.string, "describe", "--always", "--dirty"])
    return output.map { String($0.prefix { !$0.isNewline }) }
  }
}

/// What `zx bench` prints.
struct BenchReport: Codable {
  let machine: BenchMachine
  let runs: [BenchRun]

  init(machine: BenchMachine, runs: [BenchRun]) {
    self.machine = machine
    self.runs = runs
  }

  /// The report that another process printed.
  init(json: String) throws {
    self = try JSONDecoder().decode(BenchReport.self, from: Data(json.utf8))
  }

  /// The report for a program.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// The report for a person.
  var text: String {
    ([header] + runs.map { $0.text }).joined(separator: "\n")
  }

  private var header: String {
    let commit = machine.commit.map { ", commit \($0)" } ?? ""
    let warning =
      machine.isDebugBuild
      ? "A debug build: neither side is optimised, the figures mean nothing.\n" : ""
    return """
      Linux \(machine.kernel), \(machine.cpu) x \(machine.cpuCount), \(machine.version)\(commit)
      The ratio is Zircon's time over that of send and recv on a raw socket pair, that of a port over \
      that of level-triggered epoll; less is better.
      \(warning)
      """
  }
}

extension BenchRun {
  /// A table of the results.
  var text: String {
    let heads = ["raw", "p99", "zircon", "p99", "ratio", "least", "most", "bar"]
    let line = "workload".padded(40) + heads.map { $0.leftPadded(8) }.joined()
    let table = results.isEmpty ? [] : [line] + results.map { $0.text }
    let lines = [heading] + table + memory.map { $0.text } + notRun.map { $0.text }
    return lines.joined(separator: "\n") + "\n"
  }

  private var heading: String {
    """
    \(backend.rawValue): io_uring \(ring); this thread's reads and writes: \(ringOperations) \
    through the ring, \(syscallOperations) by system calls; SO_SNDBUF \(socketBuffer); \
    \(rounds) rounds
    """
  }
}

extension BenchResult {
  /// A row of the table.
  var text: String {
    let figures = [raw.median, raw.p99, zircon.median, zircon.p99].map { $0?.fixed(0) ?? "" }
    let ratios = [ratio, ratioMinimum, ratioMaximum].map { $0.fixed(2) }
    let cells = (figures + ratios).map { $0.leftPadded(8) }
    return "\(name), \(unit.rawValue)".padded(40) + cells.joined() + goal
  }

  private var goal: String {
    guard let bar, let isMet else { return "" }
    return bar.fixed(2).leftPadded(8) + (isMet ? "  met" : "  missed")
  }
}

extension BenchMemory {
  /// A line of the report.
  var text: String {
    "\(name), each of \(pairs) filled and drained once: raw \(raw.fixed(0)) B, "
      + "zircon \(zircon.fixed(0)) B, \(more.fixed(0)) B more\(goal)"
  }

  private var goal: String {
    guard let bar, let isMet else { return "" }
    return "; bar \(bar.fixed(0)) B  " + (isMet ? "met" : "missed")
  }
}

extension BenchOmission {
  /// A line of the report.
  var text: String { "\(name): not run: \(reason)" }
}
