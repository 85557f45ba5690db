/// An object's signals, and what its observers have yet to be told of them.
struct SignalWord {
  private(set) var value: UInt32
  /// Each change that raised a bit, oldest first.
  private var rises: [Rise] = []

  /// A change that raised a bit.
  struct Rise {
    /// The whole word after it.
    var word: UInt32
    var risen: UInt32
  }

  init(_ value: UInt32 = 0) { self.value = value }

  /// Clears, then sets, in one change.
  mutating func update(clear: UInt32, set: UInt32) {
    let risen = set & ~value
    value = (value & ~clear) | set
    if risen != 0 { rises.append(Rise(word: value, risen: risen)) }
  }

  /// What observers are to be shown, once.
  mutating func takeRises() -> [Rise] {
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
