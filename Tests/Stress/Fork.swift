import CZircon
import Glibc
import Synchronization

/// Forks; `body` runs in the child and its result is the child's exit code.
func forkChild(_ body: () -> Int32) -> pid_t {
  let child = fork()
  check(child >= 0, "fork: errno \(errno)")
  if child == 0 { _exit(body()) }
  return child
}

/// The exit code of a child that has ended by itself; nothing if a signal ended it.
func exitCode(of child: pid_t) -> Int32? {
  var status: Int32 = 0
  while waitpid(child, &status, 0) < 0 { check(errno == EINTR, "waitpid: errno \(errno)") }
  return status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
}

/// Forks without exec while other threads are busy in calls.
///
/// The child's calls on inherited values answer BAD_HANDLE, it holds no inherited socket, and new
/// objects work in it, also from a thread of its own. The parent's traffic goes on unharmed, and
/// what the parent closes its peer sees within 100 ms while the child lives. exec inherits no
/// descriptor.
func forkTest(_ rounds: Int) {
  startWatchdog(seconds: 120 + rounds)
  let traffic = Traffic()
  // What a shell leaves open comes through, too.
  let strangers = descriptorsAfterExec()
  check(ForkedChild.newObjectsWork(), "new objects in the parent")
  let threads = traffic.start()
  var slowest: Int64 = 0
  for round in 0..<rounds {
    slowest = max(slowest, forkOnce(round))
    if round % 20 == 0 {
      let found = descriptorsAfterExec()
      check(
        found == strangers, "round \(round): \(found - strangers) descriptors came through exec")
    }
  }
  traffic.isOver.store(true, ordering: .releasing)
  for thread in threads { thread.join() }
  let moved = traffic.moved.load(ordering: .relaxed)
  let made = traffic.made.load(ordering: .relaxed)
  print(
    "fork: \(rounds) children, inherited handles BAD_HANDLE, no inherited socket,",
    "new objects work;",
    "meanwhile \(moved) bytes moved in order and \(made) pairs made;",
    "a close was seen after at most \(slowest / 1000) us while the child lived;",
    "exec inherited no descriptor")
  check(slowest < 100_000_000, "a close was seen only after \(slowest / 1_000_000) ms")
  check(moved > 0 && made > 0, "the parent's threads did nothing")
}

// MARK: The parent

/// What the parent's other threads do all the time.
private final class Traffic: Sendable {
  let isOver = Atomic<Bool>(false)
  let moved = Atomic<Int>(0)
  let made = Atomic<Int>(0)

  /// Two threads that move numbered bytes through a socket, and one that makes and closes sockets.
  func start() -> [Thread] {
    let socket = makeSocket()
    return [
      Thread { self.write(socket.left) }, Thread { self.read(socket.right) },
      Thread { self.makeAndClose() },
    ]
  }

  private func write(_ end: UInt32) {
    var position = 0
    var bytes = [UInt8](repeating: 0, count: 700)
    while !isOver.load(ordering: .acquiring) {
      for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: position + index) }
      var actual = 0
      let status = zx_socket_write(end, 0, bytes, bytes.count, &actual)
      if status == Status.shouldWait {
        check(zx_object_wait_one(end, Signal.writable, infinite, nil), "traffic, WRITABLE")
        continue
      }
      check(status, "traffic, writing")
      position += actual
    }
    close(handle: end)
  }

  private func read(_ end: UInt32) {
    var position = 0
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      var seen: UInt32 = 0
      check(
        zx_object_wait_one(end, Signal.readable | Signal.peerClosed, infinite, &seen),
        "traffic, READABLE")
      if seen & Signal.readable == 0 { break }
      var actual = 0
      check(zx_socket_read(end, 0, &bytes, bytes.count, &actual), "traffic, reading")
      for index in 0..<actual {
        check(
          bytes[index] == UInt8(truncatingIfNeeded: position + index),
          "traffic: wrong byte at \(position + index)")
      }
      position += actual
      moved.store(position, ordering: .relaxed)
    }
    close(handle: end)
  }

  private func makeAndClose() {
    while !isOver.load(ordering: .acquiring) {
      let socket = makeSocket(datagram: true)
      check(zx_socket_write(socket.left, 0, [1, 2, 3], 3, nil), "traffic, datagram")
      close(handle: socket.left)
      close(handle: socket.right)
      made.add(1, ordering: .relaxed)
    }
  }
}

