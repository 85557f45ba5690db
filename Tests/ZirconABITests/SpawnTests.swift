import CZircon
import Glibc
import TestSupport
import Testing

/// Source: `fdio_spawn`, `fdio_spawn_etc`: what becomes of the process.
@Suite("fdio_spawn") struct SpawnTests {
  @Test(arguments: [0, 1, 7, 255])
  func `the return code is that of the exit`(code: Int64) {
    let child = shell("exit \(code)")
    #expect(child.status == ZX_OK)
    #expect(child.words == "")
    #expect(child.returnCode() == code)
  }

  @Test func `a socket for PA_FD is that descriptor of the child`() throws {
    var (near, far, copy) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_socket_create(0, &near, &far) == ZX_OK)
    try #require(zx_handle_duplicate(far, ZX_RIGHT_SAME_RIGHTS, &copy) == ZX_OK)
    defer { #expect(zx_handle_close(near) == ZX_OK) }
    let child = shell(
      "head -c 5 <&7 >&9; exit 4", [.handle(far, 0x7_0030), .handle(copy, 0x9_0030)])
    #expect(child.status == ZX_OK)
    #expect(zx_handle_close(far) == ZX_ERR_BAD_HANDLE)
    #expect(zx_socket_write(near, 0, "hello", 5, nil) == ZX_OK)
    #expect(child.returnCode() == 4)
    var buffer = [UInt8](repeating: 0, count: 9)
    var actual = 0
    #expect(zx_socket_read(near, 0, &buffer, 9, &actual) == ZX_OK)
    #expect(buffer.prefix(actual) == [UInt8]("hello".utf8)[...])
    #expect(zx_object_wait_one(near, ZX_SOCKET_PEER_CLOSED, farDeadline(), nil) == ZX_OK)
  }

