import CZircon
import Testing

/// Status and the two counts of an information call; the marks show what was left alone.
private struct InfoAnswer: Equatable, Sendable {
  static let untouched = 77

  var status: zx_status_t
  var actual: Int
  var avail: Int

  static let ok = InfoAnswer(status: ZX_OK, actual: 1, avail: 1)
  static let tooSmall = InfoAnswer(status: ZX_ERR_BUFFER_TOO_SMALL, actual: 0, avail: 1)
  static func error(_ status: zx_status_t) -> InfoAnswer {
    InfoAnswer(status: status, actual: untouched, avail: untouched)
  }
}

private func getInfo(
  _ handle: zx_handle_t, _ topic: UInt32, _ buffer: UnsafeMutableRawPointer?, _ size: Int
) -> InfoAnswer {
  var actual = InfoAnswer.untouched
  var avail = InfoAnswer.untouched
  let status = zx_object_get_info(handle, topic, buffer, size, &actual, &avail)
  return InfoAnswer(status: status, actual: actual, avail: avail)
}

/// Source: `zx_object_get_info`.
///
/// `ZX_INFO_SOCKET` has its own file too.
@Suite("zx_object_get_info") struct ObjectGetInfoTests {
  /// The topics with one record, and its size.
  private static let records: [(topic: UInt32, size: Int)] = [
    (ZX_INFO_HANDLE_BASIC, 32), (ZX_INFO_HANDLE_COUNT, 4), (ZX_INFO_SOCKET, 48),
  ]

  @Test func `the records have the contract's sizes`() {
    #expect(MemoryLayout<zx_info_handle_basic_t>.size == 32)
    #expect(MemoryLayout<zx_info_handle_count_t>.size == 4)
    #expect(MemoryLayout<zx_info_socket_t>.size == 48)
  }

  @Test(arguments: [ZX_INFO_NONE, 1_000, 0x1000_0002, 0x0FFF_FFFF, UInt32.max])
  func `an unknown topic is NOT_SUPPORTED, without looking at the handle`(topic: UInt32) throws {
    let event = try OwnedHandle.event()
    var bytes = [UInt8](repeating: 0xCC, count: 256)
    for handle in [ZX_HANDLE_INVALID, event.value, try staleHandle()] {
      #expect(getInfo(handle, topic, &bytes, 256) == .error(ZX_ERR_NOT_SUPPORTED))
    }
    #expect(bytes.allSatisfy { $0 == 0xCC })
  }

