import Glibc
import TestSupport
import Testing
import Zircon

/// Sources: `zxl_channel_serve`, `zxl_channel_connect`, `zxl_channel_get_peer`.
@Suite("Meeting at a path") struct MeetingTests {
  @Test func `who connects is received with a channel and its credentials`() throws {
    let folder = try MeetingFolder()
    let service = try Channel.serve(at: folder.path)
    let client = try Channel.connect(to: folder.path)
    try client.write(bytes("early").span)
    _ = try service.wait(for: .readable, until: .after(patience))
    let connection = try service.receive()
    #expect(connection.peer.isThisProcess)
    _ = try connection.channel.wait(for: .readable, until: .after(patience))
    let message = try connection.channel.read()
    #expect(message.bytes == bytes("early"))
    try connection.channel.write(bytes("answer").span)
    _ = try client.wait(for: .readable, until: .after(patience))
    let answer = try client.read()
    #expect(answer.bytes == bytes("answer"))
  }

  @Test func `both ends tell who is at the other, until that is closed`() throws {
    let folder = try MeetingFolder()
    let service = try Channel.serve(at: folder.path)
    let client = try Channel.connect(to: folder.path)
    let served = try service.receive(within: patience)
    let peers = (try client.peer(), try served.peer())
    #expect(peers.0.isThisProcess && peers.1.isThisProcess)
    try served.close()
    _ = try client.wait(for: .peerClosed, until: .after(patience))
    #expect(throws: Status.peerClosed) { try client.peer() }
  }

  @Test func `a pair of this process tells of this process`() throws {
    let pair = try Channel.makePair()
    let peer = try pair.first.peer()
    #expect(peer.isThisProcess)
    let blind = try pair.second.replacing(rights: Rights.defaultChannel.subtracting(.inspect))
    #expect(throws: Status.accessDenied) { try blind.peer() }
    let event = Channel(try Event().takeHandle())
    #expect(throws: Status.wrongType) { try event.peer() }
  }

  @Test func `a handle goes through the connection, and its object with it`() throws {
    let folder = try MeetingFolder()
    let service = try Channel.serve(at: folder.path)
    let client = try Channel.connect(to: folder.path)
    let served = try service.receive(within: patience)
    let pair = try Socket.makePair(.stream)
    let near = pair.first
    try client.write([UInt8]().span, handles: HandleList(pair.second))
    _ = try served.wait(for: .readable, until: .after(patience))
    var message = try served.read()
    let far = try message.handles.takeFirst(as: Socket.self)
    try near.send(bytes("hello"))
    _ = try far.wait(for: .readable, until: .after(patience))
    let read = try far.receive()
    #expect(read == bytes("hello"))
  }

  @Test func `without a connection a service is SHOULD_WAIT, and it takes no messages`() throws {
    let folder = try MeetingFolder()
    let service = try Channel.serve(at: folder.path)
    #expect(throws: Status.shouldWait) { try service.receive().peer }
    let rights = try service.handleInfo().rights
    #expect(rights == Rights.defaultChannel.subtracting(.write))
    let channel = Channel(service.takeHandle())
    #expect(throws: Status.accessDenied) { try channel.write([UInt8]().span) }
  }

  @Test func `the end of a service takes the path away and closes who waits`() throws {
    let folder = try MeetingFolder()
    let service = try Channel.serve(at: folder.path)
    #expect(throws: Status.alreadyExists) { try Channel.serve(at: folder.path).signals() }
    let waiting = try Channel.connect(to: folder.path)
    try service.close()
    #expect(access(folder.path, F_OK) == -1)
    _ = try waiting.wait(for: .peerClosed, until: .after(patience))
    #expect(throws: Status.notFound) { try Channel.connect(to: folder.path).signals() }
    let next = try Channel.serve(at: folder.path)
    let signals = try next.signals()
    #expect(signals == .writable)
  }

  @Test(arguments: [
    Channel.PathMode.user, .everyone, [.user, .others], PathModes.unusual, [],
  ]) func `the path has the mode asked for`(mode: Channel.PathMode) throws {
    let folder = try MeetingFolder()
    let service = try Channel.serve(at: folder.path, mode: mode)
    var facts = stat()
    #expect(stat(folder.path, &facts) == 0)
    #expect(facts.st_mode & 0o7777 == mode.rawValue)
    withExtendedLifetime(service) {}
  }

