import Synchronization
import TestSupport
import Testing
import ZirconTypes

@testable import ZirconKernel

/// What a handler was told.
private final class Ends: Sendable {
  private let ends = Locked<[SignalWait.End]>([])

  func add(_ end: SignalWait.End) { ends.withLock { $0.append(end) } }

  /// Matches by their signals, `handleClosed` for a closed handle, `peerClosed` for an abandoned wait.
  var all: [Signals] {
    ends.withLock { ends in
      ends.map { end in
        switch end {
        case .matched(let signals): signals
        case .handleClosed: .handleClosed
        case .abandoned: .peerClosed
        }
      }
    }
  }
}

/// Source: a wait ends once, by a match, by the close of its handle or by its own side.
@Suite("SignalWait") struct SignalWaitTests {
  private let kernel: Kernel

  init() throws {
    kernel = try Kernel.current
  }

  @Test func `what holds already ends it before begin returns`() throws {
    let (event, ends, wait) = (try kernel.makeEvent(), Ends(), SignalWait())
    try kernel.signal(event, clear: .none, set: .signaled)
    try kernel.begin(wait, on: event, for: .signaled) { ends.add($0) }
    #expect(ends.all == [.signaled])
    wait.cancel()
    try kernel.close(event)
    #expect(ends.all == [.signaled])
  }

  @Test func `a match ends it before the call that signals returns, and nothing ends it again`()
    throws
  {
    let (event, ends, wait) = (try kernel.makeEvent(), Ends(), SignalWait())
    try kernel.begin(wait, on: event, for: .signaled) { ends.add($0) }
    try kernel.signal(event, clear: .none, set: .user(0))
    #expect(ends.all == [])
    try kernel.signal(event, clear: .none, set: .signaled)
    #expect(ends.all == [[.signaled, .user(0)]])
    wait.cancel()
    try kernel.signal(event, clear: .signaled, set: .none)
    try kernel.signal(event, clear: .none, set: .signaled)
    try kernel.close(event)
    #expect(ends.all.count == 1)
  }

  @Test func `closing its handle ends it, closing another does not`() throws {
    let (event, ends, wait) = (try kernel.makeEvent(), Ends(), SignalWait())
    let other = try kernel.duplicate(event, rights: .same)
    try kernel.begin(wait, on: event, for: .signaled) { ends.add($0) }
    try kernel.close(other)
    #expect(ends.all == [])
    try kernel.close(event)
    #expect(ends.all == [.handleClosed])
  }

  @Test func `its own side can end it, before it begins too, once`() throws {
    let (event, ends) = (try kernel.makeEvent(), Ends())
    let (early, late) = (SignalWait(), SignalWait())
    early.cancel()
    try kernel.signal(event, clear: .none, set: .signaled)
    try kernel.begin(early, on: event, for: .signaled) { ends.add($0) }
    #expect(ends.all == [.peerClosed])
    try kernel.begin(late, on: event, for: .user(0)) { ends.add($0) }
    late.cancel()
    late.cancel()
    try kernel.signal(event, clear: .none, set: .user(0))
    try kernel.close(event)
    #expect(ends.all == [.peerClosed, .peerClosed])
  }

  @Test func `a wait that is refused calls nobody`() throws {
    let (event, ends) = (try kernel.makeEvent(), Ends())
    let deaf = try kernel.duplicate(event, rights: .signal)
    try kernel.close(event)
    #expect(throws: Status.badHandle) {
      try kernel.begin(SignalWait(), on: event, for: .signaled) { ends.add($0) }
    }
    #expect(throws: Status.accessDenied) {
      try kernel.begin(SignalWait(), on: deaf, for: .signaled) { ends.add($0) }
    }
    try kernel.close(deaf)
    #expect(ends.all == [])
  }

  @Test(arguments: 0..<4) func `nothing is left of it, however it ends`(way: Int) throws {
    let fate = ObjectFate()
    weak var gone: SignalWait?
    do {
      let value = try kernel.makeHandle(rights: .defaultEvent) { _ in LoudObject(fate) }
      let (wait, ends) = (SignalWait(), Ends())
      gone = wait
      if way == 0 { wait.cancel() }
      try kernel.begin(wait, on: value, for: .signaled) { ends.add($0) }
      if way == 1 { wait.cancel() }
      if way == 2 { try kernel.signal(value, clear: .none, set: .signaled) }
      try kernel.close(value)
      #expect(ends.all.count == 1)
    }
    #expect(gone == nil)
    #expect(fate.isGone)
  }

  @Test func `however match, close and cancel meet, one of them ends it`() throws {
    for _ in 0..<2_000 {
      let (event, ends, wait) = (try kernel.makeEvent(), Ends(), SignalWait())
      let signaler = try kernel.duplicate(event, rights: .same)
      let kernel = kernel
      let done = try race(threadCount: 4) { index in
        switch index {
        case 0:
          do throws(Status) {
            try kernel.begin(wait, on: event, for: .signaled) { ends.add($0) }
          } catch {
            ends.add(.handleClosed)
          }
        case 1: wait.cancel()
        case 2: try? kernel.close(event)
        default: try? kernel.signal(signaler, clear: .none, set: .signaled)
        }
        return true
      }
      #expect(done == [true, true, true, true])
      try kernel.close(signaler)
      #expect(ends.all.count == 1)
    }
  }
}

/// An event that tells its fate.
// Safety: everything stored is immutable.
private final class LoudObject: SoloDispatcher, @unchecked Sendable {
  private let fate: ObjectFate

  init(_ fate: ObjectFate) {
    self.fate = fate
    super.init(koid: Koid(rawValue: 2_001), type: .event)
  }

  override var settableSignals: Signals { [.allUser, .signaled] }

  deinit {
    fate.ends.add(1, ordering: .acquiringAndReleasing)
  }
}
