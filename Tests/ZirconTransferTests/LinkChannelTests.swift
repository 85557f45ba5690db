import CZircon
import TestSupport
import Testing
import TransferSupport

/// Source: `zx_channel_create`, for two ends in two processes.
@Suite("channels over a link") struct LinkChannelTests {
  @Test(arguments: [0, 1, 3, 4, 4_000, 4_096, 30_000, 65_536])
  func `a message arrives whole in either direction`(byteCount: Int) throws {
    let channels = try LinkedChannels()
    let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    #expect(write(channels.first, bytes) == ZX_OK)
    #expect(try take(channels.second).bytes == bytes)
    #expect(write(channels.second, bytes) == ZX_OK)
    #expect(try take(channels.first).bytes == bytes)
    #expect(read(channels.first).status == ZX_ERR_SHOULD_WAIT)
    #expect(read(channels.second).status == ZX_ERR_SHOULD_WAIT)
  }

  @Test func `2,000 unread messages stay readable in order, then PEER_CLOSED`() throws {
    var channels = try LinkedChannels()
    for index in 0..<2_000 {
      try #require(write(channels.first, [UInt8(index & 0xFF), UInt8(index >> 8)]) == ZX_OK)
    }
    channels.closeFirst()
    for index in 0..<2_000 {
      let message = try take(channels.second)
      try #require(message.bytes == [UInt8(index & 0xFF), UInt8(index >> 8)])
    }
    #expect(wait(channels.second, ZX_CHANNEL_PEER_CLOSED).status == ZX_OK)
    #expect(read(channels.second).status == ZX_ERR_PEER_CLOSED)
    #expect(write(channels.second, [1]) == ZX_ERR_PEER_CLOSED)
  }

  @Test func `1,000 unread messages of 65,536 bytes stay readable in order, then PEER_CLOSED`()
    throws
  {
    var channels = try LinkedChannels()
    var bytes = [UInt8](repeating: 1, count: 65_536)
    for index in 0..<1_000 {
      bytes[7] = UInt8(truncatingIfNeeded: index)
      try #require(write(channels.first, bytes) == ZX_OK)
    }
    channels.closeFirst()
    for index in 0..<1_000 {
      bytes[7] = UInt8(truncatingIfNeeded: index)
      try #require(try take(channels.second).bytes == bytes)
    }
    #expect(wait(channels.second, ZX_CHANNEL_PEER_CLOSED).status == ZX_OK)
  }

  @Test func `a channel end arrives with what was queued in it`() throws {
    let (near, far) = try makeChannel()
    #expect(write(near, [1, 2, 3]) == ZX_OK)
    #expect(write(near, [4]) == ZX_OK)
    let end = try carried(far)
    #expect(try take(end).bytes == [1, 2, 3])
    #expect(write(near, [5]) == ZX_OK)
    #expect(try take(end).bytes == [4])
    #expect(try take(end).bytes == [5])
    #expect(write(end, [6]) == ZX_OK)
    #expect(try take(near).bytes == [6])
    close(near, end)
  }

