import CZircon
import TestSupport
import Testing

/// What a call has given.
struct CallAnswer: Equatable, Sendable {
  var status: zx_status_t
  var bytes: [UInt8] = []
  var handles: [zx_handle_t] = []
}

/// Calls with room for any answer.
func channelCall(
  _ channel: zx_handle_t, _ bytes: [UInt8], _ handles: [zx_handle_t] = [], options: UInt32 = 0,
  deadline: zx_instant_mono_t = farDeadline(), maxBytes: Int = 65_536, maxHandles: Int = 64
) -> CallAnswer {
  var answer = [UInt8](repeating: 0xEE, count: maxBytes)
  var answerHandles = [zx_handle_t](repeating: 0, count: maxHandles)
  var (byteCount, handleCount): (UInt32, UInt32) = (0, 0)
  let status = bytes.withUnsafeBufferPointer { bytes in
    handles.withUnsafeBufferPointer { handles in
      answer.withUnsafeMutableBufferPointer { answer in
        answerHandles.withUnsafeMutableBufferPointer { answerHandles in
          var args = zx_channel_call_args_t(
            wr_bytes: bytes.baseAddress, wr_handles: handles.baseAddress,
            rd_bytes: answer.baseAddress, rd_handles: answerHandles.baseAddress,
            wr_num_bytes: UInt32(bytes.count), wr_num_handles: UInt32(handles.count),
            rd_num_bytes: UInt32(maxBytes), rd_num_handles: UInt32(maxHandles))
          return zx_channel_call(channel, options, deadline, &args, &byteCount, &handleCount)
        }
      }
    }
  }
  guard status == ZX_OK else { return CallAnswer(status: status) }
  return CallAnswer(
    status: status, bytes: Array(answer.prefix(Int(byteCount))),
    handles: Array(answerHandles.prefix(Int(handleCount))))
}

/// Waits for a request and reads it.
func awaitRequest(_ channel: zx_handle_t) throws -> ReceivedMessage {
  try #require(
    zx_object_wait_one(channel, ZX_CHANNEL_READABLE, farDeadline(), nil) == ZX_OK)
  return try channelTake(channel)
}

/// The id that the kernel gave a request.
func transaction(of message: ReceivedMessage) -> UInt32 {
  message.bytes.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
}

/// Source: `zx_channel_call`.
@Suite("zx_channel_call") struct ChannelCallTests {
  private static let request: [UInt8] = [1, 0, 0, 0, 42]

  // MARK: Arguments

