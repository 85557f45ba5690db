import CZircon
import TestSupport
import Testing

/// Source: `zx_channel_write_etc`.
@Suite("zx_channel_write_etc") struct ChannelWriteEtcTests {
  private func write(
    _ channel: zx_handle_t, _ entries: inout [zx_handle_disposition_t], options: UInt32 = 0
  ) -> zx_status_t {
    zx_channel_write_etc(channel, options, nil, 0, &entries, UInt32(entries.count))
  }

  /// Fails with `status`, also in the entry itself, or not there.
  private func expectFailure(
    _ entry: zx_handle_disposition_t, _ status: zx_status_t, isGone: Bool,
    result: zx_status_t? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let pair = try ChannelPair()
    var entries = [entry]
    #expect(write(pair.first, &entries) == status, sourceLocation: sourceLocation)
    #expect(entries[0].result == result ?? status, sourceLocation: sourceLocation)
    #expect(isLive(entry.handle) == !isGone, sourceLocation: sourceLocation)
    if !isGone { #expect(zx_handle_close(entry.handle) == ZX_OK) }
    #expect(signals(of: pair.second) == 0x2, sourceLocation: sourceLocation)
  }

  @Test func `MOVE takes the handle, DUPLICATE leaves it; both arrive with the same rights`() throws
  {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let moved = try loose(event.value)
    var entries = [disposition(0, moved), disposition(1, event.value, type: ZX_OBJ_TYPE_EVENT)]
    #expect(write(pair.first, &entries) == ZX_OK)
    #expect(!isLive(moved))
    #expect(try handleCount(of: event.value) == 3, "those in flight count")
    let received = try channelTake(pair.second).handles
    try #require(received.count == 2)
    for handle in received {
      #expect(try basicInfo(of: handle).rights == 0xD003)
      #expect(try basicInfo(of: handle).koid == (try basicInfo(of: event.value)).koid)
    }
    closeAll(received)
    #expect(try handleCount(of: event.value) == 1)
  }

  @Test(arguments: [ZX_HANDLE_OP_MOVE, ZX_HANDLE_OP_DUPLICATE])
  func `a handle arrives with exactly the rights asked for`(operation: zx_handle_op_t) throws {
    let event = try OwnedHandle.event()
    for rights in [0, ZX_RIGHT_WAIT, 0x5002, 0xD003] as [zx_rights_t] {
      let pair = try ChannelPair()
      let isMove = operation == ZX_HANDLE_OP_MOVE
      let sent = isMove ? try loose(event.value) : event.value
      var entries = [disposition(operation, sent, rights: rights)]
      #expect(write(pair.first, &entries) == ZX_OK)
      let received = OwnedHandle(owning: try channelTakeHandle(pair.second))
      #expect(try basicInfo(of: received.value).rights == rights)
    }
  }

  @Test(arguments: [2, 3, UInt32.max])
  func `another operation is INVALID_ARGS and closes the handle`(operation: UInt32) throws {
    let event = try OwnedHandle.event()
    let bare = try loose(event.value, rights: ZX_RIGHT_NONE)
    try expectFailure(disposition(operation, bare), ZX_ERR_INVALID_ARGS, isGone: true)
    try expectFailure(
      disposition(operation, 0), ZX_ERR_BAD_HANDLE, isGone: true, result: ZX_OK)
  }

  @Test(arguments: [ZX_HANDLE_OP_MOVE, ZX_HANDLE_OP_DUPLICATE])
  func `a value that names nothing is BAD_HANDLE, and its entry keeps what it had`(
    operation: zx_handle_op_t
  ) throws {
    for bad in [0, try staleHandle(), 0xFFFF_FFFF] {
      try expectFailure(
        disposition(operation, bad, result: 77), ZX_ERR_BAD_HANDLE, isGone: true, result: 77)
    }
  }

  @Test(arguments: [ZX_HANDLE_OP_MOVE, ZX_HANDLE_OP_DUPLICATE])
  func `one check after the other, each with its status`(operation: zx_handle_op_t) throws {
    let event = try OwnedHandle.event()
    let isGone = operation == ZX_HANDLE_OP_MOVE
    let wrong = ZX_OBJ_TYPE_SOCKET
    let fixed = try loose(event.value, rights: 0xD003 & ~ZX_RIGHT_TRANSFER)
    try expectFailure(
      disposition(operation, fixed, type: wrong, rights: .max), ZX_ERR_ACCESS_DENIED,
      isGone: isGone)
    try expectFailure(
      disposition(operation, loose(event.value), type: wrong, rights: .max), ZX_ERR_WRONG_TYPE,
      isGone: isGone)
    for rights in [ZX_RIGHT_READ, 0xD003 | ZX_RIGHT_WRITE, .max, ZX_RIGHT_SAME_RIGHTS | 1] {
      let single = try loose(event.value, rights: 0xD002)
      try expectFailure(
        disposition(operation, single, rights: rights), ZX_ERR_INVALID_ARGS, isGone: isGone)
    }
  }

  @Test func `DUPLICATE without the right to is ACCESS_DENIED, after the rights asked for`() throws
  {
    let event = try OwnedHandle.event()
    let single = try loose(event.value, rights: 0xD002)
    try expectFailure(
      disposition(ZX_HANDLE_OP_DUPLICATE, single), ZX_ERR_ACCESS_DENIED, isGone: false)
  }

  @Test func `the end itself is NOT_SUPPORTED, before its type`() throws {
    for operation in [ZX_HANDLE_OP_MOVE, ZX_HANDLE_OP_DUPLICATE] {
      var pair = try ChannelPair()
      var entries = [disposition(operation, pair.first, type: ZX_OBJ_TYPE_SOCKET)]
      #expect(write(pair.first, &entries) == ZX_ERR_NOT_SUPPORTED)
      #expect(entries[0].result == ZX_ERR_NOT_SUPPORTED)
      let isMove = operation == ZX_HANDLE_OP_MOVE
      #expect(signals(of: pair.second) == (isMove ? 0x4 : 0x2))
      if isMove { pair.forgetFirst() }
    }
  }

  @Test func `the first failing entry decides, each tells its own result`() throws {
    let pair = try ChannelPair()
    let sockets = try SocketPair(.stream)
    let other = try ChannelPair()
    let event = try OwnedHandle.event()
    let reader = try loose(sockets.reader)
    let writer = try loose(sockets.writer)
    let moved = try loose(event.value)
    var entries = [
      disposition(0, reader, type: ZX_OBJ_TYPE_PORT), disposition(0, writer),
      disposition(1, other.first), disposition(0, moved),
    ]
    #expect(write(pair.first, &entries) == ZX_ERR_WRONG_TYPE)
    #expect(
      entries.map(\.result) == [ZX_ERR_WRONG_TYPE, ZX_OK, ZX_ERR_ACCESS_DENIED, ZX_OK])
    #expect(![reader, writer, moved].contains(where: isLive))
    #expect(isLive(other.first))
    #expect(channelRead(pair.second).status == ZX_ERR_SHOULD_WAIT)
  }

