import TestSupport
import Testing
import Zircon

/// Sources: `zx_channel_create`, `zx_channel_write`, `zx_channel_read`.
@Suite("Channel") struct ChannelTests {
  @Test func `a new pair shows WRITABLE and has the default rights`() throws {
    let pair = try Channel.makePair()
    let signals = try pair.first.signals()
    #expect(signals == .writable)
    let info = try pair.second.handleInfo()
    #expect(info.rights == .defaultChannel)
    #expect(info.type == .channel)
  }

  @Test(arguments: [0, 1, 100, 65_536]) func `a message comes whole, and in order`(
    byteCount: Int
  ) throws {
    let pair = try Channel.makePair()
    try pair.first.write(pattern(byteCount).span)
    try pair.first.write(bytes("next").span)
    let first = try pair.second.read()
    let next = try pair.second.read()
    #expect(first.bytes == pattern(byteCount))
    let isEmpty = first.handles.isEmpty
    #expect(isEmpty)
    #expect(next.bytes == bytes("next"))
  }

  @Test func `without a message a read is SHOULD_WAIT, then PEER_CLOSED`() throws {
    let pair = try Channel.makePair()
    let survivor = pair.first
    #expect(throws: Status.shouldWait) { try survivor.read().bytes }
    try pair.second.write(bytes("last words").span)
    try pair.second.close()
    let last = try survivor.read()
    #expect(last.bytes == bytes("last words"))
    #expect(throws: Status.peerClosed) { try survivor.read().bytes }
    #expect(throws: Status.peerClosed) { try survivor.write([UInt8]().span) }
  }

  @Test func `above the limits a message is OUT_OF_RANGE, and its handles are closed`() throws {
    let pair = try Channel.makePair()
    #expect(throws: Status.outOfRange) {
      try pair.first.write(pattern(Channel.maxByteCount + 1).span)
    }
    var handles = HandleList()
    let event = try Event()
    for _ in 0...Channel.maxHandleCount { handles.append(try event.duplicate()) }
    let status = refusal(pair.first, handles)
    #expect(status == .outOfRange)
    let count = try event.handleCount()
    #expect(count == 1)
  }

  @Test func `handles arrive in order, with their rights, and their objects live on`() throws {
    let pair = try Channel.makePair()
    let socket = try Socket.makePair(.stream)
    let near = socket.first
    let event = try Event().replacing(rights: [.transfer, .wait])
    var handles = HandleList(socket.second)
    handles.append(event)
    try pair.first.write(bytes("two").span, handles: handles)
    var message = try pair.second.read()
    let count = message.handles.count
    #expect(count == 2)
    let other = try message.handles.takeFirst(as: Socket.self)
    let received = try message.handles.takeFirst()
    #expect(throws: Status.notFound) { try message.handles.takeFirst().take() }
    let info = try received.handleInfo()
    #expect(info.rights == [.transfer, .wait])
    try near.send(bytes("x"))
    let read = try other.receive()
    #expect(read == bytes("x"))
  }

  @Test func `handles that nobody takes out of a message are closed with it`() throws {
    let pair = try Channel.makePair()
    let event = try Event()
    try pair.first.write([UInt8]().span, handles: HandleList(try event.duplicate()))
    let inFlight = try event.handleCount()
    #expect(inFlight == 2)
    dropMessage(try pair.second.read())
    let count = try event.handleCount()
    #expect(count == 1)
  }

  @Test func `a channel cannot send itself: NOT_SUPPORTED, and it is closed`() throws {
    let pair = try Channel.makePair()
    let survivor = pair.second
    let value = pair.first.take()
    let sender = Channel(Handle(adopting: value))
    let status = refusal(sender, HandleList(Handle(adopting: value)))
    #expect(status == .notSupported)
    #expect(throws: Status.notFound) { try value.checkValid() }
    let signals = try survivor.signals()
    #expect(signals == .peerClosed)
  }

  @Test func `a handle without the right to transfer is ACCESS_DENIED, and closed`() throws {
    let pair = try Channel.makePair()
    let event = try Event()
    let fixed = try event.duplicate(rights: .wait)
    let status = refusal(pair.first, HandleList(fixed))
    #expect(status == .accessDenied)
    let count = try event.handleCount()
    #expect(count == 1)
    #expect(throws: Status.shouldWait) { try pair.second.read().bytes }
  }

  private func refusal(_ channel: borrowing Channel, _ handles: consuming HandleList) -> Status? {
    do throws(Status) {
      try channel.write([UInt8]().span, handles: handles)
      return nil
    } catch {
      return error
    }
  }

  private func dropMessage(_ message: consuming Channel.Message) {}
}

