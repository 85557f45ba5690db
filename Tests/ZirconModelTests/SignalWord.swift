/// An object's signals, and what its observers have yet to be told of them.
struct SignalWord {
  private(set) var value: UInt32
  /// The whole word after each change that raised a bit, oldest first.
  private var rises: [UInt32] = []

  init(_ value: UInt32 = 0) { self.value = value }

  /// Clears, then sets, in one change.
  mutating func update(clear: UInt32, set: UInt32) {
    let isRise = set & ~value != 0
    value = (value & ~clear) | set
    if isRise { rises.append(value) }
  }

  /// What observers are to be shown, once.
  mutating func takeRises() -> [UInt32] {
    guard !rises.isEmpty else { return [] }
    defer { rises = [] }
    return rises
  }
}

/// An eventpair in plain words.
struct EventPairModel {
  var words = [SignalWord(), SignalWord()]
  private(set) var isOpen = [true, true]

  /// The last handle of an endpoint has gone.
  mutating func close(_ side: Int) {
    isOpen[side] = false
    if isOpen[1 - side] { words[1 - side].update(clear: 0, set: Signal.peerClosed) }
  }
}
