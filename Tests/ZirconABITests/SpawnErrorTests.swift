import CZircon
import Glibc
import TestSupport
import Testing

/// Source: `fdio_spawn_etc`: what it refuses.
@Suite("fdio_spawn_etc, errors") struct SpawnErrorTests {
  /// Expects `status`, no process, words for it, and that what was given along is gone.
  private func expect(
    _ status: zx_status_t, _ arguments: [String] = ["/bin/true"],
    _ actions: [fdio_spawn_action_t] = [], job: zx_handle_t = ZX_HANDLE_INVALID,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var pair = try ChannelPair()
    let given = pair.second
    let child = spawn(arguments, actions + [.handle(given, 0xF0)], job: job)
    pair.forgetSecond()
    #expect(child.status == status, sourceLocation: sourceLocation)
    #expect(child.process == ZX_HANDLE_INVALID, sourceLocation: sourceLocation)
    #expect(!child.words.isEmpty, sourceLocation: sourceLocation)
    #expect(!isLive(given), sourceLocation: sourceLocation)
    // Other tests start processes too, which have everything for a moment.
    let wait = zx_object_wait_one(pair.first, ZX_CHANNEL_PEER_CLOSED, farDeadline(), nil)
    #expect(wait == ZX_OK, sourceLocation: sourceLocation)
  }

  @Test func `a program that is not there is NOT_FOUND`() throws {
    try expect(ZX_ERR_NOT_FOUND, ["/nowhere/at/all"])
    try expect(ZX_ERR_NOT_FOUND, ["/bin/true/below"])
    try expect(ZX_ERR_NOT_FOUND, [""])
    #expect(spawn(["/nowhere/at/all"]).words.contains("/nowhere/at/all"))
  }

  @Test func `a file that may not be run, or a folder, is ACCESS_DENIED`() throws {
    try expect(ZX_ERR_ACCESS_DENIED, ["/etc/passwd"])
    try expect(ZX_ERR_ACCESS_DENIED, ["/tmp"])
  }

