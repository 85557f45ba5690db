import CZircon
import TestSupport
import Testing

/// Source: `zx_channel_call_etc`.
@Suite("zx_channel_call_etc") struct ChannelCallEtcTests {
  /// Calls without waiting; the answer, if any, must be there already.
  private func call(
    _ channel: zx_handle_t, _ bytes: [UInt8], _ entries: inout [zx_handle_disposition_t],
    options: UInt32 = 0, deadline: zx_instant_mono_t = .min
  ) -> (status: zx_status_t, infos: [zx_handle_info_t]) {
    var infos = [zx_handle_info_t](repeating: zx_handle_info_t(), count: 4)
    var room = [UInt8](repeating: 0, count: 64)
    var (byteCount, handleCount): (UInt32, UInt32) = (0, 0)
    let entryCount = UInt32(entries.count)
    let status = bytes.withUnsafeBufferPointer { bytes in
      entries.withUnsafeMutableBufferPointer { entries in
        infos.withUnsafeMutableBufferPointer { infos in
          room.withUnsafeMutableBytes { room in
            var args = zx_channel_call_etc_args_t(
              wr_bytes: bytes.baseAddress, wr_handles: entries.baseAddress,
              rd_bytes: room.baseAddress, rd_handles: infos.baseAddress,
              wr_num_bytes: UInt32(bytes.count), wr_num_handles: entryCount, rd_num_bytes: 64,
              rd_num_handles: 4)
            return zx_channel_call_etc(
              channel, options, deadline, &args, &byteCount, &handleCount)
          }
        }
      }
    }
    return (status, Array(infos.prefix(status == ZX_OK ? Int(handleCount) : 0)))
  }

  @Test(arguments: BadAddress.unreadable)
  func `unreadable args are INVALID_ARGS before all else`(address: BadAddress) throws {
    let bad = try BadMemory(address, byteCount: 48)
    let args = bad.bound(to: zx_channel_call_etc_args_t.self)
    #expect(zx_channel_call_etc(0, 0xFF, 0, args, nil, nil) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `failures take the handles to be moved and leave those to be duplicated`() throws {
    let event = try OwnedHandle.event()
    let pair = try ChannelPair()
    let cases: [(zx_handle_t, UInt32, Int, zx_status_t)] = [
      (pair.first, 1, 4, ZX_ERR_INVALID_ARGS), (0, 0, 4, ZX_ERR_BAD_HANDLE),
      (event.value, 0, 4, ZX_ERR_WRONG_TYPE), (pair.first, 0, 3, ZX_ERR_INVALID_ARGS),
      (pair.first, 0, 4, ZX_ERR_TIMED_OUT),
    ]
    for (channel, options, byteCount, status) in cases {
      let moved = try loose(event.value)
      var entries = [disposition(0, moved), disposition(1, event.value)]
      let bytes = bytePattern(byteCount)
      #expect(call(channel, bytes, &entries, options: options).status == status)
      #expect(!isLive(moved))
      #expect(isLive(event.value))
    }
    let request = try channelTake(pair.second)
    #expect(request.handles.count == 2)
    closeAll(request.handles)
  }

  @Test func `a failing entry tells its result, and nothing is sent`() throws {
    let event = try OwnedHandle.event()
    let pair = try ChannelPair()
    var entries = [
      disposition(1, event.value, type: ZX_OBJ_TYPE_FIFO), disposition(1, event.value),
    ]
    #expect(call(pair.first, [0, 0, 0, 0], &entries).status == ZX_ERR_WRONG_TYPE)
    #expect(entries.map(\.result) == [ZX_ERR_WRONG_TYPE, ZX_OK])
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test func `handles go out with reduced rights and come back with what they are`() throws {
    let event = try OwnedHandle.event()
    let pair = try ChannelPair()
    let server = pair.second
    let thread = try TestThread { () -> zx_status_t in
      guard zx_object_wait_one(server, 1, farDeadline(), nil) == ZX_OK else { return -1 }
      let (_, request) = channelRead(server)
      return channelWrite(server, request.bytes, request.handles)
    }
    var entries = [disposition(1, event.value, type: ZX_OBJ_TYPE_EVENT, rights: 0x4002)]
    let (status, infos) = call(
      pair.first, [0, 0, 0, 0], &entries, deadline: farDeadline())
    #expect(thread.join() == ZX_OK)
    #expect(status == ZX_OK)
    try #require(infos.count == 1)
    #expect(infos[0].type == ZX_OBJ_TYPE_EVENT)
    #expect(infos[0].rights == 0x4002)
    #expect(infos[0].unused == 0)
    #expect(try basicInfo(of: infos[0].handle).koid == (try basicInfo(of: event.value)).koid)
    #expect(zx_handle_close(infos[0].handle) == ZX_OK)
  }
}
