import Testing

@testable import ZirconKernel

/// Slots at both ends of both ranges.
private let slots = [
  0, 1, 2, 1_023, 1_024, 131_070, 131_071, 131_072, 131_073, 1_000_000, 1_179_646, 1_179_647,
]
private let generations: [UInt32] = [0, 1, 2, 255, 511, 512, 2_047, 4_095]

/// Source: the form of a handle: 32 bits, the two low ones set; a reused slot gives another value.
@Suite("HandleValue") struct HandleValueTests {
  @Test(arguments: slots) func `a value gives back its slot and generation`(slot: Int) {
    for generation in generations {
      let value = HandleValue(slot: slot, generation: generation)
      #expect(value.slot == slot)
      #expect(value.generation == generation & value.generationMask)
      #expect(value.generationMask == (slot < 131_072 ? 0xFFF : 0x1FF))
    }
  }

  @Test func `every value has the two low bits set and is not 0`() {
    for slot in slots {
      for generation in generations {
        let value = HandleValue(slot: slot, generation: generation)
        #expect(value.rawValue & 3 == 3)
        #expect(value.isWellFormed)
        #expect(value != .invalid)
      }
    }
  }

  @Test func `no two uses have one value`() {
    var values: Set<UInt32> = []
    var uses = 0
    for slot in slots {
      for generation in 0..<(slot < 131_072 ? 4_096 : 512) as Range<UInt32> {
        values.insert(HandleValue(slot: slot, generation: generation).rawValue)
        uses += 1
      }
    }
    #expect(values.count == uses)
  }

  @Test func `a value without the two low bits is not well formed`() {
    for raw in [0, 1, 2, 4, 0x8000_0000, 0xFFFF_FFFC, 0xFFFF_FFFD, 0xFFFF_FFFE] as [UInt32] {
      #expect(!HandleValue(rawValue: raw).isWellFormed)
    }
  }

  @Test(arguments: [3, 7, 0x7FFF_FFFF, 0x8000_0003, UInt32.max])
  func `every well formed value names a slot of the table`(raw: UInt32) {
    let value = HandleValue(rawValue: raw)
    #expect(value.isWellFormed)
    #expect((0..<HandleValue.slotCount).contains(value.slot))
    #expect(HandleValue(slot: value.slot, generation: value.generation) == value)
  }

  @Test func `the table has a slot for a million handles and those that wait`() {
    #expect(HandleValue.slotCount == 131_072 + 1 << 20)
    #expect(HandleValue.slotCount >= HandleTable.capacity + 1_024)
  }
}
