import ArgumentParser
import SystemPackage

/// A language that `zx run` compiles.
enum Language {
  case c
  case cxx

  /// The language of a file with this extension, if it is a source.
  init?(fileExtension: String?) {
    switch fileExtension {
    case "c": self = .c
    case "cc", "cpp", "cxx", "C": self = .cxx
    default: return nil
    }
  }

  /// The variable that names the compiler.
  var variable: String { self == .c ? "CC" : "CXX" }

  /// The compilers to try, in this order, without the variable.
  var compilers: [String] { self == .c ? ["cc", "clang", "gcc"] : ["c++", "clang++", "g++"] }
}

/// A C or C++ compiler of this machine.
struct Compiler {
  private let executable: FilePath
  private let leadingArguments: [String]

  /// The compiler that the environment names, or the first that is in `PATH`.
  static func find(for language: Language) throws -> Compiler {
    if let named = environment(language.variable) {
      let words = named.split(separator: " ").map(String.init)
      guard let name = words.first, let path = search(name) else {
        throw complain(
          "\(language.variable) is \"\(named)\", which cannot be found", code: ShellCode.notFound)
      }
      return Compiler(executable: path, leadingArguments: Array(words.dropFirst()))
    }
    guard let path = language.compilers.lazy.compactMap(search).first else {
      throw complain(
        """
        no compiler: none of \(language.compilers.joined(separator: ", ")) is in PATH; install \
        one (Debian: apt-get install \(language == .c ? "gcc" : "g++")) or set \(language.variable)
        """, code: ShellCode.notFound)
    }
    return Compiler(executable: path, leadingArguments: [])
  }

  /// Compiles and links one source; what the compiler says appears as it says it.
  ///
  /// - Returns: The exit code of the compiler.
  func compile(
    _ source: FilePath, to program: FilePath, against installation: Installation, flags: [String]
  ) async throws -> Int32 {
    let fixed = [
      "-O2", "-Wall", "-pthread", "-I", installation.include.string, "-o", program.string,
      source.string.hasPrefix("-") ? "./" + source.string : source.string,
      "-L", installation.library.string, "-lzircon",
      "-Xlinker", "-rpath", "-Xlinker", installation.library.string,
    ]
    return try await Child.run(executable, arguments: leadingArguments + fixed + flags)
  }

  private static func search(_ name: String) -> FilePath? {
    guard !name.contains("/") else {
      return isExecutableFile(FilePath(name)) ? FilePath(name) : nil
    }
    let folders = (environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
    return folders.lazy.map { FilePath(String($0)).appending(name) }.first(where: isExecutableFile)
  }
}
