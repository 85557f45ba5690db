import Synchronization
import ZirconTypes

@testable import ZirconKernel

/// What has happened to an object, which may be gone by now.
final class ObjectFate: Sendable {
  let lastCloses = Atomic<Int>(0)
  let ends = Atomic<Int>(0)

  /// Whether the object has lost its last handle, once.
  var hasLostItsHandles: Bool { lastCloses.load(ordering: .acquiring) == 1 }
  /// Whether the object's memory is gone.
  var isGone: Bool { ends.load(ordering: .acquiring) == 1 }
}

/// A kernel object that does nothing but tell its fate.
// Safety: everything stored is immutable.
final class TestObject: Dispatcher, @unchecked Sendable {
  private let fate: ObjectFate

  init(_ fate: ObjectFate = ObjectFate(), type: ObjectType = .event) {
    self.fate = fate
    super.init(koid: Koid(rawValue: 2_000), type: type)
  }

  deinit {
    fate.ends.add(1, ordering: .acquiringAndReleasing)
  }

  override func withObservers(_ body: (inout ObserverList, Signals) -> Void) {
    var none = ObserverList()
    body(&none, .none)
  }

  override func lastHandleClosed() {
    fate.lastCloses.add(1, ordering: .acquiringAndReleasing)
  }
}

/// A handle table of a test's own.
struct OwnTable: ~Copyable, Sendable {
  let table: HandleTable

  init(inheriting inherited: HandleTable? = nil) throws(Status) {
    guard let table = HandleTable(inheriting: inherited) else { throw .noMemory }
    self.table = table
  }

  deinit {
    table.destroy()
  }
}

extension HandleTable {
  /// Makes a handle.
  func make(_ object: Dispatcher, rights: Rights = .defaultEvent) throws(Status) -> HandleValue {
    try reserve().publish(object, rights: rights)
  }

  /// Closes a handle, as the call does.
  func close(_ value: HandleValue) throws(Status) {
    let removed = try remove(value)
    removed.object.dropHandle()
  }

  /// Makes a handle and closes it.
  func makeAndClose(_ object: Dispatcher) throws(Status) -> HandleValue {
    let value = try make(object)
    try close(value)
    return value
  }
}
