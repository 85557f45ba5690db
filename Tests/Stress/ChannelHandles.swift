import CZircon
import Glibc
import TestSupport

/// One handle that travels, and what must be true of it at every stop.
private struct Traveller {
  var handle: UInt32
  let koid: UInt64
  let type: UInt32
  var rights: UInt32
  /// A handle that stays: of the same object, or of its peer.
  let home: UInt32

  /// Whether `home` is of the same object, which then has two handles: events and counters.
  var isShared: Bool { type == 5 || type == 34 }
}

/// Rights by the numbers of the contract.
private let right = (
  duplicate: UInt32(0x1), wait: UInt32(0x4000)
)

/// Handles that one message takes.
private let handleCount = 64

/// Sends 64 handles of all kinds through a channel, again and again: none is lost, doubled or mixed
/// up, and each has the rights that were asked for.
///
/// By turns plainly, with dispositions of both kinds and fewer rights, and as a call that another thread
/// answers. Every 50th message is destroyed in one of four ways, which must close all 64.
///
/// Source: `zx_channel_write`, `zx_channel_read`, `zx_channel_call` and their `_etc` forms.
func channelHandles(_ rounds: Int) {
  startWatchdog(seconds: 120 + rounds / 20)
  let seed = UInt64(bitPattern: zx_clock_get_monotonic())
  var random = SplitMix64(seed: seed)
  let open = descriptors().count
  var travellers = makeTravellers()
  let echo = EchoThread()
  var (moved, destroyed, memory) = (0, 0, 0)
  for round in 0..<rounds {
    if round % 50 == 49 {
      destroy(travellers, way: round / 50 % 4)
      destroyed += handleCount
      travellers = makeTravellers()
    } else if round % 3 == 0 {
      sendPlainly(&travellers)
    } else if round % 3 == 1 {
      sendDisposed(&travellers, &random)
    } else {
      echo.send(&travellers)
      moved += handleCount
    }
    moved += handleCount
    verify(travellers, "round \(round), seed \(seed)")
    if round == rounds / 2 { memory = residentByteCount() }
  }
  let growth = residentByteCount() - memory
  echo.stop()
  for traveller in travellers {
    close(handle: traveller.handle)
    close(handle: traveller.home)
  }
  let openAfter = descriptors().count
  print(
    "channel-handles: \(rounds) messages, \(moved) handles moved, \(destroyed) destroyed;",
    "memory growth in the second half \(growth / 1024) KiB; descriptors \(open), \(openAfter)")
  check(open == openAfter, "\(openAfter - open) descriptors are lost")
  check(growth < 4 << 20, "memory has grown by \(growth) bytes")
}

// MARK: Travellers

private func facts(of handle: UInt32) -> zx_info_handle_basic_t? {
  var info = zx_info_handle_basic_t()
  let size = MemoryLayout<zx_info_handle_basic_t>.size
  return zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &info, size, nil, nil) == 0 ? info : nil
}

private func handleCount(of handle: UInt32) -> UInt32 {
  var count = zx_info_handle_count_t()
  check(
    zx_object_get_info(handle, ZX_INFO_HANDLE_COUNT, &count, 4, nil, nil), "ZX_INFO_HANDLE_COUNT")
  return count.handle_count
}

/// A pair made by `make`, the second end to stay at home.
private func pair(_ make: (inout UInt32, inout UInt32) -> Int32) -> (UInt32, UInt32) {
  var (left, right): (UInt32, UInt32) = (0, 0)
  check(make(&left, &right), "a pair")
  return (left, right)
}

