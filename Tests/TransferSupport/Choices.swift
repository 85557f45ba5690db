import TestSupport

/// What a fuzzer does next: what an input says, and random numbers behind its end.
package struct Choices {
  private var input: ArraySlice<UInt8>
  private let isEndless: Bool
  private var random: SplitMix64

  /// Choices by random numbers alone.
  package init(seed: UInt64) {
    input = []
    isEndless = true
    random = SplitMix64(seed: seed)
  }

  /// Choices by `input`; behind its end the same for the same input.
  package init(input: [UInt8]) {
    self.input = input[...]
    isEndless = false
    random = SplitMix64(seed: UInt64(input.count))
  }

  /// Whether there was an input, and it says no more.
  package var hasEnded: Bool { input.isEmpty && !isEndless }

  /// The next eight bytes.
  package mutating func next() -> UInt64 {
    guard !input.isEmpty else { return random.next() }
    return take(8)
  }

  /// A number in `0..<limit`; `limit` is positive.
  package mutating func below(_ limit: Int) -> Int {
    guard !input.isEmpty else { return random.below(limit) }
    return Int(take(limit <= 256 ? 1 : limit <= 65_536 ? 2 : 4) % UInt64(limit))
  }

  /// A number in `range`.
  package mutating func within(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.upperBound - range.lowerBound + 1)
  }

  /// One of `choices`, which is not empty.
  package mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }

  private mutating func take(_ count: Int) -> UInt64 {
    let bytes = input.prefix(count)
    input = input.dropFirst(count)
    return bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
