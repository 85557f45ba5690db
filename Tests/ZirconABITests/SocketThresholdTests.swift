import CZircon
import TestSupport
import Testing

private let receive = ZX_PROP_SOCKET_RX_THRESHOLD
private let transmit = ZX_PROP_SOCKET_TX_THRESHOLD

/// Source: `zx_object_set_property` and `zx_object_get_property`, the two socket thresholds.
@Suite("socket thresholds") struct SocketThresholdTests {
  @Test(arguments: SocketVariant.all, [receive, transmit])
  func `a threshold is 0 at first and gives back what was set`(
    variant: SocketVariant, property: UInt32
  ) throws {
    let pair = try SocketPair(variant)
    #expect(threshold(of: pair.writer, property) == 0)
    for value in [1, 4_096, socketCapacity, 0] {
      #expect(setThreshold(pair.writer, property, value) == ZX_OK)
      #expect(threshold(of: pair.writer, property) == value)
      #expect(threshold(of: pair.reader, property) == 0)
    }
  }

  /// The last one is SIZE_MAX.
  @Test(
    arguments: [receive, transmit], [socketCapacity + 1, 0xEFFF_FFFF, 1 << 32, Int.max, -1])
  func `a threshold above the capacity is INVALID_ARGS and keeps the old one`(
    property: UInt32, value: Int
  ) throws {
    let pair = try SocketPair(.stream)
    #expect(setThreshold(pair.writer, property, 7) == ZX_OK)
    let before = signals(of: pair.writer)
    #expect(setThreshold(pair.writer, property, value) == ZX_ERR_INVALID_ARGS)
    #expect(threshold(of: pair.writer, property) == 7)
    #expect(signals(of: pair.writer) == before)
  }

