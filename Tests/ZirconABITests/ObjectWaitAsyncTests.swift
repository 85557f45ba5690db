import CZircon
import TestSupport
import Testing

/// Source: `zx_object_wait_async`.
@Suite("zx_object_wait_async") struct ObjectWaitAsyncTests {
  // MARK: Checks

  @Test(arguments: [8, 16, 20, 5, 7, 0x8000_0000, UInt32.max])
  func `unknown options and two clocks are INVALID_ARGS, before the handles`(
    options: UInt32
  ) throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(waitAsync(event.value, port.value, options: options) == ZX_ERR_INVALID_ARGS)
    #expect(waitAsync(0, 0, options: options) == ZX_ERR_INVALID_ARGS)
    #expect(waitAsync(port.value, event.value, options: options) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: [0, 1, 2, 3, 4, 6])
  func `every other combination is fine`(options: UInt32) throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(waitAsync(event.value, port.value, options: options) == ZX_OK)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(drainPort(port.value).map(\.key) == [7])
  }

  @Test func `the port is judged before the source`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    let reduced = try port.without(ZX_RIGHT_WRITE)
    let stale = try staleHandle()
    for source in [event.value, 0, stale, port.value] {
      #expect(waitAsync(source, 0) == ZX_ERR_BAD_HANDLE)
      #expect(waitAsync(source, stale) == ZX_ERR_BAD_HANDLE)
      #expect(waitAsync(source, event.value) == ZX_ERR_WRONG_TYPE)
      #expect(waitAsync(source, reduced.value) == ZX_ERR_ACCESS_DENIED)
    }
  }

  @Test func `the source: BAD_HANDLE, no WAIT is ACCESS_DENIED`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    let reduced = try event.without(ZX_RIGHT_WAIT)
    #expect(waitAsync(0, port.value) == ZX_ERR_BAD_HANDLE)
    #expect(waitAsync(try staleHandle(), port.value) == ZX_ERR_BAD_HANDLE)
    #expect(waitAsync(reduced.value, port.value) == ZX_ERR_ACCESS_DENIED)
    #expect(waitAsync(port.value, port.value) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
  }

  @Test func `WAIT on the source and WRITE on the port are enough`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    let writing = try OwnedHandle(duplicating: port.value, rights: ZX_RIGHT_WRITE)
    let waiting = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_WAIT)
    #expect(waitAsync(waiting.value, writing.value) == ZX_OK)
  }

  // MARK: Level and edge

  @Test func `a mask that matches already is queued before the call returns`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_2) == ZX_OK)
    #expect(waitAsync(event.value, port.value) == ZX_OK)
    #expect(portWait(port.value) == .packet(.signal(7, trigger: 8, observed: 0x0400_0008)))
  }

  @Test func `a mask that matches later is queued once, before the signaling call returns`() throws
  {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(waitAsync(event.value, port.value, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_1) == ZX_OK)
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(
      portWait(port.value)
        == .packet(.signal(7, trigger: 0x0100_0008, observed: 0x0200_0008)))
    #expect(zx_object_signal(event.value, ZX_EVENT_SIGNALED, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
  }

  @Test func `observed is a snapshot: a pulse is seen, later changes are not`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(waitAsync(event.value, port.value) == ZX_OK)
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_2) == ZX_OK)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(zx_object_signal(event.value, ZX_EVENT_SIGNAL_MASK, 0) == ZX_OK)
    #expect(portWait(port.value) == .packet(.signal(7, trigger: 8, observed: 0x0400_0008)))
  }

  @Test func `EDGE ignores what is there and fires on the next rise`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(waitAsync(event.value, port.value, options: ZX_WAIT_ASYNC_EDGE) == ZX_OK)
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
    #expect(zx_object_signal(event.value, ZX_EVENT_SIGNALED, 0) == ZX_OK)
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(drainPort(port.value) == [.signal(7, trigger: 8, observed: 8)])
  }

  @Test func `an EDGE wait on an active bit fires when any other bit rises`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(waitAsync(event.value, port.value, options: ZX_WAIT_ASYNC_EDGE) == ZX_OK)
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(drainPort(port.value) == [.signal(7, trigger: 8, observed: 0x0100_0008)])
  }

  @Test func `a wait for nothing or for HANDLE_CLOSED never fires`() throws {
    let port = try OwnedHandle.port()
    var event = try OwnedHandle.event()
    for mask in [0, ZX_SIGNAL_HANDLE_CLOSED] {
      #expect(waitAsync(event.value, port.value, mask) == ZX_OK)
    }
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNAL_MASK) == ZX_OK)
    event.close()
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
  }

  @Test func `equal waits each give a packet, the newest first`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    for key: UInt64 in 0..<7 { #expect(waitAsync(event.value, port.value, key: key) == ZX_OK) }
    for _ in 0..<2 { #expect(waitAsync(event.value, port.value, key: 9) == ZX_OK) }
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(drainPort(port.value).map(\.key) == [9, 9, 6, 5, 4, 3, 2, 1, 0])
  }

  @Test func `waits on several ports each get a packet`() throws {
    let first = try OwnedHandle.port()
    let second = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(waitAsync(event.value, first.value, key: 1) == ZX_OK)
    #expect(waitAsync(event.value, second.value, key: 2) == ZX_OK)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(drainPort(first.value).map(\.key) == [1])
    #expect(drainPort(second.value).map(\.key) == [2])
  }

  @Test func `one update releases sleeping threads and queues packets`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    let value = event.value
    #expect(waitAsync(event.value, port.value, key: 1) == ZX_OK)
    let threads = try (0..<3).map { _ in
      try TestThread { waitOne(value, ZX_EVENT_SIGNALED, until: farDeadline()) }
    }
    for thread in threads { #expect(thread.waitUntilAsleep()) }
    #expect(waitAsync(event.value, port.value, key: 2) == ZX_OK)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(drainPort(port.value).map(\.key) == [2, 1])
    for thread in threads { #expect(thread.join() == WaitAnswer(status: ZX_OK, observed: 8)) }
  }

  // MARK: Time stamps

  @Test(arguments: [false, true])
  func `TIMESTAMP is the monotonic time of the match`(isLevel: Bool) throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    if isLevel { #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK) }
    var before = zx_clock_get_monotonic()
    #expect(waitAsync(event.value, port.value, options: ZX_WAIT_ASYNC_TIMESTAMP) == ZX_OK)
    if !isLevel {
      before = zx_clock_get_monotonic()
      #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    }
    let after = zx_clock_get_monotonic()
    let packet = try #require(portWait(port.value).packet)
    #expect((before...after).contains(packet.timestamp))
    #expect(packet == .signal(7, trigger: 8, observed: 8, timestamp: packet.timestamp))
  }

  @Test func `BOOT_TIMESTAMP is the boot time of the match, also with EDGE`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    let options = ZX_WAIT_ASYNC_BOOT_TIMESTAMP | ZX_WAIT_ASYNC_EDGE
    #expect(waitAsync(event.value, port.value, options: options) == ZX_OK)
    let before = zx_clock_get_boot()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    let after = zx_clock_get_boot()
    let packet = try #require(portWait(port.value).packet)
    #expect((before...after).contains(packet.timestamp))
  }

  // MARK: Sockets and event pairs

  @Test(arguments: SocketVariant.all)
  func `a write to a socket queues the packet of a READABLE wait`(variant: SocketVariant) throws {
    let port = try OwnedHandle.port()
    let pair = try SocketPair(variant)
    for round in 0..<3 {
      #expect(waitAsync(pair.reader, port.value, ZX_SOCKET_READABLE) == ZX_OK)
      #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
      #expect(socketWrite(pair.writer, [UInt8(round)]) == .ok(1))
      #expect(drainPort(port.value) == [.signal(7, trigger: 1, observed: 3)])
      #expect(socketRead(pair.reader, 1) == .ok([UInt8(round)]))
    }
  }

  @Test(arguments: SocketVariant.all)
  func `a read from a full socket queues the packet of a WRITABLE wait`(
    variant: SocketVariant
  ) throws {
    let port = try OwnedHandle.port()
    let pair = try SocketPair(variant)
    try fillSocket(pair.writer)
    #expect(waitAsync(pair.writer, port.value, ZX_SOCKET_WRITABLE) == ZX_OK)
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
    #expect(socketRead(pair.reader, socketCapacity).answer == .ok(socketCapacity))
    #expect(drainPort(port.value) == [.signal(7, trigger: 2, observed: 2)])
  }

  @Test(arguments: SocketVariant.all)
  func `data and a closed peer are one packet`(variant: SocketVariant) throws {
    let port = try OwnedHandle.port()
    var pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    pair.closeWriter()
    let mask = ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED
    #expect(waitAsync(pair.reader, port.value, mask) == ZX_OK)
    #expect(drainPort(port.value) == [.signal(7, trigger: 5, observed: 5)])
  }

  @Test func `closing the peer queues the packet of a PEER_CLOSED wait`() throws {
    let port = try OwnedHandle.port()
    var socket = try SocketPair(.stream)
    var pair = try EventPair()
    #expect(waitAsync(socket.reader, port.value, key: 1, ZX_SOCKET_PEER_CLOSED) == ZX_OK)
    #expect(waitAsync(pair.second, port.value, key: 2, ZX_EVENTPAIR_PEER_CLOSED) == ZX_OK)
    socket.closeWriter()
    pair.closeFirst()
    #expect(
      drainPort(port.value) == [
        .signal(1, trigger: 4, observed: 4), .signal(2, trigger: 4, observed: 4),
      ])
  }

  @Test func `both ends of an event pair are watched apart`() throws {
    let port = try OwnedHandle.port()
    let pair = try EventPair()
    #expect(waitAsync(pair.first, port.value, key: 1, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(waitAsync(pair.second, port.value, key: 2, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(zx_object_signal_peer(pair.first, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(drainPort(port.value).map(\.key) == [2])
    #expect(zx_object_signal(pair.first, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(drainPort(port.value).map(\.key) == [1])
  }

  @Test func `a disposition that changes both ends queues the peer's packet first`() throws {
    let port = try OwnedHandle.port()
    let pair = try SocketPair(.stream)
    let (ends, disabled) = (
      [pair.writer, pair.reader], ZX_SOCKET_DISPOSITION_WRITE_DISABLED
    )
    let mask = ZX_SOCKET_WRITE_DISABLED | ZX_SOCKET_PEER_WRITE_DISABLED
    for (own, peer) in [(0, 1), (1, 0)] {
      #expect(waitAsync(ends[own], port.value, key: 1, mask) == ZX_OK)
      #expect(waitAsync(ends[peer], port.value, key: 2, mask) == ZX_OK)
      #expect(zx_socket_set_disposition(ends[own], disabled, 0) == ZX_OK)
      #expect(drainPort(port.value).map(\.key) == [2, 1])
      let enabled = ZX_SOCKET_DISPOSITION_WRITE_ENABLED
      #expect(zx_socket_set_disposition(ends[own], enabled, 0) == ZX_OK)
    }
  }
}
