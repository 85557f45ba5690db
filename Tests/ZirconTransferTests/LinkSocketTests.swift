import CZircon
import TestSupport
import Testing

/// A socket whose ends know of each other only through what two processes share; closed on deinit.
struct SharedSockets: ~Copyable {
  private(set) var here: zx_handle_t
  private(set) var there: zx_handle_t

  init(_ options: UInt32, before: (zx_handle_t, zx_handle_t) -> Void = { _, _ in }) throws {
    var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_socket_create(options, &first, &second) == ZX_OK)
    before(first, second)
    second = try carried(second)
    here = first
    there = second
  }

  mutating func closeThere() {
    #expect(zx_handle_close(there) == ZX_OK)
    there = ZX_HANDLE_INVALID
  }

  consuming func giveBoth() -> (zx_handle_t, zx_handle_t) {
    let both = (here, there)
    discard self
    return both
  }

  deinit {
    #expect(zx_handle_close(here) == ZX_OK)
    #expect(zx_handle_close(there) == ZX_OK)
  }
}

/// Source: what sockets promise, for two ends in two processes.
@Suite("sockets with an end elsewhere") struct LinkSocketTests {
  @Test(arguments: kinds) func `bytes go both ways`(kind: UInt32) throws {
    let sockets = try SharedSockets(kind)
    for round in 0..<10 {
      let bytes = pattern(1000, from: round)
      #expect(put(sockets.here, bytes) == (ZX_OK, 1000))
      #expect(get(sockets.there, 1000) == (ZX_OK, bytes))
      #expect(put(sockets.there, bytes) == (ZX_OK, 1000))
      #expect(get(sockets.here, 1000) == (ZX_OK, bytes))
    }
    #expect(get(sockets.here, 1).status == ZX_ERR_SHOULD_WAIT)
    #expect(get(sockets.there, 1).status == ZX_ERR_SHOULD_WAIT)
  }

