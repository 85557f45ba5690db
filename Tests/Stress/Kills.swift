import CZircon
import Glibc
import Synchronization
import TestSupport
import TwoEnds

/// Milliseconds after a death within which the survivor is told.
private let patience: Int64 = 100

/// Runs `body`, which leaves no descriptor open: not at once, as the reactor drops the last of some.
private func checkDescriptors(_ body: () -> Void) {
  // The ring of this thread, which stays, comes with its first bytes.
  let socket = makeSocket(datagram: false)
  check(zx_socket_write(socket.left, 0, [1], 1, nil), "a write")
  close(handle: socket.left)
  close(handle: socket.right)
  let before = openDescriptorCount()
  body()
  let isBack = poll(within: 5) { openDescriptorCount() == before }
  check(isBack, "descriptors: \(openDescriptorCount()), not \(before)")
}

private func makePlayer(_ role: String, _ argument: String = "") -> Player {
  do { return try Player(role, argument) } catch { fail("\(error)") }
}

/// Sleeps so many microseconds, drawn below a limit that is small more often than large.
private func sleepAtRandom(_ random: inout SplitMix64) {
  usleep(UInt32(random.below(random.pick([50, 300, 2000, 8000]))))
}

private func checkHealth(_ player: borrowing Player) {
  let failure = player.progress.pointee.failure.load(ordering: .acquiring)
  check(Int32(failure), "the other process")
}

private func waitForStart(_ player: borrowing Player) {
  let hasBegun = poll(within: 20) { player.progress.pointee.begun.load(ordering: .acquiring) > 0 }
  check(hasBegun, "the other process has not begun")
}

/// The survivor is told of a death; the deadline counts from it.
private func checkPeerClosed(_ handle: zx_handle_t, since death: Int64) -> Int64 {
  var observed: UInt32 = 0
  let limit = death + patience * 1_000_000
  let status = zx_object_wait_one(handle, Signal.peerClosed, limit, &observed)
  check(status, "PEER_CLOSED within \(patience) ms of the death")
  check(observed & Signal.peerClosed != 0, "PEER_CLOSED is not observed")
  return zx_clock_get_monotonic() - death
}

// MARK: The writer is killed

/// Kills a process in the middle of its writes, so many times for streams and for datagrams.
///
/// Every byte that a write had reported as accepted is readable, in order, no datagram is torn, then
/// PEER_CLOSED, within 100 ms; and no descriptor is left.
func killWriter(_ count: Int) {
  startWatchdog(seconds: 60 + count / 5)
  checkDescriptors { killWriters(count) }
}

private func killWriters(_ count: Int) {
  var random = SplitMix64(seed: UInt64(count))
  for isDatagram in [false, true] {
    var slowest: Int64 = 0
    var total = 0
    for _ in 0..<count {
      let (moved, time) = killOneWriter(isDatagram: isDatagram, &random)
      slowest = max(slowest, time)
      total += moved
    }
    print(
      "kill-writer, \(isDatagram ? "datagrams" : "stream"): \(count) kills,",
      "\(total) \(isDatagram ? "datagrams" : "bytes") intact, told in \(slowest / 1000) us at most")
  }
}

/// How much was read, and nanoseconds from the death to PEER_CLOSED.
private func killOneWriter(isDatagram: Bool, _ random: inout SplitMix64) -> (Int, Int64) {
  let socket = makeSocket(datagram: isDatagram)
  let size = random.pick([1, 64, 700, 5000, 40_000])
  let player = makePlayer(isDatagram ? "write-datagrams" : "write-stream", "\(size)")
  check(player.send(socket.right), "sending the writer's end")
  waitForStart(player)
  var reader = PatternReader(handle: socket.left, isDatagram: isDatagram)
  // Half of the time nobody reads before the death: then much of it is in the ring.
  if random.chance(50) {
    let end = zx_clock_get_monotonic() + Int64(random.below(4_000_000))
    while zx_clock_get_monotonic() < end { _ = reader.readOnce() }
  } else {
    sleepAtRandom(&random)
  }
  let death = zx_clock_get_monotonic()
  player.kill()
  checkHealth(player)
  let accepted = player.progress.pointee.count.load(ordering: .acquiring)
  let time = checkPeerClosed(socket.left, since: death)
  while true {
    let status = reader.readOnce()
    if status == Status.peerClosed { break }
    check(status, "reading what a dead writer wrote, \(reader.count) of \(accepted)")
  }
  check(reader.count >= accepted, "\(accepted) accepted, only \(reader.count) readable")
  let most = accepted + (isDatagram ? 1 : size)
  check(reader.count <= most, "\(reader.count) read, at most \(most) can have been written")
  close(handle: socket.left)
  return (reader.count, time)
}

