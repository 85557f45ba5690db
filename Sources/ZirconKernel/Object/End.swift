/// One of the two ends of a peered object.
enum End: Int, Sendable {
  case left
  case right

  /// The opposite end.
  @inline(__always)
  var peer: End { self == .left ? .right : .left }
}
