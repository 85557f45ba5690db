import ZirconLinux
import ZirconTypes

/// A port: packets in a row, and the waits that will add some.
///
/// Nobody can wait on a port or signal it: no handle to one ever has the right.
///
/// Locking: one lock, taken inside that of an object when one of its waits begins, matches or ends; no
/// object's lock is taken inside this one. `PortEntry` says who owns what.
final class PortDispatcher: Dispatcher, @unchecked Sendable {
  private let state = Guarded(PortState())

  init(koid: Koid) {
    super.init(koid: koid, type: .port)
  }

  /// Does nothing: a port has no observers to look at.
  override func withObservers(_ body: (inout ObserverList, Signals) -> Void) {}

  /// Drops all packets and ends all waits; those who sleep here sleep on.
  override func lastHandleClosed() {
    var queued = EntryList()
    var waiting = EntryList()
    state.withLock { $0.close(&queued, &waiting) }
    queued.freeAll()
    Self.end(waiting)
  }
}

// MARK: Packets

extension PortDispatcher {
  /// Adds a user's packet.
  ///
  /// - Throws: `noMemory`; `shouldWait` if too many are queued; `badHandle` if the last handle was closed
  ///   meanwhile. In this order.
  func queue(_ packet: PortPacket) throws(Status) {
    let entry = try unsafe PortEntry.make(packet)
    var wakes = WakeList()
    do throws(Status) {
      try state.withLock { (state) throws(Status) in
        guard state.hasRoom else { throw .shouldWait }
        guard !state.isClosed else { throw .badHandle }
        unsafe state.add(entry, &wakes)
      }
    } catch {
      unsafe PortEntry.free(entry)
      throw error
    }
    wakes.deliver()
  }

  /// Takes the oldest packet, if there is one.
  func take() -> PortPacket? {
    unsafe Self.packet(of: state.withLock { unsafe $0.pop() })
  }

  /// Takes the oldest packet, or the next one to come before `deadline`; nil if none did.
  func take(until deadline: Deadline) throws(Status) -> PortPacket? {
    try Waiter.withWaiter(.port) { (waiter) throws(Status) in
      var sleeper = PortSleeper(waiter)
      // Safety: out of the port's list before this frame goes.
      let entry = unsafe withUnsafeMutablePointer(to: &sleeper) { sleeper in
        if let entry = unsafe state.withLock({ unsafe $0.popOrEnlist(sleeper) }) {
          return unsafe Optional(entry)
        }
        waiter.sleep(until: deadline)
        return unsafe state.withLock { unsafe $0.dismiss(sleeper) }
      }
      return unsafe Self.packet(of: entry)
    }
  }

  private static func packet(of entry: UnsafeMutablePointer<PortEntry>?) -> PortPacket? {
    guard let entry = unsafe entry else { return nil }
    let packet = unsafe entry.pointee.packet
    unsafe PortEntry.free(entry)
    return packet
  }
}

// MARK: Waits, seen from the object; under its lock

extension PortDispatcher {
  /// Lists a wait that has yet to match; false if the port is closed.
  @unsafe
  func enlist(_ entry: UnsafeMutablePointer<PortEntry>) -> Bool {
    state.withLock { state in
      guard !state.isClosed else { return false }
      unsafe state.waiting.append(entry)
      return true
    }
  }

  /// Queues the packet of a wait that matches from the start; false if the port is closed.
  @unsafe
  func add(
    _ entry: UnsafeMutablePointer<PortEntry>, _ signals: Signals, _ wakes: inout WakeList
  ) -> Bool {
    state.withLock { state in
      guard !state.isClosed else { return false }
      unsafe entry.pointee.packet.record(signals, at: entry.pointee.mode.now)
      unsafe state.add(entry, &wakes)
      return true
    }
  }

  /// Queues the packet of a wait that has matched now.
  @unsafe
  func deliver(
    _ entry: UnsafeMutablePointer<PortEntry>, _ signals: Signals, _ wakes: inout WakeList
  ) {
    state.withLock { state in
      guard unsafe !entry.pointee.isCanceled else { return }
      unsafe state.waiting.remove(entry)
      unsafe entry.pointee.packet.record(signals, at: entry.pointee.mode.now)
      unsafe state.add(entry, &wakes)
    }
  }

  /// Ends a wait that has not matched; false if the port's side was first.
  @unsafe
  func withdraw(_ entry: UnsafeMutablePointer<PortEntry>, _ wakes: inout WakeList) -> Bool {
    let isOurs = state.withLock { state in
      guard unsafe !entry.pointee.isCanceled else { return false }
      unsafe state.waiting.remove(entry)
      return true
    }
    if isOurs { unsafe wakes.discard(entry) }
    return isOurs
  }

  /// Drops the queued packets with `key` whose waits came through `handle`; true if there was one.
  func drop(
    _ handle: HandleValue, _ koid: Koid, key: UInt64, _ wakes: inout WakeList
  ) -> Bool {
    var dropped = EntryList()
    state.withLock { state in
      unsafe state.unqueue(to: &dropped) {
        unsafe $0.pointee.packet.key == key && $0.pointee.comes(from: handle, koid)
      }
    }
    guard !dropped.isEmpty else { return false }
    while let entry = unsafe dropped.popFirst() { unsafe wakes.discard(entry) }
    return true
  }
}

// MARK: Waits, seen from the port

extension PortDispatcher {
  /// Ends all waits and drops all packets with `key`; true if there were any.
  func cancel(key: UInt64) -> Bool {
    var queued = EntryList()
    var waiting = EntryList()
    state.withLock { state in
      unsafe state.unqueue(to: &queued) { unsafe $0.pointee.packet.key == key }
      unsafe state.cancelWaits(to: &waiting) { unsafe $0.pointee.packet.key == key }
    }
    let found = !queued.isEmpty || !waiting.isEmpty
    queued.freeAll()
    Self.end(waiting)
    return found
  }

  /// Takes canceled waits out of their objects' lists and frees them; with no lock held.
  private static func end(_ canceled: consuming EntryList) {
    while let entry = unsafe canceled.popFirst() {
      // Retained when the wait was canceled.
      if let object = unsafe entry.pointee.object?.takeRetainedValue() {
        unsafe object.remove(PortEntry.observer(of: entry))
      }
      unsafe PortEntry.free(entry)
    }
  }
}