/// Reads what the writing roles write, and checks it.
private struct PatternReader {
  let handle: zx_handle_t
  let isDatagram: Bool
  /// Bytes or datagrams so far.
  var count = 0
  private var bytes = [UInt8](repeating: 0, count: 65_536)

  init(handle: zx_handle_t, isDatagram: Bool) {
    self.handle = handle
    self.isDatagram = isDatagram
  }

  mutating func readOnce() -> Int32 {
    var actual = 0
    let status = zx_socket_read(handle, 0, &bytes, bytes.count, &actual)
    guard status == Status.ok else { return status }
    if isDatagram {
      check(Array(bytes[..<actual]) == datagram(count), "datagram \(count) is torn or out of order")
      count += 1
    } else {
      for offset in 0..<actual where bytes[offset] != streamByte(count + offset) {
        fail("byte \(count + offset) of the stream is wrong")
      }
      count += actual
    }
    return status
  }
}

// MARK: The reader is killed

/// Kills a process in the middle of its reads; the writer goes on until it is told, and is never stuck.
func killReader(_ count: Int) {
  startWatchdog(seconds: 60 + count / 5)
  checkDescriptors { killReaders(count) }
}

private func killReaders(_ count: Int) {
  var random = SplitMix64(seed: UInt64(count))
  for isDatagram in [false, true] {
    var slowest: Int64 = 0
    for _ in 0..<count { slowest = max(slowest, killOneReader(isDatagram: isDatagram, &random)) }
    print(
      "kill-reader, \(isDatagram ? "datagrams" : "stream"): \(count) kills,",
      "told in \(slowest / 1000) us at most")
  }
}

private func killOneReader(isDatagram: Bool, _ random: inout SplitMix64) -> Int64 {
  let socket = makeSocket(datagram: isDatagram)
  let player = makePlayer("read")
  check(player.send(socket.right), "sending the reader's end")
  let bytes = [UInt8](repeating: 7, count: random.pick([1, 64, 700, 5000]))
  var accepted = 0
  func writeOnce() -> Int32 {
    var actual = 0
    let status = zx_socket_write(socket.left, 0, bytes, bytes.count, &actual)
    if status == Status.ok { accepted += actual }
    return status
  }
  let hasBegun = poll(within: 20) {
    _ = writeOnce()
    return player.progress.pointee.count.load(ordering: .acquiring) > 0
  }
  check(hasBegun, "nothing is read")
  let end = zx_clock_get_monotonic() + Int64(random.below(3_000_000))
  while zx_clock_get_monotonic() < end { _ = writeOnce() }
  let death = zx_clock_get_monotonic()
  player.kill()
  checkHealth(player)
  let time = checkPeerClosed(socket.left, since: death)
  check(writeOnce(), is: Status.peerClosed, "a write to a dead reader")
  let received = player.progress.pointee.count.load(ordering: .acquiring)
  check(received <= accepted, "\(received) read, only \(accepted) accepted")
  close(handle: socket.left)
  return time
}

// MARK: The mover is killed

/// Kills a process in the middle of moving an end: either this process has it then, or its peer is told that it
/// is gone; never both, never neither.
func killMover(_ count: Int) {
  startWatchdog(seconds: 60 + count / 5)
  checkDescriptors { killMovers(count) }
}

private func killMovers(_ count: Int) {
  var random = SplitMix64(seed: UInt64(count))
  var owned = 0
  for _ in 0..<count where killOneMover(&random) { owned += 1 }
  print("kill-mover: \(count) kills, owned after \(owned), gone after \(count - owned)")
}

