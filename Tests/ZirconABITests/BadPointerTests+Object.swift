import CZircon
import Glibc
import TestSupport
import Testing

/// Source: bad addresses of waits, information and properties.
@Suite("bad pointers, objects") struct BadObjectPointerTests {
  // MARK: Waits

  @Test(arguments: BadAddress.unwritableNotNull)
  func `wait_one with a bad observed is INVALID_ARGS, matched or timed out`(
    address: BadAddress
  ) throws {
    let event = try OwnedHandle.event()
    let bad = try BadMemory(address, holding: zx_signals_t(0))
    let observed = bad.bound(to: zx_signals_t.self)
    #expect(zx_object_wait_one(event.value, 0, 0, observed) == ZX_ERR_INVALID_ARGS)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    let status = zx_object_wait_one(event.value, ZX_EVENT_SIGNALED, 0, observed)
    #expect(status == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: BadAddress.unwritableNotNull)
  func `wait_one judges the handle before a bad observed`(address: BadAddress) throws {
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_NONE)
    let bad = try BadMemory(address, holding: zx_signals_t(0))
    let observed = bad.bound(to: zx_signals_t.self)
    #expect(zx_object_wait_one(0, 0, 0, observed) == ZX_ERR_BAD_HANDLE)
    #expect(zx_object_wait_one(bare.value, 0, 0, observed) == ZX_ERR_ACCESS_DENIED)
  }

  @Test func `wait_one with a bad observed is found out only after the wait`() throws {
    let event = try OwnedHandle.event()
    let value = event.value
    let waiter = try TestThread {
      zx_object_wait_one(
        value, ZX_EVENT_SIGNALED, farDeadline(), UnsafeMutablePointer(bitPattern: 1))
    }
    #expect(waiter.waitUntilAsleep())
    #expect(zx_object_signal(value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(waiter.join() == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: BadAddress.unreadable)
  func `wait_many with items that cannot be read is INVALID_ARGS`(address: BadAddress) throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    let item = zx_wait_item_t(handle: event.value, waitfor: ZX_EVENT_SIGNALED, pending: 0)
    let contents = [item, item].flatMap { withUnsafeBytes(of: $0) { [UInt8]($0) } }
    let bad = try BadMemory(address, holding: contents)
    let items = bad.bound(to: zx_wait_item_t.self)
    #expect(zx_object_wait_many(items, 2, ZX_TIME_INFINITE) == ZX_ERR_INVALID_ARGS)
    #expect(zx_object_wait_many(items, 0, 0) == ZX_ERR_TIMED_OUT)
    #expect(zx_object_wait_many(items, 65, 0) == ZX_ERR_OUT_OF_RANGE)
  }

  @Test(arguments: [BadAddress.readOnly, .halfReadOnly])
  func `wait_many with items that cannot be written is INVALID_ARGS after the wait`(
    address: BadAddress
  ) throws {
    let event = try OwnedHandle.event()
    let item = zx_wait_item_t(handle: event.value, waitfor: ZX_EVENT_SIGNALED, pending: 0)
    let contents = [item, item].flatMap { withUnsafeBytes(of: $0) { [UInt8]($0) } }
    let bad = try BadMemory(address, holding: contents)
    let items = bad.bound(to: zx_wait_item_t.self)
    let deadline = zx_deadline_after(2_000_000)
    #expect(zx_object_wait_many(items, 2, deadline) == ZX_ERR_INVALID_ARGS)
    #expect(zx_clock_get_monotonic() >= deadline)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(zx_object_wait_many(items, 2, ZX_TIME_INFINITE) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `wait_many judges the handles before read-only items`() throws {
    let item = zx_wait_item_t(handle: try staleHandle(), waitfor: 1, pending: 0)
    let bad = try BadMemory(.readOnly, holding: item)
    let status = zx_object_wait_many(bad.bound(to: zx_wait_item_t.self), 1, ZX_TIME_INFINITE)
    #expect(status == ZX_ERR_BAD_HANDLE)
  }

  // MARK: Information

  private static let records: [(topic: UInt32, size: Int)] = [
    (ZX_INFO_HANDLE_BASIC, 32), (ZX_INFO_HANDLE_COUNT, 4), (ZX_INFO_SOCKET, 48),
  ]

  @Test(arguments: BadAddress.unwritable, 0..<3)
  func `get_info to a bad buffer is INVALID_ARGS with the counts untouched`(
    address: BadAddress, index: Int
  ) throws {
    let record = Self.records[index]
    let pair = try SocketPair(.stream)
    let bad = try BadMemory(address, byteCount: record.size)
    var (actual, avail) = (77, 78)
    let status = zx_object_get_info(
      pair.writer, record.topic, bad.pointer, record.size, &actual, &avail)
    #expect(status == ZX_ERR_INVALID_ARGS)
    #expect(actual == 77)
    #expect(avail == 78)
  }

  @Test(arguments: BadAddress.unwritable, 0..<3)
  func `get_info does not look at a buffer that is too small`(
    address: BadAddress, index: Int
  ) throws {
    let record = Self.records[index]
    let pair = try SocketPair(.stream)
    let bad = try BadMemory(address, byteCount: record.size)
    var (actual, avail) = (77, 78)
    let status = zx_object_get_info(
      pair.writer, record.topic, bad.pointer, record.size - 1, &actual, &avail)
    #expect(status == ZX_ERR_BUFFER_TOO_SMALL)
    #expect(actual == 0)
    #expect(avail == 1)
  }

