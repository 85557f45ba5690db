import CZircon
import TestSupport
import Testing

/// Source: `zx_port_wait`.
@Suite("zx_port_wait") struct PortWaitTests {
  @Test func `a bad handle is BAD_HANDLE`() throws {
    for handle in [ZX_HANDLE_INVALID, try staleHandle(), zx_handle_t.max] {
      #expect(portWait(handle, until: ZX_TIME_INFINITE) == .error(ZX_ERR_BAD_HANDLE))
    }
  }

  @Test func `another object is WRONG_TYPE, before the rights`() throws {
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_NONE)
    for handle in [event.value, bare.value] {
      #expect(portWait(handle, until: ZX_TIME_INFINITE) == .error(ZX_ERR_WRONG_TYPE))
    }
  }

  @Test func `no READ is ACCESS_DENIED and takes nothing`() throws {
    let port = try OwnedHandle.port()
    let reduced = try port.without(ZX_RIGHT_READ)
    #expect(portQueue(port.value, key: 1) == ZX_OK)
    #expect(portWait(reduced.value, until: ZX_TIME_INFINITE) == .error(ZX_ERR_ACCESS_DENIED))
    #expect(portWait(port.value) == .packet(.user(1)))
  }

  @Test func `READ is the only right needed`() throws {
    let port = try OwnedHandle.port()
    let reduced = try OwnedHandle(duplicating: port.value, rights: ZX_RIGHT_READ)
    #expect(portQueue(port.value, key: 1) == ZX_OK)
    #expect(portWait(reduced.value) == .packet(.user(1)))
  }

  @Test(arguments: [0, 1, -1, ZX_TIME_INFINITE_PAST])
  func `a past deadline on an empty port is TIMED_OUT`(deadline: zx_instant_mono_t) throws {
    let port = try OwnedHandle.port()
    #expect(portWait(port.value, until: deadline) == .error(ZX_ERR_TIMED_OUT))
    #expect(zx_port_wait(port.value, deadline, nil) == ZX_ERR_TIMED_OUT)
  }

  @Test(arguments: [0, -1, ZX_TIME_INFINITE_PAST, ZX_TIME_INFINITE])
  func `a queued packet wins over any deadline`(deadline: zx_instant_mono_t) throws {
    let port = try OwnedHandle.port()
    #expect(portQueue(port.value, key: 1) == ZX_OK)
    #expect(portWait(port.value, until: deadline) == .packet(.user(1)))
  }

  @Test(arguments: [1, 1_000, 1_000_000, 20_000_000])
  func `TIMED_OUT never comes before the deadline`(nanoseconds: zx_duration_mono_t) throws {
    let port = try OwnedHandle.port()
    let deadline = zx_deadline_after(nanoseconds)
    #expect(portWait(port.value, until: deadline) == .error(ZX_ERR_TIMED_OUT))
    #expect(zx_clock_get_monotonic() >= deadline)
  }

  @Test(arguments: BadAddress.unwritable)
  func `an unwritable packet is INVALID_ARGS and costs that packet only`(
    address: BadAddress
  ) throws {
    let port = try OwnedHandle.port()
    for key: UInt64 in [1, 2] { #expect(portQueue(port.value, key: key) == ZX_OK) }
    let bad = try BadMemory(address, byteCount: 48)
    let packet = bad.bound(to: zx_port_packet_t.self)
    #expect(zx_port_wait(port.value, ZX_TIME_INFINITE, packet) == ZX_ERR_INVALID_ARGS)
    #expect(portWait(port.value) == .packet(.user(2)))
    #expect(zx_port_wait(port.value, 0, packet) == ZX_ERR_TIMED_OUT)
  }

  @Test(arguments: PointerPlacement.allCases)
  func `a packet can be stored anywhere`(placement: PointerPlacement) throws {
    let port = try OwnedHandle.port()
    let sent = Packet.user(1, status: 2, [3, 4, 5, 6])
    #expect(portQueue(port.value, sent) == ZX_OK)
    let empty = InlineArray<6, UInt64>(repeating: 0)
    let (status, words) = try placement.place(empty) {
      zx_port_wait(
        port.value, 0, UnsafeMutableRawPointer($0).assumingMemoryBound(to: zx_port_packet_t.self))
    }
    #expect(status == ZX_OK)
    #expect([words[0], words[1], words[2], words[5]] == [1, 2 << 32, 3, 6])
  }

  @Test func `user and signal packets come in the order of queueing`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(portQueue(port.value, key: 1) == ZX_OK)
    #expect(waitAsync(event.value, port.value, key: 2) == ZX_OK)
    #expect(portQueue(port.value, key: 3) == ZX_OK)
    #expect(waitAsync(event.value, port.value, key: 4) == ZX_OK)
    #expect(drainPort(port.value).map(\.key) == [1, 2, 3, 4])
  }

  @Test func `a sleeping thread gets a packet queued later`() throws {
    let port = try OwnedHandle.port()
    let value = port.value
    let thread = try TestThread { portWait(value, until: farDeadline()) }
    #expect(thread.waitUntilAsleep())
    #expect(portQueue(port.value, key: 5) == ZX_OK)
    #expect(thread.join() == .packet(.user(5)))
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
  }

  @Test func `a sleeping thread gets the packet of a wait that matches later`() throws {
    let port = try OwnedHandle.port()
    let event = try OwnedHandle.event()
    let value = port.value
    #expect(waitAsync(event.value, port.value, key: 9) == ZX_OK)
    let thread = try TestThread { portWait(value, until: ZX_TIME_INFINITE) }
    #expect(thread.waitUntilAsleep())
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(thread.join() == .packet(.signal(9, trigger: 8, observed: 8)))
  }

  @Test func `three sleeping threads and three packets: one each`() throws {
    let port = try OwnedHandle.port()
    let value = port.value
    let threads = try (0..<3).map { _ in
      try TestThread { portWait(value, until: farDeadline()) }
    }
    for thread in threads { #expect(thread.waitUntilAsleep()) }
    for key: UInt64 in 1...3 { #expect(portQueue(port.value, key: key) == ZX_OK) }
    let keys = threads.map { $0.join()?.packet?.key }
    #expect(Set(keys) == [1, 2, 3])
  }

  @Test func `one packet releases one of several sleeping threads`() throws {
    let port = try OwnedHandle.port()
    let value = port.value
    let threads = try (0..<3).map { _ in
      try TestThread { portWait(value, until: farDeadline()) }
    }
    for thread in threads { #expect(thread.waitUntilAsleep()) }
    #expect(portQueue(port.value, key: 1) == ZX_OK)
    #expect(poll { threads.contains { $0.join(within: 0) != nil } })
    #expect(threads.filter { $0.join(within: 0) == nil }.allSatisfy { $0.waitUntilAsleep() })
    for key: UInt64 in 2...3 { #expect(portQueue(port.value, key: key) == ZX_OK) }
    #expect(Set(threads.map { $0.join()?.packet?.key }) == [1, 2, 3])
  }

  @Test func `closing the handle does not release a thread; a duplicate still can`() throws {
    var port = try OwnedHandle.port()
    let copy = try OwnedHandle(duplicating: port.value)
    let value = port.value
    let thread = try TestThread { portWait(value, until: farDeadline()) }
    #expect(thread.waitUntilAsleep())
    port.close()
    #expect(thread.waitUntilAsleep())
    #expect(portQueue(copy.value, key: 6) == ZX_OK)
    #expect(thread.join() == .packet(.user(6)))
  }

  @Test func `closing the last handle lets a thread sleep on to its deadline`() throws {
    var port = try OwnedHandle.port()
    let value = port.value
    let deadline = zx_deadline_after(500_000_000)
    let thread = try TestThread {
      (portWait(value, until: deadline), zx_clock_get_monotonic())
    }
    #expect(thread.waitUntilAsleep())
    port.close()
    let answer = try #require(thread.join())
    #expect(answer.0 == .error(ZX_ERR_TIMED_OUT))
    #expect(answer.1 >= deadline)
    #expect(portWait(value) == .error(ZX_ERR_BAD_HANDLE))
  }

  @Test func `a thread that timed out leaves nothing behind: the next packet stays queued`() throws
  {
    let port = try OwnedHandle.port()
    for key: UInt64 in 1...20 {
      #expect(
        portWait(port.value, until: zx_deadline_after(100_000)) == .error(ZX_ERR_TIMED_OUT))
      #expect(portQueue(port.value, key: key) == ZX_OK)
      #expect(portWait(port.value) == .packet(.user(key)))
    }
  }

  /// Deadlines fall among the packets: each packet is taken once or still there.
  @Test func `no packet is lost to a deadline that passes at the same time`() throws {
    let port = try OwnedHandle.port()
    let value = port.value
    let count = 2_000
    let threads = try (0..<2).map { _ in
      try TestThread { () -> [UInt64] in
        var keys: [UInt64] = []
        while keys.last != .max {
          if let packet = portWait(value, until: zx_deadline_after(20_000)).packet {
            keys.append(packet.key)
          }
        }
        return keys.dropLast()
      }
    }
    for key in 0..<count {
      #expect(poll { portQueue(value, key: UInt64(key)) == ZX_OK })
    }
    for _ in threads { #expect(poll { portQueue(value, key: .max) == ZX_OK }) }
    let keys = threads.flatMap { $0.join() ?? [] }
    #expect(keys.sorted() == (0..<count).map { UInt64($0) })
  }
}
