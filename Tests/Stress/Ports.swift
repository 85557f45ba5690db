import CZircon
import Glibc
import Synchronization
import TestSupport

/// Who queues, who takes, who cancels, on one port.
private final class PortTraffic: Sendable {
  static let writers = 4
  static let readers = 4
  static let cancelers = 2
  /// The key that sends a reader home.
  static let stop = UInt64.max

  let port: UInt32
  /// Packets of each writer.
  let count: Int
  let lines: [Line]
  let delivered = Atomic<Int>(0)
  let canceled = Atomic<Int>(0)
  let isOver = Atomic<Bool>(false)

  /// What is known of one writer's packets.
  final class Line: Sendable {
    /// How often each came out: delivered or canceled.
    // Safety: as many atomics as there are packets, never freed.
    nonisolated(unsafe) let seen: UnsafeMutablePointer<Atomic<UInt8>>
    /// The key of the newest, for the cancelers to aim at.
    let newest = Atomic<UInt64>(0)

    init(count: Int) {
      seen = .allocate(capacity: count)
      for number in 0..<count { (seen + number).initialize(to: Atomic(0)) }
    }
  }

  init(port: UInt32, count: Int) {
    self.port = port
    self.count = count
    lines = (0..<Self.writers).map { _ in Line(count: count) }
  }

  func key(_ writer: Int, _ number: Int) -> UInt64 { UInt64(number * Self.writers + writer) }

  /// Notes that the packet with `key` came out.
  func note(_ key: UInt64) {
    let (writer, number) = (Int(key) % Self.writers, Int(key) / Self.writers)
    lines[writer].seen[number].wrappingAdd(1, ordering: .relaxed)
  }
}

/// Threads queue packets on one port while others take them and others cancel them by key; each is
/// delivered or reported canceled, exactly once.
///
/// Half of the packets are users', half come from waits on an event of the writer's: those are
/// pulsed, so that the wait matches while the cancelers aim at it.
///
/// Source: `zx_port_queue`, `zx_port_wait`, `zx_port_cancel`, `zx_port_cancel_key`,
/// `zx_object_wait_async`.
func ports(_ count: Int) {
  startWatchdog(seconds: 120 + count / 2_000)
  var port: UInt32 = 0
  check(zx_port_create(0, &port), "zx_port_create")
  let traffic = PortTraffic(port: port, count: max(count / PortTraffic.writers, 1))
  let events = (0..<PortTraffic.writers).map { _ in makeEvent() }
  let started = zx_clock_get_monotonic()
  let readers = (0..<PortTraffic.readers).map { _ in Thread { takePackets(traffic) } }
  let cancelers = (0..<PortTraffic.cancelers).map { index in
    Thread { cancelPackets(traffic, events, index) }
  }
  let writers = events.indices.map { index in
    Thread { queuePackets(traffic, index, events[index]) }
  }
  for thread in writers { thread.join() }
  traffic.isOver.store(true, ordering: .releasing)
  for thread in cancelers { thread.join() }
  for _ in readers { queue(PortTraffic.stop, on: port) }
  for thread in readers { thread.join() }
  let ended = zx_clock_get_monotonic()

  for writer in 0..<PortTraffic.writers {
    for number in 0..<traffic.count {
      let times = traffic.lines[writer].seen[number].load(ordering: .relaxed)
      check(times == 1, "packet \(number) of writer \(writer) came out \(times) times")
    }
  }
  for handle in [port] + events { close(handle: handle) }
  let total = traffic.count * PortTraffic.writers
  let delivered = traffic.delivered.load(ordering: .relaxed)
  let canceled = traffic.canceled.load(ordering: .relaxed)
  check(
    delivered + canceled == total, "\(delivered) delivered and \(canceled) canceled of \(total)")
  print(
    "ports: \(total) packets, \(delivered) delivered, \(canceled) canceled, each once;",
    "\((ended - started) / Int64(total)) ns for a packet")
}

/// Queues a user's packet, waiting while the port is full.
private func queue(_ key: UInt64, on port: UInt32) {
  var packet = zx_port_packet_t()
  packet.key = key
  packet.user.u64.3 = ~key
  while true {
    let status = zx_port_queue(port, &packet)
    if status == Status.ok { return }
    check(status, is: Status.shouldWait, "zx_port_queue")
    sched_yield()
  }
}

private func queuePackets(_ traffic: PortTraffic, _ writer: Int, _ event: UInt32) {
  for number in 0..<traffic.count {
    let key = traffic.key(writer, number)
    if number % 2 == 0 {
      queue(key, on: traffic.port)
      traffic.lines[writer].newest.store(key, ordering: .releasing)
    } else {
      check(
        zx_object_wait_async(event, traffic.port, key, Signal.signaled, 0), "zx_object_wait_async")
      traffic.lines[writer].newest.store(key, ordering: .releasing)
      check(zx_object_signal(event, 0, Signal.signaled), "signaling")
      check(zx_object_signal(event, Signal.signaled, 0), "clearing")
    }
  }
}

private func takePackets(_ traffic: PortTraffic) {
  while true {
    var packet = zx_port_packet_t()
    check(zx_port_wait(traffic.port, infinite, &packet), "zx_port_wait")
    if packet.key == PortTraffic.stop { return }
    if packet.type == ZX_PKT_TYPE_USER {
      check(packet.user.u64.3 == ~packet.key, "the payload of \(packet.key)")
    } else {
      check(packet.signal.observed == Signal.signaled, "what \(packet.key) observed")
    }
    traffic.note(packet.key)
    traffic.delivered.add(1, ordering: .relaxed)
  }
}

/// Aims at the newest packets: one canceler by key, the other by handle and key.
private func cancelPackets(_ traffic: PortTraffic, _ events: [UInt32], _ index: Int) {
  var random = SplitMix64(seed: UInt64(index))
  while !traffic.isOver.load(ordering: .acquiring) {
    let writer = random.below(PortTraffic.writers)
    let key = traffic.lines[writer].newest.load(ordering: .acquiring)
    let status =
      index == 0
      ? zx_port_cancel_key(traffic.port, 0, key) : zx_port_cancel(traffic.port, events[writer], key)
    if status == Status.ok {
      traffic.note(key)
      traffic.canceled.add(1, ordering: .relaxed)
    } else {
      check(status, is: Status.notFound, "cancelling")
    }
  }
}
