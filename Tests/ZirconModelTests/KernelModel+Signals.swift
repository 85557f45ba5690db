/// Signals of all kinds of objects, and waits for them that do not last.
extension KernelModel {
  func signals(of object: ObjectID) -> UInt32 {
    switch object {
    case .end(let end): pairs[end.pair].ends[end.side].signals
    case .event(let index): events[index].value
    case .eventPairEnd(let end): eventPairs[end.pair].words[end.side].value
    case .channelEnd(let end): channels[end.pair].ends[end.side].word.value
    case .port: 0
    }
  }

  func isOpen(_ object: ObjectID) -> Bool { counts[object, default: 0] > 0 }

  private mutating func update(_ object: ObjectID, clear: UInt32, set: UInt32) {
    switch object {
    case .end(let end): pairs[end.pair].signal(end.side, clear: clear, set: set)
    case .event(let index): events[index].update(clear: clear, set: set)
    case .eventPairEnd(let end):
      eventPairs[end.pair].words[end.side].update(clear: clear, set: set)
    case .channelEnd(let end):
      channels[end.pair].ends[end.side].word.update(clear: clear, set: set)
    case .port: return
    }
    deliver([object])
  }

  /// What observers of `object` are to be shown, once.
  mutating func takeRises(of object: ObjectID) -> [SignalWord.Rise] {
    switch object {
    case .end(let end): pairs[end.pair].ends[end.side].word.takeRises()
    case .event(let index): events[index].takeRises()
    case .eventPairEnd(let end): eventPairs[end.pair].words[end.side].takeRises()
    case .channelEnd(let end): channels[end.pair].ends[end.side].word.takeRises()
    case .port: []
    }
  }

  /// Source: `zx_object_signal`.
  mutating func signal(_ value: UInt32, clear: UInt32, set: UInt32) -> StatusCode {
    do throws(StatusCode) {
      let handle = try lookUp(value, Right.signal)
      guard (clear | set) & ~handle.object.settableSignals == 0 else { return .invalidArgs }
      update(handle.object, clear: clear, set: set)
      return .ok
    } catch {
      return error
    }
  }

  /// Source: `zx_object_signal_peer`.
  mutating func signalPeer(_ value: UInt32, clear: UInt32, set: UInt32) -> StatusCode {
    do throws(StatusCode) {
      let handle = try lookUp(value, Right.signalPeer)
      guard let peer = handle.object.peer else { return .notSupported }
      guard (clear | set) & ~peer.settableSignals == 0 else { return .invalidArgs }
      guard isOpen(peer) else { return .peerClosed }
      update(peer, clear: clear, set: set)
      return .ok
    } catch {
      return error
    }
  }

  /// Source: `zx_object_wait_one` with a deadline that has passed.
  func poll(
    _ value: UInt32, _ mask: UInt32
  ) throws(StatusCode) -> (status: StatusCode, observed: UInt32) {
    let word = signals(of: try lookUp(value, Right.wait).object)
    return (word & mask != 0 ? .ok : .timedOut, word)
  }

  /// Source: `zx_object_wait_many` with a deadline that has passed and readable, writable items.
  func pollMany(
    _ items: [(value: UInt32, mask: UInt32)]
  ) throws(StatusCode) -> (status: StatusCode, observed: [UInt32]) {
    guard items.count <= Limit.waitItems else { throw .outOfRange }
    var words: [UInt32] = []
    var status = StatusCode.timedOut
    for item in items {
      let polled = try poll(item.value, item.mask)
      if polled.status == .ok { status = .ok }
      words.append(polled.observed)
    }
    return (status, words)
  }
}