  @Test(arguments: BadAddress.unwritableNotNull, 0..<3)
  func `get_info with a bad count is INVALID_ARGS after the record was written`(
    address: BadAddress, index: Int
  ) throws {
    let record = Self.records[index]
    let pair = try SocketPair(.stream)
    let bad = try BadMemory(address, holding: 0)
    let count = bad.bound(to: Int.self)
    var expected = [UInt8](repeating: 0xCC, count: record.size)
    let (handle, topic, size) = (pair.writer, record.topic, record.size)
    #expect(zx_object_get_info(handle, topic, &expected, size, nil, nil) == ZX_OK)
    var bytes = [UInt8](repeating: 0xCC, count: size)
    let status = zx_object_get_info(handle, topic, &bytes, size, count, nil)
    #expect(status == ZX_ERR_INVALID_ARGS)
    #expect(bytes == expected)
    bytes = [UInt8](repeating: 0xCC, count: size)
    #expect(zx_object_get_info(handle, topic, &bytes, size, nil, count) == ZX_ERR_INVALID_ARGS)
    #expect(bytes == expected)
  }

  @Test(arguments: BadAddress.unwritable)
  func `get_info judges topic and handle before any address`(address: BadAddress) throws {
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_NONE)
    let bad = try BadMemory(address, byteCount: 64)
    let count = bad.bound(to: Int.self)
    func ask(_ handle: zx_handle_t, _ topic: UInt32) -> zx_status_t {
      zx_object_get_info(handle, topic, bad.pointer, 64, count, count)
    }
    #expect(ask(event.value, 1_000) == ZX_ERR_NOT_SUPPORTED)
    #expect(ask(0, ZX_INFO_HANDLE_BASIC) == ZX_ERR_BAD_HANDLE)
    #expect(ask(event.value, ZX_INFO_SOCKET) == ZX_ERR_WRONG_TYPE)
    #expect(ask(bare.value, ZX_INFO_HANDLE_COUNT) == ZX_ERR_ACCESS_DENIED)
    #expect(ask(event.value, ZX_INFO_HANDLE_VALID) == ZX_OK)
  }

  // MARK: Properties

  private static let thresholds = [ZX_PROP_SOCKET_RX_THRESHOLD, ZX_PROP_SOCKET_TX_THRESHOLD]

  @Test(arguments: thresholds, BadAddress.unwritable)
  func `get_property to a bad address is INVALID_ARGS`(
    property: UInt32, address: BadAddress
  ) throws {
    let pair = try SocketPair(.stream)
    let bad = try BadMemory(address, holding: 0)
    let status = zx_object_get_property(pair.writer, property, bad.pointer, 8)
    #expect(status == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: thresholds, BadAddress.unreadable)
  func `set_property from a bad address is INVALID_ARGS and keeps value and signals`(
    property: UInt32, address: BadAddress
  ) throws {
    let pair = try SocketPair(.stream)
    #expect(setThreshold(pair.writer, property, 3) == ZX_OK)
    let before = signals(of: pair.writer)
    let bad = try BadMemory(address, holding: 5)
    let status = zx_object_set_property(pair.writer, property, bad.pointer, 8)
    #expect(status == ZX_ERR_INVALID_ARGS)
    #expect(threshold(of: pair.writer, property) == 3)
    #expect(signals(of: pair.writer) == before)
  }

  @Test(arguments: thresholds)
  func `set_property from read-only memory is OK`(property: UInt32) throws {
    let pair = try SocketPair(.stream)
    let memory = try BadMemory(.readOnly, holding: 5)
    #expect(zx_object_set_property(pair.writer, property, memory.pointer, 8) == ZX_OK)
    #expect(threshold(of: pair.writer, property) == 5)
  }

  @Test(arguments: thresholds)
  func `only the leading 8 bytes of a property are touched`(property: UInt32) throws {
    let pair = try SocketPair(.stream)
    let contents = [8, 0].flatMap { withUnsafeBytes(of: $0) { [UInt8]($0) } }
    let memory = try BadMemory(contents, goodByteCount: 8, tail: PROT_NONE)
    #expect(zx_object_set_property(pair.writer, property, memory.pointer, 16) == ZX_OK)
    #expect(threshold(of: pair.writer, property) == 8)
    #expect(zx_object_get_property(pair.writer, property, memory.pointer, 16) == ZX_OK)
  }

  @Test(arguments: BadAddress.unwritable.filter { $0 != .null })
  func `handle, right, property and size are judged before a bad address`(
    address: BadAddress
  ) throws {
    let pair = try SocketPair(.stream)
    let event = try OwnedHandle.event()
    let bad = try BadMemory(address, byteCount: 32)
    let receive = ZX_PROP_SOCKET_RX_THRESHOLD
    let cases: [(handle: zx_handle_t, property: UInt32, size: Int, status: zx_status_t)] = [
      (0, receive, 8, ZX_ERR_BAD_HANDLE), (event.value, receive, 8, ZX_ERR_ACCESS_DENIED),
      (pair.writer, 99, 8, ZX_ERR_NOT_SUPPORTED),
      (pair.writer, receive, 7, ZX_ERR_BUFFER_TOO_SMALL),
      (pair.writer, ZX_PROP_NAME, 32, ZX_ERR_WRONG_TYPE),
    ]
    for (handle, property, size, status) in cases {
      #expect(zx_object_get_property(handle, property, bad.pointer, size) == status)
      #expect(zx_object_set_property(handle, property, bad.pointer, size) == status)
    }
  }

  @Test(arguments: BadAddress.unreadable)
  func `a bad address comes before the closed peer of the TX threshold`(
    address: BadAddress
  ) throws {
    var pair = try SocketPair(.stream)
    pair.closeReader()
    let bad = try BadMemory(address, holding: 5)
    let property = ZX_PROP_SOCKET_TX_THRESHOLD
    let status = zx_object_set_property(pair.writer, property, bad.pointer, 8)
    #expect(status == ZX_ERR_INVALID_ARGS)
  }
}
