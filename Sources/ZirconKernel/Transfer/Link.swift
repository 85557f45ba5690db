import Synchronization
import ZirconLinux
import ZirconTypes

/// The object whose other end a link leads to.
protocol LinkOwner: AnyObject, Sendable {
  /// Takes what the other process has sent, in order; with the link's inbox locked.
  ///
  /// - Returns: False for what no sender of ours sends to such an object; then the link ends.
  func take(
    _ kind: MessageHeader.Kind, _ header: MessageHeader, _ packet: consuming MessagePacket,
    _ wakes: inout WakeList
  ) -> Bool

  /// Something waits that has no room in this process for now; likewise.
  func linkIsStuck(_ wakes: inout WakeList)

  /// Nothing will come any more: the other end is closed; likewise.
  func linkEnded(_ wakes: inout WakeList)

  /// Whether somebody waits for what may come.
  var awaitsLink: Bool { get }

  /// Whether more may come now; else it stays with Linux.
  var hasRoom: Bool { get }
}

/// The line from one end of a peered object to the other end in another process.
///
/// What comes is taken over into the object by whoever looks at it, or by the reactor while somebody
/// waits. What Linux does not take for sending is kept here, in order, and sent later. Once the object is
/// closed the link goes on by itself until all is sent.
///
/// Locking: `watching`, then `inbox`, then `outbox`; the owner's lock comes after them.
final class Link: ReactorTarget {
  let kernel: Kernel
  let owner: Guarded<(any LinkOwner)?>
  let watching = Guarded(Watching())
  let inbox: Guarded<Inbox>
  let outbox: Guarded<Outbox>

  struct Watching {
    var wire: Wire?
    var watch: Reactor.Watch?
    var events: ReactorEvents = []
    var isRetrying = false
  }

  struct Inbox: ~Copyable {
    var wire: Wire
    /// Nothing comes any more.
    var isDown = false
    /// The first record waits for room in this process.
    var isStuck = false
    /// More has come than one look takes over.
    var hasMore = false
    /// Descriptors of the message that comes next.
    var earlier = ReceivedDescriptors()
  }

  struct Outbox: ~Copyable {
    var wire: Wire
    /// What waits, in order.
    var records = RecordQueue()
    /// Nothing can be sent any more.
    var isDown = false
    /// Nothing is sent yet: what comes over this wire is a prelude.
    var isHeld: Bool
    /// The object is closed; the link stays for what waits.
    var isClosing = false
    /// Linux lacked something at the last attempt.
    var isLacking = false
  }

  /// A link over `wire`, for `owner`, or for nobody: then it ends once all is sent.
  init(over wire: Wire, for owner: (any LinkOwner)?, isPrelude: Bool = false, in kernel: Kernel) {
    self.kernel = kernel
    self.owner = Guarded(owner)
    inbox = Guarded(Inbox(wire: wire))
    var outbox = Outbox(wire: wire, isHeld: isPrelude)
    outbox.isClosing = owner == nil
    self.outbox = Guarded(outbox)
  }

  /// A link for nobody yet, and the other end of its socket; the reactor runs from here on.
  ///
  /// - Throws: `noMemory`.
  static func makePair(in kernel: Kernel) throws(Status) -> (Link, Wire) {
    try linux { () throws(Errno) in
      try kernel.reactor.start()
      let (kept, given) = try MessageSocket.withPair { (Wire($0), Wire($1)) }
      return (Link(over: kept, for: nil, in: kernel), given)
    }
  }

  /// Says whose link it is, before anybody else has it.
  func setOwner(_ owner: any LinkOwner) {
    self.owner.withLock { $0 = owner }
    outbox.withLock { $0.isClosing = false }
  }

  /// Records that one look takes over: more than Linux queues.
  private static var recordsAtOnce: Int { 8192 }

  /// Whether the first record waits for room in this process.
  var isStuck: Bool { inbox.withLock { $0.isStuck } }
}

// MARK: Receiving

extension Link {
  /// Takes over all that has come; does not wait.
  func pump() {
    var wakes = WakeList()
    // What waited to be sent goes after the locks: it may be the last of other objects.
    var lost: [OutgoingRecord] = []
    let after = inbox.withLock { takeAll(&$0, &lost, &wakes) }
    wakes.deliver()
    switch after {
    case .done: break
    case .send: flush()
    case .finish: update()
    }
  }

  /// What is to be done once the locks are released.
  private enum Afterwards {
    case done
    /// There may be something to send that was held before.
    case send
    /// Nothing comes any more.
    case finish
  }

  private func takeAll(
    _ inbox: inout Inbox, _ lost: inout [OutgoingRecord], _ wakes: inout WakeList
  ) -> Afterwards {
    guard !inbox.isDown else { return .done }
    inbox.isStuck = false
    inbox.hasMore = false
    var after = Afterwards.done
    let owner = owner.withLock { $0 }
    for _ in 0..<Self.recordsAtOnce {
      if let owner, !owner.hasRoom { break }
      switch inbox.wire.socket.peek(limit: MessageHeader.maxTotal) {
      case .nothing:
        return after
      case .noRoom:
        inbox.isStuck = true
        owner?.linkIsStuck(&wakes)
        return after
      case .hungUp:
        return end(&inbox, owner, &lost, &wakes)
      case .record(let received):
        guard
          var record = ArrivedRecord.parse(received, earlierDescriptors: inbox.earlier.count)
        else {
          return end(&inbox, owner, &lost, &wakes)
        }
        // What several processes hold takes one more descriptor for a moment.
        let hasDescriptors = record.header.handleCount == 0 || Descriptor.isOneFree
        guard hasDescriptors, kernel.handles.hasRoom(for: Int(record.header.handleCount)) else {
          inbox.isStuck = true
          owner?.linkIsStuck(&wakes)
          return after
        }
        inbox.wire.socket.drop()
        if record.kind == .descriptors {
          inbox.earlier.append(record.descriptors.takeAll())
          continue
        }
        if record.kind == .moved {
          after = .send
        } else {
          var all = inbox.earlier.takeAll()
          all.append(record.descriptors.takeAll())
          record.descriptors = all
        }
        guard take(record, &inbox, owner, &wakes) else {
          return end(&inbox, owner, &lost, &wakes)
        }
      }
    }
    inbox.hasMore = true
    return after
  }

