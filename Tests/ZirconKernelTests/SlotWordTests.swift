import Testing
import ZirconTypes

@testable import ZirconKernel

/// Source: one word per handle says generation, type, rights, and who is using it.
@Suite("SlotWord") struct SlotWordTests {
  @Test func `a word gives back what it was made of`() {
    for generation in [0, 1, 4_095] as [UInt32] {
      for type in [ObjectType(rawValue: 0), .event, .socket, ObjectType(rawValue: 63)] {
        for rights in [Rights.none, .wait, .defaultSocket, Rights(rawValue: 0x1FF_FFFF)] {
          let word = SlotWord(generation: generation, type: type, rights: rights)
          #expect(word.generation == generation)
          #expect(word.type == type)
          #expect(word.rights == rights)
          #expect(word.isLive)
          #expect(word.pins == 0)
        }
      }
    }
  }

  @Test func `pins are counted without touching the rest`() {
    let word = SlotWord(generation: 4_095, type: .socket, rights: .defaultSocket)
    for pins in [1, 2, 1 << 19 - 1] as [UInt64] {
      let pinned = SlotWord(bits: word.bits + pins * SlotWord.onePin)
      #expect(pinned.pins == pins)
      #expect(pinned.isLive)
      #expect(pinned.rights == word.rights)
      #expect(pinned.type == word.type)
      #expect(pinned.generation == word.generation)
      #expect(!SlotWord(bits: pinned.bits & ~SlotWord.live).isLive)
      #expect(SlotWord(bits: pinned.bits & ~SlotWord.live).pins == pins)
    }
  }

  @Test func `a handle in flight is neither live nor closed, and nothing names it`() {
    let live = SlotWord(generation: 7, type: .socket, rights: .defaultSocket)
    let travelling = SlotWord(bits: live.bits & ~SlotWord.live | SlotWord.inFlight)
    #expect(!travelling.isLive && !travelling.isClosed)
    #expect(!travelling.isNamed(by: HandleValue(slot: 5, generation: 7)))
    #expect(travelling.pins == 0)
    #expect(travelling.rights == live.rights)
    #expect(travelling.type == live.type)
    #expect(travelling.generation == live.generation)
    #expect(!live.isClosed)
    #expect(SlotWord(bits: live.bits & ~SlotWord.live).isClosed)
  }

  @Test func `exactly the rights that are there are allowed`() {
    for mine in 0..<25 {
      let word = SlotWord(generation: 7, type: .event, rights: Rights(rawValue: 1 << mine))
      #expect(word.allows(.none))
      for asked in 0..<25 {
        #expect(word.allows(Rights(rawValue: 1 << asked)) == (mine == asked))
      }
    }
    let two = SlotWord(generation: 7, type: .event, rights: [.read, .write])
    #expect(two.allows([.read, .write]))
    #expect(!two.allows([.read, .write, .wait]))
  }

  @Test func `a word is named by its generation alone while it is live`() {
    let word = SlotWord(generation: 513, type: .event, rights: .none)
    let near = HandleValue(slot: 5, generation: 513)
    // Values of the upper slots carry nine bits of it.
    let far = HandleValue(slot: 200_000, generation: 513)
    #expect(word.isNamed(by: near))
    #expect(word.isNamed(by: far))
    #expect(!word.isNamed(by: HandleValue(slot: 5, generation: 1)))
    #expect(word.isNamed(by: HandleValue(slot: 200_000, generation: 1)))
    #expect(!SlotWord(bits: word.bits & ~SlotWord.live).isNamed(by: near))
    #expect(!SlotWord(bits: 0).isNamed(by: HandleValue(slot: 5, generation: 0)))
  }
}