  @Test(arguments: kinds) func `what was there before goes along`(kind: UInt32) throws {
    let sockets = try SharedSockets(kind) { first, second in
      // So small and so many that Linux refuses some of them.
      for index in 0..<3000 { #expect(put(first, pattern(3, from: index)) == (ZX_OK, 3)) }
      for index in 0..<3000 { #expect(put(second, pattern(2, from: index)) == (ZX_OK, 2)) }
      #expect(zx_object_signal(second, 0, ZX_USER_SIGNAL_3) == ZX_OK)
      #expect(zx_object_signal(first, 0, ZX_USER_SIGNAL_5) == ZX_OK)
    }
    let base = ZX_SOCKET_READABLE | ZX_SOCKET_WRITABLE
    #expect(signals(of: sockets.there) == base | ZX_USER_SIGNAL_3)
    #expect(signals(of: sockets.here) == base | ZX_USER_SIGNAL_5)
    for index in 0..<3000 {
      try #require(get(sockets.there, 3) == (ZX_OK, pattern(3, from: index)))
      try #require(get(sockets.here, 2) == (ZX_OK, pattern(2, from: index)))
    }
    #expect(get(sockets.there, 3).status == ZX_ERR_SHOULD_WAIT)
  }

  @Test func `a stream holds 264160 bytes in writes of one byte`() throws {
    let sockets = try SharedSockets(ZX_SOCKET_STREAM)
    var count = 0
    while put(sockets.there, pattern(1, from: count)).status == ZX_OK { count += 1 }
    #expect(count == 264_160)
    #expect(signals(of: sockets.there) & ZX_SOCKET_WRITABLE == 0)
    let all = get(sockets.here, 300_000)
    #expect(all.status == ZX_OK && all.bytes.count == count)
    #expect(all.bytes == pattern(count))
    #expect(signals(of: sockets.there) & ZX_SOCKET_WRITABLE != 0)
  }

  @Test func `datagrams of 100 bytes fill it with 2641`() throws {
    let sockets = try SharedSockets(ZX_SOCKET_DATAGRAM)
    var count = 0
    while put(sockets.here, pattern(100, from: count)).status == ZX_OK { count += 1 }
    #expect(count == 2641)
    var info = zx_info_socket_t()
    #expect(zx_object_get_info(sockets.there, ZX_INFO_SOCKET, &info, 48, nil, nil) == ZX_OK)
    #expect(info.rx_buf_size == 264_100 && info.rx_buf_available == 100)
    for index in 0..<count {
      try #require(get(sockets.there, 200) == (ZX_OK, pattern(100, from: index)))
    }
    #expect(get(sockets.there, 1).status == ZX_ERR_SHOULD_WAIT)
  }

  @Test(arguments: kinds) func `what was written stays readable, then PEER_CLOSED`(kind: UInt32)
    throws
  {
    var sockets = try SharedSockets(kind)
    #expect(put(sockets.there, [1, 2, 3]) == (ZX_OK, 3))
    #expect(put(sockets.here, [9]) == (ZX_OK, 1))
    sockets.closeThere()
    #expect(signals(of: sockets.here) == ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED)
    #expect(put(sockets.here, []).status == ZX_ERR_PEER_CLOSED)
    #expect(get(sockets.here, 3) == (ZX_OK, [1, 2, 3]))
    #expect(get(sockets.here, 3).status == ZX_ERR_PEER_CLOSED)
  }

  @Test(arguments: kinds) func `a wait is told of every change by the other end`(kind: UInt32)
    throws
  {
    let sockets = try SharedSockets(kind)
    let (here, there) = (sockets.here, sockets.there)
    for round in 0..<50 {
      let thread = try TestThread { wait(here, ZX_SOCKET_READABLE) }
      if round % 2 == 0 { _ = zx_nanosleep(zx_deadline_after(1_000_000)) }
      #expect(put(there, [UInt8(round)]) == (ZX_OK, 1))
      let seen = thread.join()
      #expect(seen?.status == ZX_OK)
      #expect(get(here, 1) == (ZX_OK, [UInt8(round)]))
    }
    let signaled = try TestThread { wait(there, ZX_USER_SIGNAL_0) }
    #expect(zx_object_signal_peer(here, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(signaled.join()?.status == ZX_OK)
  }

  @Test func `a port and a wait on many are told, pulses too`() throws {
    let sockets = try SharedSockets(ZX_SOCKET_STREAM)
    var port = ZX_HANDLE_INVALID
    try #require(zx_port_create(0, &port) == ZX_OK)
    #expect(
      zx_object_wait_async(
        sockets.there, port, 7, ZX_SOCKET_READABLE, ZX_WAIT_ASYNC_ONCE) == ZX_OK)
    #expect(put(sockets.here, [1]) == (ZX_OK, 1))
    var packet = zx_port_packet_t()
    #expect(zx_port_wait(port, zx_deadline_after(20_000_000_000), &packet) == ZX_OK)
    #expect(packet.key == 7 && packet.signal.observed & ZX_SOCKET_READABLE != 0)

    #expect(
      zx_object_wait_async(
        sockets.there, port, 8, ZX_USER_SIGNAL_1, ZX_WAIT_ASYNC_ONCE) == ZX_OK)
    #expect(zx_object_signal_peer(sockets.here, 0, ZX_USER_SIGNAL_1) == ZX_OK)
    #expect(zx_object_signal_peer(sockets.here, ZX_USER_SIGNAL_1, 0) == ZX_OK)
    #expect(zx_port_wait(port, zx_deadline_after(20_000_000_000), &packet) == ZX_OK)
    #expect(packet.key == 8 && packet.signal.observed & ZX_USER_SIGNAL_1 != 0)

    let (here, there) = (sockets.here, sockets.there)
    let thread = try TestThread { () -> zx_status_t in
      var items = [
        zx_wait_item_t(handle: there, waitfor: ZX_USER_SIGNAL_2, pending: 0),
        zx_wait_item_t(handle: here, waitfor: ZX_USER_SIGNAL_2, pending: 0),
      ]
      return zx_object_wait_many(&items, 2, zx_deadline_after(20_000_000_000))
    }
    _ = zx_nanosleep(zx_deadline_after(2_000_000))
    #expect(zx_object_signal_peer(here, 0, ZX_USER_SIGNAL_2) == ZX_OK)
    #expect(thread.join() == ZX_OK)
    close(port)
  }

