import ArgumentParser
import FoundationEssentials
import Glibc

/// `zx doctor`: what the library finds on this machine, and what could be better.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say what the library finds on this machine, with a hint for what is not ideal.",
    discussion: "Ends with 0 unless the library cannot work here.")

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let findings = Examination().findings
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(findings), as: UTF8.self))
    } else {
      for finding in findings { print(finding.text) }
    }
    guard !findings.contains(where: { $0.level == .broken }) else { throw ExitCode(EXIT_FAILURE) }
  }
}

/// One thing that `zx doctor` looked at.
struct Finding: Encodable {
  /// How good it is.
  enum Level: String, Encodable {
    case ideal = "ok"
    case improvable = "warning"
    case broken = "broken"
  }

  let subject: String
  let level: Level
  let value: String
  let hint: String?

  /// The finding as a person reads it.
  var text: String {
    let line = level.rawValue.padded(9) + subject.padded(15) + value
    return hint.map { line + "\n" + String(repeating: " ", count: 24) + "hint: " + $0 } ?? line
  }

  /// A finding with nothing to improve.
  static func ideal(_ subject: String, _ value: String) -> Finding {
    Finding(subject: subject, level: .ideal, value: value, hint: nil)
  }

  /// Something that works but could be better.
  static func improvable(_ subject: String, _ value: String, hint: String) -> Finding {
    Finding(subject: subject, level: .improvable, value: value, hint: hint)
  }

  /// Something that the library cannot work with.
  static func broken(_ subject: String, _ value: String, hint: String) -> Finding {
    Finding(subject: subject, level: .broken, value: value, hint: hint)
  }
}
