import ArgumentParser
import Glibc
import Subprocess
import SystemPackage

/// Exit codes as a shell gives them.
enum ShellCode {
  static let notExecutable: Int32 = 126
  static let notFound: Int32 = 127

  /// The code for a program that `signal` ended.
  static func signaled(_ signal: Int32) -> Int32 { 128 + signal }
}

/// Programs that this one starts.
enum Child {
  /// Runs a program on this one's input and output.
  ///
  /// - Returns: Its exit code, 128 + n if signal n ended it.
  static func run(
    _ program: FilePath, arguments: [String], environment: [Environment.Key: String?] = [:]
  ) async throws -> Int32 {
    SignalRelay.start()
    let status: TerminationStatus
    do {
      status = try await Subprocess.run(
        .path(program), arguments: Arguments(arguments),
        environment: .inherit.updating(environment), input: .currentStandardInput,
        output: .currentStandardOutput, error: .currentStandardError
      ) { SignalRelay.relay(to: $0.processIdentifier.value) }.terminationStatus
    } catch {
      throw complain("\(program): \(error)", code: ShellCode.notExecutable)
    }
    SignalRelay.stopRelaying()
    return code(status, of: program)
  }

  /// Runs a program and takes what it prints on standard output.
  ///
  /// - Returns: The output, or nil if the program failed or is not there.
  static func output(of program: Executable, arguments: [String]) async -> String? {
    let result = try? await Subprocess.run(
      program, arguments: Arguments(arguments), output: .string(limit: 1 << 20),
      error: .discarded)
    guard let result, result.terminationStatus.isSuccess else { return nil }
    return result.standardOutput
  }

  /// Runs this program again and takes what it prints on standard output.
  static func output(ofItself arguments: [String]) async throws -> String {
    let result = try await Subprocess.run(
      .path(Installation.executable), arguments: Arguments(arguments),
      output: .string(limit: 1 << 20), error: .currentStandardError)
    guard result.terminationStatus.isSuccess else { throw ExitCode.failure }
    return result.standardOutput
  }

  private static func code(_ status: TerminationStatus, of program: FilePath) -> Int32 {
    switch status {
    case .exited(let code):
      return code
    case .signaled(let signal):
      let name = strsignal(signal).map { String(cString: $0) } ?? "unknown"
      printError("zx: \(program): signal \(signal) (\(name))")
      return ShellCode.signaled(signal)
    }
  }
}
