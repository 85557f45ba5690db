import CZircon
import TestSupport
import Testing

/// Source: `zx_port_queue`.
@Suite("zx_port_queue") struct PortQueueTests {
  @Test func `a bad handle is BAD_HANDLE, before the packet is looked at`() throws {
    for handle in [ZX_HANDLE_INVALID, try staleHandle(), zx_handle_t.max] {
      #expect(zx_port_queue(handle, nil) == ZX_ERR_BAD_HANDLE)
    }
  }

  @Test func `another object is WRONG_TYPE, before the rights and the packet`() throws {
    let event = try OwnedHandle.event()
    let socket = try SocketPair(.stream)
    for handle in [event.value, socket.writer] {
      #expect(zx_port_queue(handle, nil) == ZX_ERR_WRONG_TYPE)
      let bare = try OwnedHandle(duplicating: handle, rights: ZX_RIGHT_NONE)
      #expect(portQueue(bare.value, key: 1) == ZX_ERR_WRONG_TYPE)
    }
  }

  @Test func `no WRITE is ACCESS_DENIED, before the packet`() throws {
    let port = try OwnedHandle.port()
    let reduced = try port.without(ZX_RIGHT_WRITE)
    #expect(zx_port_queue(reduced.value, nil) == ZX_ERR_ACCESS_DENIED)
    #expect(portQueue(reduced.value, key: 1) == ZX_ERR_ACCESS_DENIED)
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
  }

  @Test func `WRITE is the only right needed`() throws {
    let port = try OwnedHandle.port()
    let reduced = try OwnedHandle(duplicating: port.value, rights: ZX_RIGHT_WRITE)
    #expect(portQueue(reduced.value, key: 1) == ZX_OK)
    #expect(portWait(port.value) == .packet(.user(1)))
  }

  @Test(arguments: BadAddress.unreadable)
  func `an unreadable packet is INVALID_ARGS and nothing is queued`(address: BadAddress) throws {
    let port = try OwnedHandle.port()
    let bad = try BadMemory(address, byteCount: 48)
    let packet = bad.bound(to: zx_port_packet_t.self)
    #expect(zx_port_queue(port.value, packet) == ZX_ERR_INVALID_ARGS)
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
  }

  @Test func `a packet in read-only memory is fine`() throws {
    let port = try OwnedHandle.port()
    let sent = Packet.user(3, status: 4, [5, 6, 7, 8])
    let memory = try BadMemory(.readOnly, holding: withUnsafeBytes(of: sent.raw) { [UInt8]($0) })
    #expect(zx_port_queue(port.value, memory.bound(to: zx_port_packet_t.self)) == ZX_OK)
    #expect(portWait(port.value) == .packet(sent))
  }

  @Test func `a misaligned packet is fine`() throws {
    let port = try OwnedHandle.port()
    let sent = Packet.user(3, status: 4, [5, 6, 7, 8])
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 49, alignment: 16)
    defer { memory.deallocate() }
    withUnsafeBytes(of: sent.raw) {
      (memory + 1).copyMemory(from: $0.baseAddress!, byteCount: 48)
    }
    let packet = (memory + 1).assumingMemoryBound(to: zx_port_packet_t.self)
    #expect(zx_port_queue(port.value, packet) == ZX_OK)
    #expect(portWait(port.value) == .packet(sent))
  }

  @Test(arguments: [0, 1, 2, 5, 7, 9, UInt32.max])
  func `the type becomes USER, everything else arrives unchanged`(type: UInt32) throws {
    let port = try OwnedHandle.port()
    let payload: [UInt64] = [0x0123_4567_89AB_CDEF, .max, 0, 0x8000_0000_0000_0001]
    let sent = Packet(key: 12, type: type, status: -3, payload: payload)
    #expect(portQueue(port.value, sent) == ZX_OK)
    #expect(portWait(port.value) == .packet(.user(12, status: -3, payload)))
  }

  @Test func `the packet is copied`() throws {
    let port = try OwnedHandle.port()
    var raw = Packet.user(1, [1, 2, 3, 4]).raw
    #expect(zx_port_queue(port.value, &raw) == ZX_OK)
    raw = Packet.user(2, [0, 0, 0, 0]).raw
    #expect(portWait(port.value) == .packet(.user(1, [1, 2, 3, 4])))
  }

  @Test func `packets queued under any keys come in order`() throws {
    let port = try OwnedHandle.port()
    let keys = (0..<100).map { UInt64($0 * 37 % 5) }
    for key in keys { #expect(portQueue(port.value, key: key) == ZX_OK) }
    #expect(drainPort(port.value).map(\.key) == keys)
  }

  @Test func `the 4098th outstanding packet is SHOULD_WAIT`() throws {
    let port = try OwnedHandle.port()
    for key in 0..<4097 { try #require(portQueue(port.value, key: UInt64(key)) == ZX_OK) }
    #expect(portQueue(port.value, key: 9999) == ZX_ERR_SHOULD_WAIT)
    #expect(portQueue(port.value, key: 9999) == ZX_ERR_SHOULD_WAIT)
    #expect(portWait(port.value) == .packet(.user(0)))
    #expect(portQueue(port.value, key: 4097) == ZX_OK)
    #expect(portQueue(port.value, key: 9999) == ZX_ERR_SHOULD_WAIT)
    #expect(drainPort(port.value).map(\.key) == (1...4097).map { UInt64($0) })
  }

  @Test func `an unreadable packet is found before a full port`() throws {
    let port = try OwnedHandle.port()
    for _ in 0..<4097 { try #require(portQueue(port.value, key: 1) == ZX_OK) }
    #expect(zx_port_queue(port.value, nil) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `a full port still takes signal packets, and they take no room from users`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    for _ in 0..<5000 { try #require(waitAsync(event.value, port.value) == ZX_OK) }
    for _ in 0..<4097 { try #require(portQueue(port.value, key: 1) == ZX_OK) }
    #expect(portQueue(port.value, key: 1) == ZX_ERR_SHOULD_WAIT)
    #expect(waitAsync(event.value, port.value) == ZX_OK)
    #expect(portQueue(port.value, key: 1) == ZX_ERR_SHOULD_WAIT)
    #expect(drainPort(port.value).map(\.type).filter { $0 == 1 }.count == 5001)
  }

  @Test func `cancelling user packets makes room for others`() throws {
    let port = try OwnedHandle.port()
    for _ in 0..<4097 { try #require(portQueue(port.value, key: 1) == ZX_OK) }
    #expect(zx_port_cancel_key(port.value, 0, 1) == ZX_OK)
    for _ in 0..<4097 { try #require(portQueue(port.value, key: 2) == ZX_OK) }
    #expect(portQueue(port.value, key: 2) == ZX_ERR_SHOULD_WAIT)
  }

  @Test func `closing a port with packets in it is fine`() throws {
    for _ in 0..<10 {
      var port = try OwnedHandle.port()
      for key: UInt64 in 0..<100 { #expect(portQueue(port.value, key: key) == ZX_OK) }
      port.close()
    }
  }
}
