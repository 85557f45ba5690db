import Glibc
import Synchronization
import TestSupport
import Testing
import ZirconTypes

@testable import ZirconKernel

/// What a lookup answers.
private func status(
  _ own: borrowing OwnTable, _ value: HandleValue, type: ObjectType? = nil, rights: Rights = .none
) -> Status? {
  do throws(Status) {
    _ = try own.table.pin(value, type: type, rights: rights)
    return nil
  } catch {
    return error
  }
}

/// Source: looking handles up, closing them, and when a value comes back.
@Suite("HandleTable") struct HandleTableTests {
  @Test func `a lookup judges handle, then type, then rights`() throws {
    let own = try OwnTable()
    let value = try own.table.make(TestObject(type: .event), rights: [.read, .wait])
    let closed = try own.table.makeAndClose(TestObject())
    let found = [
      status(own, value, type: .event, rights: [.read, .wait]), status(own, value),
      status(own, value, rights: .read),
    ]
    #expect(found == [nil, nil, nil])
    let refused = [
      status(own, closed, type: .socket, rights: .write),
      status(own, value, type: .socket, rights: .write),
      status(own, value, type: .event, rights: [.read, .write]),
    ]
    #expect(refused == [.badHandle, .wrongType, .accessDenied])
    try own.table.close(value)
  }

  @Test func `what was never a handle is badHandle`() throws {
    let own = try OwnTable()
    let value = try own.table.make(TestObject())
    let strangers = [
      HandleValue.invalid, HandleValue(rawValue: 3), HandleValue(rawValue: .max),
      HandleValue(rawValue: value.rawValue & ~1), HandleValue(rawValue: value.rawValue + 4),
      HandleValue(slot: value.slot, generation: value.generation + 1),
      HandleValue(slot: HandleValue.slotCount - 1, generation: 1),
    ]
    for stranger in strangers {
      let (answer, isThere) = (status(own, stranger), own.table.contains(stranger))
      #expect(answer == .badHandle)
      #expect(!isThere)
    }
    let isThere = own.table.contains(value)
    #expect(isThere)
    try own.table.close(value)
  }

  @Test func `a closed value is badHandle, also when its slot is in use again`() throws {
    let own = try OwnTable()
    let object = TestObject()
    let first = try own.table.makeAndClose(object)
    var again = first
    repeat {
      again = try own.table.makeAndClose(object)
    } while again.slot != first.slot
    #expect(again.generation == first.generation + 1)
    let answers = [status(own, first), status(own, again)]
    #expect(answers == [.badHandle, .badHandle])
    #expect(throws: Status.badHandle) { try own.table.close(first) }
  }

  @Test func `a slot comes back when 1,024 wait, first in, first out`() throws {
    let own = try OwnTable()
    let object = TestObject()
    let first = try (0..<1_024).map { _ in try own.table.makeAndClose(object) }
    #expect(Set(first.map(\.slot)).count == 1_024)
    for round in 1...3 {
      let next = try (0..<1_024).map { _ in try own.table.makeAndClose(object) }
      #expect(next.map(\.slot) == first.map(\.slot))
      #expect(
        next.map(\.generation) == first.map { $0.generation + UInt32(round) })
    }
  }

  @Test func `a slot that was set aside in vain goes to the end of the line`() throws {
    let own = try OwnTable()
    let object = TestObject()
    let first = try (0..<1_024).map { _ in try own.table.makeAndClose(object) }
    _ = try own.table.reserve()
    let next = try (0..<1_024).map { _ in try own.table.makeAndClose(object) }
    #expect(next.map(\.slot) == first.dropFirst().map(\.slot) + [first[0].slot])
    // Nothing was made in it, so its next use follows the last one.
    #expect(next[1_023].generation == first[0].generation + 1)
  }

  @Test func `a value comes back after 4,096 uses of its slot`() throws {
    let own = try OwnTable()
    let object = TestObject()
    var seen: Set<HandleValue> = []
    let first = try own.table.makeAndClose(object)
    seen.insert(first)
    for _ in 1..<1_024 * 64 {
      let value = try own.table.makeAndClose(object)
      #expect(seen.insert(value).inserted)
    }
    // The rest of the way by arithmetic.
    #expect(HandleValue(slot: first.slot, generation: first.generation + 4_096) == first)
    #expect(HandleValue(slot: first.slot, generation: first.generation + 4_095) != first)
  }

  @Test func `a million handles are set aside, and the next one is noMemory`() throws {
    let own = try OwnTable()
    let slots = UnsafeMutablePointer<ReservedSlot>.allocate(capacity: HandleTable.capacity)
    defer { slots.deallocate() }
    for index in 0..<HandleTable.capacity {
      (slots + index).initialize(to: try own.table.reserve())
    }
    for _ in 0..<3 {
      #expect(throws: Status.noMemory) { try own.table.make(TestObject()) }
    }
    // One that goes makes room for one.
    (slots + 500_000).deinitialize(count: 1)
    let value = try own.table.make(TestObject())
    #expect(throws: Status.noMemory) { try own.table.make(TestObject()) }
    try own.table.close(value)
    (slots + 500_000).initialize(to: try own.table.reserve())
    slots.deinitialize(count: HandleTable.capacity)
  }

  @Test func `a table that follows another goes on with its generations`() throws {
    let parent = try OwnTable()
    let object = TestObject()
    let inherited = try (0..<3).map { _ in try parent.table.make(object) }
    let child = try OwnTable(inheriting: parent.table)
    let made = try (0..<3).map { _ in try child.table.make(object) }
    #expect(made.map(\.slot) == inherited.map(\.slot))
    #expect(made.map(\.generation) == inherited.map { $0.generation + 1 })
    let grandchild = try OwnTable(inheriting: child.table)
    let later = try grandchild.table.make(object)
    #expect(later.generation == made[0].generation + 1)
    let isThere = [
      child.table.contains(inherited[0]), grandchild.table.contains(inherited[0]),
      grandchild.table.contains(made[0]), parent.table.contains(made[0]),
    ]
    #expect(isThere == [false, false, false, false])
    for value in inherited { try parent.table.close(value) }
    for value in made { try child.table.close(value) }
    try grandchild.table.close(later)
  }
}

