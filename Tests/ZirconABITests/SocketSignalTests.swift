import CZircon
import Testing

private let enabled = ZX_SOCKET_DISPOSITION_WRITE_ENABLED
private let disabled = ZX_SOCKET_DISPOSITION_WRITE_DISABLED

/// Source: the signals of a socket; when `ZX_SOCKET_WRITABLE` changes, the complete list, and the
/// surprising cases.
@Suite("socket signals") struct SocketSignalTests {
  @Test(arguments: SocketVariant.all)
  func `READABLE is there exactly while there is something to read`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2]) == .ok(2))
    #expect(socketWrite(pair.writer, [3, 4]) == .ok(2))
    #expect(signals(of: pair.writer) == 0x2)
    #expect(signals(of: pair.reader) == 0x3)
    #expect(socketRead(pair.reader, 2) == .ok([1, 2]))
    #expect(signals(of: pair.reader) == 0x3)
    #expect(socketRead(pair.reader, 2) == .ok([3, 4]))
    #expect(signals(of: pair.reader) == 0x2)
  }

  @Test(arguments: SocketVariant.all)
  func `the write that fills the buffer clears WRITABLE, the one before does not`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    let large = bytePattern(socketCapacity - 1)
    #expect(socketWrite(pair.writer, large) == .ok(large.count))
    #expect(signals(of: pair.writer) == 0x2)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(signals(of: pair.writer) == 0)
    #expect(signals(of: pair.reader) == 0x3)
  }

  @Test(arguments: SocketVariant.all)
  func `a read from a full buffer sets WRITABLE`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    try fillSocket(pair.writer)
    #expect(socketRead(pair.reader, 1).answer == .ok(1))
    #expect(signals(of: pair.writer) == 0x2)
    let isDrained = variant.kind == .datagram
    #expect(signals(of: pair.reader) == (isDrained ? 0x2 : 0x3))
  }

  @Test(arguments: SocketVariant.all)
  func `peeks, reads of nothing and refused writes on a full buffer change nothing`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    try fillSocket(pair.writer)
    #expect(socketPeek(pair.reader, 10).answer == .ok(10))
    #expect(socketRead(pair.reader, 0) == .ok([]))
    #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_SHOULD_WAIT))
    #expect(signals(of: pair.writer) == 0)
    #expect(signals(of: pair.reader) == 0x3)
  }

  @Test(arguments: SocketVariant.all)
  func `WRITE_DISABLED clears WRITABLE and WRITE_ENABLED sets it`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x20)
    #expect(signals(of: pair.reader) == 0x12)
    #expect(zx_socket_set_disposition(pair.writer, enabled, 0) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x2)
    #expect(signals(of: pair.reader) == 0x2)
  }

  @Test(arguments: SocketVariant.all)
  func `a read from a full buffer sets WRITABLE even next to WRITE_DISABLED`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    try fillSocket(pair.writer)
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x20)
    #expect(socketRead(pair.reader, 1).answer == .ok(1))
    #expect(signals(of: pair.writer) == 0x22)
    #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_BAD_STATE))
  }

  @Test(arguments: SocketVariant.all)
  func `a read from a buffer that is not full leaves a disabled writer alone`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2]) == .ok(2))
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(socketRead(pair.reader, 2) == .ok([1, 2]))
    #expect(signals(of: pair.writer) == 0x20)
  }

  @Test(arguments: SocketVariant.all)
  func `enabling what is not disabled sets WRITABLE even on a full buffer`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    try fillSocket(pair.writer)
    #expect(signals(of: pair.writer) == 0)
    #expect(zx_socket_set_disposition(pair.writer, enabled, 0) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x2)
    #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_SHOULD_WAIT))
    #expect(signals(of: pair.writer) == 0x2)
  }

  @Test(arguments: SocketVariant.all)
  func `enabling the survivor of a closed peer sets WRITABLE`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    pair.closeReader()
    #expect(zx_socket_set_disposition(pair.writer, enabled, 0) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x6)
    #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_PEER_CLOSED))
    #expect(signals(of: pair.writer) == 0x6)
  }

  @Test(arguments: SocketVariant.all)
  func `the peer's closing clears WRITABLE and nothing else`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    let (survivor, peer) = (pair.writer, pair.reader)
    #expect(setThreshold(survivor, ZX_PROP_SOCKET_TX_THRESHOLD, 1) == ZX_OK)
    #expect(setThreshold(survivor, ZX_PROP_SOCKET_RX_THRESHOLD, 1) == ZX_OK)
    #expect(socketWrite(peer, [1]) == .ok(1))
    #expect(zx_object_signal(survivor, 0, 0xA500_0000) == ZX_OK)
    #expect(zx_socket_set_disposition(survivor, 0, disabled) == ZX_OK)
    #expect(signals(of: survivor) == 0xA500_0C13)
    pair.closeReader()
    #expect(signals(of: survivor) == 0xA500_0C15)
  }

  @Test(arguments: SocketVariant.all)
  func `a disabled survivor keeps WRITE_DISABLED when the peer closes`(
    variant: SocketVariant
  ) throws {
    var pair = try SocketPair(variant)
    #expect(zx_socket_set_disposition(pair.writer, disabled, disabled) == ZX_OK)
    pair.closeReader()
    #expect(signals(of: pair.writer) == 0x34)
  }

  @Test(arguments: SocketVariant.all)
  func `user signals of the endpoints are independent`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(zx_object_signal(pair.writer, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(zx_object_signal_peer(pair.writer, 0, ZX_USER_SIGNAL_7) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x0100_0002)
    #expect(signals(of: pair.reader) == 0x8000_0002)
    #expect(zx_object_signal(pair.writer, ZX_USER_SIGNAL_0, ZX_USER_SIGNAL_1) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x0200_0002)
    #expect(zx_object_signal_peer(pair.writer, ZX_USER_SIGNAL_7, 0) == ZX_OK)
    #expect(signals(of: pair.reader) == 0x2)
  }

  /// Every bit below the user's: none of them is for `zx_object_signal` on a socket.
  @Test(arguments: 0..<24)
  func `signalling a bit other than the user's is INVALID_ARGS`(bit: Int) throws {
    let pair = try SocketPair(.stream)
    let mask = zx_signals_t(1) << zx_signals_t(bit)
    for signal in [zx_object_signal, zx_object_signal_peer] {
      #expect(signal(pair.writer, mask, 0) == ZX_ERR_INVALID_ARGS)
      #expect(signal(pair.writer, 0, mask) == ZX_ERR_INVALID_ARGS)
      #expect(signal(pair.writer, mask | ZX_USER_SIGNAL_0, 0) == ZX_ERR_INVALID_ARGS)
      #expect(signal(pair.writer, 0, mask | ZX_USER_SIGNAL_0) == ZX_ERR_INVALID_ARGS)
    }
    #expect(signals(of: pair.writer) == 0x2)
    #expect(signals(of: pair.reader) == 0x2)
  }

  @Test(arguments: SocketVariant.all)
  func `data and user signals do not disturb each other`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(zx_object_signal(pair.reader, 0, ZX_USER_SIGNAL_ALL) == ZX_OK)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(signals(of: pair.reader) == 0xFF00_0003)
    #expect(zx_object_signal(pair.reader, ZX_USER_SIGNAL_ALL, 0) == ZX_OK)
    #expect(signals(of: pair.reader) == 0x3)
    #expect(socketRead(pair.reader, 1) == .ok([1]))
    #expect(signals(of: pair.reader) == 0x2)
  }
}
