import ArgumentParser
import Subprocess
import SystemPackage

/// `zx run`: a C or C++ source or a built program, with the library.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Compile a C or C++ program against the library and run it, or run a built one.",
    discussion: """
      A source ends in .c, .cc, .cpp, .cxx or .C and is compiled with $CC or $CXX, else with cc, \
      clang or gcc (c++, clang++ or g++). Input, output, arguments and exit code are the \
      program's; a program that a signal ended gives 128 + its number.
      """)

  @Flag(help: "Keep the compiled program and say where it is.")
  var keep = false

  @Option(help: ArgumentHelp("The folder that has zircon/syscalls.h.", valueName: "dir"))
  var include: String?

  @Option(help: ArgumentHelp("The folder that has libzircon.so.", valueName: "dir"))
  var library: String?

  @Option(
    name: .customLong("compiler-flag"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("One more flag for the compiler; may be repeated.", valueName: "flag"))
  var compilerFlags: [String] = []

  @Argument(help: "A C or C++ source, or a program.")
  var file: String

  @Argument(parsing: .captureForPassthrough, help: "What the program gets as its arguments.")
  var arguments: [String] = []

  func run() async throws {
    let path = FilePath(file)
    guard exists(path) else {
      throw complain("\(file): no such file", code: ShellCode.notFound)
    }
    if let language = Language(fileExtension: path.extension) {
      throw ExitCode(try await compileAndRun(path, as: language))
    }
    guard isExecutableFile(path) else {
      throw complain(
        "\(file): neither a C or C++ source (.c .cc .cpp .cxx .C) nor an executable program",
        code: ShellCode.notExecutable)
    }
    throw ExitCode(try await runProgram(path, library: try Installation.findLibrary(library)))
  }

  /// Returns the exit code of the program, or of the compiler if there is no program.
  private func compileAndRun(_ source: FilePath, as language: Language) async throws -> Int32 {
    let compiler = try Compiler.find(for: language)
    let installation = Installation(
      include: try Installation.findInclude(include),
      library: try Installation.findLibrary(library))
    let folder = try TemporaryFolder()
    defer { if keep { printError("zx: kept \(folder.path)") } else { folder.remove() } }

    let program = folder.path.appending(source.stem ?? "program")
    let code = try await compiler.compile(
      source, to: program, against: installation, flags: compilerFlags)
    guard code == 0 else { return code }
    return try await runProgram(program, library: installation.library)
  }

  /// Returns the exit code of `program`.
  private func runProgram(_ program: FilePath, library: FilePath) async throws -> Int32 {
    let folders = [library.string, environment("LD_LIBRARY_PATH")].compactMap { $0 }
    return try await Child.run(
      absolute(program), arguments: arguments,
      environment: [
        "LD_LIBRARY_PATH": folders.joined(separator: ":"),
        // A library with a shared Swift runtime would bring that runtime's crash handlers.
        "SWIFT_BACKTRACE": environment("SWIFT_BACKTRACE") ?? "enable=no",
      ])
  }
}