  @Test func `what is no socket cannot be a descriptor, and no target is out of range`() throws {
    var (event, near, far) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_event_create(0, &event) == ZX_OK)
    #expect(shell("true", [.handle(event, 0x7_0030)]).status == ZX_ERR_NOT_SUPPORTED)
    #expect(zx_handle_close(event) == ZX_ERR_BAD_HANDLE)
    try #require(zx_socket_create(0, &near, &far) == ZX_OK)
    #expect(shell("true", [.handle(far, 0x400_0030)]).status == ZX_ERR_INVALID_ARGS)
    #expect(zx_handle_close(far) == ZX_ERR_BAD_HANDLE)
    #expect(zx_handle_close(near) == ZX_OK)
  }

  @Test func `of a socket and a descriptor with one target the last counts`() throws {
    for socketIsLast in [false, true] {
      var (near, far) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
      try #require(zx_socket_create(0, &near, &far) == ZX_OK)
      defer { #expect(zx_handle_close(near) == ZX_OK) }
      var ends = try Pipe()
      var actions = [fdio_spawn_action_t.clone(ends.writing, as: 7), .handle(far, 0x7_0030)]
      if !socketIsLast { actions.reverse() }
      // One with another target, before and behind, changes nothing.
      let child = shell("echo x >&7", [.clone(2, as: 8)] + actions + [.clone(2, as: 9)])
      #expect(child.returnCode() == 0)
      ends.closeWriting()
      #expect(ends.readAll() == (socketIsLast ? "" : "x\n"))
      #expect(zx_object_wait_one(near, ZX_SOCKET_PEER_CLOSED, farDeadline(), nil) == ZX_OK)
      #expect((signals(of: near) & ZX_SOCKET_READABLE != 0) == socketIsLast)
    }
  }

  @Test func `of two sockets with one target the last counts`() throws {
    let one = try SocketPair(.stream)
    let other = try SocketPair(.stream)
    let first = try OwnedHandle(duplicating: one.reader)
    let second = try OwnedHandle(duplicating: other.reader)
    let child = shell(
      "echo x >&7", [.handle(first.value, 0x7_0030), .handle(second.value, 0x7_0030)])
    first.abandon()
    second.abandon()
    #expect(child.returnCode() == 0)
    #expect(signals(of: one.writer) & ZX_SOCKET_READABLE == 0)
    #expect(signals(of: other.writer) & ZX_SOCKET_READABLE != 0)
  }

  @Test func `a socket without a right, or given twice, is gone, and so is all else`() throws {
    var (near, far, bare) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_socket_create(0, &near, &far) == ZX_OK)
    try #require(
      zx_handle_duplicate(far, ZX_DEFAULT_SOCKET_RIGHTS & ~ZX_RIGHT_WRITE, &bare) == ZX_OK)
    let refused = shell("true", [.handle(far, 0x7_0030), .handle(bare, 0x8_0030)])
    #expect(refused.status == ZX_ERR_ACCESS_DENIED)
    #expect(!isLive(far))
    #expect(!isLive(bare))
    #expect(zx_object_wait_one(near, ZX_SOCKET_PEER_CLOSED, farDeadline(), nil) == ZX_OK)
    #expect(zx_handle_close(near) == ZX_OK)
    try #require(zx_socket_create(0, &near, &far) == ZX_OK)
    let twice = shell("true", [.handle(far, 0x7_0030), .handle(far, 0x8_0030)])
    #expect(twice.status == ZX_ERR_BAD_HANDLE)
    #expect(!isLive(far))
    #expect(zx_object_wait_one(near, ZX_SOCKET_PEER_CLOSED, farDeadline(), nil) == ZX_OK)
    #expect(zx_handle_close(near) == ZX_OK)
  }

  /// So small and so many that Linux refuses some of them.
  @Test func `a socket with more in it than Linux takes is SHOULD_WAIT, and gone`() throws {
    var (near, far) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_socket_create(0, &near, &far) == ZX_OK)
    for _ in 0..<30_000 { try #require(zx_socket_write(near, 0, "abc", 3, nil) == ZX_OK) }
    #expect(shell("true", [.handle(far, 0x7_0030)]).status == ZX_ERR_SHOULD_WAIT)
    #expect(!isLive(far))
    #expect(signals(of: near) & ZX_SOCKET_PEER_CLOSED != 0)
    #expect(zx_handle_close(near) == ZX_OK)
  }

  @Test func `fdio_spawn starts a program without actions`() {
    var process = ZX_HANDLE_INVALID
    let status = withStrings(["sh", "-c", "exit 3"]) {
      fdio_spawn(ZX_HANDLE_INVALID, FDIO_SPAWN_CLONE_ALL, "/bin/sh", $0, &process)
    }
    let child = Spawned(status: status, words: "", process: process)
    #expect(child.status == ZX_OK)
    #expect(child.returnCode() == 3)
  }

  @Test func `a child is a process with the default rights, in the job, named as its argument`()
    throws
  {
    let child = spawn(["/bin/sleep", "60"])
    let info = try basicInfo(of: child.process)
    #expect(info.type == ZX_OBJ_TYPE_PROCESS)
    #expect(info.rights == ZX_DEFAULT_PROCESS_RIGHTS)
    #expect(info.related_koid == (try basicInfo(of: zx_job_default())).koid)
    #expect(info.koid != (try basicInfo(of: zx_process_self())).koid)
    #expect(name(of: child.process) == "/bin/sleep")
    #expect(zx_object_set_property(child.process, ZX_PROP_NAME, "other", 5) == ZX_OK)
    #expect(name(of: child.process) == "other")
    #expect(zx_task_kill(child.process) == ZX_OK)
    #expect(child.returnCode() == ZX_TASK_RETCODE_SYSCALL_KILL)
  }

  @Test func `SET_NAME names the object, with 31 bytes at most`() throws {
    let given = try #require(strdup("a name of more than 31 bytes is cut"))
    defer { free(given) }
    var action = fdio_spawn_action_t.other(FDIO_SPAWN_ACTION_SET_NAME)
    action.name.data = UnsafePointer(given)
    let child = shell("exit 0", [action])
    #expect(name(of: child.process) == "a name of more than 31 bytes is")
    #expect(child.returnCode() == 0)
  }

  @Test func `one that runs shows no signal, has no return code and keeps its handles to itself`() {
    let before = zx_clock_get_boot()
    let child = spawn(["/bin/sleep", "60"])
    let info = processInfo(of: child.process)
    #expect(info.flags == ZX_INFO_PROCESS_FLAG_STARTED)
    #expect(info.return_code == 0)
    #expect(info.start_time >= before && info.start_time <= zx_clock_get_boot())
    #expect(signals(of: child.process) == 0)
    for topic in [ZX_INFO_PROCESS_HANDLE_STATS, ZX_INFO_HANDLE_TABLE] {
      var buffer = [UInt8](repeating: 0, count: 4096)
      let answer = zx_object_get_info(child.process, topic, &buffer, 4096, nil, nil)
      #expect(answer == ZX_ERR_NOT_SUPPORTED)
    }
    #expect(zx_task_kill(child.process) == ZX_OK)
    #expect(child.returnCode() == ZX_TASK_RETCODE_SYSCALL_KILL)
  }

  @Test func `calls for threads and regions find a process`() {
    let child = spawn(["/bin/sleep", "60"])
    var address = zx_vaddr_t()
    #expect(zx_vmar_unmap(child.process, 0, 4096) == ZX_ERR_WRONG_TYPE)
    #expect(zx_vmar_allocate(child.process, 0, 0, 4096, nil, &address) == ZX_ERR_WRONG_TYPE)
    var info = zx_info_thread_t()
    let size = MemoryLayout<zx_info_thread_t>.size
    #expect(
      zx_object_get_info(child.process, ZX_INFO_THREAD, &info, size, nil, nil)
        == ZX_ERR_WRONG_TYPE)
    var thread = ZX_HANDLE_INVALID
    #expect(zx_thread_create(child.process, "", 0, 0, &thread) == ZX_ERR_NOT_SUPPORTED)
    #expect(zx_process_start(child.process, 0, 0, 0, 0, 0) == ZX_ERR_NOT_SUPPORTED)
    #expect(zx_task_kill(child.process) == ZX_OK)
  }

  // MARK: Its end

  @Test func `a fault is an exception, another signal 128 and its number`() {
    #expect(shell("ulimit -c 0; kill -SEGV $$").returnCode() == ZX_TASK_RETCODE_EXCEPTION_KILL)
    #expect(shell("ulimit -c 0; kill -ABRT $$").returnCode() == ZX_TASK_RETCODE_EXCEPTION_KILL)
    #expect(shell("kill -TERM $$").returnCode() == 128 + 15)
    #expect(shell("kill -KILL $$").returnCode() == 128 + 9)
  }

  @Test func `a wait that has begun before is told of the end`() throws {
    var ends = try Pipe()
    let child = shell("read line <&3; exit 5", [.clone(ends.reading, as: 3)])
    let other = spawn(["/bin/sleep", "60"])
    let handles = (child.process, other.process)
    let thread = try TestThread {
      var items = [
        zx_wait_item_t(handle: handles.1, waitfor: ZX_TASK_TERMINATED, pending: 0),
        zx_wait_item_t(handle: handles.0, waitfor: ZX_TASK_TERMINATED, pending: 0),
      ]
      let status = zx_object_wait_many(&items, 2, farDeadline())
      return status == ZX_OK && items[0].pending == 0 && items[1].pending == ZX_TASK_TERMINATED
    }
    usleep(50_000)
    ends.closeWriting()
    #expect(thread.join() == true)
    #expect(child.returnCode() == 5)
    #expect(zx_task_kill(other.process) == ZX_OK)
  }

  @Test func `a port is told of the end`() throws {
    var made = ZX_HANDLE_INVALID
    try #require(zx_port_create(0, &made) == ZX_OK)
    let port = OwnedHandle(owning: made)
    let child = shell("sleep 0.05; exit 0")
    #expect(zx_object_wait_async(child.process, port.value, 9, ZX_TASK_TERMINATED, 0) == ZX_OK)
    var packet = zx_port_packet_t()
    #expect(zx_port_wait(port.value, farDeadline(), &packet) == ZX_OK)
    #expect(packet.key == 9)
    #expect(packet.signal.observed == ZX_TASK_TERMINATED)
    #expect(child.returnCode() == 0)
  }

  @Test func `every handle sees the end, and the object outlives it`() throws {
    let child = shell("exit 4")
    let copy = try OwnedHandle(duplicating: child.process)
    #expect(child.returnCode() == 4)
    #expect(signals(of: copy.value) == ZX_TASK_TERMINATED)
    #expect(processInfo(of: copy.value).return_code == 4)
    #expect(zx_object_signal(copy.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(signals(of: child.process) == ZX_TASK_TERMINATED | ZX_USER_SIGNAL_0)
  }

  @Test func `nothing is left of processes whose handles are closed first`() async {
    await #expect(processExitsWith: .success) {
      for _ in 0..<20 {
        #expect(shell("exit 1").status == ZX_OK)
        let status = withStrings(["/bin/true"]) {
          fdio_spawn(0, FDIO_SPAWN_CLONE_ALL, "/bin/true", $0, nil)
        }
        #expect(status == ZX_OK)
      }
      #expect(hasNoChildren())
    }
  }

  @Test func `descriptors are given back, at the end and after failures`() async {
    await #expect(processExitsWith: .success) {
      #expect(shell("exit 0").returnCode() == 0)
      // The library's thread may let go of the last one a moment later.
      func settled(_ wanted: Int) -> Bool {
        for _ in 0..<5_000 where openCount() != wanted { usleep(1_000) }
        return openCount() == wanted
      }
      func openCount() -> Int { (0..<Int32(512)).count { fcntl($0, F_GETFD) != -1 } }
      usleep(100_000)
      let before = openCount()
      for _ in 0..<20 {
        let pair = try ChannelPair()
        var other = try ChannelPair()
        #expect(shell("exit 0", [.handle(other.second, 7)]).returnCode() == 0)
        other.forgetSecond()
        #expect(spawn(["/nowhere"], [.clone(2, as: 9)]).status == ZX_ERR_NOT_FOUND)
        withExtendedLifetime(pair) {}
      }
      #expect(settled(before))
      // One that has ended takes none, however long there is a handle.
      let ended = shell("exit 0")
      #expect(ended.returnCode() == 0)
      #expect(settled(before))
    }
  }

  @Test func `a return code that somebody else has taken is -1`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGCHLD, SIG_IGN)
      for _ in 0..<20 { #expect(shell("exit 3").returnCode() == -1) }
    }
  }

  @Test func `a forked child has no part in its parent's processes`() async {
    await #expect(processExitsWith: .success) {
      let child = spawn(["/bin/sleep", "60"])
      let process = child.process
      let code = try forked { isLive(process) || zx_task_kill(process) == ZX_OK ? 1 : 0 }
      #expect(code == 0)
      #expect(signals(of: process) == 0)
      #expect(zx_task_kill(process) == ZX_OK)
      #expect(child.returnCode() == ZX_TASK_RETCODE_SYSCALL_KILL)
    }
  }

  private func name(of process: zx_handle_t) -> String {
    var name = [CChar](repeating: 1, count: Int(ZX_MAX_NAME_LEN))
    #expect(zx_object_get_property(process, ZX_PROP_NAME, &name, name.count) == ZX_OK)
    return text(name)
  }
}

