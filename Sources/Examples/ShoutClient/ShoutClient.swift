import Glibc
import Zircon

/// Sends standard input to a server at a path and prints what that gives back; `shout_client.c` in Swift.
///
/// Makes a socket, sends the server one end of it in a message, and streams through the other, writing in one
/// task and reading in another; says that it is done by disabling its writes.
@main
struct ShoutClient {
  static func main() async {
    guard CommandLine.arguments.count == 2 else {
      complain("usage: shout-client PATH")
      exit(2)
    }
    let path = CommandLine.arguments[1]
    do {
      let conversation = Conversation(try meet(at: path))
      async let sent = conversation.sendInput()
      let received = try await conversation.printOutput()
      let counts = (sent: try await sent, received: received)
      complain("shout-client: \(counts.sent) bytes sent, \(counts.received) came back")
      exit(counts.sent == counts.received ? 0 : 1)
    } catch {
      complain("shout-client: \(path): \(error)")
      exit(1)
    }
  }

  /// Connects, and hands the server its end of a new socket.
  private static func meet(at path: String) throws(Status) -> Socket {
    let channel = try Channel.connect(to: path)
    let server = try channel.peer()
    complain("server: user \(server.uid), group \(server.gid), process \(server.pid)")
    let pair = try Socket.makePair(.stream)
    let near = pair.first
    try channel.write([UInt8]().span, handles: HandleList(pair.second))
    return near
  }

  private static func complain(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    write(STDERR_FILENO, bytes, bytes.count)
  }
}

/// What the program's own streams could not do.
private enum StreamError: Error {
  case input, output
}

/// Owns the socket, which two tasks use.
private final class Conversation: Sendable {
  private let socket: Socket

  init(_ socket: consuming Socket) {
    self.socket = socket
  }

  /// Sends all of standard input, and says so; stops where the server has gone.
  ///
  /// - Returns: How many bytes there were.
  func sendInput() async throws -> Int {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    var count = 0
    while true {
      let size = read(STDIN_FILENO, &chunk, chunk.count)
      guard size >= 0 else { throw StreamError.input }
      guard size > 0 else { break }
      try await socket.write(all: Array(chunk.prefix(size)))
      count += size
    }
    try socket.setDisposition(.writeDisabled)
    return count
  }

  /// Prints what comes until the server closes its end.
  ///
  /// - Returns: How many bytes there were.
  func printOutput() async throws -> Int {
    var count = 0
    while true {
      var bytes: ArraySlice<UInt8>
      do {
        bytes = try await socket.read(upTo: 65_536)[...]
      } catch let end as Status where end == .peerClosed {
        return count
      }
      count += bytes.count
      while !bytes.isEmpty {
        let size = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        guard size >= 0 else { throw StreamError.output }
        bytes.removeFirst(size)
      }
    }
  }
}
