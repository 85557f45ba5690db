import ArgumentParser
import CZircon

/// Zircon system calls on Linux, from the command line.
@main
struct Zx: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zx",
    abstract: "Zircon system calls on Linux.",
    version: String(cString: zx_system_get_version_string().c_str),
    subcommands: [
      RunCommand.self, DoctorCommand.self, StatusCommand.self, ConformanceCommand.self,
      BenchCommand.self, BenchSideCommand.self, CatCommand.self,
    ])
}
