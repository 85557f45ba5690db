import CZircon
import Glibc
import TestSupport
import Testing
import TransferSupport

/// Source: what sockets promise, for an end of which several processes have handles.
@Suite("socket ends that several processes hold") struct LinkSocketHolderTests {
  @Test(arguments: kinds)
  func `each holder reads and writes at the one end`(kind: UInt32) throws {
    let ends = try HeldEnds(kind)
    for (index, writer) in [ends.second, ends.there].enumerated() {
      let bytes = pattern(100, from: index)
      #expect(put(writer, bytes) == (ZX_OK, 100))
      #expect(get(ends.first, 100) == (ZX_OK, bytes))
      #expect(put(ends.first, bytes) == (ZX_OK, 100))
      #expect(signals(of: writer) & ZX_SOCKET_READABLE != 0)
      let reader = index == 0 ? ends.there : ends.second
      #expect(get(reader, 100) == (ZX_OK, bytes))
      #expect(signals(of: writer) & ZX_SOCKET_READABLE == 0)
    }
    ends.expectPeerClosedWithLast()
  }

  @Test(arguments: kinds)
  func `what was queued before is read first, by whoever reads`(kind: UInt32) throws {
    let (first, second) = try makeSocket(kind)
    for index in 0..<6 { #expect(put(first, pattern(50, from: index)) == (ZX_OK, 50)) }
    for index in 0..<6 { #expect(put(second, pattern(50, from: index)) == (ZX_OK, 50)) }
    let there = try carried(duplicate(of: second))
    for index in 6..<9 { #expect(put(first, pattern(50, from: index)) == (ZX_OK, 50)) }
    #expect(put(second, pattern(50, from: 6)) == (ZX_OK, 50))
    #expect(put(there, pattern(50, from: 7)) == (ZX_OK, 50))
    for index in 0..<9 {
      let reader = index % 2 == 0 ? second : there
      #expect(get(reader, 50) == (ZX_OK, pattern(50, from: index)))
    }
    for index in 0..<8 { #expect(get(first, 50) == (ZX_OK, pattern(50, from: index))) }
    for handle in [first, second, there] { #expect(get(handle, 1).status == ZX_ERR_SHOULD_WAIT) }
    close(first, second, there)
  }

  @Test(arguments: kinds)
  func `capacity and thresholds are the end's, whoever asks`(kind: UInt32) throws {
    let ends = try HeldEnds(kind)
    var threshold: UInt64 = 200_000
    #expect(
      zx_object_set_property(ends.there, UInt32(ZX_PROP_SOCKET_RX_THRESHOLD), &threshold, 8)
        == ZX_OK)
    let waiter = try TestThread { [ends] in wait(ends.second, ZX_SOCKET_READ_THRESHOLD) }
    #expect(waiter.waitUntilAsleep())
    var total = 0
    while true {
      let (status, count) = put(ends.first, pattern(1_000))
      guard status == ZX_OK else { break }
      total += count
    }
    #expect(total == (kind == ZX_SOCKET_STREAM ? 264_160 : 264_000))
    #expect(waiter.join()?.status == ZX_OK)
    threshold = 0
    #expect(
      zx_object_get_property(ends.second, UInt32(ZX_PROP_SOCKET_RX_THRESHOLD), &threshold, 8)
        == ZX_OK)
    #expect(threshold == 200_000)
    var facts = zx_info_socket_t()
    #expect(
      zx_object_get_info(
        ends.there, UInt32(ZX_INFO_SOCKET), &facts, MemoryLayout.size(ofValue: facts), nil, nil)
        == ZX_OK)
    #expect(facts.rx_buf_size == total)
    ends.expectPeerClosedWithLast()
  }

  @Test(arguments: kinds)
  func `a wait is ended by what another holder does to its own end`(kind: UInt32) throws {
    let ends = try HeldEnds(kind)
    let user = try TestThread { [ends] in wait(ends.second, ZX_USER_SIGNAL_4) }
    #expect(user.waitUntilAsleep())
    #expect(zx_object_signal(ends.there, 0, ZX_USER_SIGNAL_4) == ZX_OK)
    #expect(zx_object_signal(ends.there, ZX_USER_SIGNAL_4, 0) == ZX_OK)
    #expect(user.join()?.status == ZX_OK)
    var port = ZX_HANDLE_INVALID
    try #require(zx_port_create(0, &port) == ZX_OK)
    #expect(
      zx_object_wait_async(ends.there, port, 5, ZX_SOCKET_WRITE_DISABLED, 0) == ZX_OK)
    #expect(
      zx_socket_set_disposition(ends.second, UInt32(ZX_SOCKET_DISPOSITION_WRITE_DISABLED), 0)
        == ZX_OK)
    var packet = zx_port_packet_t()
    #expect(zx_port_wait(port, zx_deadline_after(20_000_000_000), &packet) == ZX_OK)
    #expect(packet.key == 5)
    #expect(put(ends.there, [1]).status == ZX_ERR_BAD_STATE)
    #expect(get(ends.first, 1).status == ZX_ERR_BAD_STATE)
    close(port)
    ends.expectPeerClosedWithLast()
  }

