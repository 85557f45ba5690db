import Foundation
import PackagePlugin

/// What the user asked for.
struct Options {
  static let usage = """
    USAGE: swift package --allow-writing-to-directory <root> install-zircon --prefix <prefix>
             [--destdir <folder>]

    Builds libzircon.so with the Swift runtime inside, and zx, and installs them with the headers,
    zircon.pc and the CMake files under <prefix>; with --destdir, under <folder>/<prefix>, as
    packages are made. <root> is the folder that is written to.
    """

  /// Where everything goes.
  let root: URL

  /// Whether only help is wanted.
  let isHelp: Bool

  init(_ arguments: [String]) throws {
    var extractor = ArgumentExtractor(arguments)
    isHelp = extractor.extractFlag(named: "help") > 0
    let prefixes = extractor.extractOption(named: "prefix")
    let stages = extractor.extractOption(named: "destdir")
    let others = extractor.remainingArguments
    guard !isHelp else {
      root = URL(filePath: "/")
      return
    }
    guard others.isEmpty else {
      throw Complaint("unknown argument \(others[0])\n\n\(Self.usage)")
    }
    guard let prefix = prefixes.last, prefixes.count == 1, stages.count <= 1 else {
      throw Complaint("one --prefix, and one --destdir at most\n\n\(Self.usage)")
    }
    root =
      if let stage = stages.last {
        URL(filePath: stage, directoryHint: .isDirectory)
          .appending(path: prefix, directoryHint: .isDirectory).standardizedFileURL
      } else {
        URL(filePath: prefix, directoryHint: .isDirectory).standardizedFileURL
      }
  }
}