  @Test func `a mode with other bits is INVALID_ARGS`() throws {
    let folder = try MeetingFolder()
    #expect(throws: Status.invalidArgs) {
      try Channel.serve(at: folder.path, mode: Channel.PathMode(rawValue: 0o1666)).signals()
    }
    #expect(access(folder.path, F_OK) == -1)
  }

  @Test(arguments: [
    "", String(repeating: "x", count: 108), "/tmp/a\0b", "/etc/passwd/y",
    // 107 characters, and one byte more.
    String(repeating: "x", count: 106) + "\u{E4}",
  ]) func `a path that no socket can have is INVALID_ARGS`(path: String) {
    #expect(throws: Status.invalidArgs) { try Channel.serve(at: path).signals() }
    #expect(throws: Status.invalidArgs) { try Channel.connect(to: path).signals() }
  }

  @Test func `a path may have any letters`() throws {
    let folder = try MeetingFolder(name: "s\u{E4}ge \u{1F528}")
    let service = try Channel.serve(at: folder.path)
    let client = try Channel.connect(to: folder.path)
    let served = try service.receive(within: patience)
    withExtendedLifetime((client.handleValue, served.handleValue)) {}
    #expect(access(folder.path, F_OK) == 0)
  }

  @Test func `where nobody serves a connection is NOT_FOUND`() throws {
    #expect(throws: Status.notFound) { try Channel.connect(to: "/tmp/none-of/these").signals() }
    #expect(throws: Status.notFound) { try Channel.serve(at: "/tmp/none-of/these").signals() }
    #expect(throws: Status.alreadyExists) { try Channel.serve(at: "/etc/passwd").signals() }
  }

  @Test(arguments: [0, 15, 16, 17]) func `a message of others is WRONG_TYPE, and dropped`(
    byteCount: Int
  ) throws {
    let pair = try Channel.makePair()
    let service = Channel.Service(pair.second.takeHandle())
    let event = try Event()
    let handles = HandleList(try event.duplicate())
    // With 16 bytes it is too many handles that tells.
    var more = handles
    if byteCount == 16 { more.append(try event.duplicate()) }
    try pair.first.write(pattern(byteCount).span, handles: more)
    #expect(throws: Status.wrongType) { try service.receive().peer }
    #expect(throws: Status.shouldWait) { try service.receive().peer }
    let count = try event.handleCount()
    #expect(count == 1)
  }
}

/// In processes of their own, with clients that are forked.
///
/// Sources: `zxl_channel_serve`, `zxl_channel_get_peer`.
@Suite("Meeting another process") struct MeetingProcessTests {
  @Test func `a client in another process is known by its process and user`() async {
    await #expect(processExitsWith: .success) {
      let folder = try MeetingFolder(isOpen: true)
      let child = forkAtRest()
      if child == 0 {
        alarm(20)
        _exit(MeetingClient.run(at: folder.path))
      }
      let service = try Channel.serve(at: folder.path, mode: .everyone)
      _ = try service.wait(for: .readable, until: .after(patience))
      let connection = try service.receive()
      let user: UInt32 = geteuid() == 0 ? MeetingClient.nobody : geteuid()
      let group: UInt32 = geteuid() == 0 ? MeetingClient.nobody : getegid()
      #expect(connection.peer.pid == child)
      #expect(connection.peer.uid == user)
      #expect(connection.peer.gid == group)
      let again = try connection.channel.peer()
      #expect(again == connection.peer)
      _ = try connection.channel.wait(for: .readable, until: .after(patience))
      let message = try connection.channel.read()
      #expect(message.bytes == bytes("from the child"))
      try connection.channel.write(bytes("to the child").span)
      #expect(exitCode(of: child) == 0)
    }
  }

  @Test(
    .enabled(if: geteuid() == 0, "only root can become another user")
  ) func `another user is ACCESS_DENIED where the mode says so`() async {
    await #expect(processExitsWith: .success) {
      let folder = try MeetingFolder(isOpen: true)
      let service = try Channel.serve(at: folder.path, mode: .user)
      let code = try forked {
        guard MeetingClient.becomeNobody() else { return 1 }
        do throws(Status) {
          _ = try Channel.connect(to: folder.path).signals()
          return 2
        } catch {
          return error == .accessDenied ? 0 : 3
        }
      }
      #expect(code == 0)
      #expect(throws: Status.shouldWait) { try service.receive().peer }
    }
  }
}

