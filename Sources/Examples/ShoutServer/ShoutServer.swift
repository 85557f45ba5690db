import Glibc
import Zircon

/// Gives back in capitals whatever its clients send, and says who they are; `shout_server.c` in Swift.
///
/// Serves at a path, to which may connect who the mode (octal, as of a file) lets write; ends after so many
/// clients, if told. A client sends one message with one handle, its server's end of a stream socket,
/// streams bytes through it, and then disables its writes.
@main
struct ShoutServer {
  static func main() async {
    let arguments = CommandLine.arguments
    guard (3...4).contains(arguments.count), let mode = UInt32(arguments[2], radix: 8),
      let count = arguments.count < 4 ? Int.max : Int(arguments[3])
    else {
      complain("usage: shout-server PATH MODE [COUNT]")
      exit(2)
    }
    do {
      try await serve(at: arguments[1], mode: Channel.PathMode(rawValue: mode), count: count)
    } catch {
      complain("shout-server: \(arguments[1]): \(error)")
      exit(1)
    }
  }

  /// Serves the next `count` clients, all at once.
  private static func serve(at path: String, mode: Channel.PathMode, count: Int) async throws {
    let clients = try Channel.serve(at: path, mode: mode).clients()
    say("serving at \(path)")
    try await withThrowingDiscardingTaskGroup { group in
      for try await client in clients.prefix(count) {
        group.addTask { await serve(client) }
      }
    }
  }

  private static func serve(_ client: Channel.Client) async {
    var count = 0
    var end = "ZX_OK"
    do {
      try await shout(to: client, &count)
    } catch {
      end = "\(error)"
    }
    let peer = client.peer
    say(
      "client: user \(peer.uid), group \(peer.gid), process \(peer.pid): \(count) bytes, \(end)")
  }

  /// Gives back what comes until the client has disabled its writes and all of it has been read.
  private static func shout(to client: Channel.Client, _ count: inout Int) async throws {
    let socket = try await receiveSocket(from: client)
    while true {
      let bytes: [UInt8]
      do {
        bytes = try await socket.read(upTo: 65_536)
      } catch let end as Status where end == .badState {
        return
      }
      try await socket.write(all: bytes.map { (97...122).contains($0) ? $0 - 32 : $0 })
      count += bytes.count
    }
  }

  private static func receiveSocket(from client: Channel.Client) async throws -> Socket {
    var message = try await client.channel.nextMessage()
    guard message.handles.count == 1 else { throw Status.invalidArgs }
    return try message.handles.takeFirst(as: Socket.self)
  }

  private static func say(_ line: String) {
    print(line)
    fflush(nil)
  }

  private static func complain(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    write(STDERR_FILENO, bytes, bytes.count)
  }
}