  @Test func `a file that cannot be run is NOT_SUPPORTED`() throws {
    let folder = try ScratchFolder()
    let path = folder.at("program")
    let file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o755)
    try #require(file >= 0 && write(file, "\0\0\0\0", 4) == 4)
    try expect(ZX_ERR_UNAVAILABLE, [path])
    close(file)
    try expect(ZX_ERR_NOT_SUPPORTED, [path])
  }

  @Test func `no arguments are INVALID_ARGS`() {
    var process = ZX_HANDLE_INVALID
    let none = withStrings([]) { fdio_spawn(0, 0, "/bin/true", $0, &process) }
    #expect(none == ZX_ERR_INVALID_ARGS)
    #expect(process == ZX_HANDLE_INVALID)
  }

  @Test func `an entry of a namespace is NOT_SUPPORTED, and its handle gone`() throws {
    var pair = try EventPair()
    var action = fdio_spawn_action_t.other(FDIO_SPAWN_ACTION_ADD_NS_ENTRY)
    action.ns.handle = pair.second
    try expect(ZX_ERR_NOT_SUPPORTED, ["/bin/true"], [action])
    pair.forgetSecond()
    #expect(signals(of: pair.first) == ZX_EVENTPAIR_PEER_CLOSED)
  }

  @Test(arguments: ["", "tmp", "/tmp/"])
  func `a directory that is no absolute path is INVALID_ARGS`(prefix: String) throws {
    try prefix.withCString { try expect(ZX_ERR_INVALID_ARGS, ["/bin/true"], [.directory($0)]) }
  }

  @Test func `a descriptor that is not open and an unfit target are INVALID_ARGS`() throws {
    try expect(ZX_ERR_INVALID_ARGS, ["/bin/true"], [.clone(-1, as: 5)])
    try expect(ZX_ERR_INVALID_ARGS, ["/bin/true"], [.clone(900_000, as: 5)])
    try expect(ZX_ERR_INVALID_ARGS, ["/bin/true"], [.clone(2, as: -1)])
    try expect(ZX_ERR_INVALID_ARGS, ["/bin/true"], [.clone(2, as: 1024)])
  }

  @Test func `TRANSFER_FD closes the descriptor whatever else is wrong`() throws {
    let bad = UnsafeMutablePointer<fdio_spawn_action_t>(bitPattern: 8)
    for actions: [fdio_spawn_action_t] in [[], [.clone(-1, as: 1)], [.clone(2, as: -1)]] {
      for arguments in [["/nowhere"], ["/bin/true"]] {
        let ends = try Pipe()
        let copy = fcntl(ends.writing, F_DUPFD_CLOEXEC, 200)
        let child = spawn(arguments, actions + [.transfer(copy, as: 5)])
        #expect((child.status == ZX_OK) == (actions.isEmpty && arguments[0] == "/bin/true"))
        #expect(linkTarget("/proc/self/fd/\(copy)") != linkTarget("/proc/self/fd/\(ends.writing)"))
      }
    }
    #expect(
      withStrings(["/bin/true"]) { fdio_spawn_etc(0, 0, "/bin/true", $0, nil, 1, bad, nil, nil) }
        == ZX_ERR_INVALID_ARGS)
  }

  @Test func `the job is judged: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED`() throws {
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(
      duplicating: zx_job_default(), rights: ZX_DEFAULT_JOB_RIGHTS & ~ZX_RIGHT_MANAGE_PROCESS)
    try expect(ZX_ERR_BAD_HANDLE, job: 3)
    try expect(ZX_ERR_WRONG_TYPE, job: event.value)
    try expect(ZX_ERR_ACCESS_DENIED, job: bare.value)
    #expect(spawn(["/bin/true"], job: zx_job_default()).returnCode() == 0)
  }

  @Test func `a handle to give is judged as in a message`() throws {
    try expect(ZX_ERR_INVALID_ARGS, ["/bin/true"], [.handle(ZX_HANDLE_INVALID, 1)])
    try expect(ZX_ERR_BAD_HANDLE, ["/bin/true"], [.handle(3, 1)])
    var pair = try ChannelPair()
    var bare = ZX_HANDLE_INVALID
    try #require(zx_handle_replace(pair.second, ZX_RIGHT_READ, &bare) == ZX_OK)
    pair.forgetSecond()
    try expect(ZX_ERR_ACCESS_DENIED, ["/bin/true"], [.handle(bare, 1)])
    #expect(!isLive(bare))
  }

  @Test func `a port, a timer or a process cannot be given: NOT_SUPPORTED, and gone`() throws {
    var (port, timer) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_port_create(0, &port) == ZX_OK)
    try #require(zx_timer_create(0, ZX_CLOCK_MONOTONIC, &timer) == ZX_OK)
    let child = spawn(["/bin/sleep", "60"])
    let copy = try OwnedHandle(duplicating: child.process)
    let process = copy.value
    copy.abandon()
    for handle in [port, timer, process] {
      try expect(ZX_ERR_NOT_SUPPORTED, ["/bin/true"], [.handle(handle, 1)])
      #expect(!isLive(handle))
    }
    #expect(signals(of: child.process) == 0)
    #expect(zx_task_kill(child.process) == ZX_OK)
  }

  @Test func `bad pointers are INVALID_ARGS`() throws {
    let bad = UnsafeRawPointer(bitPattern: 8)
    let strings = bad?.assumingMemoryBound(to: UnsafePointer<CChar>?.self)
    let text = bad?.assumingMemoryBound(to: CChar.self)
    let actions = bad?.assumingMemoryBound(to: fdio_spawn_action_t.self)
    var name = fdio_spawn_action_t.other(FDIO_SPAWN_ACTION_SET_NAME)
    name.name.data = text
    withStrings(["/bin/true"]) { arguments in
      let path = "/bin/true"
      for status in [
        fdio_spawn_etc(0, 0, nil, arguments, nil, 0, nil, nil, nil),
        fdio_spawn_etc(0, 0, text, arguments, nil, 0, nil, nil, nil),
        fdio_spawn_etc(0, 0, path, nil, nil, 0, nil, nil, nil),
        fdio_spawn_etc(0, 0, path, strings, nil, 0, nil, nil, nil),
        fdio_spawn_etc(0, 0, path, arguments, strings, 0, nil, nil, nil),
        fdio_spawn_etc(0, 0, path, arguments, nil, 1, nil, nil, nil),
        fdio_spawn_etc(0, 0, path, arguments, nil, 1, actions, nil, nil),
        fdio_spawn_etc(0, 0, path, arguments, nil, -1, actions, nil, nil),
        fdio_spawn_etc(0, 0, path, arguments, nil, 1, &name, nil, nil),
        fdio_spawn_etc(
          0, 0, path, arguments, nil, 0, nil, nil, UnsafeMutablePointer(bitPattern: 8)),
      ] {
        #expect(status == ZX_ERR_INVALID_ARGS)
      }
      [UnsafePointer(bitPattern: 8), nil].withUnsafeBufferPointer {
        #expect(
          fdio_spawn_etc(0, 0, path, $0.baseAddress, nil, 0, nil, nil, nil)
            == ZX_ERR_INVALID_ARGS)
      }
      #expect(fdio_spawn_etc(0, 0, path, arguments, nil, 0, nil, nil, nil) == ZX_OK)
    }
  }

  @Test func `a process whose handle cannot be stored is killed`() async {
    await #expect(processExitsWith: .success) {
      let status = withStrings(["/bin/sleep", "60"]) {
        fdio_spawn(0, 0, "/bin/sleep", $0, UnsafeMutablePointer(bitPattern: 8))
      }
      #expect(status == ZX_ERR_INVALID_ARGS)
      #expect(hasNoChildren())
    }
  }

  @Test func `too long strings are OUT_OF_RANGE`() throws {
    // Linux takes up to 128 KiB in one, and less than 6 MiB in all.
    try expect(ZX_ERR_OUT_OF_RANGE, ["/bin/true", String(repeating: "x", count: 1 << 18)])
    let many = [String](repeating: String(repeating: "x", count: 1 << 16), count: 128)
    try expect(ZX_ERR_OUT_OF_RANGE, ["/bin/true"] + many)
    try expect(ZX_ERR_OUT_OF_RANGE, ["/bin/true", String(repeating: "x", count: 8 << 20)])
  }

  @Test func `without free descriptors it is NO_MEMORY, and nothing is left`() async {
    await #expect(processExitsWith: .success) {
      #expect(shell("exit 0").returnCode() == 0)
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(7), &limit)
      let all = limit.rlim_cur
      limit.rlim_cur = rlim_t(lowestFreeDescriptor())
      setrlimit(__rlimit_resource_t(7), &limit)
      let event = try OwnedHandle.event()
      let given = event.value
      event.abandon()
      let child = shell("exit 0", [.handle(given, 1)])
      #expect(child.status == ZX_ERR_NO_MEMORY)
      #expect(!isLive(given))
      #expect(shell("exit 0").status == ZX_ERR_NO_MEMORY)
      limit.rlim_cur = all
      setrlimit(__rlimit_resource_t(7), &limit)
      #expect(hasNoChildren())
      #expect(shell("exit 0").returnCode() == 0)
    }
  }
}