  @Test func `on success the results stay as they were, in memory that may be read-only`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let entry = disposition(1, event.value, result: ZX_ERR_WRONG_TYPE)
    let memory = try BadMemory(.readOnly, holding: entry)
    let entries = memory.bound(to: zx_handle_disposition_t.self)
    #expect(zx_channel_write_etc(pair.first, 0, nil, 0, entries, 1) == ZX_OK)
    #expect(entries?.pointee.result == ZX_ERR_WRONG_TYPE)
    #expect(zx_handle_close(try channelTakeHandle(pair.second)) == ZX_OK)
  }

  @Test func `a result that cannot be stored is INVALID_ARGS`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let moved = try loose(event.value)
    let memory = try BadMemory(
      .readOnly, holding: disposition(0, moved, type: ZX_OBJ_TYPE_SOCKET))
    let entries = memory.bound(to: zx_handle_disposition_t.self)
    #expect(zx_channel_write_etc(pair.first, 0, nil, 0, entries, 1) == ZX_ERR_INVALID_ARGS)
    #expect(!isLive(moved))
  }

  @Test(arguments: BadAddress.unreadable)
  func `unreadable entries are INVALID_ARGS`(address: BadAddress) throws {
    let pair = try ChannelPair()
    let bad = try BadMemory(address, byteCount: 80)
    let entries = bad.bound(to: zx_handle_disposition_t.self)
    #expect(zx_channel_write_etc(pair.first, 0, nil, 0, entries, 4) == ZX_ERR_INVALID_ARGS)
    #expect(zx_channel_write_etc(pair.first, 0, nil, 0, entries, 65) == ZX_ERR_OUT_OF_RANGE)
    #expect(zx_channel_write_etc(0, 0, nil, 0, entries, 4) == ZX_ERR_BAD_HANDLE)
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test func `a failure before the handles takes those to be moved and leaves the others`() throws {
    let event = try OwnedHandle.event()
    var pair = try ChannelPair()
    pair.forgetFirst(now: try replaced(pair.first, rights: 0xF00E & ~ZX_RIGHT_WRITE))
    let cases: [(zx_handle_t, UInt32, UInt32, zx_status_t)] = [
      (pair.second, 1, 0, ZX_ERR_INVALID_ARGS), (0, 0, 0, ZX_ERR_BAD_HANDLE),
      (event.value, 0, 0, ZX_ERR_WRONG_TYPE), (pair.first, 0, 0, ZX_ERR_ACCESS_DENIED),
      (pair.second, 0, 65_537, ZX_ERR_OUT_OF_RANGE), (pair.second, 0, 1, ZX_ERR_INVALID_ARGS),
    ]
    for (channel, options, byteCount, status) in cases {
      let (moved, source, odd) = try (loose(event.value), loose(event.value), loose(event.value))
      var entries = [disposition(0, moved), disposition(1, source), disposition(2, odd)]
      #expect(
        zx_channel_write_etc(channel, options, nil, byteCount, &entries, 3) == status)
      #expect(!isLive(moved) && isLive(source) && !isLive(odd))
      #expect(entries.map(\.result) == [ZX_OK, ZX_OK, ZX_OK])
      #expect(zx_handle_close(source) == ZX_OK)
    }
    #expect(try handleCount(of: event.value) == 1)
  }

  @Test func `without a peer it is PEER_CLOSED; duplicates in the message are closed`() throws {
    var pair = try ChannelPair()
    pair.closeSecond()
    let event = try OwnedHandle.event()
    let moved = try loose(event.value)
    var entries = [disposition(0, moved), disposition(1, event.value)]
    #expect(write(pair.first, &entries) == ZX_ERR_PEER_CLOSED)
    #expect(!isLive(moved))
    #expect(try handleCount(of: event.value) == 1)
  }

  @Test func `65 entries are OUT_OF_RANGE, and those to be moved are closed`() throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let moved = try (0..<130).map { _ in try loose(event.value) }
    var entries = moved.map { disposition(0, $0) }
    entries[100].operation = ZX_HANDLE_OP_DUPLICATE
    #expect(write(pair.first, &entries) == ZX_ERR_OUT_OF_RANGE)
    #expect(moved.filter(isLive) == [moved[100]])
    #expect(zx_handle_close(moved[100]) == ZX_OK)
  }
}

