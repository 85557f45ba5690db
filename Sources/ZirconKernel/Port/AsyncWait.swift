import ZirconTypes

/// What became of a wait that was to begin.
enum AsyncWaitStart {
  /// It waits, or its packet is queued.
  case begun
  /// The handle it came through is closed: as if the close had come after it.
  case canceled
  /// The port is closed: as if the close had come before it.
  case refused
}

extension ObserverList {
  /// Begins the wait of `entry`: queues its packet if it matches, else lets it wait.
  ///
  /// - Returns: Whether it took the entry over, which it has if the wait has begun.
  @unsafe
  mutating func begin(
    _ entry: UnsafeMutablePointer<PortEntry>, on port: PortDispatcher, _ signals: Signals,
    handleIsLive: Bool, _ wakes: inout WakeList
  ) -> AsyncWaitStart {
    guard handleIsLive else { return .canceled }
    if unsafe !entry.pointee.mode.isEdge && entry.pointee.matches(signals) {
      return unsafe port.add(entry, signals, &wakes) ? .begun : .refused
    }
    guard unsafe port.enlist(entry) else { return .refused }
    unsafe insert(PortEntry.observer(of: entry))
    return .begun
  }
}

extension Dispatcher {
  /// Begins an asynchronous wait on this object through the pinned handle.
  ///
  /// Looks at the handle again under the lock, as `add` does, since a close may have come meanwhile.
  ///
  /// - Throws: `noMemory`; `badHandle` if the port's last handle was closed meanwhile.
  final func waitAsync(
    through pin: borrowing PinnedSlot, named handle: HandleValue, on port: PortDispatcher,
    key: UInt64, for signals: Signals, _ mode: AsyncWaitMode
  ) throws(Status) {
    let entry = try unsafe PortEntry.make(
      self, through: handle, on: port, key: key, signals: signals, mode: mode)
    var start = AsyncWaitStart.refused
    var wakes = WakeList()
    prepareToBeWatched()
    withObservers { observers, now in
      start = unsafe observers.begin(entry, on: port, now, handleIsLive: pin.isLive, &wakes)
    }
    wakes.deliver()
    if start != .begun { unsafe PortEntry.free(entry) }
    if start == .refused { throw .badHandle }
  }

  /// Ends the waits through `handle` on `port` with `key` and drops their packets; true if there were
  /// any.
  final func cancelAsync(
    _ handle: HandleValue, on port: PortDispatcher, key: UInt64
  ) -> Bool {
    var found = false
    var wakes = WakeList()
    // Both under the object's lock, so that no wait goes from one list to the other in between.
    withObservers { observers, _ in
      let waited = observers.cancel(handle, port, key: key, &wakes)
      found = port.drop(handle, koid, key: key, &wakes) || waited
    }
    wakes.deliver()
    return found
  }
}
