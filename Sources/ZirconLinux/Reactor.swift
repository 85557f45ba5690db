import CLinux
import Glibc
import Synchronization

/// Who is told of what happens to a descriptor.
package protocol ReactorTarget: AnyObject, Sendable {
  /// Something happened that was asked for; on the reactor's thread, with no lock held.
  ///
  /// May be called once more after `forget`, by a thread that was about to.
  func react(to events: ReactorEvents)
}

/// What can happen to a descriptor.
package struct ReactorEvents: OptionSet, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// There is something to read.
  package static var readable: ReactorEvents { ReactorEvents(rawValue: 0x1) }
  /// There is room to write.
  package static var writable: ReactorEvents { ReactorEvents(rawValue: 0x4) }
  /// Nothing more will come.
  package static var inputEnded: ReactorEvents { ReactorEvents(rawValue: 0x2000) }
  /// The other end is closed; told whether asked for or not.
  package static var hungUp: ReactorEvents { ReactorEvents(rawValue: 0x10) }
  /// Tell each event once, not as long as it lasts.
  package static var edge: ReactorEvents { ReactorEvents(rawValue: 1 << 31) }
  /// Not from Linux: the time of `again(soon:)` has come.
  package static var retry: ReactorEvents { ReactorEvents(rawValue: 1 << 16) }
}

