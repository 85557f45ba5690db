import CZircon
import TestSupport
import Testing

extension OwnedHandle {
  static func counter(_ value: Int64 = 0) throws -> OwnedHandle {
    var counter = ZX_HANDLE_INVALID
    try #require(zx_counter_create(0, &counter) == ZX_OK)
    try #require(zx_counter_write(counter, value) == ZX_OK)
    return OwnedHandle(owning: counter)
  }
}

/// The value of a counter, or nil when the call fails.
private func value(of counter: zx_handle_t) -> Int64? {
  var value: Int64 = 0x5A5A
  return zx_counter_read(counter, &value) == ZX_OK ? value : nil
}

/// Source: `zx_counter_create`.
@Suite("zx_counter_create") struct CounterCreateTests {
  @Test(arguments: [1, 0x8000_0000, UInt32.max])
  func `options are INVALID_ARGS and write no handle`(options: UInt32) {
    var counter: zx_handle_t = 0x1234_5678
    #expect(zx_counter_create(options, &counter) == ZX_ERR_INVALID_ARGS)
    #expect(counter == 0x1234_5678)
  }

  @Test func `it is of type 34 with rights 0xD00F, at 0 and NON_POSITIVE`() throws {
    let counter = try OwnedHandle.counter()
    let info = try basicInfo(of: counter.value)
    #expect(info.type == 34)
    #expect(info.rights == 0xD00F)
    #expect(info.related_koid == 0)
    #expect(signals(of: counter.value) == 0x20)
    #expect(value(of: counter.value) == 0)
  }

  @Test(arguments: BadAddress.unwritable)
  func `a bad out is INVALID_ARGS`(address: BadAddress) throws {
    let bad = try BadMemory(address, byteCount: 4)
    #expect(zx_counter_create(0, bad.bound(to: zx_handle_t.self)) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `user bits and SIGNALED can be signalled, the signs not: INVALID_ARGS`() throws {
    let counter = try OwnedHandle.counter()
    #expect(zx_object_signal(counter.value, 0, ZX_USER_SIGNAL_0 | 0x8) == ZX_OK)
    #expect(signals(of: counter.value) == ZX_USER_SIGNAL_0 | 0x28)
    for mask in [ZX_COUNTER_POSITIVE, ZX_COUNTER_NON_POSITIVE, 0x1, 0x4] {
      #expect(zx_object_signal(counter.value, 0, mask) == ZX_ERR_INVALID_ARGS)
      #expect(zx_object_signal(counter.value, mask, 0) == ZX_ERR_INVALID_ARGS)
    }
  }

  @Test func `signal_peer and properties are ACCESS_DENIED`() throws {
    let counter = try OwnedHandle.counter()
    #expect(zx_object_signal_peer(counter.value, 0, 0) == ZX_ERR_ACCESS_DENIED)
    var name = [CChar](repeating: 0, count: 32)
    #expect(
      zx_object_get_property(counter.value, ZX_PROP_NAME, &name, 32) == ZX_ERR_ACCESS_DENIED)
    #expect(
      zx_object_set_property(counter.value, ZX_PROP_NAME, &name, 32) == ZX_ERR_ACCESS_DENIED)
  }
}

/// Source: `zx_counter_add`.
@Suite("zx_counter_add") struct CounterAddTests {
  @Test func `BAD_HANDLE, WRONG_TYPE, and READ and WRITE are needed`() throws {
    let counter = try OwnedHandle.counter(.max)
    let event = try OwnedHandle.event()
    #expect(zx_counter_add(0, 1) == ZX_ERR_BAD_HANDLE)
    #expect(zx_counter_add(event.value, 1) == ZX_ERR_WRONG_TYPE)
    for right in [ZX_RIGHT_READ, ZX_RIGHT_WRITE] {
      let bare = try OwnedHandle(duplicating: counter.value, rights: 0xD00F & ~right)
      #expect(zx_counter_add(bare.value, 1) == ZX_ERR_ACCESS_DENIED)
    }
  }

