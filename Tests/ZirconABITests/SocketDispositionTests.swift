import CZircon
import TestSupport
import Testing

private let enabled = ZX_SOCKET_DISPOSITION_WRITE_ENABLED
private let disabled = ZX_SOCKET_DISPOSITION_WRITE_DISABLED

/// What decides over `zx_socket_set_disposition`: two endpoints, each disabled or not, each with
/// unread data or not.
struct DispositionState: Sendable, CustomTestStringConvertible {
  var isOwnDisabled: Bool
  var isPeerDisabled: Bool
  let hasOwnData: Bool
  let hasPeerData: Bool

  var testDescription: String {
    "own \(isOwnDisabled) \(hasOwnData), peer \(isPeerDisabled) \(hasPeerData)"
  }

  static let all = (0..<16).map { bits in
    DispositionState(
      isOwnDisabled: bits & 1 != 0, isPeerDisabled: bits & 2 != 0,
      hasOwnData: bits & 4 != 0, hasPeerData: bits & 8 != 0)
  }

  /// The contract, in order: a direction is switched on again only when it has been drained.
  mutating func apply(_ disposition: UInt32, _ peerDisposition: UInt32) -> zx_status_t {
    if peerDisposition == enabled && hasOwnData && isPeerDisabled { return ZX_ERR_BAD_STATE }
    if disposition == enabled && hasPeerData && isOwnDisabled { return ZX_ERR_BAD_STATE }
    if disposition != 0 { isOwnDisabled = disposition == disabled }
    if peerDisposition != 0 { isPeerDisabled = peerDisposition == disabled }
    return ZX_OK
  }

  var ownSignals: zx_signals_t {
    Self.signals(hasData: hasOwnData, isDisabled: isOwnDisabled, isOtherDisabled: isPeerDisabled)
  }
  var peerSignals: zx_signals_t {
    Self.signals(hasData: hasPeerData, isDisabled: isPeerDisabled, isOtherDisabled: isOwnDisabled)
  }

  private static func signals(
    hasData: Bool, isDisabled: Bool, isOtherDisabled: Bool
  ) -> zx_signals_t {
    (hasData ? 0x1 : 0) | (isDisabled ? 0x20 : 0x2) | (isOtherDisabled ? 0x10 : 0)
  }
}

/// Source: `zx_socket_set_disposition`, checks in order and effects.
@Suite("zx_socket_set_disposition") struct SocketDispositionTests {
  @Test(arguments: [3, 4, 5, 1336, 0x8000_0000, UInt32.max])
  func `an unknown disposition is INVALID_ARGS even on a bad handle`(value: UInt32) throws {
    #expect(zx_socket_set_disposition(0, value, 0) == ZX_ERR_INVALID_ARGS)
    #expect(zx_socket_set_disposition(0, 0, value) == ZX_ERR_INVALID_ARGS)
    let pair = try SocketPair(.stream)
    #expect(zx_socket_set_disposition(pair.writer, value, disabled) == ZX_ERR_INVALID_ARGS)
    #expect(zx_socket_set_disposition(pair.writer, disabled, value) == ZX_ERR_INVALID_ARGS)
    #expect(signals(of: pair.writer) == 0x2)
    #expect(signals(of: pair.reader) == 0x2)
  }

  @Test func `nothing to do still validates the handle`() throws {
    #expect(zx_socket_set_disposition(0, 0, 0) == ZX_ERR_BAD_HANDLE)
    let event = try OwnedHandle.event()
    #expect(zx_socket_set_disposition(event.value, 0, 0) == ZX_ERR_WRONG_TYPE)
    let pair = try SocketPair(.stream)
    let reduced = try OwnedHandle(
      duplicating: pair.writer, rights: ZX_DEFAULT_SOCKET_RIGHTS & ~ZX_RIGHT_MANAGE_SOCKET)
    #expect(zx_socket_set_disposition(reduced.value, 0, 0) == ZX_ERR_ACCESS_DENIED)
  }

