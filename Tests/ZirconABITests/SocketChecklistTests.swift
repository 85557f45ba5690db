import CZircon
import Testing

/// Source: what Fuchsia's core socket test checks, row by row.
///
/// Where that test takes a VMO for an object of another type, an event stands here: there are no
/// VMOs yet.
@Suite("core socket test") struct SocketChecklistTests {
  private static let receive = ZX_PROP_SOCKET_RX_THRESHOLD
  private static let transmit = ZX_PROP_SOCKET_TX_THRESHOLD
  private static let disabled = ZX_SOCKET_DISPOSITION_WRITE_DISABLED
  private static let enabled = ZX_SOCKET_DISPOSITION_WRITE_ENABLED

  @Test(arguments: SocketKind.allCases)
  func `koids of the pair are non-zero and cross-linked`(kind: SocketKind) throws {
    let pair = try SocketPair(kind)
    let writer = try basicInfo(of: pair.writer)
    let reader = try basicInfo(of: pair.reader)
    #expect(writer.koid != 0)
    #expect(reader.koid != 0)
    #expect(writer.related_koid == reader.koid)
    #expect(reader.related_koid == writer.koid)
  }

  @Test(arguments: SocketVariant.all)
  func `read and peek on empty are SHOULD_WAIT`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketRead(pair.reader, 4) == .error(ZX_ERR_SHOULD_WAIT))
    #expect(socketPeek(pair.reader, 4) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test(arguments: SocketVariant.streams)
  func `two writes of 4, one stream read of 8 gives 8`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2, 3, 4]) == .ok(4))
    #expect(socketWrite(pair.writer, [5, 6, 7, 8]) == .ok(4))
    #expect(socketRead(pair.reader, 8) == .ok([1, 2, 3, 4, 5, 6, 7, 8]))
  }

  @Test(arguments: SocketVariant.all)
  func `peer closed, write of 4 is PEER_CLOSED`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    pair.closeReader()
    #expect(socketWrite(pair.writer, [1, 2, 3, 4]) == .error(ZX_ERR_PEER_CLOSED))
  }

  @Test(arguments: SocketVariant.all)
  func `after two writes the writer is 0x2 and the reader 0x3, after draining 0x2`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2, 3, 4]) == .ok(4))
    #expect(socketWrite(pair.writer, [5, 6, 7, 8]) == .ok(4))
    #expect(signals(of: pair.writer) == 0x2)
    #expect(signals(of: pair.reader) == 0x3)
    #expect(drainSocket(pair.reader).bytes.count == 8)
    #expect(signals(of: pair.reader) == 0x2)
  }

  @Test func `signal_peer clearing WRITABLE is INVALID_ARGS`() throws {
    let pair = try SocketPair(.stream)
    let status = zx_object_signal_peer(pair.writer, ZX_SOCKET_WRITABLE, 0)
    #expect(status == ZX_ERR_INVALID_ARGS)
    #expect(signals(of: pair.reader) == 0x2)
  }

  @Test(arguments: SocketVariant.all)
  func `peer closed with nothing buffered: the survivor is exactly 0x4`(
    variant: SocketVariant
  ) throws {
    var pair = try SocketPair(variant)
    pair.closeReader()
    #expect(signals(of: pair.writer) == 0x4)
  }

  @Test(arguments: [receive, transmit])
  func `threshold 0xefffffff is INVALID_ARGS`(property: UInt32) throws {
    let pair = try SocketPair(.stream)
    #expect(setThreshold(pair.writer, property, 0xEFFF_FFFF) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: SocketVariant.all)
  func `RX threshold 101, write of 100 then 1: READ_THRESHOLD with the 101st byte`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    #expect(setThreshold(pair.reader, Self.receive, 101) == ZX_OK)
    #expect(socketWrite(pair.writer, bytePattern(100)) == .ok(100))
    #expect(signals(of: pair.reader) & ZX_SOCKET_READ_THRESHOLD == 0)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(signals(of: pair.reader) & ZX_SOCKET_READ_THRESHOLD == ZX_SOCKET_READ_THRESHOLD)
  }

  @Test(arguments: SocketVariant.all, [1, 101, socketCapacity])
  func `TX threshold on an empty peer: WRITE_THRESHOLD at once, also for duplicates`(
    variant: SocketVariant, value: Int
  ) throws {
    let pair = try SocketPair(variant)
    let copy = try OwnedHandle(duplicating: pair.writer)
    #expect(setThreshold(pair.writer, Self.transmit, value) == ZX_OK)
    #expect(signals(of: pair.writer) & ZX_SOCKET_WRITE_THRESHOLD != 0)
    #expect(signals(of: copy.value) & ZX_SOCKET_WRITE_THRESHOLD != 0)
  }

  @Test(arguments: SocketVariant.all)
  func `raising the RX threshold above the fill drops the signal, restoring returns it`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, bytePattern(101)) == .ok(101))
    #expect(setThreshold(pair.reader, Self.receive, 101) == ZX_OK)
    #expect(signals(of: pair.reader) == 0x403)
    #expect(setThreshold(pair.reader, Self.receive, 102) == ZX_OK)
    #expect(signals(of: pair.reader) == 0x3)
    #expect(setThreshold(pair.reader, Self.receive, 101) == ZX_OK)
    #expect(signals(of: pair.reader) == 0x403)
  }

  @Test(arguments: SocketVariant.all)
  func `setting the TX threshold after the peer closed is PEER_CLOSED`(
    variant: SocketVariant
  ) throws {
    var pair = try SocketPair(variant)
    pair.closeReader()
    #expect(setThreshold(pair.writer, Self.transmit, 1) == ZX_ERR_PEER_CLOSED)
  }

  @Test(arguments: zip([disabled, 0], [0, disabled]))
  func `a duplicate without MANAGE_SOCKET: set_disposition is ACCESS_DENIED`(
    own: UInt32, peer: UInt32
  ) throws {
    let pair = try SocketPair(.stream)
    let reduced = try OwnedHandle(
      duplicating: pair.writer, rights: ZX_DEFAULT_SOCKET_RIGHTS & ~ZX_RIGHT_MANAGE_SOCKET)
    #expect(zx_socket_set_disposition(reduced.value, own, peer) == ZX_ERR_ACCESS_DENIED)
  }

  @Test(arguments: [3, 1_336])
  func `disposition 3 or 1336 in either place is INVALID_ARGS`(value: UInt32) throws {
    let pair = try SocketPair(.stream)
    #expect(zx_socket_set_disposition(pair.writer, value, 0) == ZX_ERR_INVALID_ARGS)
    #expect(zx_socket_set_disposition(pair.writer, 0, value) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: SocketVariant.all)
  func `a write-disabled endpoint: write is BAD_STATE, re-enabling with unread data too`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2]) == .ok(2))
    #expect(zx_socket_set_disposition(pair.writer, Self.disabled, 0) == ZX_OK)
    #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_BAD_STATE))
    #expect(zx_socket_set_disposition(pair.writer, Self.enabled, 0) == ZX_ERR_BAD_STATE)
  }

  @Test(arguments: SocketVariant.all)
  func `drained and peer write-disabled: read is BAD_STATE`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(zx_socket_set_disposition(pair.writer, Self.disabled, 0) == ZX_OK)
    #expect(socketRead(pair.reader, 4) == .ok([1]))
    #expect(socketRead(pair.reader, 4) == .error(ZX_ERR_BAD_STATE))
  }

  @Test(arguments: SocketVariant.all)
  func `drained and peer not disabled: read is SHOULD_WAIT`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(zx_socket_set_disposition(pair.reader, Self.disabled, 0) == ZX_OK)
    #expect(socketRead(pair.reader, 4) == .ok([1]))
    #expect(socketRead(pair.reader, 4) == .error(ZX_ERR_SHOULD_WAIT))
  }

  @Test(arguments: SocketVariant.all)
  func `enabling both after draining both: both exactly 0x2 and data flows again`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(socketWrite(pair.reader, [2]) == .ok(1))
    #expect(zx_socket_set_disposition(pair.writer, Self.disabled, Self.disabled) == ZX_OK)
    #expect(socketRead(pair.reader, 4) == .ok([1]))
    #expect(socketRead(pair.writer, 4) == .ok([2]))
    #expect(zx_socket_set_disposition(pair.writer, Self.enabled, Self.enabled) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x2)
    #expect(signals(of: pair.reader) == 0x2)
    #expect(socketWrite(pair.writer, [3]) == .ok(1))
    #expect(socketRead(pair.reader, 4) == .ok([3]))
    #expect(socketWrite(pair.reader, [4]) == .ok(1))
    #expect(socketRead(pair.writer, 4) == .ok([4]))
  }

  @Test(arguments: SocketVariant.all)
  func `peer closed with unread data after it was disabled: enabling it is BAD_STATE`(
    variant: SocketVariant
  ) throws {
    var pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(zx_socket_set_disposition(pair.writer, Self.disabled, 0) == ZX_OK)
    pair.closeWriter()
    #expect(zx_socket_set_disposition(pair.reader, 0, Self.enabled) == ZX_ERR_BAD_STATE)
  }

  @Test(arguments: SocketVariant.streams)
  func `stream write of rx_buf_max + 1 is OK and short`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let limit = try socketInfo(of: pair.reader).rx_buf_max
    #expect(socketWrite(pair.writer, bytePattern(limit + 1)) == .ok(limit))
  }
}
