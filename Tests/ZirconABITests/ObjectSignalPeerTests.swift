import CZircon
import Testing

/// Source: `zx_object_signal_peer`, checks in order and effect.
@Suite("zx_object_signal_peer") struct ObjectSignalPeerTests {
  @Test func `a bad handle is BAD_HANDLE, before the mask`() throws {
    for handle in [ZX_HANDLE_INVALID, try staleHandle(), zx_handle_t.max] {
      #expect(zx_object_signal_peer(handle, 0x1, 0) == ZX_ERR_BAD_HANDLE)
    }
  }

  @Test func `an event has no SIGNAL_PEER right: ACCESS_DENIED`() throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal_peer(event.value, 0, ZX_USER_SIGNAL_0) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_object_signal_peer(event.value, 0x1, 0) == ZX_ERR_ACCESS_DENIED)
  }

  @Test func `no SIGNAL_PEER right is ACCESS_DENIED, before the mask and PEER_CLOSED`() throws {
    var pair = try SocketPair(.stream)
    let reduced = try OwnedHandle(
      duplicating: pair.writer, rights: ZX_DEFAULT_SOCKET_RIGHTS & ~ZX_RIGHT_SIGNAL_PEER)
    #expect(zx_object_signal_peer(reduced.value, 0, ZX_USER_SIGNAL_0) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_object_signal_peer(reduced.value, 0, 0x1) == ZX_ERR_ACCESS_DENIED)
    pair.closeReader()
    #expect(zx_object_signal_peer(reduced.value, 0, ZX_USER_SIGNAL_0) == ZX_ERR_ACCESS_DENIED)
  }

  @Test func `SIGNAL_PEER alone is enough, SIGNAL alone is not`() throws {
    let pair = try EventPair()
    let peer = try OwnedHandle(duplicating: pair.first, rights: ZX_RIGHT_SIGNAL_PEER)
    let own = try OwnedHandle(duplicating: pair.first, rights: ZX_RIGHT_SIGNAL)
    #expect(zx_object_signal_peer(peer.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(zx_object_signal(peer.value, 0, ZX_USER_SIGNAL_0) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_object_signal_peer(own.value, 0, ZX_USER_SIGNAL_1) == ZX_ERR_ACCESS_DENIED)
    #expect(signals(of: pair.second) == ZX_USER_SIGNAL_0)
    #expect(signals(of: pair.first) == 0)
  }

  /// Every bit: those of the user and SIGNALED are allowed, all others are not.
  @Test(arguments: 0..<32)
  func `an eventpair takes bit 3 and the user's, others are INVALID_ARGS`(bit: Int) throws {
    let pair = try EventPair()
    let mask = zx_signals_t(1) << zx_signals_t(bit)
    let status = bit == 3 || bit >= 24 ? ZX_OK : ZX_ERR_INVALID_ARGS
    #expect(zx_object_signal_peer(pair.first, 0, mask) == status)
    #expect(signals(of: pair.second) == (status == ZX_OK ? mask : 0))
    #expect(signals(of: pair.first) == 0)
    #expect(zx_object_signal_peer(pair.first, mask, 0) == status)
    #expect(signals(of: pair.second) == 0)
  }

  @Test func `INVALID_ARGS comes before PEER_CLOSED`() throws {
    var pair = try EventPair()
    pair.closeFirst()
    let bad = ZX_EVENTPAIR_PEER_CLOSED
    #expect(zx_object_signal_peer(pair.second, 0, bad) == ZX_ERR_INVALID_ARGS)
    #expect(zx_object_signal_peer(pair.second, bad, 0) == ZX_ERR_INVALID_ARGS)
    #expect(zx_object_signal_peer(pair.second, 0, ZX_USER_SIGNAL_0) == ZX_ERR_PEER_CLOSED)
    #expect(zx_object_signal_peer(pair.second, 0, 0) == ZX_ERR_PEER_CLOSED)
    #expect(signals(of: pair.second) == ZX_EVENTPAIR_PEER_CLOSED)
  }

  @Test func `clearing comes before setting`() throws {
    let pair = try EventPair()
    #expect(zx_object_signal_peer(pair.first, 0, 0x0300_0008) == ZX_OK)
    #expect(zx_object_signal_peer(pair.first, 0x0300_0008, ZX_USER_SIGNAL_1) == ZX_OK)
    #expect(signals(of: pair.second) == ZX_USER_SIGNAL_1)
  }

  @Test(arguments: SocketVariant.all)
  func `a socket's peer changes and the caller's end does not`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let user = ZX_USER_SIGNAL_1 | ZX_USER_SIGNAL_2
    #expect(zx_object_signal_peer(pair.writer, 0, user) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x2)
    #expect(signals(of: pair.reader) == user | 0x2)
  }

  @Test func `what signal_peer set stays when the signalling side closes`() throws {
    var pair = try EventPair()
    #expect(zx_object_signal_peer(pair.first, 0, ZX_USER_SIGNAL_5) == ZX_OK)
    pair.closeFirst()
    #expect(signals(of: pair.second) == ZX_USER_SIGNAL_5 | ZX_EVENTPAIR_PEER_CLOSED)
  }
}
