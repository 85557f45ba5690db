import ZirconLinux
package import ZirconTypes

/// How a wait that took place ended.
package enum WaitEnd: Sendable {
  /// A wanted signal was seen.
  case matched
  /// The deadline passed.
  case timedOut
  /// A handle waited on was closed.
  case canceled

  /// Throws what the call answers, if that is not success.
  package func check() throws(Status) {
    switch self {
    case .matched: return
    case .timedOut: throw .timedOut
    case .canceled: throw .canceled
    }
  }
}

extension Kernel {
  /// Waits until the object shows one of `wanted`, or until `deadline`.
  ///
  /// A condition that already holds wins over a deadline that has passed.
  ///
  /// - Returns: How it ended, and the object's whole word: at the match, at the end of a wait in vain, or
  ///   with `handleClosed` if the handle was closed meanwhile.
  /// - Throws: Before any wait: `badHandle`; `accessDenied` without the right to wait. In this order.
  ///
  /// Source: `zx_object_wait_one`.
  package func waitOne(
    _ value: HandleValue, for wanted: Signals, until deadline: Deadline
  ) throws(Status) -> (end: WaitEnd, observed: Signals) {
    // The pin is held through the wait: a close cancels it, so that this is not for long.
    let pin = try handles.pin(value, rights: .wait)
    return try pin.withObject(as: Dispatcher.self) { (object) throws(Status) in
      if Clock.hasPassed(deadline) {
        let signals = object.currentSignals()
        return (signals.isDisjoint(with: wanted) ? .timedOut : .matched, signals)
      }
      if let seen = object.glance(for: wanted, until: deadline) { return (.matched, seen) }
      return try Waiter.withWaiter(.one) { (waiter) throws(Status) in
        var observer = StateObserver(handle: value, mask: wanted, waiter: waiter)
        // Safety: taken out of the object's list before this frame goes.
        return unsafe withUnsafeMutablePointer(to: &observer) { observer in
          unsafe object.add(observer, through: pin)
          object.sleep(waiter, until: deadline)
          unsafe object.remove(observer)
          return unsafe (observer.pointee.end, observer.pointee.observed)
        }
      }
    }
  }
}

extension Dispatcher {
  /// Lets `observer` wait through the pinned handle; looks at the handle again under the lock, since a
  /// close marks it dead before it takes the lock to cancel.
  @unsafe
  final func add(
    _ observer: UnsafeMutablePointer<StateObserver>, through pin: borrowing PinnedSlot
  ) {
    var wakes = WakeList()
    withObservers { observers, signals in
      unsafe observers.add(observer, signals, handleIsLive: pin.isLive, &wakes)
    }
    wakes.deliver()
  }

  /// Ends the wait of `observer`; from here on nobody reaches it.
  @unsafe
  final func remove(_ observer: UnsafeMutablePointer<StateObserver>) {
    withObservers { observers, signals in
      unsafe observers.remove(observer, signals)
    }
  }
}

extension StateObserver {
  /// How its wait ended, once it is out of the list.
  var end: WaitEnd {
    guard state == .fired else { return .timedOut }
    return observed.contains(.handleClosed) ? .canceled : .matched
  }
}