private func makeTravellers() -> [Traveller] {
  (0..<handleCount).map { number in
    let (handle, home): (UInt32, UInt32)
    switch number % 7 {
    case 0: (handle, home) = pair { zx_socket_create(0, &$0, &$1) }
    case 1: (handle, home) = pair { zx_socket_create(1, &$0, &$1) }
    case 2: (handle, home) = pair { zx_eventpair_create(0, &$0, &$1) }
    case 3: (handle, home) = pair { zx_channel_create(0, &$0, &$1) }
    case 4: (handle, home) = pair { zx_fifo_create(4, 8, 0, &$0, &$1) }
    case 5:
      home = makeEvent()
      handle = duplicate(home)
    default:
      var counter: UInt32 = 0
      check(zx_counter_create(0, &counter), "zx_counter_create")
      (handle, home) = (duplicate(counter), counter)
    }
    guard let info = facts(of: handle) else { fail("a new handle is none") }
    return Traveller(
      handle: handle, koid: info.koid, type: info.type, rights: info.rights, home: home)
  }
}

/// Every traveller is live, itself, alone, and allowed what it should be.
private func verify(_ travellers: [Traveller], _ when: @autoclosure () -> String) {
  check(Set(travellers.map(\.handle)).count == handleCount, "\(when()): a value came twice")
  for (index, traveller) in travellers.enumerated() {
    guard let info = facts(of: traveller.handle) else {
      fail("\(when()): handle \(index) is not live")
    }
    check(info.koid == traveller.koid, "\(when()): handle \(index) is another")
    check(info.type == traveller.type, "\(when()): handle \(index) is of another type")
    check(info.rights == traveller.rights, "\(when()): handle \(index) has other rights")
    let expected: UInt32 = traveller.isShared ? 2 : 1
    let count = handleCount(of: traveller.handle)
    check(count == expected, "\(when()): object \(index) has \(count) handles, not \(expected)")
  }
}

// MARK: Sending

private func arrive(_ travellers: inout [Traveller], _ values: [UInt32], _ count: UInt32) {
  check(count == handleCount, "\(count) handles came")
  for index in travellers.indices {
    check(facts(of: travellers[index].handle) == nil, "handle \(index) stayed behind")
    travellers[index].handle = values[index]
  }
}

private func sendPlainly(_ travellers: inout [Traveller]) {
  let (near, far) = pair { zx_channel_create(0, &$0, &$1) }
  let sent = travellers.map(\.handle)
  check(zx_channel_write(near, 0, nil, 0, sent, UInt32(handleCount)), "zx_channel_write")
  var values = [UInt32](repeating: 0, count: handleCount)
  var count: UInt32 = 0
  check(
    zx_channel_read(far, 0, nil, &values, 0, UInt32(handleCount), nil, &count), "zx_channel_read")
  arrive(&travellers, values, count)
  close(handle: near)
  close(handle: far)
}

/// Duplicates some that can be, takes a right from some others.
private func sendDisposed(_ travellers: inout [Traveller], _ random: inout SplitMix64) {
  let (near, far) = pair { zx_channel_create(0, &$0, &$1) }
  var entries = travellers.map { traveller in
    let mayDuplicate = traveller.rights & right.duplicate != 0
    let operation = mayDuplicate && random.below(2) == 0 ? UInt32(1) : 0
    let rights = random.below(8) == 0 ? traveller.rights & ~right.wait : sameRights
    return zx_handle_disposition_t(
      operation: operation, handle: traveller.handle, type: traveller.type, rights: rights,
      result: 0)
  }
  check(
    zx_channel_write_etc(near, 0, nil, 0, &entries, UInt32(handleCount)), "zx_channel_write_etc")
  for entry in entries where entry.operation == 1 { close(handle: entry.handle) }
  var infos = [zx_handle_info_t](repeating: zx_handle_info_t(), count: handleCount)
  var count: UInt32 = 0
  check(
    zx_channel_read_etc(far, 0, nil, &infos, 0, UInt32(handleCount), nil, &count),
    "zx_channel_read_etc")
  arrive(&travellers, infos.map(\.handle), count)
  for index in travellers.indices {
    let asked = entries[index].rights
    if asked != sameRights { travellers[index].rights = asked }
    check(infos[index].rights == travellers[index].rights, "told other rights")
    check(infos[index].type == travellers[index].type, "told another type")
  }
  close(handle: near)
  close(handle: far)
}

