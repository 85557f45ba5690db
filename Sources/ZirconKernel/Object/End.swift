/// One of the two ends of a peered object.
enum End: Int, Sendable {
  case left
  case right

  /// The opposite end.
  @inline(__always)
  var peer: End { self == .left ? .right : .left }
}

/// What a holder of an end does there; where there are several, only one of them at one moment.
enum EndWork: Int {
  case reading
  case writing

  /// A number of its own for each work at each end, from 0 on.
  @inline(__always)
  func number(at end: End) -> Int { end.rawValue * 2 + rawValue }
}
