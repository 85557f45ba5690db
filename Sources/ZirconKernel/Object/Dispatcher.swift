import Synchronization
import ZirconTypes

/// A kernel object, or one end of a peered one.
///
/// Counts its handles; when the last one goes, `lastHandleClosed` runs, once. The object itself lives
/// on while a call is still inside it. Locking: what a subclass says; the base has none.
// Safety: everything stored is immutable or atomic, in subclasses too or guarded.
class Dispatcher: @unchecked Sendable {
  let koid: Koid
  let type: ObjectType
  private let handles = Atomic<Int>(0)

  init(koid: Koid, type: ObjectType) {
    self.koid = koid
    self.type = type
  }

  /// The koid of the other end; stays when that end is gone.
  var relatedKoid: Koid { .invalid }

  /// What `zx_object_signal` may change.
  var settableSignals: Signals { .allUser }

  /// Runs `body` with the observers of this object and its present signals, under its lock, so that no
  /// bit rises in between.
  func withObservers(_ body: (inout ObserverList, Signals) -> Void) {
    preconditionFailure("every dispatcher has observers")
  }

  /// Somebody is about to watch the object from somewhere else than `sleep`: what another process does to it
  /// must be told here without anybody looking.
  func prepareToBeWatched() {}

  /// Looks whether the object shows one of `wanted`, for as long as that is cheaper than to be told; nil if it
  /// does not, or if one is told as fast.
  func glance(for wanted: Signals, until deadline: Deadline) -> Signals? { nil }

  /// Sleeps until an observer of this object that names `waiter` has fired, or until `deadline`; the waiter
  /// waits for this object alone.
  func sleep(_ waiter: Waiter, until deadline: Deadline) {
    waiter.sleep(until: deadline)
  }

  /// The signals of this moment.
  func currentSignals() -> Signals {
    var now = Signals.none
    withObservers { now = $1 }
    return now
  }

  /// Changes user signals of this object.
  func signal(clear: Signals, set: Signals) {
    preconditionFailure("every dispatcher has signals")
  }

  /// Changes user signals of the peer.
  ///
  /// - Throws: `notSupported` without a peer, `peerClosed` without one any more; `invalidArgs` for bits
  ///   that users may not change is judged between the two.
  func signalPeer(clear: Signals, set: Signals) throws(Status) {
    throw .notSupported
  }

  /// The object's name.
  ///
  /// - Throws: `wrongType` if objects of this type have none.
  func name() throws(Status) -> ObjectName {
    throw .wrongType
  }

  /// Gives the object a name; asked only of one that has one.
  func setName(_ name: ObjectName) {}

  /// The value of a numeric property that objects of this type have.
  ///
  /// - Throws: `notSupported` if it is not kept here.
  func number(_ property: Property) throws(Status) -> UInt64 {
    throw .notSupported
  }

  /// Sets a numeric property that objects of this type have.
  ///
  /// - Throws: `notSupported` if it cannot be set; else what the property's rules say.
  func setNumber(_ property: Property, to value: UInt64) throws(Status) {
    throw .notSupported
  }

  /// The last handle is gone: tell the peer, give back what only handles can reach.
  func lastHandleClosed() {}

  /// The same for an object that holds messages: those that nobody can read any more go to `orphans`.
  func lastHandleClosed(leaving orphans: inout MessageQueue) {
    lastHandleClosed()
  }

  /// The last handle went to another process.
  func lastHandleDeparted() {}

  /// A handle of this object has arrived in a message: what was called through it before ends.
  func cancelCalls() {}

  /// Throws what keeps the object from living on in another process with the handles that it has.
  ///
  /// - Throws: `notSupported` for a kind of object, or a state of it, that cannot.
  func checkDeparture() throws(Status) { throw .notSupported }

  /// Adds a handle of the object to `parcel`, with all that another process needs to go on with it.
  ///
  /// `isLast` says that no other handle of it is left here: then it lives there only from here on, nothing
  /// done through this object has an effect any more, and its peer is not told that it was closed.
  ///
  /// - Throws: `noMemory`; then nothing has changed.
  func depart(
    into parcel: inout Parcel, rights: Rights, isLast: Bool
  ) throws(Status) {
    throw .notSupported
  }

  /// Throws `invalidArgs` if a bit of either mask is not for users to change.
  final func checkSettable(clear: Signals, set: Signals) throws(Status) {
    guard clear.union(set).isSubset(of: settableSignals) else { throw .invalidArgs }
  }
}

// MARK: Handles

extension Dispatcher {
  /// Live handles of this object: `ZX_INFO_HANDLE_COUNT`.
  final var handleCount: Int { handles.load(ordering: .acquiring) }

  final func addHandle() {
    handles.add(1, ordering: .relaxed)
  }

  /// One handle fewer; the last one runs `lastHandleClosed`, and what was left in it is closed.
  final func dropHandle() {
    var orphans = MessageQueue()
    dropHandle(leaving: &orphans)
    orphans.close()
  }

  /// One handle fewer; messages that nobody can read any more are added to `orphans`.
  final func dropHandle(leaving orphans: inout MessageQueue) {
    guard handles.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
    lastHandleClosed(leaving: &orphans)
  }

  /// One handle fewer: it went to another process.
  final func dropDepartedHandle() {
    guard handles.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
    lastHandleDeparted()
  }

  /// Ends every wait that was made through `handle`.
  final func cancelObservers(of handle: HandleValue) {
    var wakes = WakeList()
    withObservers { observers, signals in
      observers.cancel(handle, signals, &wakes)
    }
    wakes.deliver()
  }
}

/// The stored signals of an object and those who watch them.
struct SignalState: ~Copyable {
  var signals: Signals
  var observers = ObserverList()

  init(_ signals: Signals = .none) {
    self.signals = signals
  }

  /// Changes the word; if a bit rises, every observer is held against the whole new word.
  mutating func update(clear: Signals, set: Signals, _ wakes: inout WakeList) {
    let old = signals
    signals = old.updated(clear: clear, set: set)
    if !signals.isSubset(of: old) { observers.notify(signals, &wakes) }
  }
}