  @Test(arguments: BadAddress.unreadable)
  func `unreadable args are INVALID_ARGS before all else`(address: BadAddress) throws {
    let bad = try BadMemory(address, byteCount: 48)
    let args = UnsafePointer(bad.bound(to: zx_channel_call_args_t.self))
    #expect(zx_channel_call(0, 0xFF, 0, args, nil, nil) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `options are judged before the handle, both take the handles to be written`() throws {
    let event = try OwnedHandle.event()
    let pair = try ChannelPair()
    for options in [1, 4, 0xFF, UInt32.max] {
      let sent = try loose(event.value)
      #expect(channelCall(0, [], [sent], options: options).status == ZX_ERR_INVALID_ARGS)
      #expect(!isLive(sent))
    }
    for (channel, status) in [
      (0, ZX_ERR_BAD_HANDLE), (try staleHandle(), ZX_ERR_BAD_HANDLE),
      (event.value, ZX_ERR_WRONG_TYPE),
    ] {
      let sent = try loose(event.value)
      #expect(channelCall(channel, Self.request, [sent]).status == status)
      #expect(!isLive(sent))
    }
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test(arguments: [ZX_RIGHT_READ, ZX_RIGHT_WRITE])
  func `without READ or WRITE it is ACCESS_DENIED`(right: zx_rights_t) throws {
    var pair = try ChannelPair()
    let event = try OwnedHandle.event()
    pair.forgetFirst(now: try replaced(pair.first, rights: 0xF00E & ~right))
    let sent = try loose(event.value)
    #expect(channelCall(pair.first, [], [sent]).status == ZX_ERR_ACCESS_DENIED)
    #expect(!isLive(sent))
  }

  @Test(arguments: 0...3)
  func `fewer than 4 bytes are INVALID_ARGS, and take the handles`(count: Int) throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let sent = try loose(event.value)
    #expect(channelCall(pair.first, bytePattern(count), [sent]).status == ZX_ERR_INVALID_ARGS)
    #expect(!isLive(sent))
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test func `sizes, bytes and handles are judged as by a write`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let call = { channelCall(pair.first, $0, $1).status }
    #expect(call(bytePattern(65_537), []) == ZX_ERR_OUT_OF_RANGE)
    let many = try (0..<65).map { _ in try loose(event.value) }
    #expect(call([], many) == ZX_ERR_OUT_OF_RANGE)
    #expect(many.allSatisfy { !isLive($0) })
    #expect(call([], [0]) == ZX_ERR_INVALID_ARGS)
    #expect(call(Self.request, [0]) == ZX_ERR_BAD_HANDLE)
    let fixed = try loose(event.value, rights: 0)
    #expect(call(Self.request, [fixed]) == ZX_ERR_ACCESS_DENIED)
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test func `without a peer it is PEER_CLOSED, also for the end itself after NOT_SUPPORTED`()
    throws
  {
    var pair = try ChannelPair()
    pair.closeSecond()
    #expect(channelCall(pair.first, Self.request).status == ZX_ERR_PEER_CLOSED)
    let end = pair.first
    pair.forgetFirst()
    #expect(channelCall(end, Self.request, [end]).status == ZX_ERR_NOT_SUPPORTED)
    #expect(!isLive(end))
  }

  // MARK: Sending and waiting

  @Test func `a past deadline still sends, then it is TIMED_OUT; a late reply is queued`() throws {
    let pair = try ChannelPair()
    let bytes = Self.request
    #expect(channelCall(pair.first, bytes, deadline: .min).status == ZX_ERR_TIMED_OUT)
    #expect(bytes == Self.request)
    let request = try channelTake(pair.second)
    #expect(transaction(of: request) >= 0x8000_0000)
    #expect(request.bytes.dropFirst(4) == [42])
    #expect(signals(of: pair.first) == 0x2)
    #expect(channelWrite(pair.second, request.bytes) == ZX_OK)
    #expect(signals(of: pair.first) == 0x3)
    #expect(try channelTake(pair.first) == request)
  }

  @Test func `TIMED_OUT is not told before the deadline`() throws {
    let pair = try ChannelPair()
    let deadline = zx_deadline_after(20_000_000)
    #expect(
      channelCall(pair.first, Self.request, deadline: deadline).status == ZX_ERR_TIMED_OUT)
    #expect(zx_clock_get_monotonic() >= deadline)
  }

  @Test func `the reply goes straight to the caller, with its handles, and not to readers`() throws
  {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let (client, sent) = (pair.first, try loose(event.value))
    let thread = try TestThread { channelCall(client, Self.request, [sent]) }
    let request = try awaitRequest(pair.second)
    #expect(request.handles.count == 1)
    #expect(channelWrite(pair.second, [9, 9, 9, 9]) == ZX_OK)
    #expect(channelWrite(pair.second, [1, 2, 3]) == ZX_OK)
    let reply = Array(request.bytes.prefix(4)) + [7, 8]
    #expect(channelWrite(pair.second, reply, request.handles) == ZX_OK)
    let answer = try #require(thread.join())
    #expect(answer.status == ZX_OK)
    #expect(answer.bytes == reply)
    #expect(answer.handles.count == 1)
    closeAll(answer.handles)
    #expect(try channelTake(pair.first).bytes == [9, 9, 9, 9])
    #expect(try channelTake(pair.first).bytes == [1, 2, 3])
    #expect(signals(of: pair.first) == 0x2)
  }

  @Test func `an id that no call has is an ordinary message`() throws {
    let pair = try ChannelPair()
    #expect(channelWrite(pair.first, [0xFF, 0xFF, 0xFF, 0x8F]) == ZX_OK)
    #expect(signals(of: pair.second) == 0x3)
  }

