import CZircon
import Synchronization
import TestSupport
import Testing

/// Source: ports: each packet goes to one waiter; delivered or cancelled, never both, never neither.
///
/// A small run of `zircon-stress ports`.
@Suite("traffic through one port") struct PortTrafficTests {
  private static let stop = UInt64.max

  /// What the threads have seen.
  private final class Tally: Sendable {
    let isOver = Atomic(false)
    /// The newest key, for the cancelers to aim at.
    let newest = Atomic<UInt64>(0)
  }

  @Test func `four threads queue, four wait, two cancel: each packet comes out once`() throws {
    let port = try OwnedHandle.port()
    let events = try makeEvents(4)
    let (value, tally, count) = (port.value, Tally(), 1_500)
    let cancelers = try (0..<2).map { index in
      try TestThread { Self.cancel(value, events, byKey: index == 0, tally) }
    }
    let readers = try (0..<4).map { _ in try TestThread { Self.takeAll(value) } }
    let writers = try (0..<4).map { index in
      try TestThread {
        (0..<count).allSatisfy { number in
          let key = UInt64(number * 4 + index)
          defer { tally.newest.store(key, ordering: .releasing) }
          return number % 2 == 0 ? Self.queue(key, value) : Self.pulse(events[index], key, value)
        }
      }
    }
    for writer in writers { #expect(writer.join() == true) }
    tally.isOver.store(true, ordering: .releasing)
    let canceled = cancelers.flatMap { $0.join() ?? [] }
    for _ in readers { #expect(Self.queue(Self.stop, value)) }
    let delivered = readers.flatMap { $0.join() ?? [] }
    #expect((canceled + delivered).sorted() == (0..<4 * count).map { UInt64($0) })
    closeAll(events)
  }

  /// A wait that matches at once or while it is registered.
  private static func pulse(_ event: zx_handle_t, _ key: UInt64, _ port: zx_handle_t) -> Bool {
    waitAsync(event, port, key: key) == ZX_OK
      && zx_object_signal(event, 0, ZX_EVENT_SIGNALED) == ZX_OK
      && zx_object_signal(event, ZX_EVENT_SIGNALED, 0) == ZX_OK
  }

  private static func queue(_ key: UInt64, _ port: zx_handle_t) -> Bool {
    poll { portQueue(port, key: key) == ZX_OK }
  }

  private static func takeAll(_ port: zx_handle_t) -> [UInt64] {
    var keys: [UInt64] = []
    while let packet = portWait(port, until: farDeadline()).packet, packet.key != stop {
      keys.append(packet.key)
    }
    return keys
  }

  private static func cancel(
    _ port: zx_handle_t, _ events: [zx_handle_t], byKey: Bool, _ tally: Tally
  ) -> [UInt64] {
    var keys: [UInt64] = []
    while !tally.isOver.load(ordering: .acquiring) {
      let key = tally.newest.load(ordering: .acquiring)
      let status =
        byKey ? zx_port_cancel_key(port, 0, key) : zx_port_cancel(port, events[Int(key) % 4], key)
      if status == ZX_OK { keys.append(key) }
    }
    return keys
  }
}