  @Test(arguments: kinds)
  func `the holder of an end whose peer is elsewhere shares it further`(kind: UInt32) throws {
    let (near, far) = try makeSocket(kind)
    let first = try carried(near)
    let second = try carried(far)
    #expect(put(first, [1, 2, 3]) == (ZX_OK, 3))
    let third = try carried(duplicate(of: second))
    let fourth = try carried(duplicate(of: third))
    #expect(get(fourth, 3) == (ZX_OK, [1, 2, 3]))
    for (index, writer) in [second, third, fourth].enumerated() {
      #expect(put(writer, [UInt8(index)]) == (ZX_OK, 1))
      #expect(get(first, 1) == (ZX_OK, [UInt8(index)]))
    }
    let waiter = try TestThread { wait(first, ZX_SOCKET_PEER_CLOSED) }
    #expect(waiter.waitUntilAsleep())
    close(second, fourth)
    #expect(signals(of: first) & ZX_SOCKET_PEER_CLOSED == 0)
    close(third)
    #expect(waiter.join()?.status == ZX_OK)
    #expect(put(first, [1]).status == ZX_ERR_PEER_CLOSED)
    close(first)
  }

  @Test(arguments: kinds)
  func `both ends can have several holders`(kind: UInt32) throws {
    let (first, second) = try makeSocket(kind)
    let firsts = [first, try carried(duplicate(of: first))]
    let seconds = [second, try carried(duplicate(of: second))]
    for turn in 0..<20 {
      let bytes = pattern(700, from: turn)
      #expect(put(firsts[turn % 2], bytes) == (ZX_OK, 700))
      #expect(get(seconds[turn / 2 % 2], 700) == (ZX_OK, bytes))
      #expect(put(seconds[turn / 3 % 2], bytes) == (ZX_OK, 700))
      #expect(get(firsts[turn / 5 % 2], 700) == (ZX_OK, bytes))
    }
    close(firsts[0])
    #expect(signals(of: seconds[0]) & ZX_SOCKET_PEER_CLOSED == 0)
    close(firsts[1])
    for second in seconds {
      expectPeerGone(second)
      #expect(put(second, [1]).status == ZX_ERR_PEER_CLOSED)
      #expect(signals(of: second) == ZX_SOCKET_PEER_CLOSED)
      close(second)
    }
  }

