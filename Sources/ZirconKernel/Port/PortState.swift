import ZirconTypes

/// A thread that sleeps until a packet comes: a record in its frame.
///
/// Invariant: reached by others only under the port's lock while it is in the port's list; given a
/// packet, it is out of it. Its thread takes the lock to see which it is before the frame goes.
@safe
struct PortSleeper {
  fileprivate var next: UnsafeMutablePointer<PortSleeper>?
  fileprivate var previous: UnsafeMutablePointer<PortSleeper>?
  /// What it was given.
  fileprivate var entry: UnsafeMutablePointer<PortEntry>?
  fileprivate let waiter: Waiter

  init(_ waiter: Waiter) {
    unsafe next = nil
    unsafe previous = nil
    unsafe entry = nil
    self.waiter = waiter
  }
}

/// What a port's lock guards.
///
/// Invariant: somebody sleeps only while nothing is queued, as a packet goes to the first sleeper by
/// hand; so each goes to one thread, in order, and wakes nobody else.
@safe
struct PortState: ~Copyable {
  /// Waits that have not matched.
  var waiting = EntryList()
  private var queue = EntryList()
  private var firstSleeper: UnsafeMutablePointer<PortSleeper>?
  private var lastSleeper: UnsafeMutablePointer<PortSleeper>?
  /// User packets in the queue.
  private var userCount = 0
  /// Whether the last handle is gone; nothing is added any more.
  private(set) var isClosed = false

  /// Above so many user packets the next one is refused.
  private static let userLimit = 4096

  init() {
    unsafe firstSleeper = nil
    unsafe lastSleeper = nil
  }

  /// Whether another user packet may be queued.
  var hasRoom: Bool { userCount <= Self.userLimit }

  /// Gives `entry` to the first sleeper, or queues it.
  @unsafe
  mutating func add(_ entry: UnsafeMutablePointer<PortEntry>, _ wakes: inout WakeList) {
    if let sleeper = unsafe firstSleeper {
      unsafe unlink(sleeper)
      unsafe sleeper.pointee.entry = unsafe entry
      wakes.add(unsafe sleeper.pointee.waiter)
    } else {
      unsafe queue.append(entry)
      if unsafe entry.pointee.packet.isUser { userCount += 1 }
    }
  }

  /// Takes the oldest packet.
  mutating func pop() -> UnsafeMutablePointer<PortEntry>? {
    guard let entry = unsafe queue.popFirst() else { return nil }
    if unsafe entry.pointee.packet.isUser { userCount -= 1 }
    return unsafe entry
  }

  /// Takes the oldest packet, or lists `sleeper` for the next one.
  @unsafe
  mutating func popOrEnlist(
    _ sleeper: UnsafeMutablePointer<PortSleeper>
  ) -> UnsafeMutablePointer<PortEntry>? {
    if let entry = unsafe pop() { return unsafe entry }
    unsafe sleeper.pointee.previous = unsafe lastSleeper
    if let last = unsafe lastSleeper {
      unsafe last.pointee.next = unsafe sleeper
    } else {
      unsafe firstSleeper = unsafe sleeper
    }
    unsafe lastSleeper = unsafe sleeper
    return nil
  }

  /// What `sleeper` was given, however late; nothing if it waited in vain.
  @unsafe
  mutating func dismiss(
    _ sleeper: UnsafeMutablePointer<PortSleeper>
  ) -> UnsafeMutablePointer<PortEntry>? {
    if let entry = unsafe sleeper.pointee.entry { return unsafe entry }
    unsafe unlink(sleeper)
    return nil
  }

  private mutating func unlink(_ sleeper: UnsafeMutablePointer<PortSleeper>) {
    let next = unsafe sleeper.pointee.next
    let previous = unsafe sleeper.pointee.previous
    if let next = unsafe next {
      unsafe next.pointee.previous = unsafe previous
    } else {
      unsafe lastSleeper = unsafe previous
    }
    if let previous = unsafe previous {
      unsafe previous.pointee.next = unsafe next
    } else {
      unsafe firstSleeper = unsafe next
    }
  }
}

// MARK: Taking away

extension PortState {
  /// Moves queued entries that `belongs` names to `list`.
  mutating func unqueue(
    to list: inout EntryList, where belongs: (UnsafeMutablePointer<PortEntry>) -> Bool
  ) {
    guard !queue.isEmpty else { return }
    var users = 0
    unsafe queue.move(to: &list) { entry in
      guard unsafe belongs(entry) else { return false }
      if unsafe entry.pointee.packet.isUser { users += 1 }
      return true
    }
    userCount -= users
  }

  /// Cancels the waits that `belongs` names and moves them to `list`, each with its object kept.
  mutating func cancelWaits(
    to list: inout EntryList, where belongs: (UnsafeMutablePointer<PortEntry>) -> Bool
  ) {
    unsafe waiting.move(to: &list) { entry in
      guard unsafe belongs(entry) else { return false }
      unsafe entry.pointee.isCanceled = true
      _ = unsafe entry.pointee.object?.retain()
      return true
    }
  }

  /// Takes everything away, for good.
  mutating func close(_ queued: inout EntryList, _ waits: inout EntryList) {
    isClosed = true
    unsafe unqueue(to: &queued) { _ in true }
    unsafe cancelWaits(to: &waits) { _ in true }
  }
}
