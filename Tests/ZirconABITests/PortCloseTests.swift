import CZircon
import TestSupport
import Testing

/// Source: ports, "Closing the port" and "Cancellation": whatever order port, handles and objects go.
@Suite("closing ports and what they watch") struct PortCloseTests {
  /// What has become of the wait before the closing begins.
  enum Stage: CaseIterable, Sendable {
    case pending
    case queued
  }

  /// A wait through `handle` in a stage.
  private func begin(_ stage: Stage, _ handle: zx_handle_t, _ port: zx_handle_t) throws {
    try #require(waitAsync(handle, port, ZX_USER_SIGNAL_0) == ZX_OK)
    if stage == .queued {
      try #require(zx_object_signal(handle, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    }
  }

  @Test(arguments: Stage.allCases)
  func `closing the source drops a pending wait and keeps a queued packet`(stage: Stage) throws {
    let port = try OwnedHandle.port()
    var event = try OwnedHandle.event()
    let copy = try OwnedHandle(duplicating: event.value)
    try begin(stage, event.value, port.value)
    event.close()
    #expect(zx_object_signal(copy.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(drainPort(port.value).count == (stage == .queued ? 1 : 0))
  }

  @Test(arguments: Stage.allCases)
  func `so do close_many and replace`(stage: Stage) throws {
    let port = try OwnedHandle.port()
    for isReplaced in [false, true] {
      var event = try OwnedHandle.event()
      let copy = try OwnedHandle(duplicating: event.value)
      try begin(stage, event.value, port.value)
      if isReplaced {
        var replaced = ZX_HANDLE_INVALID
        #expect(zx_handle_replace(event.value, ZX_RIGHT_SAME_RIGHTS, &replaced) == ZX_OK)
        event.forget(now: replaced)
      } else {
        let value = event.value
        event.forget()
        #expect(zx_handle_close_many([value], 1) == ZX_OK)
      }
      #expect(zx_object_signal(copy.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
      #expect(drainPort(port.value).count == (stage == .queued ? 1 : 0))
    }
  }

  @Test func `closing another handle of the object changes nothing`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    var copy = try OwnedHandle(duplicating: event.value)
    #expect(waitAsync(event.value, port.value, key: 1) == ZX_OK)
    #expect(waitAsync(copy.value, port.value, key: 2) == ZX_OK)
    copy.close()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(drainPort(port.value).map(\.key) == [1])
  }

  @Test func `a queued packet outlives its object, socket and event pair too`() throws {
    let port = try OwnedHandle.port()
    do {
      let event = try OwnedHandle.event()
      let pair = try EventPair()
      let socket = try SocketPair(.stream)
      try begin(.queued, event.value, port.value)
      try begin(.queued, pair.first, port.value)
      try begin(.queued, socket.reader, port.value)
    }
    #expect(drainPort(port.value).map { $0.payload[0] >> 56 } == [1, 1, 1])
  }