/// Source: `zx_channel_read_etc`.
@Suite("zx_channel_read_etc") struct ChannelReadEtcTests {
  @Test func `every handle comes with type and rights, and 0 behind them`() throws {
    let pair = try ChannelPair()
    let sockets = try SocketPair(.stream)
    let events = try EventPair()
    let sent = try [loose(sockets.reader), loose(events.first, rights: 0x4002)]
    #expect(channelWrite(pair.first, [5], sent) == ZX_OK)
    let filler = zx_handle_info_t(handle: 1, type: 1, rights: 1, unused: 1)
    var infos = [filler, filler, filler]
    var byte: UInt8 = 0
    var (byteCount, handleCount): (UInt32, UInt32) = (0, 0)
    #expect(
      zx_channel_read_etc(pair.second, 0, &byte, &infos, 1, 3, &byteCount, &handleCount) == ZX_OK)
    #expect(byte == 5 && byteCount == 1 && handleCount == 2)
    #expect(infos.map(\.type) == [ZX_OBJ_TYPE_SOCKET, ZX_OBJ_TYPE_EVENTPAIR, 1])
    #expect(infos.map(\.rights) == [0x10F0CF, 0x4002, 1])
    #expect(infos.map(\.unused) == [0, 0, 1])
    #expect(try basicInfo(of: infos[0].handle).koid == (try basicInfo(of: sockets.reader)).koid)
    closeAll(infos.prefix(2).map(\.handle))
  }

  @Test(arguments: BadAddress.unwritable)
  func `unwritable records are INVALID_ARGS; the handles are closed`(address: BadAddress) throws {
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    #expect(channelWrite(pair.first, [], try [loose(event.value), loose(event.value)]) == ZX_OK)
    let bad = try BadMemory(address, byteCount: 32)
    let infos = bad.bound(to: zx_handle_info_t.self)
    #expect(
      zx_channel_read_etc(pair.second, 0, nil, infos, 0, 2, nil, nil) == ZX_ERR_INVALID_ARGS)
    #expect(try handleCount(of: event.value) == 1)
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test func `handle, options and state are judged as by zx_channel_read`() throws {
    var pair = try ChannelPair()
    let event = try OwnedHandle.event()
    #expect(zx_channel_read_etc(0, 9, nil, nil, 0, 0, nil, nil) == ZX_ERR_BAD_HANDLE)
    #expect(zx_channel_read_etc(event.value, 9, nil, nil, 0, 0, nil, nil) == ZX_ERR_WRONG_TYPE)
    #expect(
      zx_channel_read_etc(pair.first, 9, nil, nil, 0, 0, nil, nil) == ZX_ERR_NOT_SUPPORTED)
    #expect(zx_channel_read_etc(pair.first, 1, nil, nil, 0, 0, nil, nil) == ZX_ERR_SHOULD_WAIT)
    pair.closeSecond()
    #expect(zx_channel_read_etc(pair.first, 1, nil, nil, 0, 0, nil, nil) == ZX_ERR_PEER_CLOSED)
  }
}