/// Lets a message go down with all handles in it.
private func destroy(_ travellers: [Traveller], way: Int) {
  let (near, far) = pair { zx_channel_create(0, &$0, &$1) }
  let sent = travellers.map(\.handle)
  let total = UInt32(handleCount)
  if way == 3 {
    close(handle: far)
    check(
      zx_channel_write(near, 0, nil, 0, sent, total), is: Status.peerClosed, "zx_channel_write")
  } else {
    check(zx_channel_write(near, 0, nil, 0, sent, total), "zx_channel_write")
    switch way {
    case 0:
      check(
        zx_channel_read(far, 1, nil, nil, 0, 0, nil, nil), is: Status.bufferTooSmall,
        "zx_channel_read, discarding")
    case 1:
      check(
        zx_channel_read(far, 0, nil, nil, 0, total, nil, nil), is: Status.invalidArgs,
        "zx_channel_read, no room")
    default: break
    }
    close(handle: far)
  }
  close(handle: near)
  for traveller in travellers {
    if traveller.isShared {
      check(handleCount(of: traveller.home) == 1, "a handle outlived its message")
    } else {
      let status = zx_object_wait_one(traveller.home, Signal.peerClosed, 0, nil)
      check(status, "an end outlived its message")
    }
    close(handle: traveller.home)
  }
}

// MARK: Calling

/// A thread that answers every call with the handles it came with.
private struct EchoThread {
  private let client: UInt32
  private let thread: Thread

  init() {
    let (client, server) = pair { zx_channel_create(0, &$0, &$1) }
    self.client = client
    thread = Thread { EchoThread.serve(server) }
  }

  private static func serve(_ server: UInt32) {
    var values = [UInt32](repeating: 0, count: handleCount)
    var request = [UInt8](repeating: 0, count: 8)
    var (byteCount, count): (UInt32, UInt32) = (0, 0)
    while true {
      let wanted = Signal.readable | Signal.peerClosed
      check(zx_object_wait_one(server, wanted, infinite, nil), "the wait for a request")
      let status = zx_channel_read(
        server, 0, &request, &values, 8, UInt32(handleCount), &byteCount, &count)
      if status == Status.peerClosed { break }
      check(status, "the read of a request")
      check(
        zx_channel_write(server, 0, request, byteCount, values, count), "the write of a reply")
    }
    close(handle: server)
  }

  func send(_ travellers: inout [Traveller]) {
    var entries = travellers.map {
      zx_handle_disposition_t(
        operation: 0, handle: $0.handle, type: 0, rights: sameRights, result: 0)
    }
    var infos = [zx_handle_info_t](repeating: zx_handle_info_t(), count: handleCount)
    var request = [UInt8](repeating: 1, count: 8)
    var reply = [UInt8](repeating: 0, count: 8)
    var (byteCount, count): (UInt32, UInt32) = (0, 0)
    let status = entries.withUnsafeMutableBufferPointer { entries in
      infos.withUnsafeMutableBufferPointer { infos in
        request.withUnsafeMutableBytes { request in
          reply.withUnsafeMutableBytes { reply in
            var args = zx_channel_call_etc_args_t(
              wr_bytes: request.baseAddress, wr_handles: entries.baseAddress,
              rd_bytes: reply.baseAddress, rd_handles: infos.baseAddress, wr_num_bytes: 8,
              wr_num_handles: UInt32(handleCount), rd_num_bytes: 8,
              rd_num_handles: UInt32(handleCount))
            return zx_channel_call_etc(client, 0, infinite, &args, &byteCount, &count)
          }
        }
      }
    }
    check(status, "zx_channel_call_etc")
    check(byteCount == 8 && reply[4] == 1, "another reply came")
    arrive(&travellers, infos.map(\.handle), count)
  }

  func stop() {
    close(handle: client)
    thread.join()
  }
}