/// Source: an object lives as long as a handle or a call; its last handle going is told once.
@Suite("PinnedSlot") struct PinnedSlotTests {
  @Test func `closing the last of two handles is the object's end`() throws {
    let own = try OwnTable()
    let fate = ObjectFate()
    let (first, second) = try {
      let object = TestObject(fate)
      let both = (try own.table.make(object), try own.table.make(object))
      #expect(object.handleCount == 2)
      return both
    }()
    try own.table.close(first)
    #expect(!fate.hasLostItsHandles)
    #expect(!fate.isGone)
    try own.table.close(second)
    #expect(fate.hasLostItsHandles)
    #expect(fate.isGone)
  }

  @Test func `a pin keeps the object and the slot, not the handle`() throws {
    let own = try OwnTable()
    let fate = ObjectFate()
    let value = try own.table.make(TestObject(fate))
    try {
      let pin = try own.table.pin(value)
      try own.table.close(value)
      let (isLive, koid) = (pin.isLive, pin.object.koid)
      #expect(!isLive)
      #expect(koid == Koid(rawValue: 2_000))
      #expect(fate.hasLostItsHandles)
      #expect(!fate.isGone)
      let answer = status(own, value)
      #expect(answer == .badHandle)
      // 1,024 others are used and given back, and so on; the pinned one is not among them.
      for _ in 0..<3_000 {
        let other = try own.table.makeAndClose(TestObject())
        try #require(other.slot != value.slot)
      }
    }()
    #expect(fate.isGone)
  }

  @Test func `the object goes with the last of several pins`() throws {
    let own = try OwnTable()
    let fate = ObjectFate()
    let value = try own.table.make(TestObject(fate))
    try {
      let outer = try own.table.pin(value)
      try {
        let inner = try own.table.pin(value)
        try own.table.close(value)
        let isLive = [inner.isLive, outer.isLive]
        #expect(isLive == [false, false])
      }()
      #expect(!fate.isGone)
      let type = outer.word.type
      #expect(type == .event)
    }()
    #expect(fate.isGone)
  }

  @Test func `of several threads that close a handle one succeeds`() throws {
    let shared = SharedTable(try OwnTable())
    for _ in 0..<200 {
      let fate = ObjectFate()
      let value = try shared.table.make(TestObject(fate))
      let answers = try race(threadCount: 3) { _ in
        (try? shared.table.close(value)) != nil
      }
      #expect(answers.count { $0 == true } == 1)
      #expect(fate.hasLostItsHandles)
      #expect(fate.isGone)
    }
  }

  @Test func `an object closed under busy threads goes once`() throws {
    let shared = SharedTable(try OwnTable())
    for _ in 0..<50 {
      let fate = ObjectFate()
      let value = try shared.table.make(TestObject(fate))
      let used = try race(threadCount: 4) { index in
        guard index > 0 else {
          while shared.uses.load(ordering: .relaxed) < 30 { sched_yield() }
          return (try? shared.table.close(value)) != nil
        }
        while let pin = try? shared.table.pin(value) {
          guard pin.object.type == .event else { return false }
          shared.uses.add(1, ordering: .relaxed)
        }
        return true
      }
      shared.uses.store(0, ordering: .relaxed)
      #expect(used == [true, true, true, true])
      #expect(fate.hasLostItsHandles)
      #expect(fate.isGone)
    }
  }

  @Test func `threads that make and close handles get values of their own`() throws {
    let shared = SharedTable(try OwnTable())
    let object = TestObject()
    let values = try race(threadCount: 4) { _ in
      (0..<2_000).compactMap { _ in try? shared.table.make(object) }
    }
    let all = values.compactMap { $0 }.flatMap { $0 }
    #expect(all.count == 8_000)
    #expect(Set(all).count == 8_000)
    #expect(object.handleCount == 8_000)
    for value in all { try shared.table.close(value) }
    #expect(object.handleCount == 0)
  }
}

/// A table that several threads use.
private final class SharedTable: Sendable {
  private let own: OwnTable
  let uses = Atomic<Int>(0)

  init(_ own: consuming OwnTable) {
    self.own = own
  }

  var table: HandleTable { own.table }
}
