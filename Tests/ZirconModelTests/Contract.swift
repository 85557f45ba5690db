/// A status a call answers, by its number in the contract.
///
/// The model has its own copy of every number it needs, so that a wrong number in a header shows up
/// as a difference.
struct StatusCode: Error, Hashable, Comparable, CustomStringConvertible {
  let value: Int32

  init(_ value: Int32) { self.value = value }

  static let ok = StatusCode(0)
  static let notSupported = StatusCode(-2)
  static let invalidArgs = StatusCode(-10)
  static let badHandle = StatusCode(-11)
  static let wrongType = StatusCode(-12)
  static let outOfRange = StatusCode(-14)
  static let bufferTooSmall = StatusCode(-15)
  static let badState = StatusCode(-20)
  static let timedOut = StatusCode(-21)
  static let shouldWait = StatusCode(-22)
  static let peerClosed = StatusCode(-24)
  static let notFound = StatusCode(-25)
  static let accessDenied = StatusCode(-30)

  private static let names: [Int32: String] = [
    0: "OK", -2: "NOT_SUPPORTED", -3: "NO_RESOURCES", -4: "NO_MEMORY", -10: "INVALID_ARGS",
    -11: "BAD_HANDLE", -12: "WRONG_TYPE", -14: "OUT_OF_RANGE", -15: "BUFFER_TOO_SMALL",
    -20: "BAD_STATE", -21: "TIMED_OUT", -22: "SHOULD_WAIT", -23: "CANCELED", -24: "PEER_CLOSED",
    -25: "NOT_FOUND", -30: "ACCESS_DENIED",
  ]

  var description: String { StatusCode.names[value] ?? "status \(value)" }

  static func < (left: StatusCode, right: StatusCode) -> Bool { left.value > right.value }
}

/// Rights of a handle, by their numbers in the contract.
enum Right {
  static let none: UInt32 = 0
  static let duplicate: UInt32 = 0x1
  static let transfer: UInt32 = 0x2
  static let read: UInt32 = 0x4
  static let write: UInt32 = 0x8
  static let getProperty: UInt32 = 0x40
  static let setProperty: UInt32 = 0x80
  static let signal: UInt32 = 0x1000
  static let signalPeer: UInt32 = 0x2000
  static let wait: UInt32 = 0x4000
  static let inspect: UInt32 = 0x8000
  static let manageSocket: UInt32 = 0x10_0000
  static let same: UInt32 = 0x8000_0000

  /// What a new socket's handles have.
  static let socketDefault: UInt32 = 0x10_F0CF
  /// What a new event's handle has.
  static let eventDefault: UInt32 = 0xD003
  /// What a new eventpair's handles have.
  static let eventPairDefault: UInt32 = 0xF003
  /// What a new channel's handles have; a channel's cannot be duplicated.
  static let channelDefault: UInt32 = 0xF00E
  /// What a new port's handle has: a port can be neither waited on nor signaled.
  static let portDefault: UInt32 = 0x800F

  /// Those whose absence some call notices.
  static let judged = [
    duplicate, transfer, read, write, getProperty, setProperty, signal, signalPeer, wait, inspect,
    manageSocket,
  ]
}

/// Signals, by their numbers in the contract.
enum Signal {
  static let readable: UInt32 = 0x1
  static let writable: UInt32 = 0x2
  static let peerClosed: UInt32 = 0x4
  static let signaled: UInt32 = 0x8
  static let peerWriteDisabled: UInt32 = 0x10
  static let writeDisabled: UInt32 = 0x20
  static let readThreshold: UInt32 = 0x400
  static let writeThreshold: UInt32 = 0x800
  static let handleClosed: UInt32 = 0x80_0000
  static let user: UInt32 = 0xFF00_0000
}

/// Socket constants, by their numbers in the contract.
enum SocketConstant {
  /// Payload bytes that one direction holds: 65 buffers of 4064 bytes.
  static let capacity = 264_160
  static let datagram: UInt32 = 1
  static let peek: UInt32 = 8
  static let disable: UInt32 = 1
  static let enable: UInt32 = 2
  static let shutdownWrite: UInt32 = 1
  static let shutdownRead: UInt32 = 2
  static let infoByteCount = 48
}

/// Info topics and properties, by their numbers in the contract.
enum Topic {
  static let handleValid: UInt32 = 1
  static let handleBasic: UInt32 = 2
  static let handleCount: UInt32 = 19
  static let socket: UInt32 = 22
}

/// Properties, by their numbers in the contract.
enum Property {
  static let name: UInt32 = 3
  static let readThreshold: UInt32 = 12
  static let writeThreshold: UInt32 = 13
}

/// Object types, by their numbers in the contract.
enum ObjectType {
  static let none: UInt32 = 0
  static let channel: UInt32 = 4
  static let event: UInt32 = 5
  static let port: UInt32 = 6
  static let socket: UInt32 = 14
  static let eventPair: UInt32 = 16
}

/// Port constants, by their numbers in the contract.
enum PortConstant {
  static let bindToInterrupt: UInt32 = 1
  static let userPacket: UInt32 = 0
  static let signalPacket: UInt32 = 1
  static let packetByteCount = 48
  /// With so many user packets queued, the next one is refused.
  static let userPackets = 4097
  static let timestamp: UInt32 = 1
  static let edge: UInt32 = 2
  static let bootTimestamp: UInt32 = 4
}

/// Channel constants, by their numbers in the contract.
enum ChannelConstant {
  static let mayDiscard: UInt32 = 1
  static let useVector: UInt32 = 2
  static let maxBytes = 65_536
  static let maxHandles = 64
  static let maxVectors = 8192
  static let move: UInt32 = 0
  static let duplicate: UInt32 = 1
}

/// Limits of calls that take arrays.
enum Limit {
  static let waitItems = 64
  static let vectors = 1024
  static let batchOperations = 4096
}
