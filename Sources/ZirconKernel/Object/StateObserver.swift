import Synchronization
import ZirconLinux
import ZirconTypes

/// One pending wait on one object: it fires once, when a bit of the object rises and its mask matches
/// the object's whole new word.
///
/// Lives in its waiter's memory and hangs in the object's list. Invariant: reached by others only under
/// the lock of the object while `isQueued`; the waiter takes that lock to unlink it before its memory
/// goes. Once fired it is out of the list and nobody else touches it again.
@safe
struct StateObserver {
  fileprivate var next: UnsafeMutablePointer<StateObserver>?
  fileprivate var previous: UnsafeMutablePointer<StateObserver>?
  /// The handle it came through; closing that one cancels it.
  let handle: HandleValue
  /// The bits it waits for.
  let mask: Signals
  /// The object's whole word when it fired, with `handleClosed` if it was canceled.
  private(set) var observed: Signals = .none
  private(set) var state = State.idle
  /// Whom to wake.
  private let waiter: Waiter

  enum State {
    /// Not in a list, never was or taken out.
    case idle
    /// In the object's list.
    case queued
    /// Fired or canceled.
    case fired
  }

  init(handle: HandleValue, mask: Signals, waiter: Waiter) {
    unsafe next = nil
    unsafe previous = nil
    self.handle = handle
    self.mask = mask
    self.waiter = waiter
  }

  /// Records `signals`; the waiter is woken when `wakes` is delivered.
  fileprivate mutating func fire(_ signals: Signals, _ wakes: inout WakeList) {
    observed = signals
    state = .fired
    wakes.add(waiter)
  }

  fileprivate mutating func setState(_ new: State) {
    state = new
  }

  /// Fills in what an observer that did not fire saw in the end.
  fileprivate mutating func conclude(_ signals: Signals) {
    observed = signals
    state = .idle
  }
}

/// The observers of one object, newest first.
///
/// Guarded by the object's lock.
@safe
struct ObserverList: ~Copyable {
  private var first: UnsafeMutablePointer<StateObserver>?

  init() {
    unsafe first = nil
  }

  var isEmpty: Bool { unsafe first == nil }

  /// Fires every observer whose mask matches `signals`, the object's new word; called when a bit rose.
  mutating func notify(_ signals: Signals, _ wakes: inout WakeList) {
    var candidate = unsafe first
    while let observer = unsafe candidate {
      unsafe candidate = unsafe observer.pointee.next
      if unsafe !observer.pointee.mask.isDisjoint(with: signals) {
        unsafe unlink(observer)
        unsafe observer.pointee.fire(signals, &wakes)
      }
    }
  }

  /// Cancels every observer that came through `handle`.
  mutating func cancel(_ handle: HandleValue, _ signals: Signals, _ wakes: inout WakeList) {
    var candidate = unsafe first
    while let observer = unsafe candidate {
      unsafe candidate = unsafe observer.pointee.next
      if unsafe observer.pointee.handle == handle {
        unsafe unlink(observer)
        unsafe observer.pointee.fire(signals.union(.handleClosed), &wakes)
      }
    }
  }

  /// Queues `observer`, or fires it at once: canceled if its handle is closed, else if it matches.
  @unsafe
  mutating func add(
    _ observer: UnsafeMutablePointer<StateObserver>, _ signals: Signals, handleIsLive: Bool,
    _ wakes: inout WakeList
  ) {
    if !handleIsLive {
      unsafe observer.pointee.fire(signals.union(.handleClosed), &wakes)
    } else if unsafe !observer.pointee.mask.isDisjoint(with: signals) {
      unsafe observer.pointee.fire(signals, &wakes)
    } else {
      unsafe observer.pointee.next = unsafe first
      unsafe first?.pointee.previous = unsafe observer
      unsafe first = unsafe observer
      unsafe observer.pointee.setState(.queued)
    }
  }

  /// Takes `observer` out if it is still waiting; then it shows `signals`.
  @unsafe
  mutating func remove(_ observer: UnsafeMutablePointer<StateObserver>, _ signals: Signals) {
    guard unsafe observer.pointee.state == .queued else { return }
    unsafe unlink(observer)
    unsafe observer.pointee.conclude(signals)
  }

  private mutating func unlink(_ observer: UnsafeMutablePointer<StateObserver>) {
    let next = unsafe observer.pointee.next
    let previous = unsafe observer.pointee.previous
    unsafe next?.pointee.previous = unsafe previous
    if let previous = unsafe previous {
      unsafe previous.pointee.next = unsafe next
    } else {
      unsafe first = unsafe next
    }
    unsafe observer.pointee.next = nil
    unsafe observer.pointee.previous = nil
  }
}
