/// One of the endpoints of one of a program's pairs, of sockets, eventpairs or channels.
struct EndID: Hashable {
  var pair: Int
  var side: Int

  var peer: EndID { EndID(pair: pair, side: 1 - side) }
}

/// What a handle refers to.
enum ObjectID: Hashable {
  /// An endpoint of a socket.
  case end(EndID)
  case event(Int)
  case eventPairEnd(EndID)
  case channelEnd(EndID)
  case port(Int)

  /// The other endpoint, of objects that have one.
  var peer: ObjectID? {
    switch self {
    case .end(let end): .end(end.peer)
    case .eventPairEnd(let end): .eventPairEnd(end.peer)
    case .channelEnd(let end): .channelEnd(end.peer)
    case .event, .port: nil
    }
  }

  var type: UInt32 {
    switch self {
    case .end: ObjectType.socket
    case .event: ObjectType.event
    case .eventPairEnd: ObjectType.eventPair
    case .channelEnd: ObjectType.channel
    case .port: ObjectType.port
    }
  }

  /// The rights that a new object's handle has.
  var defaultRights: UInt32 {
    switch self {
    case .end: Right.socketDefault
    case .event: Right.eventDefault
    case .eventPairEnd: Right.eventPairDefault
    case .channelEnd: Right.channelDefault
    case .port: Right.portDefault
    }
  }

  /// Signals that a program may change.
  var settableSignals: UInt32 {
    switch self {
    case .event, .eventPairEnd: Signal.user | Signal.signaled
    case .end, .channelEnd: Signal.user
    case .port: 0
    }
  }

  var isEnd: Bool { type == ObjectType.socket }
  var isPort: Bool { type == ObjectType.port }
  var isChannel: Bool { type == ObjectType.channel }
  var isEvent: Bool { type == ObjectType.event }
  var isEventPair: Bool { type == ObjectType.eventPair }
}

extension ObjectID: CustomStringConvertible {
  var description: String {
    switch self {
    case .end(let end): "pair \(end)"
    case .event(let index): "event \(index)"
    case .eventPairEnd(let end): "eventpair \(end)"
    case .channelEnd(let end): "channel \(end)"
    case .port(let index): "port \(index)"
    }
  }
}

extension EndID: CustomStringConvertible {
  var description: String { "\(pair) end \(side == 0 ? "A" : "B")" }
}

/// A handle as the model knows it: in the table or, without a value, in a message.
struct ModelHandle: CustomStringConvertible {
  var value: UInt32
  let object: ObjectID
  var rights: UInt32
  /// Which handle it is among all there ever were; waits and their packets belong to it.
  let identity: Int

  func has(_ wanted: UInt32) -> Bool { rights & wanted == wanted }

  var description: String { "\(object) rights 0x\(String(rights, radix: 16))" }
}
