import ArgumentParser
import CZircon
import Glibc

/// `zx cat`: what one place gives goes through a Zircon socket to another, and back.
struct CatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cat",
    abstract: "Connect two places through a Zircon socket.",
    discussion: """
      A PLACE is one of

        -              standard input and output; of two, the first is read, the second written
        file:PATH      the first place is read, the second written anew
        unix:PATH      whoever listens at a Unix path, any program
        listen:PATH    the first one that connects to a Unix path, any program
        serve:PATH     the first zx cat, or other Zircon program, that hands over a socket there
        zircon:PATH    hands one end of the socket to whoever serves there
        exec:COMMAND   a child, run by /bin/sh, with the socket as its input and output

      What ends in one place is ended in the other, each way for itself. A terminal on standard error \
      is told how much has gone through.
      """)

  @Flag(help: "Keep the boundaries of what is read: datagrams, and SEQPACKET at Unix paths.")
  var datagram = false

  @Option(help: ArgumentHelp("Most bytes that are moved at once.", valueName: "bytes"))
  var size = 65_536

  @Argument(help: ArgumentHelp("Where from.", valueName: "place"))
  var first = CatPlace.standard

  @Argument(help: ArgumentHelp("Where to.", valueName: "place"))
  var second = CatPlace.standard

  func validate() throws {
    // What fits into a socket at once.
    guard (1...264_160).contains(size) else {
      throw ValidationError("--size must be 1 to 264160")
    }
  }

  func run() throws {
    do {
      try connect()
    } catch let error as LibraryError {
      throw complain("\(error)")
    }
  }

  private func connect() throws {
    signal(SIGPIPE, SIG_IGN)
    let kind = datagram ? ZX_SOCKET_DATAGRAM : ZX_SOCKET_STREAM
    let isAlone = first == .standard && second == .standard
    let left = try first.open(.first, kind, isAlone: isAlone)
    let right = try second.open(.second, kind, isAlone: isAlone)
    let relays = try connect(left, right, kind).map { CatRelay($0.0, $0.1, size: size) }
    try CatRun(relays).finish()
    if let code = try [left, right].compactMap({ try $0.exitCode() }).first(where: { $0 != 0 }) {
      throw ExitCode(code)
    }
  }

  /// What is to be moved from where to where.
  private func connect(
    _ left: OpenPlace, _ right: OpenPlace, _ kind: UInt32
  ) throws -> [(CatEnd, CatEnd)] {
    guard left.isFile && right.isFile else {
      return [(left.source, right.sink), (right.source, left.sink)]
    }
    var (near, far) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try check(zx_socket_create(kind, &near, &far), "no socket")
    return [
      (left.source, .socket(near)), (.socket(far), right.sink),
      (right.source, .socket(far)), (.socket(near), left.sink),
    ]
  }
}

/// Ends the command with what a call of Linux has answered, unless that is well; its answer.
@discardableResult
func checkErrno(_ answer: Int32, _ what: String) throws -> Int32 {
  guard answer < 0 else { return answer }
  throw complain("\(what): \(String(cString: strerror(errno)))")
}
