import ArgumentParser
import CSyscalls

/// `zx conformance`: which system calls work, as a page.
struct ConformanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conformance",
    abstract: "Print which system calls work, as a page of Markdown.")

  func run() {
    let calls = ConformantCall.all
    let counts = [CSYSCALLS_COVERAGE_YES, CSYSCALLS_COVERAGE_PARTLY, CSYSCALLS_COVERAGE_NO]
      .map { coverage in calls.count { $0.coverage == coverage } }
    print(
      """
      # Conformance

      \(calls.count) calls are declared and exported: \(counts[0]) work, \(counts[1]) work \
      partly, \(counts[2]) are not there yet and answer `ZX_ERR_NOT_SUPPORTED` where they can \
      answer a status.

      | call | works | reason |
      | --- | --- | --- |
      """)
    for call in calls { print(call.row) }
  }
}

/// A call of the one table of calls.
struct ConformantCall {
  let name: String
  let coverage: UInt32
  let reason: String

  /// All of them, in the order of the table.
  static let all: [ConformantCall] = {
    var count = 0
    let table = UnsafeBufferPointer(start: csyscalls_conformance(&count), count: count)
    return table.map {
      ConformantCall(
        name: String(cString: $0.name), coverage: $0.coverage, reason: String(cString: $0.reason))
    }
  }()

  /// The call as a row of a Markdown table.
  var row: String {
    let reason = reason.split(separator: "|", omittingEmptySubsequences: false)
    return "| `\(name)` | \(answer) | \(reason.joined(separator: "\\|")) |"
  }

  private var answer: String {
    switch coverage {
    case CSYSCALLS_COVERAGE_YES: "yes"
    case CSYSCALLS_COVERAGE_PARTLY: "partly"
    default: "no"
    }
  }
}