  /// Both kinds, both directions, every state and every pair of values.
  @Test(arguments: SocketVariant.all, DispositionState.all)
  func `every state and every pair of values answers as the contract says`(
    variant: SocketVariant, start: DispositionState
  ) throws {
    for disposition in [0, disabled, enabled] {
      for peerDisposition in [0, disabled, enabled] {
        let pair = try SocketPair(variant)
        let (own, peer) = (pair.writer, pair.reader)
        if start.hasOwnData { try #require(socketWrite(peer, [1]) == .ok(1)) }
        if start.hasPeerData { try #require(socketWrite(own, [2]) == .ok(1)) }
        try #require(
          zx_socket_set_disposition(
            own, start.isOwnDisabled ? disabled : 0, start.isPeerDisabled ? disabled : 0) == ZX_OK)

        var expected = start
        let status = expected.apply(disposition, peerDisposition)
        #expect(zx_socket_set_disposition(own, disposition, peerDisposition) == status)
        #expect(signals(of: own) == expected.ownSignals)
        #expect(signals(of: peer) == expected.peerSignals)
        let write = socketWrite(own, [3])
        #expect(write == (expected.isOwnDisabled ? .error(ZX_ERR_BAD_STATE) : .ok(1)))
      }
    }
  }

  @Test(arguments: SocketVariant.all)
  func `disabling is addressed to one endpoint`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_BAD_STATE))
    #expect(socketWrite(pair.reader, [1]) == .ok(1))
    #expect(socketRead(pair.writer, 1) == .ok([1]))
    #expect(socketRead(pair.writer, 1) == .error(ZX_ERR_SHOULD_WAIT))
    #expect(socketRead(pair.reader, 1) == .error(ZX_ERR_BAD_STATE))
  }

  @Test(arguments: SocketVariant.all)
  func `disabling twice is OK and harmless`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(zx_socket_set_disposition(pair.reader, 0, disabled) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x20)
    #expect(signals(of: pair.reader) == 0x12)
    #expect(zx_socket_set_disposition(pair.writer, enabled, 0) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x2)
    #expect(signals(of: pair.reader) == 0x2)
  }

  @Test(arguments: SocketVariant.all)
  func `enabling again is BAD_STATE until the data is drained`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1, 2]) == .ok(2))
    #expect(socketWrite(pair.writer, [3]) == .ok(1))
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(zx_socket_set_disposition(pair.writer, enabled, 0) == ZX_ERR_BAD_STATE)
    #expect(zx_socket_set_disposition(pair.reader, 0, enabled) == ZX_ERR_BAD_STATE)
    #expect(socketRead(pair.reader, 2) == .ok([1, 2]))
    #expect(zx_socket_set_disposition(pair.writer, enabled, 0) == ZX_ERR_BAD_STATE)
    #expect(socketRead(pair.reader, 2) == .ok([3]))
    #expect(zx_socket_set_disposition(pair.writer, enabled, 0) == ZX_OK)
    #expect(socketWrite(pair.writer, [4]) == .ok(1))
    #expect(socketRead(pair.reader, 2) == .ok([4]))
  }

  @Test(arguments: SocketVariant.all)
  func `a refused call changes neither endpoint`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(zx_socket_set_disposition(pair.writer, enabled, disabled) == ZX_ERR_BAD_STATE)
    #expect(signals(of: pair.writer) == 0x20)
    #expect(signals(of: pair.reader) == 0x13)
    #expect(zx_socket_set_disposition(pair.reader, disabled, enabled) == ZX_ERR_BAD_STATE)
    #expect(signals(of: pair.writer) == 0x20)
    #expect(signals(of: pair.reader) == 0x13)
  }

  @Test(arguments: SocketVariant.all)
  func `a closed peer leaves the disposition to the survivor`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    pair.closeReader()
    #expect(signals(of: pair.writer) == 0x4)
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x24)
    #expect(zx_socket_set_disposition(pair.writer, enabled, 0) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x6)
    #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_PEER_CLOSED))
  }

  @Test(arguments: SocketVariant.all)
  func `a closed peer's disposition is OK and changes no signal`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    pair.closeWriter()
    #expect(zx_socket_set_disposition(pair.reader, 0, disabled) == ZX_OK)
    #expect(signals(of: pair.reader) == 0x5)
    #expect(socketRead(pair.reader, 1) == .ok([1]))
    #expect(socketRead(pair.reader, 1) == .error(ZX_ERR_PEER_CLOSED))
    #expect(zx_socket_set_disposition(pair.reader, 0, enabled) == ZX_OK)
    #expect(signals(of: pair.reader) == 0x4)
  }

  @Test(arguments: SocketVariant.all)
  func `enabling a peer that closed with unread data is BAD_STATE`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [1]) == .ok(1))
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    pair.closeWriter()
    #expect(signals(of: pair.reader) == 0x15)
    #expect(zx_socket_set_disposition(pair.reader, 0, enabled) == ZX_ERR_BAD_STATE)
    #expect(socketRead(pair.reader, 1) == .ok([1]))
    #expect(zx_socket_set_disposition(pair.reader, 0, enabled) == ZX_OK)
    #expect(signals(of: pair.reader) == 0x14)
  }

  @Test(arguments: SocketVariant.all)
  func `duplicates see and change the same disposition`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let copy = try OwnedHandle(duplicating: pair.writer)
    #expect(zx_socket_set_disposition(copy.value, disabled, 0) == ZX_OK)
    #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_BAD_STATE))
    #expect(zx_socket_set_disposition(pair.writer, enabled, 0) == ZX_OK)
    #expect(socketWrite(copy.value, [1]) == .ok(1))
  }

  @Test(arguments: SocketVariant.all)
  func `disabling releases a waiter for WRITE_DISABLED at once`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let reader = pair.reader
    let waiter = try TestThread {
      zx_object_wait_one(reader, ZX_SOCKET_PEER_WRITE_DISABLED, farDeadline(), nil)
    }
    #expect(waiter.waitUntilAsleep())
    #expect(zx_socket_set_disposition(pair.writer, disabled, 0) == ZX_OK)
    #expect(waiter.join() == ZX_OK)
  }
}
