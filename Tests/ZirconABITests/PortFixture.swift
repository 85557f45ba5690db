import CZircon
import Testing

extension OwnedHandle {
  static func port() throws -> OwnedHandle {
    var port = ZX_HANDLE_INVALID
    try #require(zx_port_create(0, &port) == ZX_OK)
    return OwnedHandle(owning: port)
  }

  /// Gives the handle away, to be closed by the test.
  consuming func release() -> zx_handle_t {
    let value = value
    forget()
    return value
  }

  /// Another handle to the same object without some of its rights.
  func without(_ rights: zx_rights_t) throws -> OwnedHandle {
    try OwnedHandle(duplicating: value, rights: try basicInfo(of: value).rights & ~rights)
  }
}

/// A packet as numbers, to be compared; the payload as four of 64 bits.
struct Packet: Equatable, Sendable, CustomTestStringConvertible {
  var key: UInt64
  var type: UInt32
  var status: zx_status_t
  var payload: [UInt64]

  /// What a user queued, as it arrives.
  static func user(
    _ key: UInt64, status: zx_status_t = 0, _ payload: [UInt64] = [0, 0, 0, 0]
  ) -> Packet {
    Packet(key: key, type: 0, status: status, payload: payload)
  }

  /// What an asynchronous wait queues.
  static func signal(
    _ key: UInt64, trigger: zx_signals_t, observed: zx_signals_t, timestamp: Int64 = 0
  ) -> Packet {
    Packet(
      key: key, type: 1, status: 0,
      payload: [
        UInt64(trigger) | UInt64(observed) << 32, 1, UInt64(bitPattern: timestamp), 0,
      ])
  }

  init(key: UInt64, type: UInt32 = 0, status: zx_status_t = 0, payload: [UInt64]) {
    self.key = key
    self.type = type
    self.status = status
    self.payload = payload
  }

  init(_ raw: zx_port_packet_t) {
    let words = raw.user.u64
    self.init(
      key: raw.key, type: raw.type, status: raw.status,
      payload: [words.0, words.1, words.2, words.3])
  }

  var raw: zx_port_packet_t {
    var raw = zx_port_packet_t()
    (raw.key, raw.type, raw.status) = (key, type, status)
    raw.user.u64 = (payload[0], payload[1], payload[2], payload[3])
    return raw
  }

  var timestamp: Int64 { Int64(bitPattern: payload[2]) }

  var testDescription: String {
    "key \(key), type \(type), status \(status), payload \(payload.map { String($0, radix: 16) })"
  }
}

/// What a wait on a port answers: a packet, or a status with nothing written.
enum PortAnswer: Equatable, Sendable {
  case packet(Packet)
  case error(zx_status_t)

  var packet: Packet? { if case .packet(let packet) = self { packet } else { nil } }
}

/// Waits for a packet; by default only asks for one that is there.
func portWait(_ port: zx_handle_t, until deadline: zx_instant_mono_t = 0) -> PortAnswer {
  let untouched = Packet(key: 0x5A, type: 0x5A, status: 0x5A, payload: [0x5A, 0x5A, 0x5A, 0x5A])
  var raw = untouched.raw
  let status = zx_port_wait(port, deadline, &raw)
  if status == ZX_OK { return .packet(Packet(raw)) }
  #expect(Packet(raw) == untouched)
  return .error(status)
}

/// All packets that are there.
func drainPort(_ port: zx_handle_t) -> [Packet] {
  var packets: [Packet] = []
  while let packet = portWait(port).packet { packets.append(packet) }
  #expect(portWait(port) == .error(ZX_ERR_TIMED_OUT))
  return packets
}

func portQueue(_ port: zx_handle_t, _ packet: Packet) -> zx_status_t {
  var raw = packet.raw
  return zx_port_queue(port, &raw)
}

func portQueue(_ port: zx_handle_t, key: UInt64) -> zx_status_t {
  portQueue(port, .user(key))
}

func waitAsync(
  _ handle: zx_handle_t, _ port: zx_handle_t, key: UInt64 = 7,
  _ signals: zx_signals_t = ZX_EVENT_SIGNALED, options: UInt32 = ZX_WAIT_ASYNC_ONCE
) -> zx_status_t {
  zx_object_wait_async(handle, port, key, signals, options)
}
