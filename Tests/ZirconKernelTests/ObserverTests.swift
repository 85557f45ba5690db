import Testing
import ZirconTypes

@testable import ZirconKernel

/// Source: observers are looked at when a bit rises, against the whole new word; waits belong to
/// handles.
@Suite("ObserverList") struct ObserverTests {
  private static let first = HandleValue(slot: 1, generation: 1)
  private static let second = HandleValue(slot: 2, generation: 1)

  /// How the observers of a list with these masks end when `body` has worked on it.
  ///
  /// Those with an even index wait through the first handle, the others through the second.
  private func run(
    _ masks: [UInt32], _ body: (inout ObserverList, inout WakeList) -> Void
  ) throws -> [(state: StateObserver.State, observed: UInt32)] {
    let observers = UnsafeMutablePointer<StateObserver>.allocate(capacity: masks.count)
    defer { observers.deallocate() }
    try Waiter.withWaiter(.one) { (waiter) throws(Status) in
      var list = ObserverList()
      var wakes = WakeList()
      for (index, mask) in masks.enumerated() {
        let handle = index % 2 == 0 ? Self.first : Self.second
        (observers + index).initialize(
          to: StateObserver(handle: handle, mask: Signals(rawValue: mask), waiter: waiter))
        list.add(observers + index, .none, handleIsLive: true, &wakes)
      }
      body(&list, &wakes)
      wakes.deliver()
    }
    return (0..<masks.count).map { (observers[$0].state, observers[$0].observed.rawValue) }
  }

  @Test func `whoever matches the whole word fires and sees all of it`() throws {
    let ends = try run([0x1, 0x2, 0x3, 0x4, 0]) { list, wakes in
      list.notify(Signals(rawValue: 0x9), &wakes)
    }
    #expect(ends.map(\.state) == [.fired, .queued, .fired, .queued, .queued])
    #expect(ends.map(\.observed) == [0x9, 0, 0x9, 0, 0])
  }

  @Test func `an observer fires once`() throws {
    let ends = try run([0x1, 0x2]) { list, wakes in
      list.notify(Signals(rawValue: 0x1), &wakes)
      list.notify(Signals(rawValue: 0x3), &wakes)
    }
    #expect(ends.map(\.observed) == [0x1, 0x3])
  }

  @Test func `closing a handle cancels the waits made through it and no others`() throws {
    let ends = try run([0x1, 0x1, 0x2, 0x2]) { list, wakes in
      list.cancel(Self.first, Signals(rawValue: 0x8), &wakes)
      list.notify(Signals(rawValue: 0x1), &wakes)
    }
    #expect(ends.map(\.state) == [.fired, .fired, .fired, .queued])
    #expect(ends.map(\.observed) == [0x80_0008, 0x1, 0x80_0008, 0])
  }

  @Test func `any one of them can be taken out`() throws {
    for gone in 0..<3 {
      var isEmpty = true
      let ends = try runRemoving(gone, &isEmpty)
      #expect(!isEmpty)
      for index in 0..<3 {
        #expect(ends[index].state == (index == gone ? .idle : .fired))
        // One taken out shows the word of that moment.
        #expect(ends[index].observed == (index == gone ? 0x10 : 0x1))
      }
    }
  }

  private func runRemoving(
    _ gone: Int, _ isEmpty: inout Bool
  ) throws -> [(state: StateObserver.State, observed: UInt32)] {
    let observers = UnsafeMutablePointer<StateObserver>.allocate(capacity: 3)
    defer { observers.deallocate() }
    try Waiter.withWaiter(.one) { (waiter) throws(Status) in
      var list = ObserverList()
      var wakes = WakeList()
      for index in 0..<3 {
        (observers + index).initialize(
          to: StateObserver(
            handle: Self.first, mask: Signals(rawValue: 0x1), waiter: waiter))
        list.add(observers + index, .none, handleIsLive: true, &wakes)
      }
      list.remove(observers + gone, Signals(rawValue: 0x10))
      isEmpty = list.isEmpty
      list.notify(Signals(rawValue: 0x1), &wakes)
      // What has fired is not taken out again.
      list.remove(observers + (gone + 1) % 3, Signals(rawValue: 0x20))
      wakes.deliver()
    }
    return (0..<3).map { (observers[$0].state, observers[$0].observed.rawValue) }
  }

  @Test func `what holds already fires at once, and a closed handle cancels before that`() throws {
    let observers = UnsafeMutablePointer<StateObserver>.allocate(capacity: 2)
    defer { observers.deallocate() }
    var isEmpty = false
    try Waiter.withWaiter(.one) { (waiter) throws(Status) in
      var list = ObserverList()
      var wakes = WakeList()
      for index in 0..<2 {
        (observers + index).initialize(
          to: StateObserver(handle: Self.first, mask: Signals(rawValue: 0x1), waiter: waiter))
        list.add(observers + index, Signals(rawValue: 0x5), handleIsLive: index == 0, &wakes)
      }
      isEmpty = list.isEmpty
      wakes.deliver()
    }
    #expect(isEmpty)
    #expect(observers[0].state == .fired && observers[0].observed.rawValue == 0x5)
    #expect(observers[1].state == .fired && observers[1].observed.rawValue == 0x80_0005)
    #expect(observers[0].end == .matched && observers[1].end == .canceled)
  }
}

/// Source: an object's observers are looked at when a bit rises, not when one falls or stays.
@Suite("SignalState") struct SignalStateTests {
  /// Whether an observer of bit 0 fires when the word goes from `old` by `clear` and `set`.
  private func fires(_ old: UInt32, clear: UInt32, set: UInt32) throws -> Bool {
    let observer = UnsafeMutablePointer<StateObserver>.allocate(capacity: 1)
    defer { observer.deallocate() }
    try Waiter.withWaiter(.one) { (waiter) throws(Status) in
      var state = SignalState(Signals(rawValue: old))
      var wakes = WakeList()
      observer.initialize(
        to: StateObserver(
          handle: HandleValue(slot: 1, generation: 1), mask: Signals(rawValue: 0x1),
          waiter: waiter))
      // As if it had been there before the bit: what holds already would fire at once.
      state.observers.add(observer, .none, handleIsLive: true, &wakes)
      state.update(clear: Signals(rawValue: clear), set: Signals(rawValue: set), &wakes)
      wakes.deliver()
    }
    return observer.pointee.state == .fired
  }

  @Test func `a rising bit is looked at against the whole word`() throws {
    #expect(try fires(0x0, clear: 0, set: 0x1))
    // Another bit rises while this one is set.
    #expect(try fires(0x1, clear: 0, set: 0x2))
    #expect(try !fires(0x0, clear: 0, set: 0x2))
  }

  @Test func `nothing is looked at when no bit rises`() throws {
    #expect(try !fires(0x1, clear: 0, set: 0))
    #expect(try !fires(0x3, clear: 0x2, set: 0x1))
    #expect(try !fires(0x1, clear: 0x1, set: 0x1))
  }
}
