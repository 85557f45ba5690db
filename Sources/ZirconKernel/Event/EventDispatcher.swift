import ZirconLinux
import ZirconTypes

/// An event: a word of signals and nothing else.
///
/// Once a handle to it has left the process the word is in shared memory; what stands here is what was
/// seen there last.
///
/// Locking: one lock for the signals; another for the reactor's watch, which comes first.
final class EventDispatcher: Dispatcher, ReactorTarget, @unchecked Sendable {
  fileprivate struct State: ~Copyable {
    var local = SignalState()
    var shared: SharedSignals?
    var rises = SharedSignals.Rises(repeating: 0)
  }

  private let kernel: Kernel
  private let state = Guarded(State())
  private let watch = Guarded<Reactor.Watch?>(nil)

  init(koid: Koid, in kernel: Kernel) {
    self.kernel = kernel
    super.init(koid: koid, type: .event)
  }

  override var settableSignals: Signals { Signals.allUser.union(.signaled) }

  override func withObservers(_ body: (inout ObserverList, Signals) -> Void) {
    var wakes = WakeList()
    let isWatched = state.withLock { state in
      state.absorb(&wakes)
      body(&state.local.observers, state.local.signals)
      return state.shared != nil && !state.local.observers.isEmpty
    }
    wakes.deliver()
    if isWatched { startWatching() }
  }

  override func signal(clear: Signals, set: Signals) {
    var wakes = WakeList()
    let shared = state.withLock { state -> SharedSignals? in
      if let shared = state.shared { return shared }
      state.local.update(clear: clear, set: set, &wakes)
      return nil
    }
    if let shared {
      shared.update(clear: clear, set: set)
      state.withLock { $0.absorb(&wakes) }
    }
    wakes.deliver()
  }

  override func lastHandleClosed() { stopWatching() }

  override func lastHandleDeparted() { stopWatching() }

  override func checkDeparture() throws(Status) {}

  override func depart(
    into parcel: inout Parcel, rights: Rights, isLast: Bool
  ) throws(Status) {
    let shared = try share()
    var lent = LentDescriptors()
    shared.lend(to: &lent)
    parcel.append(self, rights: rights, lent)
  }
}

extension EventDispatcher.State {
  /// Takes over what other holders have done.
  fileprivate mutating func absorb(_ wakes: inout WakeList) {
    guard let shared else { return }
    let rises = shared.rises()
    let new = shared.signals()
    // Who has set a bit may have died before it told so.
    let risen = SharedSignals.risen(self.rises, rises).union(new.subtracting(local.signals))
    self.rises = rises
    local.signals = new
    if risen != .none { local.observers.notify(new.union(risen), &wakes) }
  }

  /// Lets the word live in shared memory from here on.
  fileprivate mutating func share(_ event: SharedSignals) {
    shared = event
    rises = event.rises()
    local.signals = event.signals()
  }
}

// MARK: What other holders do

extension EventDispatcher {
  func react(to events: ReactorEvents) {
    var wakes = WakeList()
    let isWatched = state.withLock { state in
      state.absorb(&wakes)
      return !state.local.observers.isEmpty
    }
    wakes.deliver()
    guard !isWatched else { return }
    stopWatching()
    // Somebody who began to wait meanwhile may have found it watched.
    if state.withLock({ !$0.local.observers.isEmpty }) { startWatching() }
  }

  private func startWatching() {
    watch.withLock { watch in
      guard watch == nil, let shared = state.withLock({ $0.shared }) else { return }
      do throws(Errno) {
        watch = try shared.watch(self, in: kernel.reactor)
      } catch {
        // What cannot be watched is looked at now and then.
        kernel.reactor.again(soon: self)
      }
    }
  }

  private func stopWatching() {
    // The reactor may have held the last reference but one: nothing goes under the lock.
    watch.withLock { watch in
      guard let old = watch, let shared = state.withLock({ $0.shared }) else { return }
      shared.forget(old, in: kernel.reactor)
      watch = nil
    }
  }
}

// MARK: Leaving and arriving

extension EventDispatcher {
  /// The event in shared memory, where it goes now if need be.
  ///
  /// - Throws: `noMemory`.
  private func share() throws(Status) -> SharedSignals {
    if let shared = state.withLock({ $0.shared }) { return shared }
    try linux { () throws(Errno) in try kernel.reactor.start() }
    let made = try SharedSignals.make(settable: settableSignals)
    return state.withLock { state in
      if let shared = state.shared { return shared }
      made.update(clear: .none, set: state.local.signals)
      state.share(made)
      return made
    }
  }

  /// An event that has come from another process.
  ///
  /// - Throws: `internal` for what is none; `noMemory`.
  static func arrive(
    _ arriving: consuming ArrivingHandle, in kernel: Kernel
  ) throws(Status) -> EventDispatcher {
    let event = EventDispatcher(koid: arriving.koid, in: kernel)
    var descriptors = arriving.giveDescriptors()
    guard descriptors.count == SharedSignals.descriptorCount,
      let memory = descriptors.takeFirst(), let bell = descriptors.takeFirst()
    else { throw .internal }
    let shared = try SharedSignals.arrive(memory, bell, settable: event.settableSignals)
    event.state.withLock { $0.share(shared) }
    return event
  }
}
