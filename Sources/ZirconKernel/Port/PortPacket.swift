import ZirconLinux
package import ZirconTypes

/// What a port carries, laid out as `zx_port_packet_t`: 48 bytes.
package struct PortPacket: BitwiseCopyable, Sendable {
  /// The number by which the receiver knows where it comes from.
  package var key: UInt64
  /// `ZX_PKT_TYPE_USER` or `ZX_PKT_TYPE_SIGNAL_ONE`.
  package private(set) var type: UInt32
  /// Whatever a user packet's sender put there; 0 in a signal packet.
  package var status: Int32
  /// 32 bytes: a user packet's own, or trigger and observed word, count, time of the match, 0.
  private var first: UInt64 = 0
  private var count: UInt64 = 0
  private var timestamp: Int64 = 0
  private var last: UInt64 = 0

  private static let user: UInt32 = 0
  private static let signalOne: UInt32 = 1

  /// An empty user packet, to be filled from the caller's memory.
  package init() {
    key = 0
    type = Self.user
    status = 0
  }

  /// The packet of an asynchronous wait for `trigger`, which has yet to match.
  init(key: UInt64, trigger: Signals) {
    self.key = key
    type = Self.signalOne
    status = 0
    first = UInt64(trigger.rawValue)
    count = 1
  }

  /// Whether a program queued it.
  package var isUser: Bool { type == Self.user }

  /// A user packet's 32 bytes, as four numbers.
  package var payload: SIMD4<UInt64> {
    get { [first, count, UInt64(bitPattern: timestamp), last] }
    set {
      (first, count, last) = (newValue.x, newValue.y, newValue.w)
      timestamp = Int64(bitPattern: newValue.z)
    }
  }

  /// What the wait was for, what it saw at the match, and when that was, on its clock; 0 without one.
  package var match: (trigger: Signals, observed: Signals, time: Int64) {
    (
      Signals(rawValue: UInt32(truncatingIfNeeded: first)),
      Signals(rawValue: UInt32(truncatingIfNeeded: first >> 32)), timestamp
    )
  }

  /// What it is, whatever the sender put there.
  mutating func markAsUser() {
    type = Self.user
  }

  /// Records the match of its wait.
  mutating func record(_ observed: Signals, at time: Int64) {
    first = first & UInt64(UInt32.max) | UInt64(observed.rawValue) << 32
    timestamp = time
  }
}

/// The options of an asynchronous wait.
package struct AsyncWaitMode: Sendable {
  /// Whether only what rises later counts: `ZX_WAIT_ASYNC_EDGE`.
  package let isEdge: Bool
  /// Which clock the packet gets its time from.
  private let clock: PacketClock

  private enum PacketClock {
    case none
    case monotonic
    case boot
  }

  /// What `ZX_WAIT_ASYNC_ONCE` asks for.
  static var level: AsyncWaitMode { AsyncWaitMode(isEdge: false, clock: .none) }

  private init(isEdge: Bool, clock: PacketClock) {
    self.isEdge = isEdge
    self.clock = clock
  }

  /// The mode that `options` of `zx_object_wait_async` ask for; nil for an unknown one or two clocks.
  package init?(options: UInt32) {
    let (monotonic, edge, boot): (UInt32, UInt32, UInt32) = (1, 2, 4)
    guard options & ~(monotonic | edge | boot) == 0 else { return nil }
    let isEdge = options & edge != 0
    switch options & (monotonic | boot) {
    case 0: self.init(isEdge: isEdge, clock: .none)
    case monotonic: self.init(isEdge: isEdge, clock: .monotonic)
    case boot: self.init(isEdge: isEdge, clock: .boot)
    default: return nil
    }
  }

  /// The time of this moment as the packet shows it; 0 if it shows none.
  var now: Int64 {
    switch clock {
    case .none: 0
    case .monotonic: Clock.monotonic
    case .boot: Clock.boot
    }
  }
}
