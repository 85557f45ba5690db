import CZircon
import Glibc
import TestSupport
import TransferSupport

/// Sends what no sender of ours would send, for so many seconds: nothing crashes, hangs or stays open.
func transferFuzz(_ seconds: Int) {
  startWatchdog(seconds: seconds + 120)
  let seed = UInt64(bitPattern: zx_clock_get_monotonic())
  let end = zx_deadline_after(Int64(seconds) * 1_000_000_000)
  var rounds: UInt64 = 0
  var (arrived, ended) = runRound(seed)
  let open = descriptors().count
  let memory = residentByteCount()
  while zx_clock_get_monotonic() < end {
    rounds += 1
    let round = runRound(seed &+ rounds)
    arrived += round.arrived
    ended += round.ended
  }
  let isTidy = poll { descriptors().count <= open }
  print(
    "transfer-fuzz: seed \(seed), \(rounds) rounds of 100 records,",
    "\(arrived) handles arrived, \(ended) links ended;",
    "memory growth \((residentByteCount() - memory) / 1024) KiB")
  check(isTidy, "\(descriptors().count - open) descriptors are lost")
}

private func runRound(_ seed: UInt64) -> (arrived: Int, ended: Int) {
  var fuzzer = LinkFuzzer(Choices(seed: seed))
  do {
    try fuzzer.run(records: 100)
    for turn in 0..<10 {
      var sharing = try SharedStateFuzzer(Choices(seed: seed &+ UInt64(turn) << 32))
      sharing.run(turns: 100)
    }
  } catch { fail("seed \(seed): \(error)") }
  return (fuzzer.arrivedCount, fuzzer.endedCount)
}

#if ZIRCON_FUZZ
  @_silgen_name("LLVMFuzzerRunDriver")
  private func runFuzzer(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
  ) -> Int32

  /// One input, a number of choices; the first byte says what is sent or spoiled.
  @c(LLVMFuzzerTestOneInput) public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int)
    -> Int32
  {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    let choices = Choices(input: Array(input.dropFirst()))
    do {
      if (input.first ?? 0) & 1 == 0 {
        var fuzzer = LinkFuzzer(choices)
        try fuzzer.run(records: 50)
      } else {
        var fuzzer = try SharedStateFuzzer(choices)
        fuzzer.run(turns: 1000)
      }
    } catch { fail("\(error)") }
    return 0
  }

  /// The same by inputs that libFuzzer makes, for so many seconds.
  func fuzz(_ seconds: Int) {
    let words =
      [
        "fuzz", "-max_total_time=\(seconds)", "-timeout=20", "-rss_limit_mb=4096", "-max_len=4096",
        "-len_control=0", "-artifact_prefix=.build-fuzz/",
      ]
      + CommandLine.arguments.dropFirst(3)
    var arguments = words.map { strdup($0) } + [nil]
    var count = Int32(words.count)
    arguments.withUnsafeMutableBufferPointer { arguments in
      guard var base = arguments.baseAddress else { return }
      exit(runFuzzer(&count, &base, fuzzOneInput))
    }
  }
#else
  func fuzz(_ seconds: Int) {
    fail("built without libFuzzer: see Tests/fuzz")
  }
#endif

/// Moves handles over a link again and again, more of them at once than an ordinary user may have in
/// flight: none is lost.
///
/// A message carries 60 handles of one event and 4 channels, which is 184 descriptors; of 512 that the
/// process may have, and as many that may be in flight.
func moves(_ count: Int) {
  startWatchdog(seconds: 120 + count / 100)
  if getuid() == 0 { check(setuid(65_534), "setuid") }
  var limit = rlimit(rlim_cur: 512, rlim_max: 512)
  check(setrlimit(__rlimit_resource_t(7), &limit), "setrlimit")
  var (near, far): (UInt32, UInt32) = (0, 0)
  check(zx_channel_create(0, &near, &far), "zx_channel_create")
  do { far = try sentAway(far) } catch { fail("\(error)") }
  let event = makeEvent()
  _ = moveAll(event, near, far)
  let open = descriptors().count
  var moved = 0
  while moved < count { moved += moveAll(event, near, far) }
  let isTidy = poll { descriptors().count <= open }
  print("moves: \(moved) handles moved, none lost")
  check(isTidy, "\(descriptors().count - open) descriptors are lost")
}

/// Sends 12 messages, takes them out, and looks at every handle; answers how many.
private func moveAll(_ event: UInt32, _ near: UInt32, _ far: UInt32) -> Int {
  var peers: [UInt32] = []
  for message in 0..<12 {
    var handles = (0..<60).map { _ in duplicate(event) }
    for _ in 0..<4 {
      var (here, there): (UInt32, UInt32) = (0, 0)
      check(zx_channel_create(0, &here, &there), "zx_channel_create")
      peers.append(here)
      handles.append(there)
    }
    check(zx_channel_write(near, 0, [UInt8(message)], 1, handles, 64), "zx_channel_write")
  }
  for message in 0..<12 {
    var observed: UInt32 = 0
    check(zx_object_wait_one(far, 1, zx_deadline_after(30_000_000_000), &observed), "a message")
    var (byte, handles): (UInt8, [UInt32]) = (0, [UInt32](repeating: 0, count: 64))
    var (byteCount, handleCount): (UInt32, UInt32) = (0, 0)
    check(
      zx_channel_read(far, 0, &byte, &handles, 1, 64, &byteCount, &handleCount), "zx_channel_read")
    check(byte == UInt8(message) && handleCount == 64, "message \(message) is another")
    for (index, handle) in handles.enumerated() {
      if index < 60 {
        check(zx_object_signal(handle, 0xFF00_0000, 1 << UInt32(24 + index % 8)), "an event")
        check(zx_object_wait_one(event, 1 << UInt32(24 + index % 8), 0, nil), "the same event")
      } else {
        exchange(peers[message * 4 + index - 60], handle, UInt8(index))
      }
      close(handle: handle)
    }
  }
  for peer in peers { close(handle: peer) }
  return 12 * 64
}

/// Sends one byte from one end to the other.
private func exchange(_ peer: UInt32, _ handle: UInt32, _ number: UInt8) {
  check(zx_channel_write(handle, 0, [number], 1, nil, 0), "a moved channel")
  var (byte, byteCount): (UInt8, UInt32) = (0, 0)
  check(zx_channel_read(peer, 0, &byte, nil, 1, 0, &byteCount, nil), "its peer")
  check(byte == number, "another channel")
}
