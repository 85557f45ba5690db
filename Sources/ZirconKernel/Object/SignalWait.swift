import Synchronization
package import ZirconTypes

/// A wait on one object in which no thread sleeps: a handler is called, once, when it ends.
///
/// How its observer lives and who may touch it:
/// - *New*: known to its maker alone. `cancel` may come already, and then it never begins.
/// - *Begun*: from here on only the lock of the object decides. The observer hangs in the object's
///   list, which holds a reference to the wait; the wait holds one to the object, so that both are there
///   while the lock is needed.
/// - *Ended*, under the object's lock, in one of two ways: the observer fires, by a match or by the close
///   of its handle, and the list's reference goes on to the `WakeList`, which calls the handler when the
///   lock is released; or `cancel` finds it still queued, unlinks it and calls the handler itself.
///
/// So the handler is called exactly once for every wait that `Kernel.begin` has not refused, on the
/// thread that ends it. Everything stored is written before the wait begins and stays as it is; the
/// observer is written under the object's lock, and by nobody once it has ended.
@safe
package final class SignalWait: Sendable {
  /// How a wait ended.
  package enum End: Sendable {
    /// The object showed a wanted signal; all that it showed then.
    case matched(Signals)
    /// The handle waited on was closed, or has arrived elsewhere.
    case handleClosed
    /// `cancel` was first.
    case abandoned
  }

  /// What to do at the end.
  ///
  /// No lock of an object is held, but gates of a socket pair may be: it must not wait, and not call
  /// into the kernel. To resume a task is what it is for.
  package typealias Handler = @Sendable (End) -> Void

  private enum Phase: UInt8, AtomicRepresentable {
    case new
    case begun
    case abandoned
  }

  private let phase = Atomic(Phase.new)
  // Safety: the type says who touches these, and when.
  private nonisolated(unsafe) let observer: UnsafeMutablePointer<StateObserver>
  private nonisolated(unsafe) var object: Dispatcher?
  private nonisolated(unsafe) var handler: Handler?
  /// The one behind it in a `FiredWaits`.
  fileprivate nonisolated(unsafe) var next: Unmanaged<SignalWait>?

  /// A wait that has yet to begin.
  package init() {
    unsafe observer = .allocate(capacity: 1)
  }

  deinit {
    // Nothing in it needs to be told.
    unsafe observer.deallocate()
  }

  /// Ends the wait if it has not ended; once it has, or if this came before, does nothing.
  ///
  /// The handler has been called when this returns, or is about to be by the thread that was first; of
  /// a wait that has not begun `begin` calls it.
  package func cancel() {
    let (_, phase) = phase.compareExchange(
      expected: .new, desired: .abandoned, ordering: .acquiringAndReleasing)
    guard phase == .begun, let object = unsafe object else { return }
    var isOurs = false
    object.withObservers { observers, signals in
      guard unsafe observer.pointee.state == .queued else { return }
      unsafe observers.remove(observer, signals)
      isOurs = true
    }
    guard isOurs else { return }
    unsafe handler?(.abandoned)
    // The list's reference.
    unsafe Unmanaged.passUnretained(self).release()
  }

  /// Begins on an object that has no handle, and is not canceled.
  func begin(on object: Dispatcher, for wanted: Signals, _ handler: @escaping Handler) {
    unsafe observer.initialize(
      to: StateObserver(handle: .invalid, mask: wanted, wait: FiringWait(self)))
    unsafe self.object = object
    unsafe self.handler = handler
    phase.store(.begun, ordering: .releasing)
    var wakes = WakeList()
    object.prepareToBeWatched()
    object.withObservers { observers, signals in
      _ = unsafe Unmanaged.passRetained(self)
      unsafe observers.add(observer, signals, handleIsLive: true, &wakes)
    }
    wakes.deliver()
  }

  /// Begins on the object of the pinned handle; looks at the handle again under the lock, since a close
  /// marks it dead before it takes the lock to cancel.
  fileprivate func begin(
    through pin: borrowing PinnedSlot, named value: HandleValue, for wanted: Signals,
    _ handler: @escaping Handler
  ) {
    let object = pin.object
    unsafe observer.initialize(
      to: StateObserver(handle: value, mask: wanted, wait: FiringWait(self)))
    unsafe self.object = object
    unsafe self.handler = handler
    var wakes = WakeList()
    var hasBegun = false
    object.prepareToBeWatched()
    object.withObservers { observers, signals in
      hasBegun =
        phase.compareExchange(
          expected: .new, desired: .begun, ordering: .acquiringAndReleasing
        ).exchanged
      guard hasBegun else { return }
      _ = unsafe Unmanaged.passRetained(self)
      unsafe observers.add(observer, signals, handleIsLive: pin.isLive, &wakes)
    }
    wakes.deliver()
    if !hasBegun { handler(.abandoned) }
  }

  /// Calls the handler of a wait that has fired; with no lock held.
  fileprivate func finish() {
    let seen = unsafe observer.pointee.observed
    let isMatch = unsafe observer.pointee.end == .matched
    unsafe handler?(isMatch ? .matched(seen) : .handleClosed)
  }
}

/// A wait, as the object's observers see it; used under the object's lock.
@safe
struct FiringWait {
  // Safety: whoever has this in a list has a reference with it.
  fileprivate let wait: Unmanaged<SignalWait>

  init(_ wait: SignalWait) {
    unsafe self.wait = .passUnretained(wait)
  }
}

/// Waits that have fired, each with a reference, to be finished once the lock is released.
///
/// Those of one change are added newest first, as observers are looked at, and finished oldest first.
@safe
struct FiredWaits: ~Copyable {
  // Safety: a wait fires once, so that it is in one list at most, which has a reference to it.
  private var first: Unmanaged<SignalWait>?

  init() {
    unsafe first = nil
  }

  var isEmpty: Bool { unsafe first == nil }

  mutating func add(_ fired: FiringWait) {
    let next = unsafe first
    unsafe fired.wait._withUnsafeGuaranteedRef { unsafe $0.next = unsafe next }
    unsafe first = unsafe fired.wait
  }

  /// Finishes them all; with no lock held.
  mutating func finishAll() {
    while let fired = unsafe first?.takeRetainedValue() {
      unsafe first = unsafe fired.next
      fired.finish()
    }
  }
}

extension Kernel {
  /// Lets `wait`, which is new, wait until the object shows one of `wanted`; calls `handler` at the end.
  ///
  /// What holds already ends it before this returns. Without a throw `handler` is called exactly once.
  ///
  /// - Throws: `badHandle`; `accessDenied` without the right to wait. In this order; then the handler is
  ///   not called.
  package func begin(
    _ wait: SignalWait, on value: HandleValue, for wanted: Signals,
    _ handler: @escaping SignalWait.Handler
  ) throws(Status) {
    let pin = try handles.pin(value, rights: .wait)
    wait.begin(through: pin, named: value, for: wanted, handler)
  }
}