  @Test(arguments: [(Int64.max, Int64(1)), (.max, .max), (.min, -1), (.min, .min), (1, .max)])
  func `an overflow is OUT_OF_RANGE and changes nothing`(start: Int64, number: Int64) throws {
    let counter = try OwnedHandle.counter(start)
    let before = signals(of: counter.value)
    #expect(zx_counter_add(counter.value, number) == ZX_ERR_OUT_OF_RANGE)
    #expect(value(of: counter.value) == start)
    #expect(signals(of: counter.value) == before)
  }

  @Test func `the signs follow the value`() throws {
    let counter = try OwnedHandle.counter()
    let steps: [(Int64, Int64, UInt32)] = [
      (1, 1, 0x10), (4, 5, 0x10), (-5, 0, 0x20), (-3, -3, 0x20), (3, 0, 0x20), (.max, .max, 0x10),
      (0, .max, 0x10), (.min, -1, 0x20),
    ]
    for (number, sum, signs) in steps {
      #expect(zx_counter_add(counter.value, number) == ZX_OK)
      #expect(value(of: counter.value) == sum)
      #expect(signals(of: counter.value) == signs)
    }
  }

  @Test func `threads that add lose nothing, and one that waits for POSITIVE wakes`() throws {
    let counter = try OwnedHandle.counter(-4_000)
    let handle = counter.value
    let waiter = try TestThread {
      zx_object_wait_one(handle, ZX_COUNTER_POSITIVE, farDeadline(), nil)
    }
    _ = try race(threadCount: 4) { _ in
      for _ in 0..<1_000 { #expect(zx_counter_add(handle, 1) == ZX_OK) }
    }
    #expect(value(of: handle) == 0)
    #expect(zx_counter_add(handle, 1) == ZX_OK)
    #expect(waiter.join() == ZX_OK)
  }
}

/// Source: `zx_counter_read` and `zx_counter_write`.
@Suite("zx_counter_read, zx_counter_write") struct CounterValueTests {
  @Test func `a null value is INVALID_ARGS before the handle`() {
    #expect(zx_counter_read(0, nil) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: BadAddress.unwritableNotNull)
  func `another bad address is INVALID_ARGS behind the handle`(address: BadAddress) throws {
    let counter = try OwnedHandle.counter()
    let bad = try BadMemory(address, byteCount: 8)
    let out = bad.bound(to: Int64.self)
    #expect(zx_counter_read(0, out) == ZX_ERR_BAD_HANDLE)
    #expect(zx_counter_read(counter.value, out) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `each needs its right: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED`() throws {
    let counter = try OwnedHandle.counter(7)
    let event = try OwnedHandle.event()
    let reader = try OwnedHandle(duplicating: counter.value, rights: ZX_RIGHT_READ)
    let writer = try OwnedHandle(duplicating: counter.value, rights: ZX_RIGHT_WRITE)
    var out: Int64 = 0
    #expect(zx_counter_read(0, &out) == ZX_ERR_BAD_HANDLE)
    #expect(zx_counter_read(event.value, &out) == ZX_ERR_WRONG_TYPE)
    #expect(zx_counter_read(writer.value, &out) == ZX_ERR_ACCESS_DENIED)
    #expect(out == 0)
    #expect(zx_counter_read(reader.value, &out) == ZX_OK)
    #expect(out == 7)
    #expect(zx_counter_write(0, 1) == ZX_ERR_BAD_HANDLE)
    #expect(zx_counter_write(event.value, 1) == ZX_ERR_WRONG_TYPE)
    #expect(zx_counter_write(reader.value, 1) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_counter_write(writer.value, -9) == ZX_OK)
    #expect(value(of: counter.value) == -9)
  }

  @Test func `a write sets the signs, and only a change of them wakes`() throws {
    let counter = try OwnedHandle.counter(3)
    #expect(signals(of: counter.value) == 0x10)
    for (value, signs) in [(5, 0x10), (0, 0x20), (.min, 0x20), (.max, 0x10)] as [(Int64, UInt32)] {
      #expect(zx_counter_write(counter.value, value) == ZX_OK)
      #expect(signals(of: counter.value) == signs)
    }
  }
}
