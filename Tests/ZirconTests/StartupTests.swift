import Glibc
import TestSupport
import Testing
import Zircon

/// Every body runs in a process of its own: what it was started with is taken once.
///
/// Source: `zx_take_startup_handle`.
@Suite("Startup handles") struct StartupTests {
  @Test func `without any every purpose is NOT_FOUND`() async {
    await #expect(processExitsWith: .success) {
      unsetenv("ZIRCON_STARTUP")
      for purpose in [StartupPurpose.user0(), .user1(7), .user2(65_535), .fd(1)] {
        #expect(throws: Status.notFound) { try StartupHandles.take(purpose).take() }
      }
    }
  }

  @Test func `each handle is there for its purpose, once`() async {
    await #expect(processExitsWith: .success) {
      let launcher = try Launcher()
      let pair = try Socket.makePair(.stream)
      let near = pair.first
      let event = try Event()
      var handles = HandleList(pair.second)
      handles.append(try event.duplicate())
      try launcher.give([.user0(7), .user1(1)], handles)

      #expect(throws: Status.notFound) { try StartupHandles.take(.user0(1)).take() }
      let signal = try StartupHandles.take(.user1(1), as: Event.self)
      let socket = try StartupHandles.take(.user0(7), as: Socket.self)
      #expect(throws: Status.notFound) { try StartupHandles.take(.user0(7)).take() }
      #expect(getenv("ZIRCON_STARTUP") == nil)

      try socket.send(bytes("hello"))
      _ = try near.wait(for: .readable, until: .after(patience))
      let read = try near.receive()
      #expect(read == bytes("hello"))
      try signal.signal(set: .signaled)
      let seen = try event.wait(for: .signaled, until: .after(patience))
      #expect(seen.contains(.signaled))
    }
  }

  @Test func `of several for one purpose the first is taken first`() async {
    await #expect(processExitsWith: .success) {
      let launcher = try Launcher()
      let events = [try Event().take(), try Event().take()]
      var handles = HandleList()
      for value in events {
        let event = Event(Handle(adopting: value))
        handles.append(try event.duplicate())
        _ = event.take()
      }
      try launcher.give([.user2(), .user2()], handles)
      for value in events {
        let event = Event(Handle(adopting: value))
        try StartupHandles.take(.user2(), as: Event.self).signal(set: .signaled)
        let seen = try event.wait(for: .signaled, until: .after(patience))
        #expect(seen.contains(.signaled))
      }
    }
  }
}

/// Source: `PA_HND`.
@Suite("Startup purposes") struct StartupPurposeTests {
  @Test func `a purpose is PA_HND of its kind and number`() {
    #expect(StartupPurpose.user0(7).rawValue == 0x0007_00F0)
    #expect(StartupPurpose.user1(65_535).rawValue == 0xFFFF_00F1)
    #expect(StartupPurpose.user2().rawValue == 0xF2)
    #expect(StartupPurpose.fd(2).rawValue == 0x0002_0030)
    #expect(StartupPurpose(rawValue: 0x0007_00F0) == .user0(7))
  }
}

/// Starts this very process, as it seems to that: what it gives is what the process was started with.
private struct Launcher: ~Copyable {
  private let channel: Channel

  /// Takes the place of whoever started the process.
  ///
  /// - Throws: `SetUpError`, or a status of the calls.
  init() throws {
    let folder = try MeetingFolder()
    let service = try Channel.serve(at: folder.path)
    let inherited = try Self.connect(to: folder.path)
    _ = try service.wait(for: .readable, until: .after(patience))
    setenv("ZIRCON_STARTUP", "\(inherited)", 1)
    let connection = try service.receive()
    channel = connection.channel
  }

  /// Sends what a launcher sends, all there is.
  consuming func give(_ purposes: [StartupPurpose], _ handles: consuming HandleList) throws {
    let numbers = purposes.flatMap { purpose in
      (0..<4).map { UInt8(truncatingIfNeeded: purpose.rawValue >> (8 * $0)) }
    }
    try channel.write(numbers.span, handles: handles)
  }

  /// A plain SEQPACKET socket, as it passes through `exec`.
  private static func connect(to path: String) throws -> Int32 {
    let fd = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(fd, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw SetUpError("connect") }
    return fd
  }
}