/// Forks one child; the result is how long the peer took to see a close while the child lived, in
/// nanoseconds.
private func forkOnce(_ round: Int) -> Int64 {
  let socket = makeSocket(datagram: round % 2 == 1)
  let event = makeEvent()
  check(zx_socket_write(socket.left, 0, [5], 1, nil), "writing before the fork")
  let gate = makePipe()
  let ready = makePipe()

  let child = forkChild {
    let code = ForkedChild.run(inherited: [socket.left, socket.right, event], pipes: gate + ready)
    var done: UInt8 = 0
    write(ready[1], &done, 1)
    // Lives on until the parent has seen the peer's signals.
    close(gate[1])
    while read(gate[0], &done, 1) < 0 && errno == EINTR {}
    return code
  }
  var byte: UInt8 = 0
  while read(ready[0], &byte, 1) < 0 { check(errno == EINTR, "read: errno \(errno)") }

  let started = zx_clock_get_monotonic()
  close(handle: socket.left)
  var seen: UInt32 = 0
  check(
    zx_object_wait_one(socket.right, Signal.peerClosed, deadline(milliseconds: 5000), &seen),
    "round \(round): PEER_CLOSED while the child lives")
  let ended = zx_clock_get_monotonic()
  check(zx_socket_read(socket.right, 0, &byte, 1, nil), "what was written before the fork")
  check(byte == 5, "round \(round): byte \(byte)")

  for descriptor in gate + ready { close(descriptor) }
  let code = exitCode(of: child)
  check(code == 0, "round \(round): the child found \(code.map { "\($0)" } ?? "a signal")")
  close(handle: socket.right)
  close(handle: event)
  return ended - started
}

/// How many descriptors above the standard three this program is born with when run from here.
private func descriptorsAfterExec() -> Int32 {
  var arguments = [strdup("zircon-stress"), strdup("descriptors"), nil]
  defer { for argument in arguments { free(argument) } }
  var child: pid_t = 0
  let error = posix_spawn(&child, "/proc/self/exe", nil, nil, &arguments, environ)
  check(error == 0, "posix_spawn: error \(error)")
  guard let code = exitCode(of: child) else { fail("the spawned program ended by a signal") }
  return code
}

/// Exits with the number of descriptors above the standard three that this process was born with.
func countDescriptors(_: Int) {
  exit(Int32(min(descriptors(from: 3).count, 100)))
}

// MARK: The child

/// What a forked child looks at; it prints nothing and answers with a number for each thing it
/// finds.
private enum ForkedChild {
  static func run(inherited: [UInt32], pipes: [Int32]) -> Int32 {
    for handle in inherited {
      guard refusesAll(handle) else { return 1 }
    }
    // Only the pipes of this round are the child's.
    for descriptor in descriptors(from: 3) where !pipes.contains(descriptor) {
      var status = stat()
      if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { return 2 }
    }
    guard newObjectsWork() else { return 3 }
    let hasWorked = Atomic<Bool>(false)
    runThread { hasWorked.store(newObjectsWork(), ordering: .releasing) }
    guard hasWorked.load(ordering: .acquiring) else { return 4 }
    // Values made here do not bring the inherited ones back.
    for handle in inherited {
      guard refusesAll(handle) else { return 5 }
    }
    return 0
  }

  /// Whether every call on an inherited value answers that it is none.
  private static func refusesAll(_ handle: UInt32) -> Bool {
    var number: UInt32 = 0
    var byte: UInt8 = 0
    let answers = [
      zx_socket_write(handle, 0, &byte, 1, nil), zx_socket_read(handle, 0, &byte, 1, nil),
      zx_socket_set_disposition(handle, 0, 0), zx_object_wait_one(handle, 0, 0, nil),
      zx_object_signal(handle, 0, 0), zx_object_signal_peer(handle, 0, 0),
      zx_object_get_info(handle, 1, nil, 0, nil, nil),
      zx_object_get_info(handle, 2, nil, 0, nil, nil),
      zx_handle_duplicate(handle, sameRights, &number),
      zx_handle_replace(handle, sameRights, &number), zx_handle_close(handle),
    ]
    return answers.allSatisfy { $0 == Status.badHandle }
      && zx_handle_check_valid(handle) == Status.notFound
  }

  /// Whether new sockets and events do what they should.
  static func newObjectsWork() -> Bool {
    var left: UInt32 = 0
    var right: UInt32 = 0
    var event: UInt32 = 0
    for options in [0, 1] as [UInt32] {
      guard zx_socket_create(options, &left, &right) == 0 else { return false }
      let sent: [UInt8] = [1, 2, 3, 4, 5]
      var got = [UInt8](repeating: 0, count: 8)
      var actual = 0
      guard zx_socket_write(left, 0, sent, 5, nil) == 0,
        zx_object_wait_one(right, Signal.readable, 0, nil) == 0,
        zx_socket_read(right, 0, &got, 8, &actual) == 0, actual == 5, got.prefix(5) == sent[...],
        zx_handle_close(left) == 0, zx_object_wait_one(right, Signal.peerClosed, 0, nil) == 0,
        zx_handle_close(right) == 0
      else { return false }
    }
    guard zx_event_create(0, &event) == 0, zx_object_signal(event, 0, Signal.signaled) == 0,
      zx_object_wait_one(event, Signal.signaled, 0, nil) == 0, zx_handle_close(event) == 0
    else { return false }
    return true
  }

  /// Runs `body` on a new thread and waits for its end.
  private static func runThread(_ body: @escaping @Sendable () -> Void) { Thread(body).join() }
}