  @Test func `20 calls at once have 20 ids, and each gets its own reply`() throws {
    let pair = try ChannelPair()
    let client = pair.first
    let threads = try (0..<20 as Range<UInt8>).map { number in
      try TestThread { channelCall(client, [0, 0, 0, 0, number]) }
    }
    let requests = try (0..<20).map { _ in try awaitRequest(pair.second) }
    #expect(Set(requests.map(transaction(of:))).count == 20)
    #expect(requests.allSatisfy { transaction(of: $0) >= 0x8000_0000 })
    for request in requests.reversed() {
      #expect(channelWrite(pair.second, request.bytes + [0xAA]) == ZX_OK)
    }
    for (number, thread) in threads.enumerated() {
      let answer = try #require(thread.join())
      #expect(answer.status == ZX_OK)
      #expect(answer.bytes.dropFirst(4) == [UInt8(number), 0xAA])
    }
  }

  @Test func `both ends call at once: a request is never taken for a reply`() throws {
    let pair = try ChannelPair()
    let (left, right) = (pair.first, pair.second)
    let threads = try [left, right].map { end in
      try TestThread { channelCall(end, Self.request) }
    }
    for end in [left, right] {
      let request = try awaitRequest(end)
      #expect(channelWrite(end, Array(request.bytes.prefix(4)) + [UInt8(5)]) == ZX_OK)
    }
    for thread in threads { #expect(thread.join()?.bytes.dropFirst(4) == [5]) }
  }

  @Test func `the peer closing ends the wait: PEER_CLOSED`() throws {
    var pair = try ChannelPair()
    let client = pair.first
    let thread = try TestThread { channelCall(client, Self.request) }
    #expect(thread.waitUntilAsleep())
    pair.closeSecond()
    #expect(thread.join()?.status == ZX_ERR_PEER_CLOSED)
  }

  @Test func `the own end closing ends the wait: CANCELED`() throws {
    var pair = try ChannelPair()
    let client = pair.first
    let thread = try TestThread { channelCall(client, Self.request) }
    #expect(thread.waitUntilAsleep())
    pair.closeFirst()
    #expect(thread.join()?.status == ZX_ERR_CANCELED)
    #expect(signals(of: pair.second) == 0x5)
  }

  @Test func `the own end arriving elsewhere ends the wait: CANCELED`() throws {
    var pair = try ChannelPair()
    let other = try ChannelPair()
    let client = pair.first
    let thread = try TestThread { channelCall(client, Self.request) }
    #expect(thread.waitUntilAsleep())
    #expect(channelWrite(other.first, [], [client]) == ZX_OK)
    #expect(thread.waitUntilAsleep())
    pair.forgetFirst(now: try channelTakeHandle(other.second))
    #expect(thread.join()?.status == ZX_ERR_CANCELED)
  }

  @Test func `replacing the handle does not end the wait`() throws {
    var pair = try ChannelPair()
    let client = pair.first
    let thread = try TestThread { channelCall(client, Self.request) }
    let request = try awaitRequest(pair.second)
    pair.forgetFirst(now: try replaced(client, rights: ZX_RIGHT_SAME_RIGHTS))
    #expect(channelWrite(pair.second, request.bytes) == ZX_OK)
    #expect(thread.join()?.status == ZX_OK)
  }

  @Test func `calls and replies in a row`() throws {
    let pair = try ChannelPair()
    let (client, server) = (pair.first, pair.second)
    let thread = try TestThread {
      for number in 0..<2_000 {
        let bytes = [0, 0, 0, 0, UInt8(number & 0xFF), UInt8(number >> 8)]
        let answer = channelCall(client, bytes, maxBytes: 64, maxHandles: 0)
        guard answer.status == ZX_OK, answer.bytes.dropFirst(4) == bytes.dropFirst(4) else {
          return number
        }
      }
      return -1
    }
    for _ in 0..<2_000 {
      #expect(channelWrite(server, try awaitRequest(server).bytes) == ZX_OK)
    }
    #expect(thread.join() == -1)
  }

  // MARK: Receiving

  /// Runs a call whose arguments `adjust` has changed, and answers it with 8 bytes and a handle.
  private func callAnswered(
    handle: zx_handle_t, countPointers: (UInt, UInt)? = nil,
    _ adjust: @escaping @Sendable (inout zx_channel_call_args_t) -> Void
  ) throws -> (status: zx_status_t?, counts: [UInt32]?) {
    let pair = try ChannelPair()
    let client = pair.first
    let thread = try TestThread { () -> (zx_status_t, [UInt32]) in
      var request = Self.request
      var room = [UInt8](repeating: 0, count: 8)
      var handles: [zx_handle_t] = [0]
      var counts: [UInt32] = [77, 77]
      let status = request.withUnsafeMutableBytes { request in
        room.withUnsafeMutableBytes { room in
          handles.withUnsafeMutableBufferPointer { handles in
            counts.withUnsafeMutableBufferPointer { counts in
              var args = zx_channel_call_args_t(
                wr_bytes: request.baseAddress, wr_handles: nil, rd_bytes: room.baseAddress,
                rd_handles: handles.baseAddress, wr_num_bytes: 5, wr_num_handles: 0,
                rd_num_bytes: 8, rd_num_handles: 1)
              adjust(&args)
              let own = counts.baseAddress
              guard let (forBytes, forHandles) = countPointers else {
                return zx_channel_call(
                  client, 0, farDeadline(), &args, own, own.map { $0 + 1 })
              }
              return zx_channel_call(
                client, 0, farDeadline(), &args, UnsafeMutablePointer(bitPattern: forBytes),
                UnsafeMutablePointer(bitPattern: forHandles))
            }
          }
        }
      }
      if status == ZX_OK { #expect(zx_handle_close(handles[0]) == ZX_OK) }
      return (status, counts)
    }
    let request = try awaitRequest(pair.second)
    let reply = Array(request.bytes.prefix(4)) + [1, 2, 3, 4]
    #expect(channelWrite(pair.second, reply, [try loose(handle)]) == ZX_OK)
    let result = thread.join()
    #expect(signals(of: pair.first) == 0x2)
    return (result?.0, result?.1)
  }

  @Test func `a reply that just fits is OK`() throws {
    let event = try OwnedHandle.event()
    let (status, counts) = try callAnswered(handle: event.value) { _ in }
    #expect(status == ZX_OK)
    #expect(counts == [8, 1])
  }

  @Test func `a reply that does not fit is BUFFER_TOO_SMALL and lost, its size not told`() throws {
    let event = try OwnedHandle.event()
    for isBytes in [true, false] {
      let (status, counts) = try callAnswered(handle: event.value) { args in
        if isBytes { args.rd_num_bytes = 7 } else { args.rd_num_handles = 0 }
      }
      #expect(status == ZX_ERR_BUFFER_TOO_SMALL)
      #expect(counts == [77, 77])
      #expect(try handleCount(of: event.value) == 1)
    }
  }

  @Test(arguments: BadAddress.unwritable)
  func `unwritable counts, null too, are INVALID_ARGS, and the reply is lost`(
    address: BadAddress
  ) throws {
    let event = try OwnedHandle.event()
    let bad = try BadMemory(address, byteCount: 4)
    let address = UInt(bitPattern: bad.pointer)
    let good = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
    defer { good.deallocate() }
    for pointers in [(address, UInt(bitPattern: good)), (UInt(bitPattern: good), address)] {
      let (status, _) = try callAnswered(handle: event.value, countPointers: pointers) { _ in }
      #expect(status == ZX_ERR_INVALID_ARGS)
      #expect(try handleCount(of: event.value) == 1)
    }
  }

  @Test(arguments: BadAddress.unwritable)
  func `unwritable room is INVALID_ARGS, and the reply is lost`(address: BadAddress) throws {
    let event = try OwnedHandle.event()
    let bad = try BadMemory(address, byteCount: 8)
    let place = UInt(bitPattern: bad.pointer)
    let (forBytes, _) = try callAnswered(handle: event.value) { args in
      args.rd_bytes = UnsafeMutableRawPointer(bitPattern: place)
    }
    #expect(forBytes == ZX_ERR_INVALID_ARGS)
    #expect(try handleCount(of: event.value) == 1)
    let small = try BadMemory(address, byteCount: 4)
    let smallPlace = UInt(bitPattern: small.pointer)
    let (forHandles, _) = try callAnswered(handle: event.value) { args in
      args.rd_handles = UnsafeMutablePointer(bitPattern: smallPlace)
    }
    #expect(forHandles == ZX_ERR_INVALID_ARGS)
    #expect(try handleCount(of: event.value) == 1)
  }
}
