import Synchronization
import ZirconLinux
import ZirconTypes

/// One pending wait on one object: it fires once, when a bit of the object rises and its mask matches
/// the object's whole new word.
///
/// Lives in its waiter's memory, a frame of a sleeping thread, an entry of a port or what a `SignalWait`
/// owns, and hangs in the object's list. Invariants:
/// - It is reached by others only under the lock of the object while `isQueued`. Whoever owns the
///   memory takes that lock to unlink it before the memory goes.
/// - While it is queued the object lives, without a reference of the observer's: the handle it came
///   through keeps one, and gives it up only after `cancelObservers(of:)`, which needs the lock.
/// - Once fired or canceled it is out of the list. A thread's is not touched again; a port's belongs
///   to the port by then, and may be gone before the call that told the port returns; a `SignalWait`'s
///   is kept by the `WakeList` until its handler has been called.
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
  /// Whom to tell.
  private let target: Target

  enum State {
    /// Not in a list, never was or taken out.
    case idle
    /// In the object's list.
    case queued
    /// Fired or canceled.
    case fired
  }

  /// Whom an observer tells.
  private enum Target {
    /// A sleeping thread, to be woken.
    case thread(Waiter)
    /// An entry of a port, to be queued there.
    case port(PortWait)
    /// A wait without a thread, to be finished.
    case wait(FiringWait)
  }

  init(handle: HandleValue, mask: Signals, waiter: Waiter) {
    self.init(handle, mask, .thread(waiter))
  }

  init(handle: HandleValue, mask: Signals, port: PortWait) {
    self.init(handle, mask, .port(port))
  }

  init(handle: HandleValue, mask: Signals, wait: FiringWait) {
    self.init(handle, mask, .wait(wait))
  }

  private init(_ handle: HandleValue, _ mask: Signals, _ target: Target) {
    unsafe next = nil
    unsafe previous = nil
    self.handle = handle
    self.mask = mask
    self.target = target
  }

  /// Whether it waits for a bit of `signals`.
  func matches(_ signals: Signals) -> Bool { mask.rawValue & signals.rawValue != 0 }

  /// The entry of a port that it tells, if it tells one.
  fileprivate var portWait: PortWait? {
    if case .port(let wait) = target { wait } else { nil }
  }

  /// Records `signals`, and wakes its thread or finishes its wait when `wakes` is delivered, or queues its
  /// packet now.
  fileprivate static func fire(
    _ observer: UnsafeMutablePointer<StateObserver>, _ signals: Signals, _ wakes: inout WakeList
  ) {
    unsafe observer.pointee.observed = signals
    unsafe observer.pointee.state = .fired
    switch unsafe observer.pointee.target {
    case .thread(let waiter): wakes.add(waiter)
    case .port(let wait): wait.deliver(signals, &wakes)
    case .wait(let wait): wakes.add(wait)
    }
  }

  /// Tells its thread or wait that the handle is closed; a port is not told, its entry only goes.
  fileprivate static func cancel(
    _ observer: UnsafeMutablePointer<StateObserver>, _ signals: Signals, _ wakes: inout WakeList
  ) {
    guard let wait = unsafe observer.pointee.portWait else {
      return unsafe fire(observer, signals.union(.handleClosed), &wakes)
    }
    unsafe observer.pointee.state = .idle
    _ = wait.withdraw(&wakes)
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
      if unsafe observer.pointee.matches(signals) {
        unsafe unlink(observer)
        unsafe StateObserver.fire(observer, signals, &wakes)
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
        unsafe StateObserver.cancel(observer, signals, &wakes)
      }
    }
  }

  /// Takes out the waits through `handle` that would queue packets with `key` on `port`; true if there
  /// was one.
  mutating func cancel(
    _ handle: HandleValue, _ port: PortDispatcher, key: UInt64, _ wakes: inout WakeList
  ) -> Bool {
    var found = false
    var candidate = unsafe first
    while let observer = unsafe candidate {
      unsafe candidate = unsafe observer.pointee.next
      guard unsafe observer.pointee.handle == handle, let wait = unsafe observer.pointee.portWait,
        wait.isOn(port, key: key)
      else { continue }
      unsafe unlink(observer)
      unsafe observer.pointee.setState(.idle)
      if wait.withdraw(&wakes) { found = true }
    }
    return found
  }

  /// Queues `observer`, or fires it at once: canceled if its handle is closed, else if it matches.
  @unsafe
  mutating func add(
    _ observer: UnsafeMutablePointer<StateObserver>, _ signals: Signals, handleIsLive: Bool,
    _ wakes: inout WakeList
  ) {
    if !handleIsLive {
      unsafe StateObserver.fire(observer, signals.union(.handleClosed), &wakes)
    } else if unsafe observer.pointee.matches(signals) {
      unsafe StateObserver.fire(observer, signals, &wakes)
    } else {
      unsafe insert(observer)
    }
  }

  /// Queues `observer`, whatever the signals of this moment.
  @unsafe
  mutating func insert(_ observer: UnsafeMutablePointer<StateObserver>) {
    unsafe observer.pointee.next = unsafe first
    unsafe first?.pointee.previous = unsafe observer
    unsafe first = unsafe observer
    unsafe observer.pointee.setState(.queued)
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
