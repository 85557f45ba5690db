import CZircon
import TestSupport
import Testing

/// Source: handles inside unread messages, as `zx_channel_write` and `zx_channel_read` say.
@Suite("handles in flight") struct ChannelFlightTests {
  /// Starts a thread that waits for a user signal through `handle`.
  private func startWait(_ handle: zx_handle_t) throws -> TestThread<[UInt32]> {
    let thread = try TestThread {
      var observed: zx_signals_t = 0
      let status = zx_object_wait_one(handle, ZX_USER_SIGNAL_0, farDeadline(), &observed)
      return [UInt32(bitPattern: status), observed]
    }
    try #require(thread.waitUntilAsleep())
    return thread
  }

  private static let canceled = [UInt32(bitPattern: ZX_ERR_CANCELED), 0x80_0000]

  @Test func `a wait goes on while its handle is in flight, and can be satisfied`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let sent = try loose(event.value)
    let thread = try startWait(sent)
    #expect(channelWrite(pair.first, [], [sent]) == ZX_OK)
    #expect(thread.waitUntilAsleep())
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(thread.join() == [0, ZX_USER_SIGNAL_0])
    #expect(zx_handle_close(try channelTakeHandle(pair.second)) == ZX_OK)
  }

  @Test func `a wait is CANCELED when its handle is received`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let sent = try loose(event.value)
    let thread = try startWait(sent)
    #expect(channelWrite(pair.first, [], [sent]) == ZX_OK)
    #expect(thread.waitUntilAsleep())
    let received = OwnedHandle(owning: try channelTakeHandle(pair.second))
    #expect(thread.join() == Self.canceled)
    #expect(isLive(received.value))
  }

  @Test func `so it is for a moved handle with fewer rights`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let sent = try loose(event.value)
    let thread = try startWait(sent)
    var entries = [disposition(ZX_HANDLE_OP_MOVE, sent, rights: 0)]
    #expect(zx_channel_write_etc(pair.first, 0, nil, 0, &entries, 1) == ZX_OK)
    #expect(thread.waitUntilAsleep())
    #expect(zx_handle_close(try channelTakeHandle(pair.second)) == ZX_OK)
    #expect(thread.join() == Self.canceled)
  }

  @Test func `a wait through a duplicated entry goes on`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let thread = try startWait(event.value)
    var entries = [disposition(ZX_HANDLE_OP_DUPLICATE, event.value)]
    #expect(zx_channel_write_etc(pair.first, 0, nil, 0, &entries, 1) == ZX_OK)
    #expect(zx_handle_close(try channelTakeHandle(pair.second)) == ZX_OK)
    #expect(thread.waitUntilAsleep())
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(thread.join() == [0, ZX_USER_SIGNAL_0])
  }

  /// How a message can be destroyed with its handles.
  enum Destruction: CaseIterable {
    case closed
    case discarded
    case faulted
    case refused
  }

  @Test(arguments: Destruction.allCases)
  func `a wait is CANCELED when the message is destroyed`(destruction: Destruction) throws {
    var pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let sent = try loose(event.value)
    let thread = try startWait(sent)
    if destruction == .refused {
      #expect(channelWrite(pair.first, [], [sent, 0]) == ZX_ERR_BAD_HANDLE)
    } else {
      #expect(channelWrite(pair.first, [1], [sent]) == ZX_OK)
      #expect(thread.waitUntilAsleep())
    }
    switch destruction {
    case .closed: pair.closeSecond()
    case .discarded:
      #expect(
        zx_channel_read(pair.second, 1, nil, nil, 0, 0, nil, nil) == ZX_ERR_BUFFER_TOO_SMALL)
    case .faulted:
      #expect(zx_channel_read(pair.second, 0, nil, nil, 1, 1, nil, nil) == ZX_ERR_INVALID_ARGS)
    case .refused: break
    }
    #expect(thread.join() == Self.canceled)
    #expect(try handleCount(of: event.value) == 1)
  }

  @Test func `a value in flight is BAD_HANDLE to every call`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let sent = try loose(event.value)
    #expect(channelWrite(pair.first, [], [sent]) == ZX_OK)
    #expect(zx_handle_check_valid(sent) == ZX_ERR_NOT_FOUND)
    #expect(zx_object_signal(sent, 0, 0) == ZX_ERR_BAD_HANDLE)
    #expect(zx_handle_close(sent) == ZX_ERR_BAD_HANDLE)
    var out = ZX_HANDLE_INVALID
    #expect(zx_handle_replace(sent, ZX_RIGHT_SAME_RIGHTS, &out) == ZX_ERR_BAD_HANDLE)
    #expect(try handleCount(of: event.value) == 2)
  }

  @Test func `handles in flight keep their object: the peer closes with the message`() throws {
    var pair = try ChannelPair()
    var events = try EventPair()
    #expect(channelWrite(pair.first, [], [events.first]) == ZX_OK)
    events.forgetFirst()
    #expect(signals(of: events.second) == 0)
    #expect(zx_object_signal_peer(events.second, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    pair.closeFirst()
    #expect(signals(of: events.second) == 0)
    pair.closeSecond()
    #expect(signals(of: events.second) == ZX_EVENTPAIR_PEER_CLOSED)
  }

  /// Each end lies unread in the channel around it; closing the outermost closes all of them.
  @Test(arguments: [1, 200, 100_000])
  func `channels in messages of channels close all the way down`(depth: Int) throws {
    var events = try EventPair()
    var inner = events.first
    events.forgetFirst()
    for _ in 0..<depth {
      var (near, far): (zx_handle_t, zx_handle_t) = (0, 0)
      try #require(zx_channel_create(0, &near, &far) == ZX_OK)
      #expect(channelWrite(near, [1], [inner]) == ZX_OK)
      #expect(zx_handle_close(near) == ZX_OK)
      inner = far
    }
    #expect(signals(of: events.second) == 0)
    #expect(zx_handle_close(inner) == ZX_OK)
    #expect(signals(of: events.second) == ZX_EVENTPAIR_PEER_CLOSED)
  }

  @Test func `a handle of each type goes through and works on the other side`() throws {
    let pair = try ChannelPair()
    var events = try EventPair()
    var sockets = try SocketPair(.stream)
    var channels = try ChannelPair()
    #expect(
      channelWrite(pair.first, [], [events.first, sockets.writer, channels.first]) == ZX_OK)
    let received = try channelTake(pair.second).handles
    try #require(received.count == 3)
    events.forgetFirst(now: received[0])
    sockets.forgetWriter(now: received[1])
    channels.forgetFirst(now: received[2])
    #expect(zx_object_signal_peer(events.first, 0, ZX_USER_SIGNAL_3) == ZX_OK)
    #expect(signals(of: events.second) == ZX_USER_SIGNAL_3)
    #expect(socketWrite(sockets.writer, [4, 5]) == .ok(2))
    #expect(drainSocket(sockets.reader) == .all([4, 5]))
    #expect(channelWrite(channels.first, [6]) == ZX_OK)
    #expect(try channelTake(channels.second).bytes == [6])
  }

  @Test func `an end can travel through its own peer's new owner and back, with its messages`()
    throws
  {
    let outer = try ChannelPair()
    var inner = try ChannelPair()
    #expect(channelWrite(inner.first, [1, 2]) == ZX_OK)
    #expect(channelWrite(outer.first, [], [inner.second]) == ZX_OK)
    #expect(channelWrite(inner.first, [3]) == ZX_OK)
    inner.forgetSecond(now: try channelTakeHandle(outer.second))
    #expect(try channelTake(inner.second).bytes == [1, 2])
    #expect(try channelTake(inner.second).bytes == [3])
  }

  @Test func `of two threads that send the same handle one succeeds`() throws {
    let event = try OwnedHandle.event()
    for _ in 0..<200 {
      let pair = try ChannelPair()
      let sent = try loose(event.value)
      let writer = pair.first
      let answers = try race(threadCount: 2) { _ in channelWrite(writer, [1], [sent]) }
      #expect(answers.compactMap(\.self).sorted() == [ZX_ERR_BAD_HANDLE, ZX_OK])
      #expect(zx_handle_close(try channelTakeHandle(pair.second)) == ZX_OK)
      #expect(signals(of: pair.second) == 0x2)
    }
    #expect(try handleCount(of: event.value) == 1)
  }
}