  @Test func `a full message of duplicates arrives, more descriptors than Linux takes at once`()
    throws
  {
    let (first, second) = try makeSocket(ZX_SOCKET_DATAGRAM)
    let channels = try LinkedChannels()
    for turn in 0..<3 as Range<UInt8> {
      let sent = try (0..<64).map { _ in try duplicate(of: second) }
      #expect(write(channels.first, [turn], sent) == ZX_OK)
    }
    for turn in 0..<3 as Range<UInt8> {
      let message = try take(channels.second)
      #expect(message.bytes == [turn])
      try #require(message.handles.count == 64)
      for (index, handle) in message.handles.enumerated() {
        #expect(put(handle, [UInt8(index)]) == (ZX_OK, 1))
        #expect(get(first, 1) == (ZX_OK, [UInt8(index)]))
        close(handle)
      }
    }
    close(first, second)
  }

  @Test func `such a message waits in a channel that moves on, and arrives`() throws {
    let (first, second) = try makeSocket(ZX_SOCKET_STREAM)
    var (near, far) = try makeChannel()
    let sent = try (0..<64).map { _ in try duplicate(of: second) }
    #expect(write(near, [1], sent) == ZX_OK)
    far = try carried(far)
    near = try carried(near)
    far = try carried(far)
    let message = try take(far)
    try #require(message.handles.count == 64)
    for handle in message.handles {
      #expect(put(handle, [3]) == (ZX_OK, 1))
      #expect(get(first, 1) == (ZX_OK, [3]))
      close(handle)
    }
    close(first, second, near, far)
  }

  @Test(arguments: kinds)
  func `sharing an end is no rise for those who wait for one`(kind: UInt32) throws {
    let (first, second) = try makeSocket(kind)
    #expect(put(first, [1]) == (ZX_OK, 1))
    #expect(zx_object_signal(second, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    var port = ZX_HANDLE_INVALID
    try #require(zx_port_create(0, &port) == ZX_OK)
    for (key, mask) in [
      (1 as UInt64, ZX_SOCKET_READABLE), (2, ZX_SOCKET_WRITABLE), (3, ZX_USER_SIGNAL_0),
    ] {
      #expect(zx_object_wait_async(second, port, key, mask, UInt32(ZX_WAIT_ASYNC_EDGE)) == ZX_OK)
    }
    let there = try carried(duplicate(of: second))
    #expect(signals(of: second) & ZX_SOCKET_READABLE != 0)
    var packet = zx_port_packet_t()
    #expect(zx_port_wait(port, zx_deadline_after(50_000_000), &packet) == ZX_ERR_TIMED_OUT)
    #expect(zx_object_signal(there, ZX_USER_SIGNAL_0, 0) == ZX_OK)
    #expect(zx_object_signal(there, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(zx_port_wait(port, zx_deadline_after(20_000_000_000), &packet) == ZX_OK)
    #expect(packet.key == 3)
    close(first, second, there, port)
  }

  @Test func `a bad address loses a datagram of the ring, for one holder as for all`() throws {
    let ends = try HeldEnds(ZX_SOCKET_DATAGRAM)
    #expect(put(ends.first, [1, 2]) == (ZX_OK, 2))
    #expect(put(ends.first, [3]) == (ZX_OK, 1))
    var actual = 0
    let bad = UnsafeMutableRawPointer(bitPattern: 8)
    #expect(zx_socket_read(ends.there, 0, bad, 2, &actual) == ZX_ERR_INVALID_ARGS)
    #expect(get(ends.second, 2) == (ZX_OK, [3]))
    ends.expectPeerClosedWithLast()
  }
}

/// A socket whose second end has a holder here and one elsewhere; closed by `expectPeerClosedWithLast`.
private struct HeldEnds: Sendable {
  let first: zx_handle_t
  let second: zx_handle_t
  let there: zx_handle_t

  init(_ kind: UInt32) throws {
    (first, second) = try makeSocket(kind)
    there = try carried(duplicate(of: second))
  }

  /// The peer is told once both are closed.
  func expectPeerClosedWithLast() {
    close(there)
    #expect(signals(of: first) & ZX_SOCKET_PEER_CLOSED == 0)
    close(second)
    expectPeerGone(first)
    #expect(put(first, []).status == ZX_ERR_PEER_CLOSED)
    close(first)
  }
}
