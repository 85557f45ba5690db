import ZirconKernel
public import ZirconTypes

/// A queue of packets: those that programs put there, and those of objects that show what was waited for.
///
/// One thread can wait for many objects that way, and several threads can share the work: each packet
/// goes to one of them.
public struct Port: KernelObject, ~Copyable {
  private let handle: Handle

  /// A number by which the receiver of a packet knows where it comes from.
  public struct Key: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral {
    /// The number.
    public let rawValue: UInt64

    /// Wraps a number.
    public init(rawValue: UInt64) {
      self.rawValue = rawValue
    }

    /// Makes a key of a literal.
    public init(integerLiteral value: UInt64) {
      self.init(rawValue: value)
    }
  }

  /// What a port gives.
  public enum Packet: Hashable, Sendable {
    /// What a program has queued.
    case user(UserPacket)
    /// What an object has shown.
    case signal(SignalPacket)
  }

  /// A packet that a program queues: `zx_packet_user_t`.
  public struct UserPacket: Hashable, Sendable {
    /// Names the packet's origin.
    public var key: Key
    /// A status, for what the program likes.
    public var status: Status
    /// Four numbers, for what the program likes.
    public var payload: SIMD4<UInt64>

    /// Makes a packet of `key`, and of a status and numbers to go with it.
    public init(key: Key, status: Status = .ok, payload: SIMD4<UInt64> = .zero) {
      self.key = key
      self.status = status
      self.payload = payload
    }
  }

  /// The packet of an object that has shown what was waited for: `zx_packet_signal_t`.
  public struct SignalPacket: Hashable, Sendable {
    /// What the wait was given for a key.
    public let key: Key
    /// What was waited for.
    public let wanted: Signals
    /// All that the object showed at the match, whatever it shows now.
    public let observed: Signals
    /// When that was, on the clock asked for; nil if none was.
    public let time: Deadline?
  }

  /// How to wait for an object.
  public struct WatchOptions: OptionSet, Sendable {
    /// The bits, as in `zircon/types.h`.
    public let rawValue: UInt32

    /// Wraps bits from `zircon/types.h`.
    public init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    /// Tell in the packet when the match was, on the monotonic clock: `ZX_WAIT_ASYNC_TIMESTAMP`.
    public static let timestamp = WatchOptions(rawValue: 1)
    /// Only what rises from now on counts, not what shows already: `ZX_WAIT_ASYNC_EDGE`.
    public static let edge = WatchOptions(rawValue: 2)
    /// Tell in the packet when the match was, on the boot clock: `ZX_WAIT_ASYNC_BOOT_TIMESTAMP`.
    public static let bootTimestamp = WatchOptions(rawValue: 4)
  }

  /// Makes a port without packets, with the rights `Rights.defaultPort`.
  ///
  /// - Throws: `noMemory` without memory, or if as many handles as there can be are live.
  ///
  /// Source: `zx_port_create`.
  public init() throws(Status) {
    self.init(Handle(adopting: Handle.Value(try Kernel.current.makePort())))
  }

  /// Takes over `handle`, which should be a port's: else the calls of ports throw `wrongType`.
  public init(_ handle: consuming Handle) {
    self.handle = handle
  }

  /// Names the handle without owning it.
  public var handleValue: Handle.Value { handle.handleValue }

  /// Gives the handle away, to be owned without its type.
  public consuming func takeHandle() -> Handle { handle }
}

// MARK: Packets

extension Port {
  /// Puts a packet behind those that are there, or hands it to a thread that waits.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to write; `noMemory`; `shouldWait` if more than
  ///   4,096 packets of programs wait already. In this order.
  ///
  /// Source: `zx_port_queue`.
  public func queue(_ packet: UserPacket) throws(Status) {
    try Kernel.current.queue(on: handleValue.inKernel) { PortPacket(packet) }
  }

  /// Takes the first packet, or the next one to come before `deadline`; blocks the thread meanwhile.
  ///
  /// A packet that is there wins over a deadline that has passed. Closing the port, through its value, does
  /// not end the wait.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to read; `timedOut` once `deadline` has passed,
  ///   not before. In this order.
  ///
  /// Source: `zx_port_wait`.
  public func nextPacket(until deadline: Deadline) throws(Status) -> Packet {
    Packet(try Kernel.current.takePacket(from: handleValue.inKernel, until: deadline))
  }
}

extension PortPacket {
  fileprivate init(_ packet: Port.UserPacket) {
    self.init()
    key = packet.key.rawValue
    status = packet.status.rawValue
    payload = packet.payload
  }
}

extension Port.Packet {
  /// Names the packet's origin.
  public var key: Port.Key {
    switch self {
    case .user(let packet): packet.key
    case .signal(let packet): packet.key
    }
  }

  fileprivate init(_ packet: PortPacket) {
    let key = Port.Key(rawValue: packet.key)
    if packet.isUser {
      let status = Status(rawValue: packet.status)
      self = .user(Port.UserPacket(key: key, status: status, payload: packet.payload))
    } else {
      let (wanted, observed, time) = packet.match
      self = .signal(
        Port.SignalPacket(
          key: key, wanted: wanted, observed: observed,
          time: time == 0 ? nil : Deadline(rawValue: time)))
    }
  }
}

// MARK: Waits

extension Port {
  /// Queues a packet here, once, when `object` shows at least one of `wanted`; never blocks.
  ///
  /// What shows already queues it at once, unless `options` ask for an `edge`. Closing the object's
  /// handle ends the wait without a packet. The same wait made twice gives two packets.
  ///
  /// - Throws: `invalidArgs` for unknown options or both clocks; for the port `badHandle`, `wrongType`,
  ///   `accessDenied` without the right to write; for the object `badHandle`, `accessDenied` without the
  ///   right to wait; `noMemory`. In this order.
  ///
  /// Source: `zx_object_wait_async`.
  public func watch<Object: KernelObject & ~Copyable>(
    _ object: borrowing Object, for wanted: Signals, key: Key, options: WatchOptions = []
  ) throws(Status) {
    guard let mode = AsyncWaitMode(options: options.rawValue) else { throw .invalidArgs }
    try Kernel.current.waitAsync(
      object.handleValue.inKernel, on: handleValue.inKernel, key: key.rawValue, for: wanted, mode)
  }

  /// Ends the waits with `key` that were made here through this very handle of an object, and drops their
  /// packets.
  ///
  /// - Throws: For the port `badHandle`, `wrongType`, `accessDenied` without the right to write; for the
  ///   object `badHandle`, `accessDenied` without the right to wait; `notFound` if there was nothing to
  ///   end. In this order.
  ///
  /// Source: `zx_port_cancel`.
  public func cancel<Object: KernelObject & ~Copyable>(
    _ object: borrowing Object, key: Key
  ) throws(Status) {
    try Kernel.current.cancelPackets(
      on: handleValue.inKernel, from: object.handleValue.inKernel, key: key.rawValue)
  }

  /// Ends all waits here with `key`, and drops all packets with it, those of programs too.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to write; `notFound` if there was nothing to
  ///   end. In this order.
  ///
  /// Source: `zx_port_cancel_key`.
  public func cancel(key: Key) throws(Status) {
    try Kernel.current.cancelPackets(on: handleValue.inKernel, key: key.rawValue)
  }
}
