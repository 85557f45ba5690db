import ArgumentParser
import Glibc
import SystemPackage

/// Says on standard error why the command ends, and ends it with `code`.
func complain(_ message: String, code: Int32 = EXIT_FAILURE) -> ExitCode {
  printError("zx: " + message)
  return ExitCode(code)
}

/// Prints one line on standard error.
func printError(_ line: String) {
  writeError(line + "\n")
}

/// Writes on standard error, at once.
func writeError(_ text: String) {
  // Nothing can be said about a failure to say something.
  _ = try? FileDescriptor.standardError.writeAll(text.utf8)
}