  /// - Returns: False for what no sender of ours sends.
  private func take(
    _ record: consuming ArrivedRecord, _ inbox: inout Inbox, _ owner: (any LinkOwner)?,
    _ wakes: inout WakeList
  ) -> Bool {
    let (kind, header) = (record.kind, record.header)
    do throws(Status) {
      if kind == .moved { return go(on: record, &inbox) }
      if header.flags.contains(.outgoing) {
        let outgoing = try record.forward()
        return outbox.withLock { outbox in
          guard outbox.isHeld else { return false }
          outbox.records.appendAhead(outgoing)
          return true
        }
      }
      let packet = try record.open(in: kernel)
      guard let owner else {
        packet.close()
        return true
      }
      return owner.take(kind, header, packet, &wakes)
    } catch {
      return false
    }
  }

  /// Goes on with the link that a prelude ends with.
  private func go(on record: consuming ArrivedRecord, _ inbox: inout Inbox) -> Bool {
    let isPrelude = record.header.flags.contains(.prelude)
    guard let descriptor = record.descriptors.takeFirst() else { return false }
    do throws(Errno) {
      let wire = Wire(try MessageSocket(descriptor))
      return outbox.withLock { outbox in
        guard outbox.isHeld else { return false }
        outbox.wire = wire
        outbox.isHeld = isPrelude
        inbox.wire = wire
        return true
      }
    } catch {
      return false
    }
  }

  /// The other end is closed, or not what it should be.
  private func end(
    _ inbox: inout Inbox, _ owner: (any LinkOwner)?, _ lost: inout [OutgoingRecord],
    _ wakes: inout WakeList
  ) -> Afterwards {
    inbox.isDown = true
    _ = inbox.earlier.takeAll()
    inbox.wire.socket.hangUp()
    lost = outbox.withLock { outbox in
      outbox.isDown = true
      return outbox.records.removeAll()
    }
    owner?.linkEnded(&wakes)
    return .finish
  }
}

// MARK: Sending

extension Link {
  /// Sends a record, or keeps it to be sent.
  ///
  /// - Throws: `peerClosed`; then nothing is left of it.
  func send(
    _ header: MessageHeader, _ message: consuming MessagePacket? = nil,
    _ parcel: Parcel = Parcel()
  ) throws(Status) {
    let record = OutgoingRecord(header, message, parcel)
    try send { () throws(Status) in record }
  }

  /// Sends the record that `make` makes at the moment when its place in line is known.
  ///
  /// - Throws: `peerClosed`, what `make` throws.
  func send(_ make: () throws(Status) -> OutgoingRecord) throws(Status) {
    var sent: [OutgoingRecord] = []
    let (isDown, mustWait) = try outbox.withLock { (outbox) throws(Status) in
      guard !outbox.isDown else { return (true, false) }
      outbox.records.append(try make())
      outbox.flush(&sent)
      return (outbox.isDown, outbox.mustWait)
    }
    if isDown {
      pump()
      throw .peerClosed
    }
    if mustWait { update() }
  }

  /// Puts what was queued at the departing end in front of all that will be sent.
  func load(_ messages: inout MessageQueue) {
    outbox.withLock { outbox in
      while let message = messages.popFirst() {
        outbox.records.append(OutgoingRecord(unsettled: message))
      }
    }
  }

  /// Adds records behind all others, without sending any.
  func load(_ records: [OutgoingRecord]) {
    outbox.withLock { outbox in for record in records { outbox.records.append(record) } }
  }

  /// Whether something waits to be sent, or may come to be sent.
  var hasBacklog: Bool { outbox.withLock { $0.isHeld || !$0.records.isEmpty } }

  /// Lets the handles of what waits depart, and sends what can be sent.
  func settle() {
    var links = [self]
    while let link = links.popLast() {
      while let record = link.outbox.withLock({ $0.records.firstUnsettled() }) {
        guard record.settle(&links) else { break }
      }
      link.flush()
    }
  }

  /// Sends what can be sent.
  func flush() {
    var sent: [OutgoingRecord] = []
    let isDown = outbox.withLock { outbox in
      let wasDown = outbox.isDown
      outbox.flush(&sent)
      return outbox.isDown && !wasDown
    }
    if isDown { pump() }
    update()
  }
}

extension Link.Outbox {
  /// Whether something waits for room with Linux.
  var mustWait: Bool { !isDown && !records.isEmpty }

  /// Sends what can be sent; what was sent goes to `sent`, to be dropped with no lock held.
  fileprivate mutating func flush(_ sent: inout [OutgoingRecord]) {
    guard !isHeld, !isDown else { return }
    isLacking = false
    while let record = records.first, record.isSettled.load(ordering: .acquiring) {
      switch record.transmit(over: wire) {
      case .sent:
        sent.append(record)
        records.removeFirst()
      case .full:
        return
      case .lacking, .tooLarge:
        isLacking = true
        return
      case .hungUp:
        isDown = true
        sent += records.removeAll()
        return
      }
    }
  }
}