/// Whether the end has come back.
private func killOneMover(_ random: inout SplitMix64) -> Bool {
  let isDatagram = random.chance(50)
  let socket = makeSocket(datagram: isDatagram)
  let player = makePlayer("return")
  var moving: zx_handle_t = socket.right
  for _ in 0..<random.below(4) {
    check(player.send(moving), "sending the end")
    moving = receiveBack(player, deadline(milliseconds: 20_000)) ?? 0
    check(moving != 0, "the end does not come back")
  }
  check(player.send(moving), "sending the end")
  sleepAtRandom(&random)
  let death = zx_clock_get_monotonic()
  player.kill()
  checkHealth(player)
  guard let mine = receiveBack(player, death + patience * 1_000_000) else {
    _ = checkPeerClosed(socket.left, since: death)
    close(handle: socket.left)
    return false
  }
  var observed: UInt32 = 0
  check(
    zx_object_wait_one(socket.left, Signal.peerClosed, 0, &observed), is: Status.timedOut,
    "the peer of an end that is here")
  var actual = 0
  var byte: UInt8 = 42
  check(zx_socket_write(socket.left, 0, &byte, 1, &actual), "writing to an end that is here")
  byte = 0
  check(zx_socket_read(mine, 0, &byte, 1, &actual), "reading from an end that came back")
  check(byte == 42, "another byte")
  close(handle: mine)
  check(
    zx_object_wait_one(socket.left, Signal.peerClosed, 0, &observed), "the peer of a closed end")
  close(handle: socket.left)
  return true
}

/// The handle that comes back; nothing if the channel ends without it.
private func receiveBack(_ player: borrowing Player, _ deadline: Int64) -> zx_handle_t? {
  var observed: UInt32 = 0
  let mask = Signal.readable | Signal.peerClosed
  let status = zx_object_wait_one(player.channel, mask, deadline, &observed)
  check(status, "the channel to a process that moves handles")
  guard observed & Signal.readable != 0 else { return nil }
  var handle: zx_handle_t = 0
  check(zx_channel_read(player.channel, 0, nil, &handle, 0, 1, nil, nil), "the message")
  return handle
}

// MARK: One side is stopped

/// Stops the reader and then the writer for so many seconds: the other side is never blocked, and all goes on
/// afterwards.
func stopSide(_ seconds: Int) {
  startWatchdog(seconds: 60 + 4 * seconds)
  for isDatagram in [false, true] {
    let socket = makeSocket(datagram: isDatagram)
    let player = makePlayer("read")
    check(player.send(socket.right), "sending the reader's end")
    let bytes = [UInt8](repeating: 7, count: 4064)
    var accepted = 0
    var slowest: Int64 = 0
    func writeOnce() -> Int32 {
      var actual = 0
      let start = zx_clock_get_monotonic()
      let status = zx_socket_write(socket.left, 0, bytes, bytes.count, &actual)
      slowest = max(slowest, zx_clock_get_monotonic() - start)
      if status == Status.ok { accepted += actual }
      return status
    }
    func received() -> Int { player.progress.pointee.count.load(ordering: .acquiring) }
    _ = writeOnce()
    check(poll(within: 20) { received() == accepted }, "nothing is read")
    player.tell(SIGSTOP)
    check(poll(within: 20) { isStopped(player.process) }, "not stopped")
    let end = deadline(milliseconds: Int64(seconds) * 1000)
    let before = accepted
    while writeOnce() == Status.ok {}
    check(accepted - before == socketCapacity, "\(accepted - before) accepted at capacity")
    while zx_clock_get_monotonic() < end {
      check(writeOnce(), is: Status.shouldWait, "a write to a full socket")
      usleep(1000)
    }
    check(slowest < 100_000_000, "a write took \(slowest / 1000) us beside a stopped reader")
    player.tell(SIGCONT)
    let status = zx_object_wait_one(
      socket.left, Signal.writable, deadline(milliseconds: 20_000), nil)
    check(status, "WRITABLE after the stop")
    check(poll(within: 20) { received() == accepted }, "what waited is not read")
    player.kill()
    close(handle: socket.left)
    print(
      "stop, \(isDatagram ? "datagrams" : "stream"): \(seconds) s, a write took",
      "\(slowest / 1000) us at most")
  }
}

/// Whether `/proc` says that a process is stopped.
private func isStopped(_ process: Int32) -> Bool {
  guard let file = fopen("/proc/\(process)/stat", "r") else { return false }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 512)
  guard fgets(&line, 511, file) != nil else { return false }
  let text = line.map { UInt8(bitPattern: $0) }
  guard let end = text.lastIndex(of: UInt8(ascii: ")")) else { return false }
  return text[end + 2] == UInt8(ascii: "T")
}
