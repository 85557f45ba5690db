import Testing
import ZirconTypes

@testable import ZirconKernel

/// One field of an end, with a value to set and what tells that it is set.
private struct Field: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let set: @Sendable (inout EndState) -> Void
  let isSet: @Sendable (EndState) -> Bool
  let clear: @Sendable (inout EndState) -> Void

  static let all = [
    Field(
      testDescription: "used", set: { $0.used = 264_160 }, isSet: { $0.used == 264_160 },
      clear: { $0.used = 0 }),
    Field(
      testDescription: "spilled", set: { $0.spilled = 264_160 },
      isSet: { $0.spilled == 264_160 }, clear: { $0.spilled = 0 }),
    Field(
      testDescription: "WRITABLE", set: { $0.isWritable = true }, isSet: { $0.isWritable },
      clear: { $0.isWritable = false }),
    Field(
      testDescription: "WRITE_DISABLED", set: { $0.isWriteDisabled = true },
      isSet: { $0.isWriteDisabled }, clear: { $0.isWriteDisabled = false }),
    Field(
      testDescription: "closed", set: { $0.isClosed = true }, isSet: { $0.isClosed },
      clear: { $0.isClosed = false }),
    Field(
      testDescription: "watched", set: { $0.isWatched = true }, isSet: { $0.isWatched },
      clear: { $0.isWatched = false }),
    Field(
      testDescription: "user signals", set: { $0.userSignals = .allUser },
      isSet: { $0.userSignals == .allUser }, clear: { $0.userSignals = .none }),
  ]
}

/// Source: what the two ends of a socket show, after every call.
@Suite("EndState and PairState") struct PairStateTests {
  @Test(arguments: Field.all) fileprivate func `a field is set and cleared alone`(field: Field) {
    var state = EndState(bits: 0)
    field.set(&state)
    for other in Field.all {
      let isSame = other.testDescription == field.testDescription
      #expect(other.isSet(state) == isSame, "\(other.testDescription)")
    }
    field.clear(&state)
    #expect(state == EndState(bits: 0))

    for other in Field.all { other.set(&state) }
    field.clear(&state)
    for other in Field.all {
      let isSame = other.testDescription == field.testDescription
      #expect(other.isSet(state) != isSame, "\(other.testDescription)")
    }
  }

  @Test(arguments: [0, 1, 4_063, 4_064, 65_536, 131_072, 262_144, 264_159, 264_160])
  func `every count up to the capacity is kept`(count: Int) {
    var state = EndState.initial
    state.used = count
    state.spilled = count
    #expect(state.used == count)
    #expect(state.spilled == count)
    #expect(state.queued == 0)
    state.spilled = count / 2
    #expect(state.queued == count - count / 2)
  }

  @Test func `every user signal is kept by itself`() {
    for bit in 24..<32 {
      var state = EndState.initial
      state.userSignals = Signals(rawValue: 1 << bit)
      #expect(state.userSignals == Signals(rawValue: 1 << bit))
      #expect(state.isWritable && !state.isClosed)
    }
  }

  @Test func `a pair's two words give back both ends`() {
    var pair = PairState.initial
    pair.left.used = 264_160
    pair.left.isClosed = true
    pair.right.userSignals = Signals(rawValue: 0x8000_0000)
    let copy = PairState(pair.words)
    #expect(copy == pair)
    #expect(copy[.left] == pair.left && copy[.right] == pair.right)
  }

  @Test func `an end is reached by its name`() {
    var pair = PairState.initial
    pair[.left].used = 1
    pair[.right].used = 2
    #expect(pair.left.used == 1 && pair.right.used == 2)
    #expect(End.left.peer == .right && End.right.peer == .left)
  }

  @Test func `a new pair is WRITABLE at both ends and nothing else`() {
    for end in [End.left, .right] {
      #expect(PairState.initial.signals(of: end, Thresholds()).rawValue == 0x2)
    }
  }

  @Test func `the capacity is 65 buffers of 4,064 bytes`() {
    #expect(PairState.capacity == 264_160)
  }

  /// All states of the flags, with buffers empty, full and in between, and the thresholds around
  /// what is there.
  @Test(arguments: [End.left, .right]) func `the signals are those of the table`(end: End) {
    for flags in 0..<32 as Range<UInt32> {
      for (mineUsed, peerUsed) in [(0, 0), (0, 264_160), (264_160, 1), (100, 264_159)] {
        for threshold in [0, 1, 100, 264_060, 264_160] {
          let pair = makePair(end, flags, mineUsed, peerUsed)
          let expected = expectedSignals(flags, mineUsed, peerUsed, threshold)
          let thresholds = Thresholds(read: threshold, write: threshold)
          #expect(pair.signals(of: end, thresholds).rawValue == expected)
        }
      }
    }
  }

  private func makePair(_ end: End, _ flags: UInt32, _ mine: Int, _ peer: Int) -> PairState {
    var pair = PairState.initial
    pair[end].used = mine
    pair[end.peer].used = peer
    pair[end].isWritable = flags & 1 != 0
    pair[end.peer].isClosed = flags & 2 != 0
    pair[end.peer].isWriteDisabled = flags & 4 != 0
    pair[end].isWriteDisabled = flags & 8 != 0
    pair[end].userSignals = Signals(rawValue: flags & 16 != 0 ? 0x4100_0000 : 0)
    // What the peer shows is not shown here.
    pair[end.peer].userSignals = Signals(rawValue: 0x0200_0000)
    return pair
  }

  private func expectedSignals(
    _ flags: UInt32, _ mine: Int, _ peer: Int, _ threshold: Int
  ) -> UInt32 {
    var word: UInt32 = peer > 0 ? 0x1 : 0
    if flags & 1 != 0 { word |= 0x2 }
    if flags & 2 != 0 { word |= 0x4 }
    if flags & 4 != 0 { word |= 0x10 }
    if flags & 8 != 0 { word |= 0x20 }
    if flags & 16 != 0 { word |= 0x4100_0000 }
    if threshold > 0, peer >= threshold { word |= 0x400 }
    if threshold > 0, 264_160 - mine >= threshold { word |= 0x800 }
    return word
  }
}
