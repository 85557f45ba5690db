import ZirconLinux
package import ZirconTypes

/// One handle of a wait on several, laid out as `zx_wait_item_t`.
package struct WaitItem: BitwiseCopyable, Sendable {
  /// The handle's value.
  package var handle: UInt32
  /// The signals wanted.
  package var wanted: UInt32
  /// The object's word when the wait ended.
  package var pending: UInt32

  package init(handle: UInt32, wanted: UInt32, pending: UInt32) {
    self.handle = handle
    self.wanted = wanted
    self.pending = pending
  }
}

/// The handles of one wait, pinned, and the observers made through them.
///
/// On the waiter's stack.
@safe
private struct WaitSet: ~Copyable {
  // Safety: both arrays live in the frame of `waitMany`; the first `count` of each are initialized.
  private let pins: UnsafeMutableBufferPointer<PinnedSlot>
  private let observers: UnsafeMutableBufferPointer<StateObserver>
  private var count = 0

  @unsafe
  init(
    _ pins: UnsafeMutableBufferPointer<PinnedSlot>,
    _ observers: UnsafeMutableBufferPointer<StateObserver>
  ) {
    unsafe self.pins = unsafe pins
    unsafe self.observers = unsafe observers
  }

  deinit {
    for index in 0..<count {
      unsafe (pins.baseAddress.unsafelyUnwrapped + index).deinitialize(count: 1)
    }
  }

  mutating func append(_ pin: consuming PinnedSlot, _ observer: StateObserver) {
    unsafe pins.initializeElement(at: count, to: pin)
    unsafe observers.initializeElement(at: count, to: observer)
    count += 1
  }

  /// Lets every observer wait, also those behind one that fires at once.
  func start() {
    unsafe forEach { object, observer, pin in
      object.prepareToBeWatched()
      unsafe object.add(observer, through: pin)
    }
  }

  /// Ends every wait that goes on.
  func finish() {
    unsafe forEach { object, observer, _ in unsafe object.remove(observer) }
  }

  func observer(_ index: Int) -> StateObserver { unsafe observers[index] }

  private func forEach(
    _ body: (Dispatcher, UnsafeMutablePointer<StateObserver>, borrowing PinnedSlot) -> Void
  ) {
    for index in 0..<count {
      let observer = unsafe observers.baseAddress.unsafelyUnwrapped + index
      unsafe body(pins[index].object, observer, pins[index])
    }
  }
}

extension Kernel {
  /// Items that one wait takes: `ZX_WAIT_MANY_MAX_ITEMS`.
  package static var maxWaitItems: Int { 64 }

  /// Waits until one of the items matches or is canceled, or until `deadline`.
  ///
  /// Fills in `pending` of every item: the word recorded when it fired, with `handleClosed` if it was
  /// canceled, and for the others the word at the end.
  ///
  /// - Throws: Before any wait, for the first item that fails: `badHandle`; `accessDenied` without the
  ///   right to wait. In this order.
  ///
  /// Source: `zx_object_wait_many`.
  package func waitMany(
    _ items: inout MutableSpan<WaitItem>, until deadline: Deadline
  ) throws(Status) -> WaitEnd {
    let count = items.count
    return try unsafe withUnsafeTemporaryAllocation(of: PinnedSlot.self, capacity: count) {
      (pins) throws(Status) in
      try unsafe withUnsafeTemporaryAllocation(of: StateObserver.self, capacity: count) {
        (observers) throws(Status) in
        try Waiter.withWaiter(.many) { (waiter) throws(Status) in
          var set = unsafe WaitSet(pins, observers)
          for index in 0..<count {
            let value = HandleValue(rawValue: items[index].handle)
            let wanted = Signals(rawValue: items[index].wanted)
            set.append(
              try handles.pin(value, rights: .wait),
              StateObserver(handle: value, mask: wanted, waiter: waiter))
          }
          set.start()
          waiter.sleep(until: deadline)
          set.finish()
          return set.report(in: &items)
        }
      }
    }
  }
}

extension WaitSet {
  /// Fills in what every item saw; a canceled one decides, then a match.
  fileprivate func report(in items: inout MutableSpan<WaitItem>) -> WaitEnd {
    var end = WaitEnd.timedOut
    for index in 0..<items.count {
      let observer = observer(index)
      items[index].pending = observer.observed.rawValue
      switch observer.end {
      case .canceled: end = .canceled
      case .matched where end == .timedOut: end = .matched
      default: break
      }
    }
    return end
  }
}
