import ZirconLinux
import ZirconTypes

// MARK: The end of it

extension Link {
  /// The object is closed: what waits is still sent.
  func close() {
    owner.withLock { $0 = nil }
    outbox.withLock { $0.isClosing = true }
    update()
  }

  /// The end moves on: gives its wire away, with what is still to be sent over it.
  ///
  /// `takeMessages` gives what has come and was not read.
  func depart(
    _ takeMessages: () throws(Status) -> MessageQueue
  ) throws(Status) -> DepartedLink {
    let departed = try inbox.withLock { (inbox) throws(Status) in
      try outbox.withLock { (outbox) throws(Status) in
        let messages = try takeMessages()
        let wasDown = inbox.isDown
        inbox.isDown = true
        outbox.isDown = true
        var earlier = LentDescriptors()
        while let descriptor = inbox.earlier.takeFirst() {
          DescriptorLender.lend(descriptor, to: &earlier)
        }
        return DepartedLink(
          wire: outbox.wire, isPrelude: outbox.isHeld && !wasDown, received: messages,
          unsent: outbox.records.removeAll(), earlier: earlier)
      }
    }
    owner.withLock { $0 = nil }
    update()
    return departed
  }
}

/// An end on its way out, as what will be a link elsewhere.
struct Departure {
  let wire: Wire
  /// Whether what comes over the wire first is what was queued here.
  let isPrelude: Bool
  /// Carries that, once the handle is in its parcel.
  let prelude: Link?
}

/// What a link gives away.
struct DepartedLink: ~Copyable {
  let wire: Wire
  let isPrelude: Bool
  var received: MessageQueue
  let unsent: [OutgoingRecord]
  /// Of a message the rest of which is still with Linux.
  let earlier: LentDescriptors

  /// The end as it goes; what was queued goes first.
  ///
  /// - Throws: `noMemory`, only without `reserve`; then what was queued is lost.
  consuming func makeDeparture(
    _ reserve: (Link, Wire)?, _ first: [OutgoingRecord] = [], in kernel: Kernel
  ) throws(Status) -> Departure {
    let (bare, isPrelude) = (wire, self.isPrelude)
    guard let (prelude, wire) = try makePrelude(reserve, first, in: kernel) else {
      return Departure(wire: bare, isPrelude: isPrelude, prelude: nil)
    }
    return Departure(wire: wire, isPrelude: true, prelude: prelude)
  }

  /// A link that carries `first` and what was queued, and ends with the wire itself; nil if there is nothing
  /// to carry.
  ///
  /// - Throws: `noMemory`, only without `reserve`; then what was queued is lost.
  private consuming func makePrelude(
    _ reserve: (Link, Wire)?, _ first: [OutgoingRecord], in kernel: Kernel
  ) throws(Status) -> (Link, Wire)? {
    if first.isEmpty && received.isEmpty && unsent.isEmpty && earlier.count == 0 { return nil }
    var messages = received
    let ends: (Link, Wire)
    do throws(Status) {
      if let reserve { ends = reserve } else { ends = try Link.makePair(in: kernel) }
    } catch {
      messages.close()
      throw error
    }
    for record in unsent { record.markOutgoing() }
    let moved = MessageHeader(.moved, flags: isPrelude ? .prelude : [])
    let parcel = Parcel(forwarding: [], handleCount: 0, wire.lent)
    ends.0.load(first)
    ends.0.load(&messages)
    ends.0.load(unsent)
    if earlier.count > 0 {
      ends.0.load([
        OutgoingRecord(
          MessageHeader(.descriptors), nil,
          Parcel(forwarding: [], handleCount: 0, earlier))
      ])
    }
    ends.0.load([OutgoingRecord(moved, nil, parcel)])
    return ends
  }
}