  @Test(arguments: 1...4)
  func `an end that moves on takes along what was queued, read by nobody yet`(moves: Int) throws {
    let (near, far) = try makeChannel()
    for index in 0..<20 { #expect(write(near, [UInt8(index)]) == ZX_OK) }
    var end = far
    for _ in 0..<moves {
      // A look takes over what has come.
      #expect(signals(of: end) & ZX_CHANNEL_READABLE != 0)
      end = try carried(end)
    }
    #expect(write(near, [20]) == ZX_OK)
    for index in 0...20 { #expect(try take(end).bytes == [UInt8(index)]) }
    #expect(write(end, [99]) == ZX_OK)
    #expect(try take(near).bytes == [99])
    close(near)
    #expect(wait(end, ZX_CHANNEL_PEER_CLOSED).status == ZX_OK)
    close(end)
  }

  @Test func `an end that moves on takes along what it had written and Linux had no room for`()
    throws
  {
    let channels = try LinkedChannels()
    let big = [UInt8](repeating: 7, count: 65_536)
    let (near, far) = try makeChannel()
    var end = try carried(far)
    for _ in 0..<100 { #expect(write(end, big) == ZX_OK) }
    end = try carried(end)
    #expect(write(end, [1]) == ZX_OK)
    for _ in 0..<100 { #expect(try take(near).bytes == big) }
    #expect(try take(near).bytes == [1])
    close(near, end)
    withExtendedLifetime(channels) {}
  }

  @Test func `both ends move and still find each other`() throws {
    var (near, far) = try makeChannel()
    #expect(write(near, [1]) == ZX_OK)
    #expect(write(far, [2]) == ZX_OK)
    near = try carried(near)
    far = try carried(far)
    #expect(try take(far).bytes == [1])
    #expect(try take(near).bytes == [2])
    near = try sentAway(near)
    #expect(write(near, [3]) == ZX_OK)
    #expect(try take(far).bytes == [3])
    close(near, far)
  }

  @Test func `both ends arrive in one message`() throws {
    let channels = try LinkedChannels()
    let (near, far) = try makeChannel()
    #expect(write(near, [1]) == ZX_OK)
    #expect(write(far, [2]) == ZX_OK)
    #expect(write(channels.first, [], [near, far]) == ZX_OK)
    let ends = try take(channels.second).handles
    #expect(try take(ends[1]).bytes == [1])
    #expect(try take(ends[0]).bytes == [2])
    close(ends[0], ends[1])
  }

  @Test(arguments: [1, 2, 5, 200])
  func `channels queued in channels arrive, however deep`(depth: Int) throws {
    let channels = try LinkedChannels()
    let (heart, mine) = try makeChannel()
    var innermost = mine
    var outer: [zx_handle_t] = []
    for _ in 0..<depth {
      let (near, far) = try makeChannel()
      #expect(write(near, [], [innermost]) == ZX_OK)
      outer.append(near)
      innermost = far
    }
    #expect(write(channels.first, [], [innermost]) == ZX_OK)
    var end = try take(channels.second).handles[0]
    for _ in 0..<depth {
      let next = try take(end).handles[0]
      close(end)
      end = next
    }
    #expect(write(end, [42]) == ZX_OK)
    #expect(try take(heart).bytes == [42])
    for handle in outer + [heart, end] { close(handle) }
  }

  @Test func `64 handles of mixed kinds there and back`() throws {
    let channels = try LinkedChannels()
    var (handles, peers): ([zx_handle_t], [zx_handle_t]) = ([], [])
    for index in 0..<64 {
      var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
      switch index % 6 {
      case 0: try #require(zx_channel_create(0, &first, &second) == ZX_OK)
      case 1: try #require(zx_eventpair_create(0, &first, &second) == ZX_OK)
      case 2: try #require(zx_fifo_create(4, 4, 0, &first, &second) == ZX_OK)
      case 3: try #require(zx_socket_create(UInt32(index / 6 % 2), &first, &second) == ZX_OK)
      case 4: try #require(zx_event_create(0, &first) == ZX_OK)
      default: try #require(zx_vmo_create(4_096, 0, &first) == ZX_OK)
      }
      handles.append(first)
      if second != ZX_HANDLE_INVALID { peers.append(second) }
    }
    let koids = handles.map(koid)
    #expect(write(channels.first, [1], handles) == ZX_OK)
    let there = try take(channels.second).handles
    #expect(there.map(koid) == koids)
    #expect(write(channels.second, [2], there) == ZX_OK)
    let back = try take(channels.first).handles
    #expect(back.map(koid) == koids)
    for peer in peers { #expect(zx_object_signal_peer(peer, 0, ZX_USER_SIGNAL_0) == ZX_OK) }
    for (index, handle) in back.enumerated() where index % 6 < 4 {
      #expect(wait(handle, ZX_USER_SIGNAL_0).status == ZX_OK)
    }
    for handle in back + peers { close(handle) }
  }

  @Test func `rights arrive as they were given`() throws {
    let channels = try LinkedChannels()
    var event = ZX_HANDLE_INVALID
    try #require(zx_event_create(0, &event) == ZX_OK)
    var entry = zx_handle_disposition_t(
      operation: ZX_HANDLE_OP_MOVE, handle: event, type: ZX_OBJ_TYPE_EVENT,
      rights: ZX_RIGHT_WAIT | ZX_RIGHT_TRANSFER, result: ZX_OK)
    #expect(zx_channel_write_etc(channels.first, 0, nil, 0, &entry, 1) == ZX_OK)
    let there = try take(channels.second).handles[0]
    #expect(zx_object_signal(there, 0, ZX_USER_SIGNAL_0) == ZX_ERR_ACCESS_DENIED)
    close(there)
  }

  @Test(arguments: [0, 1, 2, 3])
  func `a kind that cannot travel is NOT_SUPPORTED, and gone with the others`(kind: Int) throws {
    let channels = try LinkedChannels()
    var (handle, event) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    switch kind {
    case 0: try #require(zx_port_create(0, &handle) == ZX_OK)
    case 1: try #require(zx_timer_create(0, 1, &handle) == ZX_OK)
    case 2: try #require(zx_clock_create(0, nil, &handle) == ZX_OK)
    default:
      // Queued in a channel end that is to go.
      let (near, far) = try makeChannel()
      var port = ZX_HANDLE_INVALID
      try #require(zx_port_create(0, &port) == ZX_OK)
      #expect(write(near, [], [port]) == ZX_OK)
      close(near)
      handle = far
    }
    try #require(zx_event_create(0, &event) == ZX_OK)
    #expect(write(channels.first, [1], [event, handle]) == ZX_ERR_NOT_SUPPORTED)
    #expect(zx_handle_close(handle) == ZX_ERR_BAD_HANDLE)
    #expect(zx_handle_close(event) == ZX_ERR_BAD_HANDLE)
    #expect(read(channels.second).status == ZX_ERR_SHOULD_WAIT)
  }

  @Test func `an end written into itself is NOT_SUPPORTED`() throws {
    var (near, far) = try makeChannel()
    far = try sentAway(far)
    #expect(write(near, [], [near]) == ZX_ERR_NOT_SUPPORTED)
    #expect(wait(far, ZX_CHANNEL_PEER_CLOSED).observed == ZX_CHANNEL_PEER_CLOSED)
    close(far)
    near = ZX_HANDLE_INVALID
  }

  @Test func `user signals reach the other end in order`() throws {
    let channels = try LinkedChannels()
    #expect(zx_object_signal_peer(channels.first, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(zx_object_signal_peer(channels.first, ZX_USER_SIGNAL_0, ZX_USER_SIGNAL_1) == ZX_OK)
    #expect(signals(of: channels.second) == ZX_USER_SIGNAL_1 | ZX_CHANNEL_WRITABLE)
    #expect(zx_object_signal_peer(channels.first, 0, ZX_CHANNEL_READABLE) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `koids name each other across the link`() throws {
    let (near, far) = try makeChannel()
    let (nearKoid, farKoid) = (koid(near), koid(far))
    let end = try sentAway(far)
    #expect(koid(end) == farKoid)
    #expect(info(end).related_koid == nearKoid)
    #expect(info(near).related_koid == farKoid)
    close(near, end)
  }

  @Test func `a wait on a closed peer's end ends, and one canceled by a close`() throws {
    var channels = try LinkedChannels()
    let second = channels.second
    let waiter = try TestThread { wait(second, ZX_CHANNEL_PEER_CLOSED) }
    #expect(waiter.waitUntilAsleep())
    channels.closeFirst()
    #expect(waiter.join()?.observed == ZX_CHANNEL_PEER_CLOSED)
    var others = try LinkedChannels()
    let first = others.first
    let other = try TestThread { wait(first, ZX_CHANNEL_READABLE) }
    #expect(other.waitUntilAsleep())
    others.closeFirst()
    #expect(other.join()?.status == ZX_ERR_CANCELED)
  }

  @Test func `a port is told of a message from elsewhere`() throws {
    let channels = try LinkedChannels()
    var port = ZX_HANDLE_INVALID
    try #require(zx_port_create(0, &port) == ZX_OK)
    #expect(zx_object_wait_async(channels.second, port, 7, ZX_CHANNEL_READABLE, 0) == ZX_OK)
    #expect(write(channels.first, [1]) == ZX_OK)
    var packet = zx_port_packet_t()
    #expect(zx_port_wait(port, zx_deadline_after(20_000_000_000), &packet) == ZX_OK)
    #expect(packet.key == 7)
    close(port)
  }

  @Test func `calls are answered, time out, and end with the peer`() throws {
    var channels = try LinkedChannels()
    let server = channels.second
    let answering = try TestThread { () -> Bool in
      guard let request = try? take(server) else { return false }
      return write(server, Array(request.bytes.prefix(4)) + [9]) == ZX_OK
    }
    #expect(call(channels.first, [0, 0, 0, 0, 5]).bytes.dropFirst(4) == [9])
    #expect(answering.join() == true)
    #expect(call(channels.first, [0, 0, 0, 0], deadline: 0).status == ZX_ERR_TIMED_OUT)
    let late = try take(channels.second)
    #expect(write(channels.second, late.bytes) == ZX_OK)
    #expect(try take(channels.first).bytes == late.bytes)
    let client = channels.first
    let waiting = try TestThread { call(client, [0, 0, 0, 0]).status }
    #expect(waiting.waitUntilAsleep())
    channels.closeSecond()
    #expect(waiting.join() == ZX_ERR_PEER_CLOSED)
  }

  @Test func `nothing is left open`() throws {
    let before = openDescriptorCount()
    do {
      let channels = try LinkedChannels()
      for _ in 0..<50 {
        let (near, far) = try makeChannel()
        #expect(write(channels.first, [], [far]) == ZX_OK)
        close(near)
      }
    }
    #expect(poll { openDescriptorCount() <= before })
  }
}

/// The answer to a call, or its status.
private func call(
  _ channel: zx_handle_t, _ request: [UInt8],
  deadline: zx_instant_mono_t = zx_deadline_after(20_000_000_000)
) -> (status: zx_status_t, bytes: [UInt8]) {
  var answer = [UInt8](repeating: 0, count: 64)
  var (byteCount, handleCount): (UInt32, UInt32) = (0, 0)
  let status = request.withUnsafeBufferPointer { request in
    answer.withUnsafeMutableBufferPointer { answer in
      var arguments = zx_channel_call_args_t(
        wr_bytes: request.baseAddress, wr_handles: nil, rd_bytes: answer.baseAddress,
        rd_handles: nil, wr_num_bytes: UInt32(request.count), wr_num_handles: 0,
        rd_num_bytes: UInt32(answer.count), rd_num_handles: 0)
      return zx_channel_call(channel, 0, deadline, &arguments, &byteCount, &handleCount)
    }
  }
  return (status, Array(answer.prefix(Int(byteCount))))
}

private func info(_ handle: zx_handle_t) -> zx_info_handle_basic_t {
  var info = zx_info_handle_basic_t()
  let size = MemoryLayout<zx_info_handle_basic_t>.size
  #expect(zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &info, size, nil, nil) == ZX_OK)
  return info
}

private func koid(_ handle: zx_handle_t) -> zx_koid_t { info(handle).koid }