  @Test(arguments: Stage.allCases)
  func `closing the port first ends its waits; the objects go on`(stage: Stage) throws {
    var port = try OwnedHandle.port()
    let other = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    let socket = try SocketPair(.datagram)
    for handle in [event.value, socket.reader] { try begin(stage, handle, port.value) }
    port.close()
    for handle in [event.value, socket.reader] {
      #expect(zx_object_signal(handle, ZX_USER_SIGNAL_0, 0) == ZX_OK)
      #expect(waitAsync(handle, other.value, ZX_USER_SIGNAL_0) == ZX_OK)
      #expect(zx_object_signal(handle, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    }
    #expect(drainPort(other.value).count == 2)
  }

  @Test func `a duplicate keeps the port with its packets and waits`() throws {
    var port = try OwnedHandle.port()
    let copy = try OwnedHandle(duplicating: port.value)
    let event = try OwnedHandle.event()
    #expect(waitAsync(event.value, port.value, key: 1) == ZX_OK)
    #expect(portQueue(port.value, key: 2) == ZX_OK)
    port.close()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(drainPort(copy.value).map(\.key) == [2, 1])
  }

  @Test func `a replaced port handle keeps the port with its packets and waits`() throws {
    var port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(waitAsync(event.value, port.value, key: 1) == ZX_OK)
    var replaced = ZX_HANDLE_INVALID
    #expect(zx_handle_replace(port.value, ZX_RIGHT_SAME_RIGHTS, &replaced) == ZX_OK)
    let old = port.value
    port.forget(now: replaced)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(portWait(old) == .error(ZX_ERR_BAD_HANDLE))
    #expect(drainPort(replaced).map(\.key) == [1])
  }

  /// Three waits, two objects, one port: all orders of closing what they hang on.
  @Test(arguments: Stage.allCases)
  func `any closing order is legal`(stage: Stage) throws {
    for order in permutations(of: [0, 1, 2, 3]) {
      let port = try OwnedHandle.port().release()
      let event = try OwnedHandle.event().release()
      var copy = ZX_HANDLE_INVALID
      try #require(zx_handle_duplicate(event, ZX_RIGHT_SAME_RIGHTS, &copy) == ZX_OK)
      let other = try OwnedHandle.event().release()
      for handle in [event, copy, other] { try begin(stage, handle, port) }
      for index in order {
        #expect(zx_handle_close([port, event, copy, other][index]) == ZX_OK)
      }
    }
  }

  @Test func `a port that held ten thousand waits, three thousand on one object, lets go of all`()
    throws
  {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    let events = try makeEvents(7_001)
    for key in 0..<3_000 {
      try #require(waitAsync(event.value, port.value, key: UInt64(key)) == ZX_OK)
    }
    for (index, handle) in events.enumerated() {
      try #require(waitAsync(handle, port.value, key: UInt64(3_000 + index)) == ZX_OK)
    }
    for handle in events { try #require(zx_object_signal(handle, 0, ZX_EVENT_SIGNALED) == ZX_OK) }
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    closeAll(events)
    let keys = drainPort(port.value).map(\.key)
    let expected = Array(3_000..<10_001) + (0..<3_000).reversed()
    #expect(keys == expected.map { UInt64($0) })
  }

  /// The call is entirely before the close or entirely after it.
  @Test func `wait_async against the close of the port`() throws {
    for _ in 0..<500 {
      let event = try OwnedHandle.event()
      let (eventValue, portValue) = (event.value, try OwnedHandle.port().release())
      let answers = try race(threadCount: 3) { index in
        switch index {
        case 0: zx_handle_close(portValue)
        case 1: waitAsync(eventValue, portValue)
        default: zx_object_signal(eventValue, 0, ZX_EVENT_SIGNALED)
        }
      }
      #expect(answers[0] == ZX_OK)
      let status = try #require(answers[1])
      #expect([ZX_OK, ZX_ERR_BAD_HANDLE].contains(status))
    }
  }

  @Test func `wait_async against the close of the source`() throws {
    let port = try OwnedHandle.port()
    let portValue = port.value
    for _ in 0..<500 {
      let event = try OwnedHandle.event()
      let copy = try OwnedHandle(duplicating: event.value).release()
      let answers = try race(threadCount: 2) { index in
        index == 0 ? zx_handle_close(copy) : waitAsync(copy, portValue)
      }
      #expect(answers[0] == ZX_OK)
      let status = try #require(answers[1])
      #expect([ZX_OK, ZX_ERR_BAD_HANDLE].contains(status))
      // Whichever came first, the handle is closed, and its wait with it.
      #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
      #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
    }
  }

  @Test func `queue against the close of the port is OK or BAD_HANDLE`() throws {
    for _ in 0..<300 {
      let portValue = try OwnedHandle.port().release()
      let answers = try race(threadCount: 3) { index in
        index == 0 ? zx_handle_close(portValue) : portQueue(portValue, key: 1)
      }
      #expect(answers[0] == ZX_OK)
      for answer in answers.dropFirst() {
        #expect([ZX_OK, ZX_ERR_BAD_HANDLE].contains(try #require(answer)))
      }
    }
  }
}

/// All orders of some numbers.
private func permutations(of numbers: [Int]) -> [[Int]] {
  guard numbers.count > 1 else { return [numbers] }
  return numbers.flatMap { first in
    permutations(of: numbers.filter { $0 != first }).map { [first] + $0 }
  }
}
