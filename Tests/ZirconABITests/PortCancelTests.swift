import CZircon
import TestSupport
import Testing

/// Source: `zx_port_cancel`.
@Suite("zx_port_cancel") struct PortCancelTests {
  @Test func `the port is judged first: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    let reduced = try port.without(ZX_RIGHT_WRITE)
    let stale = try staleHandle()
    for source in [event.value, stale, 0, port.value] {
      #expect(zx_port_cancel(stale, source, 1) == ZX_ERR_BAD_HANDLE)
      #expect(zx_port_cancel(0, source, 1) == ZX_ERR_BAD_HANDLE)
      #expect(zx_port_cancel(event.value, source, 1) == ZX_ERR_WRONG_TYPE)
      #expect(zx_port_cancel(reduced.value, source, 1) == ZX_ERR_ACCESS_DENIED)
    }
  }

  @Test func `the source is judged next: BAD_HANDLE, ACCESS_DENIED without WAIT`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    let reduced = try event.without(ZX_RIGHT_WAIT)
    #expect(zx_port_cancel(port.value, 0, 1) == ZX_ERR_BAD_HANDLE)
    #expect(zx_port_cancel(port.value, try staleHandle(), 1) == ZX_ERR_BAD_HANDLE)
    #expect(zx_port_cancel(port.value, reduced.value, 1) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_port_cancel(port.value, port.value, 1) == ZX_ERR_ACCESS_DENIED)
  }

  @Test func `nothing to cancel is NOT_FOUND`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(zx_port_cancel(port.value, event.value, 1) == ZX_ERR_NOT_FOUND)
    #expect(waitAsync(event.value, port.value, key: 2) == ZX_OK)
    #expect(zx_port_cancel(port.value, event.value, 1) == ZX_ERR_NOT_FOUND)
  }

  @Test func `WRITE on the port and WAIT on the source are enough`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    let writing = try OwnedHandle(duplicating: port.value, rights: ZX_RIGHT_WRITE)
    let waiting = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_WAIT)
    #expect(waitAsync(waiting.value, writing.value, key: 2) == ZX_OK)
    #expect(zx_port_cancel(writing.value, waiting.value, 2) == ZX_OK)
  }

  @Test(arguments: [ZX_WAIT_ASYNC_ONCE, ZX_WAIT_ASYNC_EDGE])
  func `a pending wait is cancelled once, and never delivered`(options: UInt32) throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(waitAsync(event.value, port.value, key: 2, options: options) == ZX_OK)
    #expect(zx_port_cancel(port.value, event.value, 2) == ZX_OK)
    #expect(zx_port_cancel(port.value, event.value, 2) == ZX_ERR_NOT_FOUND)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
  }

  @Test func `a queued packet is cancelled, and gone`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(waitAsync(event.value, port.value, key: 2) == ZX_OK)
    #expect(waitAsync(event.value, port.value, key: 3) == ZX_OK)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(zx_port_cancel(port.value, event.value, 2) == ZX_OK)
    #expect(zx_port_cancel(port.value, event.value, 2) == ZX_ERR_NOT_FOUND)
    #expect(drainPort(port.value) == [.signal(3, trigger: 8, observed: 8)])
  }

  @Test func `after delivery it is NOT_FOUND`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(waitAsync(event.value, port.value, key: 2) == ZX_OK)
    #expect(portWait(port.value).packet?.key == 2)
    #expect(zx_port_cancel(port.value, event.value, 2) == ZX_ERR_NOT_FOUND)
  }

  @Test func `all with the key go, pending and queued, others stay`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    for key: UInt64 in [128, 13, 7, 13] {
      #expect(waitAsync(event.value, port.value, key: key) == ZX_OK)
    }
    #expect(
      waitAsync(event.value, port.value, key: 13, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(zx_port_cancel(port.value, event.value, 13) == ZX_OK)
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(drainPort(port.value).map(\.key) == [7, 128])
    #expect(zx_port_cancel(port.value, event.value, 128) == ZX_ERR_NOT_FOUND)
  }

  @Test(arguments: [false, true])
  func `a duplicate of the source does not match, nor does another object`(
    isQueued: Bool
  ) throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    let other = try OwnedHandle.event()
    let copy = try OwnedHandle(duplicating: event.value)
    if isQueued { #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK) }
    #expect(waitAsync(event.value, port.value, key: 2) == ZX_OK)
    #expect(zx_port_cancel(port.value, copy.value, 2) == ZX_ERR_NOT_FOUND)
    #expect(zx_port_cancel(port.value, other.value, 2) == ZX_ERR_NOT_FOUND)
    #expect(zx_port_cancel(port.value, event.value, 2) == ZX_OK)
  }

  @Test func `a duplicate of the port is the same port`() throws {
    let port = try OwnedHandle.port()
    let copy = try OwnedHandle(duplicating: port.value)
    let event = try OwnedHandle.event()
    #expect(waitAsync(event.value, port.value, key: 2) == ZX_OK)
    #expect(zx_port_cancel(copy.value, event.value, 2) == ZX_OK)
  }

  @Test(arguments: [false, true])
  func `a wait on another port does not match`(isQueued: Bool) throws {
    let port = try OwnedHandle.port()
    let other = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    if isQueued { #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK) }
    #expect(waitAsync(event.value, port.value, key: 2) == ZX_OK)
    #expect(zx_port_cancel(other.value, event.value, 2) == ZX_ERR_NOT_FOUND)
    #expect(zx_port_cancel(port.value, event.value, 2) == ZX_OK)
  }

  @Test func `the result of a replace does not match the packets of its source`() throws {
    let port = try OwnedHandle.port()
    var event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(waitAsync(event.value, port.value, key: 2) == ZX_OK)
    var replaced = ZX_HANDLE_INVALID
    #expect(zx_handle_replace(event.value, ZX_RIGHT_SAME_RIGHTS, &replaced) == ZX_OK)
    event.forget(now: replaced)
    #expect(zx_port_cancel(port.value, replaced, 2) == ZX_ERR_NOT_FOUND)
    #expect(drainPort(port.value) == [.signal(2, trigger: 8, observed: 8)])
  }

  /// Slots are used again sooner or later; the packet is not its new handle's.
  @Test func `a later handle in the slot of a closed one does not match its packets`() throws {
    let port = try OwnedHandle.port()
    var event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(waitAsync(event.value, port.value, key: 2) == ZX_OK)
    event.close()
    for _ in 0..<5_000 {
      let later = try OwnedHandle.event()
      try #require(zx_port_cancel(port.value, later.value, 2) == ZX_ERR_NOT_FOUND)
    }
    #expect(drainPort(port.value).count == 1)
  }

  @Test func `a user packet with the key stays`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(portQueue(port.value, key: 2) == ZX_OK)
    #expect(zx_port_cancel(port.value, event.value, 2) == ZX_ERR_NOT_FOUND)
    #expect(waitAsync(event.value, port.value, key: 2) == ZX_OK)
    #expect(zx_port_cancel(port.value, event.value, 2) == ZX_OK)
    #expect(drainPort(port.value) == [.user(2)])
  }

  /// Signal and cancel race; the wait is delivered or cancelled, never both, never neither.
  @Test func `cancel against a match is one or the other`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    let (portValue, eventValue) = (port.value, event.value)
    for key: UInt64 in 0..<500 {
      try #require(waitAsync(event.value, port.value, key: key) == ZX_OK)
      let answers = try race(threadCount: 3) { index -> zx_status_t in
        switch index {
        case 0: zx_port_cancel(portValue, eventValue, key)
        case 1: zx_object_signal(eventValue, 0, ZX_EVENT_SIGNALED)
        default: portWait(portValue, until: 0) == .error(ZX_ERR_TIMED_OUT) ? 0 : 1
        }
      }
      let delivered = Int(answers[2] ?? -1) + drainPort(port.value).count
      #expect(delivered == (answers[0] == ZX_OK ? 0 : 1))
      #expect(zx_object_signal(event.value, ZX_EVENT_SIGNALED, 0) == ZX_OK)
    }
  }
}

/// Source: `zx_port_cancel_key`.
@Suite("zx_port_cancel_key") struct PortCancelKeyTests {
  @Test(arguments: [1, 2, UInt32.max])
  func `options are INVALID_ARGS, before the handle`(options: UInt32) throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(portQueue(port.value, key: 1) == ZX_OK)
    for handle in [port.value, event.value, 0, try staleHandle()] {
      #expect(zx_port_cancel_key(handle, options, 1) == ZX_ERR_INVALID_ARGS)
    }
    #expect(drainPort(port.value) == [.user(1)])
  }

  @Test func `BAD_HANDLE, WRONG_TYPE, no WRITE is ACCESS_DENIED`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    let reduced = try port.without(ZX_RIGHT_WRITE)
    let bare = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_NONE)
    #expect(portQueue(port.value, key: 1) == ZX_OK)
    #expect(zx_port_cancel_key(0, 0, 1) == ZX_ERR_BAD_HANDLE)
    #expect(zx_port_cancel_key(try staleHandle(), 0, 1) == ZX_ERR_BAD_HANDLE)
    #expect(zx_port_cancel_key(bare.value, 0, 1) == ZX_ERR_WRONG_TYPE)
    #expect(zx_port_cancel_key(reduced.value, 0, 1) == ZX_ERR_ACCESS_DENIED)
    let writing = try OwnedHandle(duplicating: port.value, rights: ZX_RIGHT_WRITE)
    #expect(zx_port_cancel_key(writing.value, 0, 1) == ZX_OK)
  }

  @Test func `a queued packet and a pending wait with the key go together`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(waitAsync(event.value, port.value, key: 5) == ZX_OK)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(waitAsync(event.value, port.value, key: 5, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(zx_port_cancel_key(port.value, 0, 5) == ZX_OK)
    #expect(zx_port_cancel_key(port.value, 0, 5) == ZX_ERR_NOT_FOUND)
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
  }

  @Test func `waits of any source with the key go, those with another stay`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    let copy = try OwnedHandle(duplicating: event.value)
    let socket = try SocketPair(.stream)
    let pair = try EventPair()
    let signal = ZX_USER_SIGNAL_3
    for handle in [event.value, copy.value, socket.writer, socket.reader, pair.first, pair.second] {
      for key: UInt64 in [1, 2] {
        #expect(waitAsync(handle, port.value, key: key, signal) == ZX_OK)
      }
    }
    #expect(zx_port_cancel_key(port.value, 0, 1) == ZX_OK)
    for handle in [event.value, socket.writer, socket.reader, pair.first, pair.second] {
      #expect(zx_object_signal(handle, 0, signal) == ZX_OK)
    }
    let packets = drainPort(port.value)
    #expect(packets.count == 6)
    #expect(packets.allSatisfy { $0.key == 2 })
  }

  @Test func `user packets with the key go, too`() throws {
    let port = try OwnedHandle.port()
    for key: UInt64 in [1, 2, 1, 3] { #expect(portQueue(port.value, key: key) == ZX_OK) }
    #expect(zx_port_cancel_key(port.value, 0, 1) == ZX_OK)
    #expect(drainPort(port.value).map(\.key) == [2, 3])
    #expect(zx_port_cancel_key(port.value, 0, 2) == ZX_ERR_NOT_FOUND)
  }

  @Test func `another port is left alone`() throws {
    let port = try OwnedHandle.port()
    let other = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(waitAsync(event.value, other.value, key: 1) == ZX_OK)
    #expect(zx_port_cancel_key(port.value, 0, 1) == ZX_ERR_NOT_FOUND)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(drainPort(other.value).count == 1)
  }

  @Test func `a packet whose handle or object is gone can still be cancelled`() throws {
    let port = try OwnedHandle.port()
    var event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(waitAsync(event.value, port.value, key: 1) == ZX_OK)
    event.close()
    #expect(zx_port_cancel_key(port.value, 0, 1) == ZX_OK)
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
  }

  /// The port's side, the object's side and the close of the handle meet.
  @Test func `cancel against a match against the close of the source`() throws {
    let port = try OwnedHandle.port()
    let portValue = port.value
    for key: UInt64 in 0..<500 {
      let kept = try OwnedHandle.event()
      var event = try OwnedHandle(duplicating: kept.value)
      let (keptValue, eventValue) = (kept.value, event.value)
      event.forget()
      try #require(waitAsync(eventValue, port.value, key: key) == ZX_OK)
      let answers = try race(threadCount: 3) { index in
        switch index {
        case 0: zx_port_cancel_key(portValue, 0, key)
        case 1: zx_object_signal(keptValue, 0, ZX_EVENT_SIGNALED)
        default: zx_handle_close(eventValue)
        }
      }
      #expect(answers[2] == ZX_OK)
      let delivered = drainPort(port.value).count
      #expect(answers[0] == ZX_OK ? delivered == 0 : delivered <= 1)
    }
  }
}
