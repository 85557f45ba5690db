import ZirconLinux
import ZirconTypes

/// One side of one direction of one socket pair, with its operations in a round of a batch.
@safe
struct BatchLane {
  // Safety: pinned by one of the round's operations.
  let socket: Unmanaged<SocketDispatcher>
  let direction: Direction
  let isWrite: Bool
  let kind: SocketKind
  /// The end that writes the direction.
  let writer: End
  /// Where its gates stand among those of the others.
  let gateOrder: UInt64
  /// Its operations, by their places in the round.
  var first: UInt8
  var last: UInt8
  /// Operations that were planned.
  var count = 0
  /// Bytes that may still be planned; not known before the first look at the state.
  var left: Int?
  /// The first of its entries in the submission.
  var entry = 0

  /// A lane of the operation at `place`; `writer` is the end that writes the direction.
  init(_ socket: SocketDispatcher, _ pair: SocketPair, isWrite: Bool, writer: End, place: UInt8) {
    unsafe self.socket = Unmanaged.passUnretained(socket)
    direction = pair.direction(writer)
    self.isWrite = isWrite
    kind = pair.kind
    self.writer = writer
    gateOrder = pair.gateOrder(of: writer)
    first = place
    last = place
  }

  var needsWriteGate: Bool { isWrite || kind == .datagram }
  var needsReadGate: Bool { !isWrite }

  /// No operation.
  static var noPlace: UInt8 { .max }
}

/// The places of a lane's operations that are still in the round, in order.
@safe
struct LaneOperations: Sequence, IteratorProtocol {
  // Safety: the round's, which outlasts the loop.
  let following: UnsafeMutablePointer<UInt8>
  let start: Int
  let end: Int
  var place: UInt8

  mutating func next() -> Int? {
    let index = start + Int(place)
    guard place != BatchLane.noPlace, index < end else { return nil }
    unsafe place = following[Int(place)]
    return index
  }
}
