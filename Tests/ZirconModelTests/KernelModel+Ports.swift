/// Calls on ports, and what signals do to them.
extension KernelModel {
  // MARK: Observers

  /// Does what the contract puts into no order.
  mutating func withOpenOrder(_ body: (inout KernelModel) -> Void) {
    let wasOpen = isOrderOpen
    isOrderOpen = true
    body(&self)
    isOrderOpen = wasOpen
    if !wasOpen { moment += 1 }
  }

  /// Shows the observers of `objects` what has risen, one object after the other.
  mutating func deliver(_ objects: [ObjectID]) {
    for object in objects {
      for rise in takeRises(of: object) { fire(object, rise) }
      if !isOrderOpen { moment += 1 }
    }
  }

  /// Leaves open what the packets of this moment, which is a batch's, show of its other operations.
  mutating func settleBatch() {
    for index in ports.indices {
      var port = ports[index]
      port.settleBatch(moment) { signals(of: $0) }
      ports[index] = port
    }
  }

  /// Every wait that matches the whole word, newest first.
  private mutating func fire(_ object: ObjectID, _ rise: SignalWord.Rise) {
    var fired: [AsyncWait] = []
    for index in waits.indices.reversed()
    where waits[index].object == object && waits[index].mask & rise.word != 0 {
      fired.append(waits.remove(at: index))
    }
    for wait in fired {
      queue(wait, rise.word)
      if wait.mask & rise.risen == 0 { met.append(.firedByAnotherBit) }
      if !isInTable(wait.handle) { met.append(.firedInFlight) }
    }
    if fired.count > Set(fired.map(\.port)).count { met.append(.firedTogether) }
  }

  /// Whether a handle is live, rather than in a message or gone.
  func isInTable(_ identity: Int) -> Bool { handles.contains { $0.identity == identity } }

  private mutating func queue(_ wait: AsyncWait, _ word: UInt32) {
    let clocks = PortConstant.timestamp | PortConstant.bootTimestamp
    ports[wait.port].append(
      ModelPacket(
        key: wait.key, type: PortConstant.signalPacket,
        payload: [UInt64(wait.mask) | UInt64(word) << 32, 1, 0, 0],
        hasTime: wait.options & clocks != 0, handle: wait.handle, object: wait.object,
        moment: moment))
  }

  // MARK: Calls

  private func lookUpPort(_ value: UInt32, _ rights: UInt32) throws(StatusCode) -> Int {
    guard case .port(let index) = try lookUp(value, type: ObjectType.port, rights) else {
      throw .wrongType
    }
    return index
  }

  /// Source: `zx_object_wait_async`.
  mutating func waitAsync(
    _ value: UInt32, port: UInt32, key: UInt64, mask: UInt32, options: UInt32
  ) -> StatusCode {
    let clocks = PortConstant.timestamp | PortConstant.bootTimestamp
    guard options & ~(clocks | PortConstant.edge) == 0 else { return .invalidArgs }
    guard options & clocks != clocks else { return .invalidArgs }
    do throws(StatusCode) {
      let port = try lookUpPort(port, Right.write)
      let handle = try lookUp(value, Right.wait)
      let wait = AsyncWait(
        port: port, key: key, mask: mask, options: options, handle: handle.identity,
        object: handle.object)
      let word = signals(of: handle.object)
      if options & PortConstant.edge == 0, mask & word != 0 {
        queue(wait, word)
        moment += 1
      } else {
        waits.append(wait)
      }
      return .ok
    } catch {
      return error
    }
  }

  /// Source: `zx_port_queue`; `packet` is nothing if it cannot be read.
  mutating func queue(_ value: UInt32, _ packet: ModelPacket?) -> StatusCode {
    do throws(StatusCode) {
      let port = try lookUpPort(value, Right.write)
      guard var packet else { return .invalidArgs }
      guard ports[port].userCount < PortConstant.userPackets else { return .shouldWait }
      packet.type = PortConstant.userPacket
      packet.moment = moment
      ports[port].append(packet)
      moment += 1
      return .ok
    } catch {
      return error
    }
  }

  /// Source: `zx_port_wait` up to the taking of a packet.
  func portToTakeFrom(_ value: UInt32) throws(StatusCode) -> Int {
    let port = try lookUpPort(value, Right.read)
    guard !ports[port].queue.isEmpty else { throw .timedOut }
    return port
  }

  /// Source: `zx_port_cancel`.
  mutating func cancel(_ value: UInt32, source: UInt32, key: UInt64) -> StatusCode {
    do throws(StatusCode) {
      let port = try lookUpPort(value, Right.write)
      let source = try lookUp(source, Right.wait).identity
      let count = waits.count
      waits.removeAll { $0.port == port && $0.key == key && $0.handle == source }
      let isQueued = ports[port].remove { $0.key == key && $0.handle == source }
      return isQueued || waits.count < count ? .ok : .notFound
    } catch {
      return error
    }
  }

  /// Source: `zx_port_cancel_key`.
  mutating func cancelKey(_ value: UInt32, options: UInt32, key: UInt64) -> StatusCode {
    guard options == 0 else { return .invalidArgs }
    do throws(StatusCode) {
      let port = try lookUpPort(value, Right.write)
      let count = waits.count
      waits.removeAll { $0.port == port && $0.key == key }
      let isQueued = ports[port].remove { $0.key == key }
      return isQueued || waits.count < count ? .ok : .notFound
    } catch {
      return error
    }
  }

  // MARK: What the contract leaves open

  /// Whether it is open what becomes of some wait when `handles` end: its handle ends by the same call
  /// that closes the peer of its object.
  func isOrderDecisive(ending handles: [ModelHandle]) -> Bool {
    var ended = handles
    var left = counts
    var closed: Set<ObjectID> = []
    var index = 0
    while index < ended.count {
      let object = ended[index].object
      index += 1
      left[object, default: 0] -= 1
      guard left[object] == 0 else { continue }
      closed.insert(object)
      if case .channelEnd(let end) = object {
        ended += channels[end.pair].ends[end.side].messages.flatMap(\.handles)
      }
    }
    let identities = Set(ended.map(\.identity))
    return waits.contains { wait in
      identities.contains(wait.handle) && wait.object.peer.map(closed.contains) == true
    }
  }
}
