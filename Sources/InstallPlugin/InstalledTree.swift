import Foundation

/// What is installed, and where.
struct InstalledTree {
  /// The prefix, after the staging folder if there is one.
  let root: URL

  /// The version that is installed.
  let version: Version

  /// Puts everything in place.
  ///
  /// - Parameters:
  ///   - library: The built `libzircon.so`, which the next plain build overwrites.
  ///   - command: The built `zx`.
  ///   - package: The root of the package.
  /// - Throws: If something cannot be read or written; what is in place already stays there.
  func install(library: URL, command: URL, package: URL) throws {
    let real = "lib/libzircon.so.\(version.text)"
    try place(library, at: real, permissions: 0o755)
    try link("lib/\(Version.soname)", to: "libzircon.so.\(version.text)")
    try link("lib/libzircon.so", to: Version.soname)
    try place(command, at: "bin/zx", permissions: 0o755)
    try placeHeaders(from: package.appending(path: "CSupport/CZircon/include"))

    let templates = package.appending(path: "CSupport/install")
    for (name, folder) in [
      ("zircon.pc", "lib/pkgconfig"), ("zirconConfig.cmake", "lib/cmake/zircon"),
      ("zirconConfigVersion.cmake", "lib/cmake/zircon"),
    ] {
      let template = try String(
        contentsOf: templates.appending(path: name + ".in"), encoding: .utf8)
      try place(Data(filled(template).utf8), at: "\(folder)/\(name)", permissions: 0o644)
    }
  }

  private func filled(_ template: String) -> String {
    template.replacing("@VERSION@", with: version.text)
      .replacing("@SOVERSION@", with: Version.ofInterface)
  }

  /// Copies `<zircon/...>`, `<lib/fdio/...>`, `<lib/zx/...>` and what stands before the C library's: the
  /// module map is for Swift, which uses the package.
  private func placeHeaders(from include: URL) throws {
    for folder in ["zircon", "lib/fdio", "lib/zx", "zircon-c11"] {
      let source = include.appending(path: folder)
      let names = try FileManager.default.subpathsOfDirectory(atPath: source.path)
      for name in names where name.hasSuffix(".h") || name.hasSuffix(".inc") {
        let header = source.appending(path: name)
        try place(header, at: "include/\(folder)/\(name)", permissions: 0o644)
      }
    }
  }

  private func place(_ source: URL, at path: String, permissions: Int) throws {
    try place(try Data(contentsOf: source), at: path, permissions: permissions)
  }

  /// Writes a new file and puts it in the place of an old one, which programs may have mapped.
  private func place(_ contents: Data, at path: String, permissions: Int) throws {
    let file = try prepared(path)
    let new = file.deletingLastPathComponent().appending(path: ".\(file.lastPathComponent).new")
    let files = FileManager.default
    try contents.write(to: new)
    try files.setAttributes([.posixPermissions: permissions], ofItemAtPath: new.path)
    guard rename(new.path, file.path) == 0 else {
      throw Complaint("\(file.path): \(String(cString: strerror(errno)))")
    }
  }

  private func link(_ path: String, to target: String) throws {
    let link = try prepared(path)
    let files = FileManager.default
    if (try? files.destinationOfSymbolicLink(atPath: link.path)) != nil {
      try files.removeItem(at: link)
    }
    try files.createSymbolicLink(atPath: link.path, withDestinationPath: target)
  }

  /// The place of a file, in a folder that is there.
  private func prepared(_ path: String) throws -> URL {
    let file = root.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    return file
  }
}
