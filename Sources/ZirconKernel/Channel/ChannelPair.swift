import ZirconLinux
import ZirconTypes

/// What the ends of a channel share.
///
/// Locking: one lock for both ends. No message is made, copied or destroyed under it.
final class ChannelPair: Sendable {
  /// One end: its signals, what waits to be read there and who waits for replies.
  struct Side: ~Copyable {
    var state = SignalState(.writable)
    var messages = MessageQueue()
    var calls: CallList
    var isOpen = true
    /// It lives in another process since it left this one.
    var hasDeparted = false

    init(_ end: End) {
      calls = CallList(end)
    }

    /// A message from the other end: for the call that waits for it, else for readers.
    mutating func accept(_ message: consuming MessagePacket, _ wakes: inout WakeList) {
      guard let unasked = calls.reply(message, &wakes) else { return }
      messages.append(unasked)
      state.update(clear: .none, set: .readable, &wakes)
    }
  }

  struct State: ~Copyable {
    private var left = Side(.left)
    private var right = Side(.right)
    /// The way to the end that is in another process, if one is.
    var link: Link?
    /// Which end that is.
    var remote = End.right
    /// The koid of that end, once it is known.
    var remoteKoid = Koid.invalid

    mutating func withSide<Result: ~Copyable, Failure: Error>(
      _ end: End, _ body: (inout Side) throws(Failure) -> Result
    ) throws(Failure) -> Result {
      if end == .left { return try body(&left) }
      return try body(&right)
    }

    /// Whether nothing waits to be read at `end`.
    func isEmpty(_ end: End) -> Bool {
      end == .left ? left.messages.isEmpty : right.messages.isEmpty
    }

    func isOpen(_ end: End) -> Bool { end == .left ? left.isOpen : right.isOpen }

    /// The last handle of `end` is gone: what was not read there goes to `orphans`.
    mutating func close(
      _ end: End, leaving orphans: inout MessageQueue, _ wakes: inout WakeList
    ) {
      link = nil
      withSide(end) { side in
        side.isOpen = false
        side.calls.failAll(.canceled, &wakes)
        orphans.append(allOf: &side.messages)
      }
      withSide(end.peer) { side in
        side.state.update(clear: .writable, set: .peerClosed, &wakes)
        side.calls.failAll(.peerClosed, &wakes)
      }
    }
  }

  let kernel: Kernel
  let state = Guarded(State())

  init(in kernel: Kernel) {
    self.kernel = kernel
  }

  /// The way to the end that is in another process, if one is.
  var link: Link? { state.withLock { $0.link } }
}

extension ChannelPair.Side {
  /// Takes the first message out; with the last one the end is readable no more.
  mutating func popFirst() -> MessagePacket? {
    let message = messages.popFirst()
    if messages.isEmpty { state.signals.subtract(.readable) }
    return message
  }
}
