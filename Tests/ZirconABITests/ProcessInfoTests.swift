import CZircon
import TestSupport
import Testing

/// Source: `zx_object_get_info` with the topics of the own process.
@Suite("ZX_INFO_PROCESS, _PROCESS_HANDLE_STATS, _HANDLE_TABLE") struct ProcessInfoTests {
  private static let topics = [
    ZX_INFO_PROCESS, ZX_INFO_PROCESS_HANDLE_STATS, ZX_INFO_HANDLE_TABLE,
  ]

  private func counts() -> zx_info_process_handle_stats_t {
    var stats = zx_info_process_handle_stats_t()
    let topic = ZX_INFO_PROCESS_HANDLE_STATS
    #expect(zx_object_get_info(zx_process_self(), topic, &stats, 256, nil, nil) == ZX_OK)
    return stats
  }

  /// Handles of one type; other tests run beside this one and use types of their own.
  private func count(_ type: zx_obj_type_t) -> UInt32 {
    withUnsafeBytes(of: counts()) { $0.load(fromByteOffset: Int(type) * 4, as: UInt32.self) }
  }

  private func table() -> [zx_info_handle_extended_t] {
    var records = [zx_info_handle_extended_t](repeating: .init(), count: 400_000)
    var actual = 0
    var available = 0
    let status = zx_object_get_info(
      zx_process_self(), ZX_INFO_HANDLE_TABLE, &records, records.count * 40, &actual, &available)
    #expect(status == ZX_OK)
    #expect(actual == available)
    return [zx_info_handle_extended_t](records.prefix(actual))
  }

  @Test(arguments: topics)
  func `BAD_HANDLE, then WRONG_TYPE, then ACCESS_DENIED, before the buffer`(topic: UInt32) throws {
    let event = try OwnedHandle.event()
    let bareEvent = try OwnedHandle(duplicating: event.value, rights: 0)
    let bare = try OwnedHandle(
      duplicating: zx_process_self(), rights: ZX_DEFAULT_PROCESS_RIGHTS & ~ZX_RIGHT_INSPECT)
    var actual = 77
    for (handle, status) in [
      (try staleHandle(), ZX_ERR_BAD_HANDLE), (bareEvent.value, ZX_ERR_WRONG_TYPE),
      (zx_thread_self(), ZX_ERR_WRONG_TYPE), (bare.value, ZX_ERR_ACCESS_DENIED),
    ] {
      #expect(zx_object_get_info(handle, topic, nil, 0, &actual, nil) == status)
    }
    #expect(actual == 77)
  }

  @Test func `PROCESS: started, and not after now`() {
    var info = zx_info_process_t()
    #expect(
      zx_object_get_info(zx_process_self(), ZX_INFO_PROCESS, &info, 24, nil, nil) == ZX_OK)
    #expect(info.return_code == 0)
    #expect(info.flags == ZX_INFO_PROCESS_FLAG_STARTED)
    #expect(info.start_time > 0)
    #expect(info.start_time <= zx_clock_get_boot())
  }

  @Test func `STATS: the process's own types are there once at least`() {
    #expect(count(ZX_OBJ_TYPE_PROCESS) >= 1)
    #expect(count(ZX_OBJ_TYPE_NONE) == 0)
    #expect(count(ZX_OBJ_TYPE_GUEST) == 0)
  }

  @Test(arguments: [0, 4, 255])
  func `STATS: a smaller buffer is BUFFER_TOO_SMALL with avail 1`(size: Int) {
    var bytes = [UInt8](repeating: 0xCC, count: 256)
    var actual = 77
    var available = 77
    let status = zx_object_get_info(
      zx_process_self(), ZX_INFO_PROCESS_HANDLE_STATS, &bytes, size, &actual, &available)
    #expect(status == ZX_ERR_BUFFER_TOO_SMALL)
    #expect(actual == 0)
    #expect(available == 1)
    #expect(bytes.allSatisfy { $0 == 0xCC })
  }

  @Test func `TABLE: a handle is there with its facts while it lives`() throws {
    var pair = try EventPair()
    let found = try #require(table().first { $0.handle_value == pair.first })
    let info = try basicInfo(of: pair.first)
    #expect(found.type == ZX_OBJ_TYPE_EVENTPAIR)
    #expect(found.rights == info.rights)
    #expect(found.koid == info.koid)
    #expect(found.related_koid == info.related_koid)
    #expect(found.peer_owner_koid == 0)
    #expect(found.reserved == 0)
    pair.closeFirst()
    #expect(!table().contains { $0.koid == info.koid })
  }

  @Test func `TABLE: what does not fit is left out, and avail tells`() throws {
    let event = try OwnedHandle.event()
    _ = event.value
    var records = [UInt8](repeating: 0xCC, count: 100)
    var actual = 77
    var available = 77
    let status = zx_object_get_info(
      zx_process_self(), ZX_INFO_HANDLE_TABLE, &records, 79, &actual, &available)
    #expect(status == ZX_OK)
    #expect(actual == 1)
    #expect(available >= 2)
    #expect(records[40...].allSatisfy { $0 == 0xCC })
  }

  @Test func `TABLE: needs the rights to manage processes and threads too`() throws {
    for right in [ZX_RIGHT_MANAGE_PROCESS, ZX_RIGHT_MANAGE_THREAD] {
      let bare = try OwnedHandle(
        duplicating: zx_process_self(), rights: ZX_DEFAULT_PROCESS_RIGHTS & ~right)
      let status = zx_object_get_info(bare.value, ZX_INFO_HANDLE_TABLE, nil, 0, nil, nil)
      #expect(status == ZX_ERR_ACCESS_DENIED)
    }
  }

  @Test(arguments: BadAddress.unwritable)
  func `a bad buffer is INVALID_ARGS`(address: BadAddress) throws {
    let bad = try BadMemory(address, byteCount: 400)
    for topic in Self.topics {
      let status = zx_object_get_info(zx_process_self(), topic, bad.pointer, 400, nil, nil)
      // Half of it is room enough for what fits there.
      let halfFits =
        topic == ZX_INFO_PROCESS && (address == .halfMapped || address == .halfReadOnly)
      #expect(status == (halfFits ? ZX_OK : ZX_ERR_INVALID_ARGS))
    }
  }
}