/// The one thread of this process for what happens outside its calls: what other processes do.
///
/// It starts when the first object that another process has a part in comes up, and stays. It waits by
/// epoll on either backend: an entry of epoll keeps no file open, while a ring's poll does, and then the
/// peer of a closed socket would not be told.
///
/// Locking: one lock, with which no target is called.
package final class Reactor: Sendable {
  private let state = Guarded(State())

  /// Names a descriptor that is watched.
  package struct Watch: Sendable {
    fileprivate let slot: Int
    fileprivate let generation: UInt32

    fileprivate var token: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
  }

  private struct Entry {
    var generation: UInt32 = 0
    var target: (any ReactorTarget)?
  }

  private struct State: ~Copyable {
    var service: Service?
    var entries: [Entry] = []
    var free: [Int] = []
    var retries: [any ReactorTarget] = []
    /// When it is their time: nanoseconds of `Clock.monotonic`.
    var retryTime: Int64 = 0

    /// Milliseconds until it is time to try again, rounded up; -1 for ever.
    var timeout: Int32 {
      guard !retries.isEmpty else { return -1 }
      let nanoseconds = min(max(retryTime - Clock.monotonic, 0), 1_000_000_000)
      return Int32((nanoseconds + 999_999) / 1_000_000)
    }

    /// What is to be tried again, once it is time.
    mutating func takeDueRetries() -> [any ReactorTarget] {
      guard !retries.isEmpty, Clock.monotonic >= retryTime else { return [] }
      let due = retries
      retries = []
      return due
    }
  }

  /// What the thread needs; kept for the life of the process.
  private final class Service: Sendable {
    let epoll: Descriptor
    let bell: Descriptor

    init(epoll: consuming Descriptor, bell: consuming Descriptor) {
      self.epoll = epoll
      self.bell = bell
    }
  }

  package init() {}

  /// Nanoseconds until what is to be tried again is.
  private static let patience: Int64 = 5_000_000
  private static let bellToken = UInt64.max

  /// Starts the thread unless it runs; from then on nothing here fails for want of a descriptor.
  ///
  /// - Throws: `EMFILE`, `ENFILE`, `ENOMEM`; `EAGAIN` without room for a thread.
  package func start() throws(Errno) {
    try state.withLock { (state) throws(Errno) in
      guard state.service == nil else { return }
      let service = Service(
        epoll: try Descriptor.birth { clinux_epoll_create() },
        bell: try Descriptor.birth { clinux_counter_create() })
      _ = try Errno.check(
        clinux_epoll_set(
          service.epoll.number, CLINUX_WATCH_NEW, service.bell.number,
          ReactorEvents.readable.union(.edge).rawValue, Self.bellToken))
      let started = DetachedThread.start(named: "zircon-reactor") { self.run(service) }
      guard started else { throw .again }
      state.service = service
    }
  }

  /// Tells `target` of what happens to `descriptor`, from now until `forget`; keeps it alive meanwhile.
  ///
  /// - Throws: `ENOMEM` or `ENOSPC` if Linux watches no more, `EMFILE` and others if the reactor could not
  ///   start.
  package func watch(
    _ descriptor: borrowing Descriptor, for events: ReactorEvents, _ target: any ReactorTarget
  ) throws(Errno) -> Watch {
    try start()
    return try state.withLock { (state) throws(Errno) in
      guard let epoll = state.service?.epoll.number else { throw .noMemory }
      let slot = state.free.popLast() ?? state.entries.count
      if slot == state.entries.count { state.entries.append(Entry()) }
      let watch = Watch(slot: slot, generation: state.entries[slot].generation)
      let answer = clinux_epoll_set(
        epoll, CLINUX_WATCH_NEW, descriptor.number, events.rawValue, watch.token)
      guard answer == 0 else {
        state.free.append(slot)
        throw Errno(rawValue: Int32(truncatingIfNeeded: -answer))
      }
      state.entries[slot].target = target
      return watch
    }
  }

  /// Changes what is told of `descriptor`, which `watch` names.
  package func change(
    _ watch: Watch, of descriptor: borrowing Descriptor, to events: ReactorEvents
  ) {
    state.withLock { state in
      guard let epoll = state.service?.epoll.number,
        state.entries[watch.slot].generation == watch.generation
      else { return }
      _ = clinux_epoll_set(
        epoll, CLINUX_WATCH_CHANGE, descriptor.number, events.rawValue, watch.token)
    }
  }

  /// Tells nothing of `descriptor` any more, which is still open.
  package func forget(_ watch: Watch, of descriptor: borrowing Descriptor) {
    // The target may go with its last reference: after the lock.
    let target = state.withLock { state -> (any ReactorTarget)? in
      guard state.entries[watch.slot].generation == watch.generation else { return nil }
      if let epoll = state.service?.epoll.number {
        _ = clinux_epoll_set(epoll, CLINUX_WATCH_NONE, descriptor.number, 0, 0)
      }
      let target = state.entries[watch.slot].target
      state.entries[watch.slot] = Entry(generation: watch.generation &+ 1)
      state.free.append(watch.slot)
      return target
    }
    _ = target
  }

  /// Tells `target` to try again in a few milliseconds: what Linux says nothing of when it changes.
  package func again(soon target: any ReactorTarget) {
    state.withLock { state in
      state.retries.append(target)
      guard state.retries.count == 1 else { return }
      state.retryTime = Clock.monotonic + Self.patience
      if let bell = state.service?.bell.number { clinux_counter_add(bell) }
    }
  }
}

// MARK: The thread

extension Reactor {
  private func run(_ service: Service) {
    let events = UnsafeMutablePointer<clinux_event>.allocate(
      capacity: Int(CLINUX_EVENTS_AT_ONCE))
    while true {
      let timeout = state.withLock { $0.timeout }
      let count = unsafe clinux_epoll_wait(service.epoll.number, events, timeout)
      for index in 0..<max(0, count) {
        let event = unsafe events[index]
        guard event.token != Self.bellToken, let target = target(event.token) else { continue }
        target.react(to: ReactorEvents(rawValue: event.events))
      }
      let retries = state.withLock { $0.takeDueRetries() }
      for target in retries { target.react(to: .retry) }
    }
  }

  private func target(_ token: UInt64) -> (any ReactorTarget)? {
    let slot = Int(token & 0xFFFF_FFFF)
    return state.withLock { state in
      guard slot < state.entries.count,
        state.entries[slot].generation == UInt32(token >> 32)
      else { return nil }
      return state.entries[slot].target
    }
  }
}
