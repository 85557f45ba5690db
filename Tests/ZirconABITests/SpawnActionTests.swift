import CZircon
import Glibc
import TestSupport
import Testing

/// Source: `fdio_spawn_etc`: what a child gets.
@Suite("fdio_spawn_etc, actions") struct SpawnActionTests {
  @Test func `the arguments arrive as they are`() throws {
    var ends = try Pipe()
    let child = spawn(
      ["/bin/sh", "-c", #"printf '%s|' "$@" >&3"#, "name", "", "a b", "ä"],
      [.transfer(ends.writing, as: 3)])
    ends.forgetWriting()
    #expect(ends.readAll() == "|a b|ä|")
    #expect(child.returnCode() == 0)
  }

  @Test func `the variables are those given, none, or with the flag the caller's`() {
    let script = "exit ${CODE:-5}"
    #expect(spawn(["/bin/sh", "-c", script], variables: ["CODE=9"]).returnCode() == 9)
    #expect(spawn(["/bin/sh", "-c", script], flags: 0).returnCode() == 5)
    let asks = "exec env | grep -q ^PATH=."
    #expect(spawn(["/bin/sh", "-c", asks], flags: FDIO_SPAWN_CLONE_ENVIRON).returnCode() == 0)
  }

  @Test func `no signal is blocked in a child, and SIGPIPE ends it`() {
    var (blocked, before) = (sigset_t(), sigset_t())
    sigfillset(&blocked)
    pthread_sigmask(SIG_BLOCK, &blocked, &before)
    let child = shell("kill -TERM $$; exit 1")
    let piped = shell("kill -PIPE $$; exit 1")
    pthread_sigmask(SIG_SETMASK, &before, nil)
    #expect(child.returnCode() == 128 + 15)
    #expect(piped.returnCode() == 128 + 13)
  }

  // MARK: Descriptors

  @Test func `a child has the descriptors that it was given and no others`() throws {
    let one = try Pipe()
    let other = try Pipe()
    // Two that are in each other's way, and one that is in nobody's.
    let leak = dup(one.reading)
    defer { close(leak) }
    #expect(
      list([.clone(one.reading, as: other.reading), .clone(other.reading, as: one.reading)])
        == [0, 1, 2, one.reading, other.reading].sorted())
    #expect(list([.clone(one.reading, as: 1023)]) == [0, 1, 2, 1023])
  }

  @Test func `sources that are each other's targets change places`() throws {
    var one = try Pipe()
    var other = try Pipe()
    let child = shell(
      "echo first >/proc/$$/fd/\(one.writing); echo second >/proc/$$/fd/\(other.writing)",
      [.clone(one.writing, as: other.writing), .clone(other.writing, as: one.writing)])
    #expect(child.returnCode() == 0)
    one.closeWriting()
    other.closeWriting()
    #expect(one.readAll() == "second\n")
    #expect(other.readAll() == "first\n")
  }

  @Test func `of two with one target the last counts`() throws {
    var one = try Pipe()
    var other = try Pipe()
    let child = shell("echo x >&7", [.clone(one.writing, as: 7), .clone(other.writing, as: 7)])
    #expect(child.returnCode() == 0)
    one.closeWriting()
    other.closeWriting()
    #expect(one.readAll() == "")
    #expect(other.readAll() == "x\n")
  }

  @Test func `without the flag descriptors 0 to 2 are null but for targets`() throws {
    var ends = try Pipe()
    let child = spawn(
      ["/bin/sh", "-c", "readlink /proc/$$/fd/0 /proc/$$/fd/2"],
      [.clone(ends.writing, as: 1)], flags: FDIO_SPAWN_CLONE_ENVIRON)
    #expect(child.returnCode() == 0)
    ends.closeWriting()
    #expect(ends.readAll() == "/dev/null\n/dev/null\n")
  }

  @Test func `with the flag descriptors 0 to 2 are the caller's but for targets`() throws {
    var ends = try Pipe()
    let child = shell("readlink /proc/$$/fd/2", [.clone(ends.writing, as: 1)])
    #expect(child.returnCode() == 0)
    ends.closeWriting()
    #expect(ends.readAll() == (linkTarget("/proc/self/fd/2") ?? "") + "\n")
  }

