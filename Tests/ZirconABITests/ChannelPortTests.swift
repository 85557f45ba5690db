import CZircon
import Testing

/// Source: `zx_object_wait_async` through handles inside unread messages.
@Suite("asynchronous waits in flight") struct ChannelPortTests {
  private func packet(_ port: zx_handle_t) -> (zx_status_t, UInt64, zx_signals_t) {
    var packet = zx_port_packet_t()
    let status = zx_port_wait(port, .min, &packet)
    return (status, packet.key, packet.signal.observed)
  }

  private func makePort() throws -> OwnedHandle {
    var port = ZX_HANDLE_INVALID
    try #require(zx_port_create(0, &port) == ZX_OK)
    return OwnedHandle(owning: port)
  }

  @Test func `a wait goes on while its handle is in flight`() throws {
    let port = try makePort()
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let sent = try loose(event.value)
    #expect(zx_object_wait_async(sent, port.value, 5, ZX_USER_SIGNAL_0, 0) == ZX_OK)
    #expect(channelWrite(pair.first, [], [sent]) == ZX_OK)
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(packet(port.value) == (ZX_OK, 5, ZX_USER_SIGNAL_0))
  }

  @Test(arguments: [true, false])
  func `it is gone when the handle is received, or the message destroyed`(isRead: Bool) throws {
    let port = try makePort()
    var pair = try ChannelPair()
    let event = try OwnedHandle.event()
    let sent = try loose(event.value)
    #expect(zx_object_wait_async(sent, port.value, 5, ZX_USER_SIGNAL_0, 0) == ZX_OK)
    #expect(channelWrite(pair.first, [], [sent]) == ZX_OK)
    if isRead {
      #expect(zx_handle_close(try channelTakeHandle(pair.second)) == ZX_OK)
    } else {
      pair.closeSecond()
    }
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(packet(port.value).0 == ZX_ERR_TIMED_OUT)
  }

  @Test func `a message makes a packet with READABLE and WRITABLE`() throws {
    let port = try makePort()
    let pair = try ChannelPair()
    #expect(zx_object_wait_async(pair.second, port.value, 7, ZX_CHANNEL_READABLE, 0) == ZX_OK)
    #expect(channelWrite(pair.first, [1]) == ZX_OK)
    #expect(channelWrite(pair.first, [2]) == ZX_OK)
    var packet = zx_port_packet_t()
    #expect(zx_port_wait(port.value, .min, &packet) == ZX_OK)
    #expect(packet.key == 7)
    #expect(packet.signal.observed == 3)
    #expect(packet.signal.count == 1)
  }

  @Test func `a port goes through a channel with what waits in it`() throws {
    var port = try makePort()
    let pair = try ChannelPair()
    let event = try OwnedHandle.event()
    #expect(zx_object_wait_async(event.value, port.value, 9, ZX_USER_SIGNAL_0, 0) == ZX_OK)
    #expect(channelWrite(pair.first, [], [port.value]) == ZX_OK)
    port.forget()
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    port.forget(now: try channelTakeHandle(pair.second))
    #expect(packet(port.value) == (ZX_OK, 9, ZX_USER_SIGNAL_0))
  }
}