  @Test func `HANDLE_VALID is OK or BAD_HANDLE and ignores the rest`() throws {
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_NONE)
    var byte: UInt8 = 0xCC
    for handle in [event.value, bare.value] {
      #expect(getInfo(handle, ZX_INFO_HANDLE_VALID, &byte, 1) == .error(ZX_OK))
    }
    for handle in [ZX_HANDLE_INVALID, try staleHandle(), event.value & ~1] {
      #expect(getInfo(handle, ZX_INFO_HANDLE_VALID, &byte, 1) == .error(ZX_ERR_BAD_HANDLE))
    }
    #expect(byte == 0xCC)
  }

  @Test(arguments: 0..<3)
  func `a record of exactly the size is OK with actual 1 and avail 1`(index: Int) throws {
    let record = Self.records[index]
    let pair = try SocketPair(.stream)
    var bytes = [UInt8](repeating: 0xCC, count: record.size)
    #expect(getInfo(pair.writer, record.topic, &bytes, record.size) == .ok)
    #expect(bytes.contains { $0 != 0xCC })
  }

  @Test(arguments: 0..<3)
  func `bytes behind the record stay as they are`(index: Int) throws {
    let record = Self.records[index]
    let pair = try SocketPair(.stream)
    var exact = [UInt8](repeating: 0xCC, count: record.size)
    #expect(getInfo(pair.writer, record.topic, &exact, record.size) == .ok)
    var large = [UInt8](repeating: 0xCC, count: record.size + 50)
    #expect(getInfo(pair.writer, record.topic, &large, large.count) == .ok)
    #expect(Array(large[..<record.size]) == exact)
    #expect(large[record.size...].allSatisfy { $0 == 0xCC })
  }

  @Test(arguments: 0..<3)
  func `a smaller buffer is BUFFER_TOO_SMALL with actual 0 and avail 1`(index: Int) throws {
    let record = Self.records[index]
    let pair = try SocketPair(.stream)
    var bytes = [UInt8](repeating: 0xCC, count: record.size)
    for size in [0, 1, record.size - 1] {
      #expect(getInfo(pair.writer, record.topic, &bytes, size) == .tooSmall)
      #expect(getInfo(pair.writer, record.topic, nil, size) == .tooSmall)
    }
    #expect(bytes.allSatisfy { $0 == 0xCC })
  }

  @Test(arguments: 0..<3)
  func `actual and avail may be NULL, each on its own`(index: Int) throws {
    let record = Self.records[index]
    let pair = try SocketPair(.stream)
    var bytes = [UInt8](repeating: 0xCC, count: record.size)
    var count = 0
    let (handle, topic, size) = (pair.writer, record.topic, record.size)
    #expect(zx_object_get_info(handle, topic, &bytes, size, nil, nil) == ZX_OK)
    #expect(zx_object_get_info(handle, topic, &bytes, size, &count, nil) == ZX_OK)
    #expect(count == 1)
    count = 0
    #expect(zx_object_get_info(handle, topic, &bytes, size, nil, &count) == ZX_OK)
    #expect(count == 1)
    #expect(zx_object_get_info(handle, topic, nil, 0, nil, nil) == ZX_ERR_BUFFER_TOO_SMALL)
  }

  @Test(arguments: 0..<3)
  func `a failed look-up writes nothing at all`(index: Int) throws {
    let record = Self.records[index]
    var bytes = [UInt8](repeating: 0xCC, count: 64)
    for handle in [ZX_HANDLE_INVALID, try staleHandle()] {
      for size in [0, record.size, 64] {
        #expect(getInfo(handle, record.topic, &bytes, size) == .error(ZX_ERR_BAD_HANDLE))
      }
    }
    #expect(bytes.allSatisfy { $0 == 0xCC })
  }

  @Test(arguments: [ZX_INFO_HANDLE_COUNT, ZX_INFO_SOCKET])
  func `no INSPECT right is ACCESS_DENIED and writes nothing`(topic: UInt32) throws {
    let pair = try SocketPair(.stream)
    let reduced = try OwnedHandle(
      duplicating: pair.writer, rights: ZX_DEFAULT_SOCKET_RIGHTS & ~ZX_RIGHT_INSPECT)
    var bytes = [UInt8](repeating: 0xCC, count: 64)
    #expect(getInfo(reduced.value, topic, &bytes, 64) == .error(ZX_ERR_ACCESS_DENIED))
    #expect(getInfo(reduced.value, topic, &bytes, 0) == .error(ZX_ERR_ACCESS_DENIED))
    #expect(bytes.allSatisfy { $0 == 0xCC })
  }

  @Test func `HANDLE_BASIC needs no right and tells those of the handle`() throws {
    let event = try OwnedHandle.event()
    for rights in [0, ZX_RIGHT_SIGNAL, ZX_DEFAULT_EVENT_RIGHTS] {
      let copy = try OwnedHandle(duplicating: event.value, rights: rights)
      let info = try basicInfo(of: copy.value)
      #expect(info.rights == rights)
      #expect(info.type == ZX_OBJ_TYPE_EVENT)
    }
  }

  @Test func `HANDLE_BASIC's reserved field and padding are 0`() throws {
    let pair = try SocketPair(.stream)
    var bytes = [UInt8](repeating: 0xCC, count: 32)
    #expect(getInfo(pair.writer, ZX_INFO_HANDLE_BASIC, &bytes, 32) == .ok)
    #expect(bytes[24...].allSatisfy { $0 == 0 })
  }

  @Test func `koids are unique, at least 1024 and have no top bit`() throws {
    let events = try makeEvents(500)
    let koids = try events.map { try basicInfo(of: $0).koid }
    #expect(Set(koids).count == koids.count)
    #expect(koids.allSatisfy { $0 >= 1_024 && $0 >> 63 == 0 })
    closeAll(events)
    let later = try makeEvents(500)
    let laterKoids = try later.map { try basicInfo(of: $0).koid }
    #expect(Set(koids).isDisjoint(with: laterKoids))
    closeAll(later)
  }

  @Test func `HANDLE_COUNT counts the handles of the object, of any type`() throws {
    let pair = try SocketPair(.stream)
    let events = try EventPair()
    for handle in [pair.writer, pair.reader, events.first, events.second] {
      #expect(try handleCount(of: handle) == 1)
      var copy = try OwnedHandle(duplicating: handle)
      #expect(try handleCount(of: handle) == 2)
      #expect(try handleCount(of: copy.value) == 2)
      copy.close()
      #expect(try handleCount(of: handle) == 1)
    }
  }

  @Test func `HANDLE_COUNT stays 1 over a replace`() throws {
    var event = try OwnedHandle.event()
    var out = ZX_HANDLE_INVALID
    #expect(zx_handle_replace(event.value, ZX_RIGHT_INSPECT, &out) == ZX_OK)
    event.forget(now: out)
    #expect(try handleCount(of: out) == 1)
  }

  @Test func `SOCKET of another type is WRONG_TYPE and writes nothing`() throws {
    let event = try OwnedHandle.event()
    let pair = try EventPair()
    var bytes = [UInt8](repeating: 0xCC, count: 64)
    for handle in [event.value, pair.first] {
      #expect(getInfo(handle, ZX_INFO_SOCKET, &bytes, 64) == .error(ZX_ERR_WRONG_TYPE))
    }
    #expect(bytes.allSatisfy { $0 == 0xCC })
  }
}
