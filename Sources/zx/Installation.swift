import ArgumentParser
import Glibc
import SystemPackage

/// Where the headers and the library are: under a prefix, or in a build tree of the package.
struct Installation {
  /// The folder that has `zircon/syscalls.h`.
  let include: FilePath

  /// The folder that has `libzircon.so`.
  let library: FilePath

  /// The path of this program.
  static let executable: FilePath = {
    guard let path = realpath("/proc/self/exe", nil) else { return "" }
    defer { free(path) }
    return FilePath(String(cString: path))
  }()

  /// The root of the package that this program was built from, or that the working directory is in.
  static let packageRoot: FilePath? = {
    let starts = [executable.removingLastComponent(), workingDirectory].compactMap { $0 }
    return starts.lazy.flatMap(ancestors).first { isPackageRoot($0) }
  }()

  /// The folder with the headers: `chosen`, or else the first place that has them.
  static func findInclude(_ chosen: String?) throws -> FilePath {
    let places = chosen.map { [FilePath($0)] } ?? includePlaces
    guard let found = places.first(where: { isRegularFile($0.appending("zircon/syscalls.h")) })
    else {
      throw complain(
        "no zircon/syscalls.h in \(list(places)); run this in the package or use --include DIR")
    }
    return found
  }

  /// The folder with the library: `chosen`, or else the first place that has it.
  static func findLibrary(_ chosen: String?) throws -> FilePath {
    let places = chosen.map { [FilePath($0)] } ?? libraryPlaces
    guard let found = places.first(where: { isRegularFile($0.appending("libzircon.so")) }) else {
      let remedy = packageRoot.map { "build it with: \(buildCommand(root: $0))" }
      throw complain(
        "no libzircon.so in \(list(places)); \(remedy ?? "use --library DIR")")
    }
    return absolute(found)
  }

  /// The prefix that this program is installed under, if it is in a `bin`.
  private static var prefix: FilePath? {
    let folder = executable.removingLastComponent()
    return folder.lastComponent == "bin" ? folder.removingLastComponent() : nil
  }

  private static var includePlaces: [FilePath] {
    [prefix?.appending("include"), packageRoot?.appending("CSupport/CZircon/include")]
      .compactMap { $0 }
  }

  private static var libraryPlaces: [FilePath] {
    [prefix?.appending("lib"), executable.removingLastComponent()].compactMap { $0 }
  }

  /// The command that puts the library beside this program.
  private static func buildCommand(root: FilePath) -> String {
    let folder = executable.removingLastComponent()
    let scratch = folder.removingLastComponent().removingLastComponent()
    var command = "swift build"
    if folder.lastComponent == "release" { command += " -c release" }
    if root != workingDirectory { command += " --package-path \(root)" }
    if scratch != root.appending(".build") { command += " --scratch-path \(scratch)" }
    return command + " --product zircon"
  }

  private static func isPackageRoot(_ folder: FilePath) -> Bool {
    isRegularFile(folder.appending("Package.swift"))
      && isRegularFile(folder.appending("CSupport/CZircon/include/zircon/syscalls.h"))
  }

  private static func list(_ places: [FilePath]) -> String {
    places.isEmpty ? "any known place" : places.map(\.string).joined(separator: " or ")
  }
}