/// Source: `zx_channel_call`.
@Suite("Channel calls") struct ChannelCallTests {
  @Test func `a call is answered by the message with its number`() throws {
    let pair = try Channel.makePair()
    let client = pair.first
    let server = pair.second
    let thread = try TestThread { () -> Result<[UInt8], Status> in
      do throws(Status) {
        _ = try server.wait(for: .readable, until: .after(patience))
        let request = try server.read().bytes
        try server.write([0, 0, 0, 0, 9].span)
        let answer = request.prefix(4) + [7]
        try server.write(answer.span)
        return .success(request)
      } catch {
        return .failure(error)
      }
    }
    let answer = try client.call([1, 2, 3, 4, 5].span, until: .after(patience))
    let request = try #require(thread.join()).get()
    #expect(request.count == 5)
    #expect(request[3] & 0x80 != 0)
    #expect(request[4] == 5)
    #expect(answer.bytes == request.prefix(4) + [7])
    let other = try client.read()
    #expect(other.bytes == [0, 0, 0, 0, 9])
  }

  @Test func `fewer than 4 bytes are INVALID_ARGS, no answer is TIMED_OUT`() throws {
    let pair = try Channel.makePair()
    #expect(throws: Status.invalidArgs) {
      try pair.first.call([1, 2, 3].span, until: .infinitePast).bytes
    }
    #expect(throws: Status.timedOut) {
      try pair.first.call([1, 2, 3, 4].span, until: .infinitePast).bytes
    }
    let request = try pair.second.read()
    #expect(request.bytes.count == 4)
  }
}

/// Sources: `zx_channel_read`, `zx_object_wait_async`.
@OneByOne
@Suite("Channels in a task", .timeLimit(.minutes(2))) struct ChannelAsyncTests {
  @Test func `a task gets the next message, and PEER_CLOSED after the last`() async throws {
    let pair = try Channel.makePair()
    let reader = pair.first
    let writer = pair.second
    let task = WaitingTask {
      let first = try await reader.nextMessage().bytes
      #expect(first == bytes("first"))
      return try await reader.nextMessage().bytes
    }
    await task.waitUntilSuspended()
    try writer.write(bytes("first").span)
    try writer.close()
    #expect(try await task.status() == .peerClosed)
  }

  @Test func `a canceled task takes no message`() async throws {
    let pair = try Channel.makePair()
    let reader = pair.first.take()
    let writer = pair.second
    let task = WaitingTask {
      let channel = Channel(Handle(adopting: reader))
      do {
        _ = try await channel.nextMessage()
        Issue.record("a message came")
      } catch {
        #expect(error is CancellationError)
      }
      return channel.take()
    }
    await task.waitUntilSuspended()
    task.cancel()
    try writer.write(bytes("for others").span)
    let channel = Channel(Handle(adopting: try await task.end()))
    let message = try channel.read()
    #expect(message.bytes == bytes("for others"))
  }

  @Test func `a wait through a handle that has been sent is CANCELED when it arrives`()
    async throws
  {
    let pair = try Channel.makePair()
    let event = try Event()
    let value = event.handleValue
    let task = WaitingTask { try await wait(on: value, for: .signaled) }
    await task.waitUntilSuspended()
    try pair.first.write([UInt8]().span, handles: HandleList(event))
    var message = try pair.second.read()
    #expect(try await task.status() == .canceled)
    let arrived = try message.handles.takeFirst(as: Event.self)
    try arrived.signal(set: .signaled)
  }
}