/// Source: `zx_task_kill`.
@Suite("zx_task_kill") struct TaskKillTests {
  @Test func `BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED, then NOT_SUPPORTED for what is no child`()
    throws
  {
    let event = try OwnedHandle.event()
    let child = spawn(["/bin/sleep", "60"])
    let bare = try OwnedHandle(
      duplicating: child.process, rights: ZX_DEFAULT_PROCESS_RIGHTS & ~ZX_RIGHT_DESTROY)
    #expect(zx_task_kill(ZX_HANDLE_INVALID) == ZX_ERR_BAD_HANDLE)
    #expect(zx_task_kill(event.value) == ZX_ERR_WRONG_TYPE)
    #expect(zx_task_kill(bare.value) == ZX_ERR_ACCESS_DENIED)
    for task in [zx_process_self(), zx_thread_self(), zx_job_default()] {
      #expect(zx_task_kill(task) == ZX_ERR_NOT_SUPPORTED)
    }
    #expect(signals(of: child.process) == 0)
    #expect(zx_task_kill(child.process) == ZX_OK)
    #expect(child.returnCode() == ZX_TASK_RETCODE_SYSCALL_KILL)
  }

  @Test func `one that has ended stays as it is`() {
    let child = shell("exit 2")
    #expect(child.returnCode() == 2)
    #expect(zx_task_kill(child.process) == ZX_OK)
    #expect(child.returnCode() == 2)
  }

  @Test func `no signal is refused by a child that refuses all`() throws {
    var ends = try Pipe()
    let child = shell(
      "trap '' TERM INT HUP QUIT; echo ready >&3; exec 3>&-; while :; do sleep 1; done",
      [.transfer(ends.writing, as: 3)])
    ends.forgetWriting()
    #expect(ends.readAll() == "ready\n")
    #expect(zx_task_kill(child.process) == ZX_OK)
    #expect(child.returnCode() == ZX_TASK_RETCODE_SYSCALL_KILL)
  }
}