  @Test func `CLONE_FD leaves the descriptor open, TRANSFER_FD closes it`() throws {
    var ends = try Pipe()
    let child = shell(
      "echo hello >&7", [.transfer(ends.writing, as: 7), .clone(ends.reading, as: 8)])
    ends.forgetWriting()
    #expect(child.returnCode() == 0)
    // And nobody else has the other end, or this would not end.
    #expect(ends.readAll() == "hello\n")
  }

  @Test func `a descriptor given away twice is closed once`() async {
    await #expect(processExitsWith: .success) {
      var ends = try Pipe()
      let child = shell(
        "echo a >&7; echo b >&8",
        [.transfer(ends.writing, as: 7), .transfer(ends.writing, as: 8)])
      ends.forgetWriting()
      #expect(child.returnCode() == 0)
      #expect(ends.readAll() == "a\nb\n")
    }
  }

  @Test func `a descriptor of the library's is none that can be given`() async {
    await #expect(processExitsWith: .success) {
      let before = sockets()
      let pair = try SocketPair(.stream)
      let own = try #require(sockets().subtracting(before).min())
      #expect(shell("exit 0", [.clone(own, as: 7)]).status == ZX_ERR_INVALID_ARGS)
      #expect(shell("exit 0", [.transfer(own, as: 7)]).status == ZX_ERR_INVALID_ARGS)
      #expect(zx_socket_write(pair.writer, 0, "x", 1, nil) == ZX_OK)
    }
  }

  /// The numbers that are open in a child.
  private func list(_ actions: [fdio_spawn_action_t]) -> [Int32] {
    guard var ends = try? Pipe() else { return [] }
    // `ls` has one more, for the folder: the lowest that is free.
    let child = spawn(["/bin/ls", "/proc/self/fd"], actions + [.transfer(ends.writing, as: 1)])
    ends.forgetWriting()
    var numbers = ends.readAll().split(separator: "\n").compactMap { Int32($0) }.sorted()
    #expect(child.returnCode() == 0)
    if let extra = (0...).first(where: { !targets(of: actions).contains($0) }) {
      numbers.removeAll { $0 == extra }
    }
    return numbers
  }

  private func targets(of actions: [fdio_spawn_action_t]) -> Set<Int32> {
    Set(actions.map(\.fd.target_fd)).union([0, 1, 2])
  }

  // MARK: Handles and the rest

  @Test func `handles go over one inherited socket that a variable names`() throws {
    var channels = try ChannelPair()
    let given = channels.second
    let child = spawn(
      ["/bin/sh", "-c", "test -S /proc/$$/fd/$ZIRCON_STARTUP"], [.handle(given, 0xF0)],
      variables: ["ZIRCON_STARTUP=2"])
    channels.forgetSecond()
    #expect(child.status == ZX_OK)
    #expect(!isLive(given))
    #expect(child.returnCode() == 0)
    // Nobody took it.
    let wait = zx_object_wait_one(channels.first, ZX_CHANNEL_PEER_CLOSED, farDeadline(), nil)
    #expect(wait == ZX_OK)
  }

  @Test func `the variable of this process's own handles is not the child's`() async {
    await #expect(processExitsWith: .success) {
      setenv("ZIRCON_STARTUP", "77", 1)
      #expect(shell("exit ${ZIRCON_STARTUP:-5}").returnCode() == 5)
    }
  }

  @Test func `CLONE_DIR, unknown actions and unknown flags change nothing`() {
    let actions = "/tmp".withCString { shell("exit 1", [.directory($0)]).returnCode() }
    #expect(actions == 1)
    #expect("/".withCString { shell("exit 1", [.directory($0)]).returnCode() } == 1)
    #expect(shell("exit 1", [.other(0), .other(99)]).returnCode() == 1)
    #expect(spawn(["/bin/sh", "-c", "exit 1"], flags: .max).returnCode() == 1)
  }
}

/// The numbers of the sockets that are open here.
private func sockets() -> Set<Int32> {
  Set((0..<1024).filter { linkTarget("/proc/self/fd/\($0)")?.hasPrefix("socket:") == true })
}
