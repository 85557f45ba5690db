import ArgumentParser
import CZircon

/// `zx status`: number, name and meaning of a status.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Say what a status means, given its number or name; without one, list them all.",
    discussion: """
      A number is decimal (-24) or the same bits as an unsigned number (0xffffffe8). A name is in \
      any case, with or without ZX_ERR_.
      """)

  // Takes what begins with a minus sign too.
  @Argument(parsing: .allUnrecognized, help: "A number or a name.")
  var status: [String] = []

  func validate() throws {
    guard status.count <= 1 else { throw ValidationError("One status at a time.") }
  }

  func run() throws {
    guard let text = status.first else { return list() }
    guard let known = KnownStatus(text) else { throw complain(unknown(text)) }
    print("\(known.number)  \(known.name)\n\(known.meaning)")
  }

  private func list() {
    for known in KnownStatus.all {
      print("\(known.number)".leftPadded(4), known.name.padded(33), known.meaning)
    }
  }

  private func unknown(_ text: String) -> String {
    guard let number = Int32(text), number > 0, let near = KnownStatus("-\(text)") else {
      return "'\(text)' is no status that has a name; 'zx status' lists them all"
    }
    return "\(number) is no status: errors are negative, \(near.number) is \(near.name)"
  }
}
