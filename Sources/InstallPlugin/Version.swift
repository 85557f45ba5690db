import Foundation

/// The version of the library.
struct Version {
  /// As in 0.1.0.
  let text: String

  /// The number that changes when programs must be linked anew.
  static let ofInterface = "0"

  /// The name that programs are linked to.
  static let soname = "libzircon.so.\(ofInterface)"

  /// The version that `zx` prints, which is what `zx_system_get_version_string` answers.
  init(of command: URL) throws {
    let output = Pipe()
    let process = Process()
    process.executableURL = command
    process.arguments = ["--version"]
    process.standardOutput = output
    try process.run()
    let printed = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let line = String(decoding: printed, as: UTF8.self)
    guard process.terminationStatus == 0,
      let match = line.wholeMatch(of: /.*-(\d+\.\d+\.\d+)\s*/)
    else { throw Complaint("\(command.path) --version answers: \(line)") }
    text = String(match.1)
  }
}
