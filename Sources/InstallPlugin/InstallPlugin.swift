import Foundation
import PackagePlugin

/// `swift package install-zircon`: the release library, its headers and `zx`, under a prefix.
@main
struct InstallPlugin: CommandPlugin {
  func performCommand(context: PluginContext, arguments: [String]) throws {
    let options = try Options(arguments)
    guard !options.isHelp else { return print(Options.usage) }

    let root = context.package.directoryURL
    let recipe = try Recipe(root: root, workFolder: context.pluginWorkDirectoryURL)
    let command = try build("zx", recipe.command)
    let library = try build("zircon", recipe.library)

    let version = try Version(of: command)
    let tree = InstalledTree(root: options.root, version: version)
    try tree.install(library: library, command: command, package: root)
    print("zircon \(version.text): installed in \(options.root.path)")
  }

  /// Builds one product.
  ///
  /// - Returns: Where the build left it.
  /// - Throws: If it does not build.
  private func build(
    _ product: String, _ parameters: PackageManager.BuildParameters
  ) throws -> URL {
    let result = try packageManager.build(.product(product), parameters: parameters)
    guard result.succeeded else {
      throw Complaint("\(product) does not build:\n\(result.logText)")
    }
    let names = [product, "lib\(product).so"]
    let files = result.builtArtifacts.map(\.url)
    guard let file = files.first(where: { names.contains($0.lastPathComponent) }) else {
      throw Complaint("the build of \(product) did not say where it is")
    }
    return file
  }
}

/// Why nothing was installed, or not everything.
struct Complaint: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
