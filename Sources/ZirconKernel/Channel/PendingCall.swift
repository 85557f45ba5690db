import ZirconTypes

/// One thread that has called through a channel end and waits for the reply.
///
/// Lives in its caller's frame and hangs in the list of its end. Invariant: reached by others only under
/// the pair's lock while it is in the list; the caller takes that lock to unlink it before the frame
/// goes.
@safe
struct PendingCall {
  fileprivate var next: UnsafeMutablePointer<PendingCall>?
  fileprivate var previous: UnsafeMutablePointer<PendingCall>?
  /// What its request is named by, and the reply must be.
  fileprivate(set) var transaction: UInt32 = 0
  private(set) var outcome: Outcome
  private let waiter: Waiter

  @unsafe
  enum Outcome {
    case pending
    /// The reply, which belongs to the caller.
    case reply(UnsafeMutablePointer<MessagePacket.Header>)
    case failed(Status)
  }

  init(waiter: Waiter) {
    unsafe next = nil
    unsafe previous = nil
    unsafe outcome = .pending
    self.waiter = waiter
  }

  fileprivate mutating func finish(_ outcome: Outcome, _ wakes: inout WakeList) {
    unsafe self.outcome = unsafe outcome
    wakes.add(waiter)
  }

  /// Says that nothing came until the deadline.
  fileprivate mutating func timeOut() {
    unsafe outcome = .failed(.timedOut)
  }
}

/// The calls pending on one channel end.
///
/// Guarded by the pair's lock.
@safe
struct CallList: ~Copyable {
  private var first: UnsafeMutablePointer<PendingCall>?
  private var number: UInt32

  /// No calls so far; names are even or odd, so that the two ends never use the same.
  init(_ end: End) {
    unsafe first = nil
    number = end == .left ? 0 : 1
  }

  /// Adds `call` under a name that no other pending one has, with bit 31 set.
  @unsafe
  mutating func add(_ call: UnsafeMutablePointer<PendingCall>) -> UInt32 {
    repeat {
      number = (number &+ 2) | Self.kernelBit
    } while unsafe find(number) != nil
    unsafe call.pointee.transaction = number
    unsafe call.pointee.next = unsafe first
    unsafe first?.pointee.previous = unsafe call
    unsafe first = unsafe call
    return number
  }

  var isEmpty: Bool { unsafe first == nil }

  private static var kernelBit: UInt32 { 1 << 31 }

  /// Hands `message` to the call that waits for it; gives it back if none does.
  mutating func reply(
    _ message: consuming MessagePacket, _ wakes: inout WakeList
  ) -> MessagePacket? {
    guard let call = unsafe find(message.transaction) else { return message }
    unsafe unlink(call)
    unsafe call.pointee.finish(.reply(message.giveBlock()), &wakes)
    return nil
  }

  /// Ends every call without a reply.
  mutating func failAll(_ status: Status, _ wakes: inout WakeList) {
    while let call = unsafe first {
      unsafe unlink(call)
      unsafe call.pointee.finish(.failed(status), &wakes)
    }
  }

  /// Takes `call` out if nothing has come for it.
  @unsafe
  mutating func remove(_ call: UnsafeMutablePointer<PendingCall>) {
    guard case .pending = unsafe call.pointee.outcome else { return }
    unsafe unlink(call)
    unsafe call.pointee.timeOut()
  }

  private func find(_ transaction: UInt32) -> UnsafeMutablePointer<PendingCall>? {
    var candidate = unsafe first
    while let call = unsafe candidate, unsafe call.pointee.transaction != transaction {
      unsafe candidate = unsafe call.pointee.next
    }
    return unsafe candidate
  }

  private mutating func unlink(_ call: UnsafeMutablePointer<PendingCall>) {
    let next = unsafe call.pointee.next
    let previous = unsafe call.pointee.previous
    unsafe next?.pointee.previous = unsafe previous
    if let previous = unsafe previous {
      unsafe previous.pointee.next = unsafe next
    } else {
      unsafe first = unsafe next
    }
    unsafe call.pointee.next = nil
    unsafe call.pointee.previous = nil
  }
}
