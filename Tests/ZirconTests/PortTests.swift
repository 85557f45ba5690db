import TestSupport
import Testing
import Zircon

/// Sources: `zx_port_create`, `zx_port_queue`, `zx_port_wait`, `zx_port_cancel`, `zx_port_cancel_key`.
@Suite("Port") struct PortTests {
  @Test func `packets of programs come unchanged and in order`() throws {
    let port = try Port()
    let sent = [
      Port.UserPacket(key: 12, status: .peerClosed, payload: [1, 2, 3, .max]),
      Port.UserPacket(key: .init(rawValue: .max)),
    ]
    for packet in sent { try port.queue(packet) }
    for packet in sent {
      let received = try port.nextPacket(until: .infinitePast)
      #expect(received == .user(packet))
      #expect(received.key == packet.key)
    }
  }

  @Test func `an empty port is TIMED_OUT, and not before the deadline`() throws {
    let port = try Port()
    let deadline = Deadline.after(.milliseconds(20))
    #expect(throws: Status.timedOut) { try port.nextPacket(until: deadline) }
    #expect(Deadline.now >= deadline)
  }

  @Test func `a thread that waits gets the next packet`() throws {
    let port = try Port()
    let value = port.handleValue
    let thread = try TestThread { () -> Result<Port.Packet, Status> in
      let port = Port(Handle(adopting: value))
      let packet = Result { () throws(Status) in try port.nextPacket(until: .after(patience)) }
      _ = port.take()
      return packet
    }
    #expect(thread.waitUntilAsleep())
    try port.queue(Port.UserPacket(key: 5))
    #expect(thread.join() == .success(.user(Port.UserPacket(key: 5))))
  }

  @Test func `reading and writing need their rights`() throws {
    let readable = try Port().replacing(rights: .read)
    #expect(throws: Status.accessDenied) { try readable.queue(Port.UserPacket(key: 1)) }
    let writable = try Port().replacing(rights: .write)
    #expect(throws: Status.accessDenied) { try writable.nextPacket(until: .infinitePast) }
    #expect(throws: Status.accessDenied) { try writable.signals() }
  }

  @Test func `an object that shows what is wanted queues one packet with all it shows`() throws {
    let port = try Port()
    let event = try Event()
    try port.watch(event, for: [.signaled, .user(1)], key: 7)
    #expect(throws: Status.timedOut) { try port.nextPacket(until: .infinitePast) }
    try event.signal(set: [.signaled, .user(0)])
    try event.signal(clear: .signaled)
    guard case .signal(let packet) = try port.nextPacket(until: .infinitePast) else {
      Issue.record("no signal packet")
      return
    }
    #expect(packet.key == 7)
    #expect(packet.wanted == [.signaled, .user(1)])
    #expect(packet.observed == [.signaled, .user(0)])
    #expect(packet.time == nil)
    try event.signal(set: .signaled)
    #expect(throws: Status.timedOut) { try port.nextPacket(until: .infinitePast) }
  }

  @Test func `what shows already counts at once, but not for an edge`() throws {
    let port = try Port()
    let event = try Event()
    try event.signal(set: .signaled)
    try port.watch(event, for: .signaled, key: 1, options: .edge)
    #expect(throws: Status.timedOut) { try port.nextPacket(until: .infinitePast) }
    try port.watch(event, for: .signaled, key: 2)
    let level = try port.nextPacket(until: .infinitePast)
    #expect(level.key == 2)
    try event.signal(clear: .signaled)
    try event.signal(set: .signaled)
    let edge = try port.nextPacket(until: .infinitePast)
    #expect(edge.key == 1)
  }

  @Test(arguments: [Port.WatchOptions.timestamp, .bootTimestamp])
  func `a packet tells the time of the match if asked to`(options: Port.WatchOptions) throws {
    let clock: Timer.Clock = options == .timestamp ? .monotonic : .boot
    let port = try Port()
    let event = try Event()
    try port.watch(event, for: .signaled, key: 1, options: options)
    let before = clock.now
    try event.signal(set: .signaled)
    let after = clock.now
    guard case .signal(let packet) = try port.nextPacket(until: .infinitePast) else {
      Issue.record("no signal packet")
      return
    }
    let time = try #require(packet.time)
    #expect((before...after).contains(time))
  }

  @Test func `two clocks and unknown options are INVALID_ARGS`() throws {
    let port = try Port()
    let event = try Event()
    for options: Port.WatchOptions in [[.timestamp, .bootTimestamp], .init(rawValue: 20)] {
      #expect(throws: Status.invalidArgs) {
        try port.watch(event, for: .signaled, key: 1, options: options)
      }
    }
  }

  @Test func `a canceled wait gives no packet, and a second time it is NOT_FOUND`() throws {
    let port = try Port()
    let event = try Event()
    let other = try event.duplicate()
    try port.watch(event, for: .signaled, key: 1)
    try port.watch(event, for: .signaled, key: 2)
    #expect(throws: Status.notFound) { try port.cancel(other, key: 1) }
    try port.cancel(event, key: 1)
    #expect(throws: Status.notFound) { try port.cancel(event, key: 1) }
    try event.signal(set: .signaled)
    try port.cancel(event, key: 2)
    #expect(throws: Status.timedOut) { try port.nextPacket(until: .infinitePast) }
  }

  @Test func `a canceled key takes all packets with it`() throws {
    let port = try Port()
    let event = try Event()
    try port.queue(Port.UserPacket(key: 1))
    try port.watch(event, for: .signaled, key: 1)
    try port.queue(Port.UserPacket(key: 2))
    try port.cancel(key: 1)
    try event.signal(set: .signaled)
    let packet = try port.nextPacket(until: .infinitePast)
    #expect(packet.key == 2)
    #expect(throws: Status.timedOut) { try port.nextPacket(until: .infinitePast) }
    #expect(throws: Status.notFound) { try port.cancel(key: 1) }
  }

  @Test func `closing the object's handle ends its waits without a packet`() throws {
    let port = try Port()
    let event = try Event()
    let other = try event.duplicate()
    try port.watch(event, for: .signaled, key: 1)
    try event.close()
    try other.signal(set: .signaled)
    #expect(throws: Status.timedOut) { try port.nextPacket(until: .infinitePast) }
  }
}