  @Test(arguments: kinds) func `dispositions and thresholds hold at both ends`(kind: UInt32) throws
  {
    let sockets = try SharedSockets(kind)
    let disabled = ZX_SOCKET_DISPOSITION_WRITE_DISABLED
    #expect(put(sockets.here, [1, 2]) == (ZX_OK, 2))
    #expect(zx_socket_set_disposition(sockets.there, 0, disabled) == ZX_OK)
    #expect(put(sockets.here, [3]).status == ZX_ERR_BAD_STATE)
    #expect(
      signals(of: sockets.there)
        == ZX_SOCKET_READABLE | ZX_SOCKET_WRITABLE | ZX_SOCKET_PEER_WRITE_DISABLED)
    let enabled = ZX_SOCKET_DISPOSITION_WRITE_ENABLED
    #expect(zx_socket_set_disposition(sockets.here, enabled, 0) == ZX_ERR_BAD_STATE)
    #expect(get(sockets.there, 2) == (ZX_OK, [1, 2]))
    #expect(get(sockets.there, 2).status == ZX_ERR_BAD_STATE)
    #expect(zx_socket_set_disposition(sockets.here, enabled, 0) == ZX_OK)
    var threshold = 3
    #expect(
      zx_object_set_property(sockets.there, ZX_PROP_SOCKET_RX_THRESHOLD, &threshold, 8) == ZX_OK)
    let there = sockets.there
    let thread = try TestThread { wait(there, ZX_SOCKET_READ_THRESHOLD) }
    #expect(put(sockets.here, [1, 2]) == (ZX_OK, 2))
    #expect(put(sockets.here, [3]) == (ZX_OK, 1))
    #expect(thread.join()?.status == ZX_OK)
  }

  @Test(arguments: kinds) func `an end that comes and goes keeps its place`(kind: UInt32) throws {
    let (near, far) = try { () throws -> (zx_handle_t, zx_handle_t) in
      var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
      try #require(zx_socket_create(kind, &first, &second) == ZX_OK)
      return (first, second)
    }()
    var (here, there) = (near, far)
    for round in 0..<4 {
      #expect(put(here, pattern(5, from: round)) == (ZX_OK, 5))
      if round % 2 == 0 { there = try carried(there) } else { here = try carried(here) }
      #expect(get(there, 5) == (ZX_OK, pattern(5, from: round)))
    }
    close(here)
    #expect(signals(of: there) == ZX_SOCKET_PEER_CLOSED)
    close(there)
  }

  @Test func `a bad address loses the datagram and nothing else`() throws {
    let sockets = try SharedSockets(ZX_SOCKET_DATAGRAM)
    #expect(put(sockets.here, [1, 2]) == (ZX_OK, 2))
    #expect(put(sockets.here, [3]) == (ZX_OK, 1))
    var actual = 0
    let bad = UnsafeMutableRawPointer(bitPattern: 8)
    #expect(zx_socket_read(sockets.there, 0, bad, 2, &actual) == ZX_ERR_INVALID_ARGS)
    #expect(get(sockets.there, 2) == (ZX_OK, [3]))
    #expect(get(sockets.there, 2).status == ZX_ERR_SHOULD_WAIT)
  }

  @Test(arguments: kinds) func `three descriptors go along, and none is left behind`(kind: UInt32)
    async
  {
    await #expect(processExitsWith: .success) { [kind] in
      // What stays open for the life of the process is there afterwards.
      let first = try SharedSockets(kind).giveBoth()
      close(first.0, first.1)
      let before = openDescriptorCount()
      let sockets = try SharedSockets(kind)
      #expect(openDescriptorCount() == before + 6)
      let both = sockets.giveBoth()
      close(both.0, both.1)
      #expect(openDescriptorCount(settlingAt: before) == before)
    }
  }
}
