import CZircon
import Glibc
import TestSupport
import Testing
import TransferSupport

/// Source: handles that travel, between processes that live and die.
///
/// Every body runs in a process of its own, which forks.
@Suite("channels to another process", .serialized) struct LinkProcessTests {
  @Test func `a child uses what its parent sends, and leaves it when it ends`() async {
    await #expect(processExitsWith: .success) {
      let child = try LinkedChild { channel in
        guard let handles = try? take(channel).handles, handles.count == 6 else { return 1 }
        var (byte, element, actual): (UInt8, UInt64, Int) = (3, 9, 0)
        let statuses = [
          write(handles[0], [1]),
          zx_object_signal_peer(handles[1], 0, ZX_USER_SIGNAL_1),
          zx_fifo_write(handles[2], 8, &element, 1, &actual),
          zx_object_signal(handles[3], 0, ZX_EVENT_SIGNALED),
          zx_vmo_write(handles[4], &byte, 100, 1),
          zx_socket_write(handles[5], 0, &byte, 1, &actual),
        ]
        guard statuses == [zx_status_t](repeating: ZX_OK, count: 6) else { return 2 }
        return wait(channel, ZX_CHANNEL_PEER_CLOSED).status == ZX_OK ? 0 : 3
      }
      let things = try Things()
      #expect(write(child.channel, [], things.departing) == ZX_OK)
      #expect(try take(things.channel).bytes == [1])
      #expect(wait(things.eventPair, ZX_USER_SIGNAL_1).status == ZX_OK)
      #expect(wait(things.fifo, ZX_FIFO_READABLE).status == ZX_OK)
      #expect(wait(things.event, ZX_EVENT_SIGNALED).status == ZX_OK)
      #expect(wait(things.socket, ZX_SOCKET_READABLE).status == ZX_OK)
      var byte: UInt8 = 0
      #expect(zx_vmo_read(things.memory, &byte, 100, 1) == ZX_OK)
      #expect(byte == 3)
      close(child.channel)
      #expect(child.exitCode() == 0)
      try things.expectPeersClosed()
    }
  }

  @Test func `a child that is killed leaves everything, wherever it was`() async {
    await #expect(processExitsWith: .success) {
      for round in 0..<100 {
        let child = try LinkedChild { channel in
          while let message = try? take(channel) {
            for handle in message.handles { _ = write(handle, [1]) }
          }
          return 0
        }
        let things = try (0..<3).map { _ in try Things() }
        for thing in things { _ = write(child.channel, [], thing.departing) }
        usleep(UInt32(round % 20 * 100))
        child.kill()
        let start = zx_clock_get_monotonic()
        for thing in things { try thing.expectPeersClosed() }
        #expect(wait(child.channel, ZX_CHANNEL_PEER_CLOSED).status == ZX_OK)
        // All of it within a hundredth of that, but for the tests that run beside this one.
        let taken = zx_clock_get_monotonic() - start
        #expect(taken < 5_000_000_000, "round \(round): \(taken) ns")
        close(child.channel)
      }
    }
  }

  @Test func `what a killed child had written is there, then PEER_CLOSED`() async {
    await #expect(processExitsWith: .success) {
      for round in 0..<100 {
        let child = try LinkedChild { channel in
          var number: UInt8 = 0
          while let (near, far) = try? makeChannel(), write(near, [number]) == ZX_OK,
            write(channel, [number], [far]) == ZX_OK
          {
            number &+= 1
            if number == 100 { wait(channel, ZX_CHANNEL_PEER_CLOSED) }
          }
          return 0
        }
        usleep(UInt32(1_000 + round % 20 * 200))
        child.kill()
        var count: UInt8 = 0
        while true {
          #expect(wait(child.channel, ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED).status == ZX_OK)
          let (status, message) = read(child.channel)
          guard status == ZX_OK else {
            #expect(status == ZX_ERR_PEER_CLOSED)
            break
          }
          try #require(message.bytes == [count] && message.handles.count == 1)
          #expect(try take(message.handles[0]).bytes == [count])
          #expect(wait(message.handles[0], ZX_CHANNEL_PEER_CLOSED).status == ZX_OK)
          close(message.handles[0])
          count += 1
        }
        close(child.channel)
      }
    }
  }

  @Test func `with small buffers a large message arrives as it is`() async {
    await #expect(processExitsWith: .success) {
      setenv("ZIRCON_SNDBUF", "1", 1)
      let channels = try LinkedChannels()
      let bytes = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      for _ in 0..<3 {
        let (near, far) = try makeChannel()
        #expect(write(channels.first, bytes, [far]) == ZX_OK)
        let message = try take(channels.second)
        #expect(message.bytes == bytes)
        #expect(write(near, [5]) == ZX_OK)
        #expect(try take(message.handles[0]).bytes == [5])
        close(near, message.handles[0])
      }
    }
  }
}

/// One object of each kind that travels: what leaves, and what stays.
private struct Things {
  private(set) var departing: [zx_handle_t] = []
  private(set) var channel = ZX_HANDLE_INVALID
  private(set) var eventPair = ZX_HANDLE_INVALID
  private(set) var fifo = ZX_HANDLE_INVALID
  private(set) var event = ZX_HANDLE_INVALID
  private(set) var memory = ZX_HANDLE_INVALID
  private(set) var socket = ZX_HANDLE_INVALID

  init() throws {
    var leaving = [zx_handle_t](repeating: ZX_HANDLE_INVALID, count: 6)
    try #require(zx_channel_create(0, &channel, &leaving[0]) == ZX_OK)
    try #require(zx_eventpair_create(0, &eventPair, &leaving[1]) == ZX_OK)
    try #require(zx_fifo_create(4, 8, 0, &fifo, &leaving[2]) == ZX_OK)
    try #require(zx_event_create(0, &event) == ZX_OK)
    try #require(zx_handle_duplicate(event, ZX_RIGHT_SAME_RIGHTS, &leaving[3]) == ZX_OK)
    try #require(zx_vmo_create(4_096, 0, &memory) == ZX_OK)
    try #require(zx_handle_duplicate(memory, ZX_RIGHT_SAME_RIGHTS, &leaving[4]) == ZX_OK)
    try #require(zx_socket_create(0, &socket, &leaving[5]) == ZX_OK)
    departing = leaving
  }

  /// Every peer is told, and what has none goes on; then all are closed.
  func expectPeersClosed() throws {
    for peer in [channel, eventPair, fifo, socket] {
      #expect(wait(peer, ZX_CHANNEL_PEER_CLOSED).status == ZX_OK)
    }
    #expect(zx_object_signal(event, 0, ZX_USER_SIGNAL_7) == ZX_OK)
    for handle in [channel, eventPair, fifo, event, memory, socket] { close(handle) }
  }
}
