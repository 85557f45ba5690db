import ZirconLinux
import ZirconTypes

/// What the ends of a channel share.
///
/// Locking: one lock for both ends. No message is made, copied or destroyed under it.
private final class ChannelPair: Sendable {
  /// One end: its signals, what waits to be read there and who waits for replies.
  struct Side: ~Copyable {
    var state = SignalState(.writable)
    var messages = MessageQueue()
    var calls: CallList
    var isOpen = true

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

    mutating func withSide<Result: ~Copyable, Failure: Error>(
      _ end: End, _ body: (inout Side) throws(Failure) -> Result
    ) throws(Failure) -> Result {
      if end == .left { return try body(&left) }
      return try body(&right)
    }

    func isOpen(_ end: End) -> Bool { end == .left ? left.isOpen : right.isOpen }

    /// The last handle of `end` is gone: what was not read there goes to `orphans`.
    mutating func close(
      _ end: End, leaving orphans: inout MessageQueue, _ wakes: inout WakeList
    ) {
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

  let state = Guarded(State())
}

/// One end of a channel: messages wait here until they are read, whole and in order.
final class ChannelDispatcher: Dispatcher, @unchecked Sendable {
  private let pair: ChannelPair
  private let end: End
  private let peerKoid: Koid

  private init(koid: Koid, peerKoid: Koid, pair: ChannelPair, end: End) {
    self.pair = pair
    self.end = end
    self.peerKoid = peerKoid
    super.init(koid: koid, type: .channel)
  }

  /// Makes both ends.
  static func makePair(in kernel: Kernel) -> (ChannelDispatcher, ChannelDispatcher) {
    let pair = ChannelPair()
    let (left, right) = (kernel.nextKoid(), kernel.nextKoid())
    return (
      ChannelDispatcher(koid: left, peerKoid: right, pair: pair, end: .left),
      ChannelDispatcher(koid: right, peerKoid: left, pair: pair, end: .right)
    )
  }

  override var relatedKoid: Koid { peerKoid }

  override func withObservers(_ body: (inout ObserverList, Signals) -> Void) {
    pair.state.withLock { state in
      state.withSide(end) { body(&$0.state.observers, $0.state.signals) }
    }
  }

  override func signal(clear: Signals, set: Signals) {
    var wakes = WakeList()
    pair.state.withLock { state in
      state.withSide(end) { $0.state.update(clear: clear, set: set, &wakes) }
    }
    wakes.deliver()
  }

  override func signalPeer(clear: Signals, set: Signals) throws(Status) {
    try checkSettable(clear: clear, set: set)
    var wakes = WakeList()
    let isOpen = pair.state.withLock { state in
      guard state.isOpen(end.peer) else { return false }
      state.withSide(end.peer) { $0.state.update(clear: clear, set: set, &wakes) }
      return true
    }
    wakes.deliver()
    guard isOpen else { throw .peerClosed }
  }

  override func lastHandleClosed(leaving orphans: inout MessageQueue) {
    var wakes = WakeList()
    pair.state.withLock { $0.close(end, leaving: &orphans, &wakes) }
    wakes.deliver()
  }

  override func cancelCalls() {
    var wakes = WakeList()
    pair.state.withLock { state in state.withSide(end) { $0.calls.failAll(.canceled, &wakes) } }
    wakes.deliver()
  }

  /// Messages waiting to be read at this end; takes the lock.
  var queuedCount: Int {
    pair.state.withLock { state in state.withSide(end) { $0.messages.count } }
  }
}

// MARK: Messages

/// What a read has found.
enum ReadMessage: ~Copyable {
  /// The message, out of its queue.
  case taken(MessagePacket)
  /// One that does not fit, of these sizes; out of its queue only to be discarded.
  case tooLarge(MessageSize, discarded: MessagePacket?)
}

extension ChannelDispatcher {
  /// Queues `message` at the other end, or hands it to the call there that it answers.
  ///
  /// - Throws: `peerClosed`; then the message and its handles are gone.
  func write(_ message: consuming MessagePacket) throws(Status) {
    // Safety: the block is adopted again on either path, once.
    let block = unsafe message.giveBlock()
    var wakes = WakeList()
    let isOpen = pair.state.withLock { state in
      guard state.isOpen(end.peer) else { return false }
      state.withSide(end.peer) { unsafe $0.accept(MessagePacket(adopting: block), &wakes) }
      return true
    }
    wakes.deliver()
    guard !isOpen else { return }
    unsafe MessagePacket(adopting: block).close()
    throw .peerClosed
  }

