/// A packet in a port's queue.
struct ModelPacket: Equatable {
  var key: UInt64
  var type: UInt32
  var status: Int32 = 0
  /// The 32 bytes; a signal packet's time is 0 here.
  var payload: [UInt64]
  /// Whether a signal packet shows the time of its match.
  var hasTime = false
  /// The handle that a signal packet's wait was made through.
  var handle: Int?
  /// The object that a signal packet is about.
  var object: ObjectID?
  /// Packets of one moment are queued in an order that the contract leaves open, except those about
  /// one object.
  var moment: Int
  /// For a signal packet of a batch, which may be made of several operations as one: the signals that it
  /// shows or does not, since they changed at another operation than the one that fired it.
  var openSignals: UInt32 = 0

  var isUser: Bool { object == nil }

  /// The packet as `zx_port_packet_t`, in words.
  var words: [UInt64] {
    [key, UInt64(type) | UInt64(UInt32(bitPattern: status)) << 32] + payload
  }

  /// The word where a signal packet's signals lie: in its upper half those that were shown.
  static let signalsIndex = 2
  /// The word where a signal packet's time lies.
  static let timeIndex = 4
}

/// A port: packets, oldest first.
struct PortModel {
  private(set) var queue: [ModelPacket] = []
  private(set) var userCount = 0

  mutating func append(_ packet: ModelPacket) {
    queue.append(packet)
    if packet.isUser { userCount += 1 }
  }

  /// Where those packets lie that may be the oldest.
  var candidates: [Int] {
    var objects: Set<ObjectID> = []
    return queue.indices.prefix { queue[$0].moment == queue[0].moment }
      .filter { index in
        guard let object = queue[index].object, queue[index].openSignals == 0 else { return true }
        return objects.insert(object).inserted
      }
  }

  /// Says of the signal packets of `moment` that they belong to a batch, after which objects show `words`.
  mutating func settleBatch(_ moment: Int, _ words: (ObjectID) -> UInt32) {
    for index in queue.indices where queue[index].moment == moment {
      guard let object = queue[index].object else { continue }
      let shown = UInt32(truncatingIfNeeded: queue[index].payload[0] >> 32)
      queue[index].openSignals = shown ^ words(object)
    }
  }

  mutating func take(at index: Int) {
    if queue.remove(at: index).isUser { userCount -= 1 }
  }

  /// Removes what `isMeant` says; whether there was anything.
  mutating func remove(where isMeant: (ModelPacket) -> Bool) -> Bool {
    let count = queue.count
    queue.removeAll(where: isMeant)
    userCount = queue.count { $0.isUser }
    return queue.count < count
  }

  /// The last handle has gone.
  mutating func close() {
    queue = []
    userCount = 0
  }
}

/// An asynchronous wait that has not matched.
struct AsyncWait {
  var port: Int
  var key: UInt64
  var mask: UInt32
  var options: UInt32
  /// The handle it was made through.
  var handle: Int
  var object: ObjectID
}
