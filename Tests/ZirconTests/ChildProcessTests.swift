import Glibc
import TestSupport
import Testing
import Zircon

/// Reads until the other end writes no more.
private func readAll(_ socket: borrowing Socket) async throws -> [UInt8] {
  var all: [UInt8] = []
  while true {
    do {
      all += try await socket.read(upTo: 4096)
    } catch let error as Status where error == .peerClosed || error == .badState {
      return all
    }
  }
}

/// Source: `fdio_spawn_etc`, `zx_task_kill`.
@Suite("ChildProcess") struct ChildProcessTests {
  private func shell(_ script: String) -> ChildProcess.Command {
    ChildProcess.Command("/bin/sh", arguments: ["-c", script])
  }

  @Test(arguments: [0, 3, 255]) func `its end is told with the code of its exit`(code: Int64)
    async throws
  {
    let child = try shell("exit \(code)").spawn()
    let end = try await child.end()
    #expect(end == code)
    let known = try child.returnCode()
    #expect(known == code)
    let info = try child.handleInfo()
    #expect(info.type == .process)
  }

  @Test func `a kill ends it`() async throws {
    let child = try ChildProcess.Command("/bin/sleep", arguments: ["60"]).spawn()
    let before = try child.returnCode()
    #expect(before == nil)
    try child.kill()
    let end = try await child.end()
    #expect(end == -1024)
    try child.kill()
  }

  @Test func `what is not there cannot be started`() throws {
    let error = #expect(throws: ChildProcess.SpawnError.self) {
      _ = try ChildProcess.Command("/none/such").spawn().take()
    }
    #expect(error?.status == .notFound)
    #expect(error?.message.contains("/none/such") == true)
    let other = #expect(throws: ChildProcess.SpawnError.self) {
      _ = try ChildProcess.Command("/bin/sh", arguments: ["a\0b"]).spawn().take()
    }
    #expect(other?.status == .invalidArgs)
  }

  @Test func `variables are this process's, or those given`() async throws {
    setenv("ZIRCON_TEST_INHERITED", "1", 1)
    var inherited = shell("test \"$ZIRCON_TEST_INHERITED\" = 1")
    let first = try await inherited.spawn().end()
    #expect(first == 0)
    inherited = shell("test \"$ZIRCON_TEST_INHERITED\" = \"\" && test \"$OWN\" = x=y")
    inherited.environment = ["OWN": "x=y"]
    let second = try await inherited.spawn().end()
    #expect(second == 0)
  }

  @Test func `a socket becomes a descriptor of the child`() async throws {
    let pair = try Socket.makePair(.stream)
    let near = pair.first
    var command = shell("tr a-z A-Z")
    let input = try pair.second.duplicate()
    command.give(input, for: .fd(0))
    command.give(pair.second, for: .fd(1))
    let child = try command.spawn()
    try near.send(bytes("hello"))
    try near.setDisposition(.writeDisabled)
    let answer = try await readAll(near)
    #expect(answer == bytes("HELLO"))
    let end = try await child.end()
    #expect(end == 0)
  }

  @Test func `handles are gone when it cannot be started`() async throws {
    let pair = try Socket.makePair(.stream)
    let near = pair.first
    let far = pair.second.take()
    #expect(throws: ChildProcess.SpawnError.self) {
      var command = ChildProcess.Command("/none/such")
      command.give(Handle(adopting: far), for: .user0())
      _ = try command.spawn().take()
    }
    let seen = try near.wait(for: .peerClosed, until: .after(patience))
    #expect(seen.contains(.peerClosed))
  }

  @Test func `an event takes no place among descriptors`() throws {
    let error = #expect(throws: ChildProcess.SpawnError.self) {
      var command = shell("true")
      command.give(try Event(), for: .fd(0))
      _ = try command.spawn().take()
    }
    #expect(error?.status == .notSupported)
  }

  @Test func `without the streams of this process it has none`() async throws {
    var command = shell("test \"$(readlink /proc/self/fd/1)\" != /dev/null; exit $?")
    command = shell("test \"$(readlink /proc/$$/fd/0)\" = /dev/null")
    command.keepsStandardStreams = false
    let end = try await command.spawn().end()
    #expect(end == 0)
  }
}

/// Source: `fdio_fd_create`, `fdio_fd_clone`, `fdio_fd_transfer`.
@Suite("PlainDescriptor") struct PlainDescriptorTests {
  @Test(arguments: [Socket.Kind.stream, .datagram])
  func `there and back again`(kind: Socket.Kind) throws {
    let pair = try Socket.makePair(kind)
    let near = pair.first
    let plain = try pair.second.makePlainDescriptor()
    try near.send(bytes("one"))
    var buffer = [UInt8](repeating: 0, count: 8)
    #expect(read(plain.number, &buffer, 8) == 3)
    let copy = try Socket(copying: plain)
    let number = plain.number
    let back = try Socket(plain)
    #expect(fcntl(number, F_GETFD) == -1)
    try back.send(bytes("two"))
    let answer = try near.receive()
    #expect(answer == bytes("two"))
    try copy.send(bytes("three"))
    let another = try near.receive()
    #expect(another == bytes("three"))
  }

  @Test func `a descriptor is given away or closed`() throws {
    let pair = try Socket.makePair(.stream)
    let near = pair.first
    let number = try pair.second.makePlainDescriptor().take()
    #expect(fcntl(number, F_GETFD) == FD_CLOEXEC)
    _ = PlainDescriptor(adopting: number).number
    let far = pair.second
    _ = try far.close()
    let seen = try near.wait(for: .peerClosed, until: .after(patience))
    #expect(seen.contains(.peerClosed))
  }

  @Test func `what is no socket is refused, and closed`() throws {
    let number = open("/dev/null", O_RDWR)
    #expect(throws: Status.notSupported) {
      _ = try Socket(PlainDescriptor(adopting: number)).take()
    }
    #expect(throws: Status.invalidArgs) {
      _ = try Socket(PlainDescriptor(adopting: -1)).take()
    }
  }
}
