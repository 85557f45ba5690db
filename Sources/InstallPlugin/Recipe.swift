import Foundation
import PackagePlugin

/// How the release is built.
///
/// None of this is in the manifest: whoever depends on the package chooses their own linking.
struct Recipe {
  /// The parameters for `zx`.
  let command: PackageManager.BuildParameters

  /// The parameters for `libzircon.so`.
  let library: PackageManager.BuildParameters

  /// - Parameters:
  ///   - root: The package.
  ///   - workFolder: A folder that may be filled.
  /// - Throws: If that folder cannot be written.
  init(root: URL, workFolder: URL) throws {
    var shared = PackageManager.BuildParameters(configuration: .release, logging: .concise)
    // Flags of the compiler, which hands them on when it links: the linker alone does not know where
    // the static runtime is. The toolchain's lld, because gold leaves hidden names in the table of
    // dynamic symbols.
    shared.otherSwiftcFlags = ["-static-stdlib", "-use-ld=lld"]
    shared.otherSwiftcFlags += try Self.staticRing(in: workFolder)
    shared.otherLinkerFlags = ["--strip-all"]
    command = shared

    let names = root.appending(path: "CSupport/libzircon.map").path
    shared.otherLinkerFlags += [
      "--version-script=\(names)", "-soname=\(Version.soname)",
      // The runtime registers its types and cannot take them back, so nothing may unload it.
      "-z", "nodelete",
      // Calls between our own functions need not be open to replacement.
      "-Bsymbolic-functions",
    ]
    library = shared
  }

  /// Flags that link liburing into the product, so that it need not be installed where that runs.
  private static func staticRing(in workFolder: URL) throws -> [String] {
    guard let archive = findArchive() else {
      Diagnostics.remark("no liburing.a here: what is built needs liburing.so.2 where it runs")
      return []
    }
    // A folder that has the archive only: where both are, the linker takes the shared one.
    let folder = workFolder.appending(path: "static", directoryHint: .isDirectory)
    let copy = folder.appending(path: "liburing.a")
    let files = FileManager.default
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    if (try? files.destinationOfSymbolicLink(atPath: copy.path)) != archive {
      try? files.removeItem(at: copy)
      try files.createSymbolicLink(atPath: copy.path, withDestinationPath: archive)
    }
    return ["-L", folder.path]
  }

  private static func findArchive() -> String? {
    #if arch(arm64)
      let machine = "aarch64"
    #else
      let machine = "x86_64"
    #endif
    return ["/usr/local/lib", "/usr/lib/\(machine)-linux-gnu", "/usr/lib64", "/usr/lib"]
      .map { $0 + "/liburing.a" }
      .first { FileManager.default.fileExists(atPath: $0) }
  }
}