  @Test(arguments: SocketVariant.all)
  func `READ_THRESHOLD rises with the byte that reaches it`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(setThreshold(pair.reader, receive, 101) == ZX_OK)
    #expect(socketWrite(pair.writer, bytePattern(100)) == .ok(100))
    #expect(signals(of: pair.reader) == 0x3)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(signals(of: pair.reader) == 0x403)
    #expect(signals(of: pair.writer) == 0x2)
    #expect(socketRead(pair.reader, 1).answer == .ok(1))
    #expect(signals(of: pair.reader) == 0x3)
  }

  @Test(arguments: SocketVariant.all)
  func `READ_THRESHOLD follows every new value at once`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, bytePattern(100)) == .ok(100))
    let steps: [(Int, zx_signals_t)] = [
      (100, 0x403), (101, 0x3), (99, 0x403), (0, 0x3), (1, 0x403), (socketCapacity, 0x3),
    ]
    for (value, expected) in steps {
      #expect(setThreshold(pair.reader, receive, value) == ZX_OK)
      #expect(signals(of: pair.reader) == expected)
    }
  }

  @Test(arguments: SocketVariant.all, [1, 100, socketCapacity])
  func `WRITE_THRESHOLD is there at once on an empty peer`(
    variant: SocketVariant, value: Int
  ) throws {
    let pair = try SocketPair(variant)
    #expect(setThreshold(pair.writer, transmit, value) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x802)
    #expect(signals(of: pair.reader) == 0x2)
    #expect(setThreshold(pair.writer, transmit, 0) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x2)
  }

  @Test(arguments: SocketVariant.streams)
  func `WRITE_THRESHOLD falls and rises with the free space`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(setThreshold(pair.writer, transmit, socketCapacity - 100) == ZX_OK)
    #expect(socketWrite(pair.writer, bytePattern(100)) == .ok(100))
    #expect(signals(of: pair.writer) == 0x802)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(signals(of: pair.writer) == 0x2)
    #expect(socketPeek(pair.reader, 50).answer == .ok(50))
    #expect(signals(of: pair.writer) == 0x2)
    #expect(socketRead(pair.reader, 1).answer == .ok(1))
    #expect(signals(of: pair.writer) == 0x802)
  }

  @Test(arguments: SocketVariant.datagrams)
  func `a truncated datagram frees its whole length`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(setThreshold(pair.writer, transmit, socketCapacity) == ZX_OK)
    #expect(setThreshold(pair.reader, receive, 11) == ZX_OK)
    #expect(socketWrite(pair.writer, bytePattern(10)) == .ok(10))
    #expect(socketWrite(pair.writer, bytePattern(10)) == .ok(10))
    #expect(signals(of: pair.writer) == 0x2)
    #expect(signals(of: pair.reader) == 0x403)
    #expect(socketRead(pair.reader, 1).answer == .ok(1))
    #expect(signals(of: pair.reader) == 0x3)
    #expect(socketRead(pair.reader, 1).answer == .ok(1))
    #expect(signals(of: pair.writer) == 0x802)
    #expect(signals(of: pair.reader) == 0x2)
  }

  @Test(arguments: SocketVariant.all)
  func `WRITE_THRESHOLD follows every new value at once`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, bytePattern(160)) == .ok(160))
    let free = socketCapacity - 160
    let steps: [(Int, zx_signals_t)] = [
      (free, 0x802), (free + 1, 0x2), (1, 0x802), (0, 0x2), (socketCapacity, 0x2),
    ]
    for (value, expected) in steps {
      #expect(setThreshold(pair.writer, transmit, value) == ZX_OK)
      #expect(signals(of: pair.writer) == expected)
    }
  }

  @Test(arguments: SocketVariant.all)
  func `duplicates share thresholds and signals`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let copy = try OwnedHandle(duplicating: pair.writer)
    #expect(setThreshold(copy.value, transmit, 5) == ZX_OK)
    #expect(threshold(of: pair.writer, transmit) == 5)
    #expect(signals(of: pair.writer) == 0x802)
    #expect(signals(of: copy.value) == 0x802)
  }

  @Test(arguments: SocketVariant.all)
  func `the receive threshold still works when the peer is gone`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, bytePattern(10)) == .ok(10))
    pair.closeWriter()
    #expect(setThreshold(pair.reader, receive, 10) == ZX_OK)
    #expect(signals(of: pair.reader) == 0x405)
    #expect(setThreshold(pair.reader, receive, 11) == ZX_OK)
    #expect(signals(of: pair.reader) == 0x5)
    #expect(threshold(of: pair.reader, receive) == 11)
  }

  @Test(arguments: SocketVariant.all, [0, 1, 20])
  func `the transmit threshold is PEER_CLOSED when the peer is gone, and is kept`(
    variant: SocketVariant, value: Int
  ) throws {
    var pair = try SocketPair(variant)
    #expect(setThreshold(pair.writer, transmit, 9) == ZX_OK)
    pair.closeReader()
    #expect(setThreshold(pair.writer, transmit, value) == ZX_ERR_PEER_CLOSED)
    #expect(threshold(of: pair.writer, transmit) == 9)
    #expect(signals(of: pair.writer) == 0x804)
  }

  /// Both conditions hold and versions of Zircon differ in their order.
  @Test func `a closed peer and a value above the capacity answer for one of the two`() throws {
    var pair = try SocketPair(.stream)
    pair.closeReader()
    let status = setThreshold(pair.writer, transmit, socketCapacity + 1)
    #expect([ZX_ERR_PEER_CLOSED, ZX_ERR_INVALID_ARGS].contains(status))
  }

  @Test(arguments: [receive, transmit], [0, 4, 7])
  func `fewer than 8 bytes are BUFFER_TOO_SMALL`(property: UInt32, size: Int) throws {
    let pair = try SocketPair(.stream)
    var value = 1
    #expect(
      zx_object_set_property(pair.writer, property, &value, size) == ZX_ERR_BUFFER_TOO_SMALL)
    #expect(
      zx_object_get_property(pair.writer, property, &value, size) == ZX_ERR_BUFFER_TOO_SMALL)
    #expect(value == 1)
    #expect(threshold(of: pair.writer, property) == 0)
  }

  @Test(arguments: [receive, transmit])
  func `of more than 8 bytes the first 8 count`(property: UInt32) throws {
    let pair = try SocketPair(.stream)
    var values = [100, -1]
    #expect(zx_object_set_property(pair.writer, property, &values, 16) == ZX_OK)
    values = [0, -1]
    #expect(zx_object_get_property(pair.writer, property, &values, 16) == ZX_OK)
    #expect(values == [100, -1])
  }

  @Test(arguments: SocketVariant.all)
  func `a waiter for WRITE_THRESHOLD is released by the read that frees enough`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    let writer = pair.writer
    #expect(socketWrite(writer, bytePattern(100)) == .ok(100))
    #expect(socketWrite(writer, bytePattern(100)) == .ok(100))
    #expect(setThreshold(writer, transmit, socketCapacity - 100) == ZX_OK)
    let waiter = try TestThread {
      zx_object_wait_one(writer, ZX_SOCKET_WRITE_THRESHOLD, farDeadline(), nil)
    }
    #expect(waiter.waitUntilAsleep())
    #expect(socketRead(pair.reader, 100).answer == .ok(100))
    #expect(waiter.join() == ZX_OK)
  }
}
