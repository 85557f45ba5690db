import ZirconLinux
import ZirconTypes

/// One end of a channel: messages wait here until they are read, whole and in order.
final class ChannelDispatcher: PeeredDispatcher<ChannelPair>, @unchecked Sendable {
  override var relatedKoid: Koid {
    super.relatedKoid == .invalid ? learnPeerKoid() : super.relatedKoid
  }

  override func checkDeparture() throws(Status) { try checkQueueDeparture(through: nil) }

  override func depart(
    into parcel: inout Parcel, rights: Rights, isLast: Bool
  ) throws(Status) {
    guard isLast else { throw .notSupported }
    let departure = try leave(&parcel, announcing: false)
    parcel.append(
      self, rights: rights, signals: departure.signals,
      body: departure.isPrelude ? [Parcel.preludeMark] : [], departure.wire.lent)
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
    let route = pair.state.withLock { state -> Route in
      guard state.isOpen(end.peer) else { return .closed }
      if let link = state.link { return .link(link) }
      state.withSide(end.peer) { unsafe $0.accept(MessagePacket(adopting: block), &wakes) }
      return .here
    }
    wakes.deliver()
    switch route {
    case .here: return
    case .closed:
      unsafe MessagePacket(adopting: block).close()
      throw .peerClosed
    case .link(let link):
      try unsafe send(MessagePacket(adopting: block), over: link)
    }
  }

  /// Takes the first message if it fits, or to be discarded if it does not.
  ///
  /// - Throws: Without a message: `noResources` if there is one for which this process has no
  ///   descriptors, `peerClosed` if the other end is closed, else `shouldWait`.
  func read(into room: MessageRoom, mayDiscard: Bool) throws(Status) -> ReadMessage {
    var link: Link?
    if let found = try takeFirst(into: room, mayDiscard: mayDiscard, &link) { return found }
    // The first message can only be with Linux still.
    link?.pump()
    if let found = try takeFirst(into: room, mayDiscard: mayDiscard, &link) { return found }
    throw link?.isStuck == true ? .noResources : .shouldWait
  }

  /// The same with the messages that have been taken over; without any `link` is the way to more, or
  /// nobody sends more.
  private func takeFirst(
    into room: MessageRoom, mayDiscard: Bool, _ link: inout Link?
  ) throws(Status) -> ReadMessage? {
    try pair.state.withLock { (state) throws(Status) -> ReadMessage? in
      let isPeerOpen = state.isOpen(end.peer)
      link = state.link
      let isLinked = link != nil
      return try state.withSide(end) { (side) throws(Status) -> ReadMessage? in
        guard let size = side.messages.nextSize else {
          if isLinked { return nil }
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
        // What has come and nobody has looked at yet is in time.
        pair.link?.pump()
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
    var link: Link?
    let refusal: Status? = pair.state.withLock { state in
      guard state.isOpen(end.peer) else { return .peerClosed }
      guard state.isOpen(end) else { return .canceled }
      let request = unsafe MessagePacket(adopting: block)
      request.setTransaction(state.withSide(end) { unsafe $0.calls.add(call) })
      let again = unsafe request.giveBlock()
      link = state.link
      guard link == nil else { return nil }
      state.withSide(end.peer) { unsafe $0.accept(MessagePacket(adopting: again), &wakes) }
      return nil
    }
    wakes.deliver()
    if let refusal {
      unsafe MessagePacket(adopting: block).close()
      throw refusal
    }
    guard let link else { return }
    do throws(Status) {
      try unsafe send(MessagePacket(adopting: block), over: link)
    } catch {
      pair.state.withLock { state in state.withSide(end) { unsafe $0.calls.remove(call) } }
      throw error
    }
    link.update()
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