  /// Takes the first message if it fits, or to be discarded if it does not.
  ///
  /// - Throws: Without a message: `peerClosed` if the other end is closed, else `shouldWait`.
  func read(into room: MessageRoom, mayDiscard: Bool) throws(Status) -> ReadMessage {
    try pair.state.withLock { (state) throws(Status) -> ReadMessage in
      let isPeerOpen = state.isOpen(end.peer)
      return try state.withSide(end) { (side) throws(Status) -> ReadMessage in
        guard let size = side.messages.nextSize else {
          throw isPeerOpen ? .shouldWait : .peerClosed
        }
        guard room.holds(size) else {
          return .tooLarge(size, discarded: mayDiscard ? side.popFirst() : nil)
        }
        guard let packet = side.popFirst() else { throw .internal }
        return .taken(packet)
      }
    }
  }

  /// Sends `message` under a name of its own and waits for the answer, at most until `deadline`.
  ///
  /// - Throws: `peerClosed`, also while waiting; `timedOut`; `canceled` if this end is closed or sent
  ///   elsewhere meanwhile.
  func call(_ message: consuming MessagePacket, until deadline: Deadline) throws(Status)
    -> MessagePacket
  {
    // Safety: the block is adopted again on every path, once.
    let block = unsafe message.giveBlock()
    return try Waiter.withWaiter(.channel) { (waiter) throws(Status) -> MessagePacket in
      var call = PendingCall(waiter: waiter)
      // Safety: taken out of the list before this frame goes.
      return try unsafe withUnsafeMutablePointer(to: &call) { (call) throws(Status) in
        try unsafe start(call, sending: block)
        waiter.sleep(until: deadline)
        return try unsafe finish(call)
      }
    }
  }

  /// Sends the request and lets `call` wait for its answer, in one step.
  @unsafe
  private func start(
    _ call: UnsafeMutablePointer<PendingCall>,
    sending block: UnsafeMutablePointer<MessagePacket.Header>
  ) throws(Status) {
    var wakes = WakeList()
    let refusal: Status? = pair.state.withLock { state in
      guard state.isOpen(end.peer) else { return .peerClosed }
      guard state.isOpen(end) else { return .canceled }
      let request = unsafe MessagePacket(adopting: block)
      request.setTransaction(state.withSide(end) { unsafe $0.calls.add(call) })
      let again = unsafe request.giveBlock()
      state.withSide(end.peer) { unsafe $0.accept(MessagePacket(adopting: again), &wakes) }
      return nil
    }
    wakes.deliver()
    guard let refusal else { return }
    unsafe MessagePacket(adopting: block).close()
    throw refusal
  }

  /// What became of `call`; from here on nobody reaches it.
  @unsafe
  private func finish(_ call: UnsafeMutablePointer<PendingCall>) throws(Status) -> MessagePacket {
    pair.state.withLock { state in state.withSide(end) { unsafe $0.calls.remove(call) } }
    switch unsafe call.pointee.outcome {
    case .reply(let block): return unsafe MessagePacket(adopting: block)
    case .failed(let status): throw status
    case .pending: throw .internal
    }
  }
}

extension ChannelPair.Side {
  /// Takes the first message out; with the last one the end is readable no more.
  fileprivate mutating func popFirst() -> MessagePacket? {
    let message = messages.popFirst()
    if messages.isEmpty { state.signals.subtract(.readable) }
    return message
  }
}