/// Sources: `zxl_channel_serve`, `zx_object_wait_async`.
@OneByOne
@Suite("Meeting in a task", .timeLimit(.minutes(2))) struct MeetingAsyncTests {
  @Test func `a task gets the next connection`() async throws {
    let folder = try MeetingFolder()
    let service = try Channel.serve(at: folder.path)
    let task = WaitingTask { try await service.nextConnection().peer }
    await task.waitUntilSuspended()
    let client = try Channel.connect(to: folder.path)
    #expect(try await task.end().isThisProcess)
    withExtendedLifetime(client.handleValue) {}
  }

  @Test func `a canceled task takes no connection`() async throws {
    let folder = try MeetingFolder()
    let service = try Channel.serve(at: folder.path).take()
    let task = WaitingTask {
      let service = Channel.Service(Handle(adopting: service))
      await #expect(throws: CancellationError.self) { try await service.nextConnection().peer }
      return service.take()
    }
    await task.waitUntilSuspended()
    task.cancel()
    let left = Channel.Service(Handle(adopting: try await task.end()))
    let client = try Channel.connect(to: folder.path)
    let served = try left.receive(within: patience)
    withExtendedLifetime((client.handleValue, served.handleValue)) {}
  }

  @Test func `a sequence gives the clients in order, and its end takes the path away`() async throws
  {
    let folder = try MeetingFolder()
    try await serveThree(in: folder)
    #expect(access(folder.path, F_OK) == -1)
  }

  private func serveThree(in folder: MeetingFolder) async throws {
    let clients = try Channel.serve(at: folder.path).clients()
    var connected: [Handle.Value] = []
    for number in 0..<3 as Range<UInt8> {
      let client = try Channel.connect(to: folder.path)
      try client.write([number].span)
      connected.append(client.take())
    }
    var order: [UInt8] = []
    for try await client in clients.prefix(3) {
      #expect(client.peer.isThisProcess)
      let message = try await client.channel.nextMessage()
      order += message.bytes
    }
    #expect(order == [0, 1, 2])
    // The sequence has kept none of them.
    for value in connected {
      let client = Channel(Handle(adopting: value))
      _ = try await client.wait(for: .peerClosed)
    }
  }

  @Test func `a client stays as long as a copy of it`() async throws {
    let folder = try MeetingFolder()
    var iterator = try Channel.serve(at: folder.path).clients().makeAsyncIterator()
    let near = try Channel.connect(to: folder.path)
    var copies = [try await iterator.next()]
    copies.append(copies[0])
    copies.removeFirst()
    try near.write(bytes("x").span)
    let message = try await copies[0]?.channel.nextMessage().bytes
    #expect(message == bytes("x"))
    copies = []
    _ = try await near.wait(for: .peerClosed)
  }
}

/// Modes that the arguments of a test cannot spell.
private enum PathModes {
  static let unusual = Channel.PathMode(rawValue: 0o717)
}

extension Channel.Peer {
  fileprivate var isThisProcess: Bool {
    pid == getpid() && uid == geteuid() && gid == getegid()
  }
}

extension Channel.Service {
  /// The channel of the next connection, within a time.
  fileprivate func receive(within time: Duration) throws(Status) -> Channel {
    _ = try wait(for: .readable, until: .after(time))
    let connection = try receive()
    return connection.channel
  }
}

/// A client in a forked child; a number for each thing it finds wrong.
private enum MeetingClient {
  /// Linux's overflow id: a user without privileges.
  static let nobody: UInt32 = 65_534

  /// Becomes an ordinary user where this is root.
  static func becomeNobody() -> Bool {
    geteuid() != 0 || setgid(nobody) == 0 && setuid(nobody) == 0
  }

  static func run(at path: String) -> Int32 {
    guard becomeNobody() else { return 1 }
    do throws(Status) {
      let channel = try connect(to: path)
      try channel.write(bytes("from the child").span)
      _ = try channel.wait(for: .readable, until: .infinite)
      return try channel.read().bytes == bytes("to the child") ? 0 : 2
    } catch {
      return 3
    }
  }

  /// Once somebody serves there; `alarm` ends a vain wait.
  private static func connect(to path: String) throws(Status) -> Channel {
    while true {
      do throws(Status) {
        return try Channel.connect(to: path)
      } catch {
        guard error == .notFound else { throw error }
        usleep(1000)
      }
    }
  }
}
