import TestSupport

/// Programs about ports and channels: which objects there are, and which call comes next.
extension Program {
  // MARK: Objects

  /// Makes what a program about messages needs and does not have.
  mutating func missingStep(_ model: KernelModel) -> Step? {
    func count(_ isMeant: (ObjectID) -> Bool) -> Int {
      Set(
        model.handles.filter { handle in
          isMeant(handle.object) && handle.rights == handle.object.defaultRights
            && handle.object.peer.map(model.isOpen) != false
        }.map(\.object)
      ).count
    }
    if count(\.isPort) < 1 {
      return .port(.create(options: 0, out: .stack, isKept: true))
    }
    if count(\.isEvent) < 2 { return .createEvent(options: 0, out: .stack, isKept: true) }
    if count(\.isEventPair) < 2 {
      return .createEventPair(options: 0, first: .stack, second: .heap, isKept: true)
    }
    if count(\.isChannel) < 3 {
      return .createChannel(options: 0, first: .stack, second: .heap, isKept: true)
    }
    if count(\.isEnd) < 2 { return keptSocket() }
    return reductionStep(model)
  }

  /// Handles with fewer rights, which channels and ports come by too seldom otherwise.
  private mutating func reductionStep(_ model: KernelModel) -> Step? {
    for right in [Right.read, Right.write] {
      func lacking(_ isMeant: (ObjectID) -> Bool) -> Bool {
        model.handles.contains { isMeant($0.object) && !$0.has(right) }
      }
      if !lacking(\.isPort),
        let port = model.handles.first(where: { $0.rights == Right.portDefault })
      {
        return .duplicate(handle: port.value, rights: port.rights & ~right, out: .stack)
      }
      let ends = model.handles.filter { $0.object.isChannel && $0.rights == Right.channelDefault }
      if !lacking(\.isChannel), let end = ends.last, ends.count > 3 {
        return .replace(handle: end.value, rights: end.rights & ~right, out: .stack)
      }
    }
    return nil
  }

  /// A handle of an endpoint whose peer is closed.
  mutating func lonely(_ model: KernelModel) -> UInt32? {
    let lonely = model.handles.filter { $0.object.peer.map(model.isOpen) == false }
    return lonely.isEmpty ? nil : random.pick(lonely).value
  }

  mutating func createPortStep(_ model: KernelModel) -> Step {
    let options: UInt32 =
      random.chance(75) ? random.pick([0, 1]) : random.pick([2, 3, 0x1234, UInt32.max])
    let ports = model.handles.count { $0.object.isPort }
    return .port(.create(options: options, out: newOut(), isKept: ports < 3))
  }

  mutating func createPeersStep(_ model: KernelModel) -> Step {
    let options: UInt32 = random.chance(75) ? 0 : random.pick([1, 2, 0x8000_0000, UInt32.max])
    if random.chance(50) {
      let ends = model.handles.count { $0.object.isEventPair }
      return .createEventPair(
        options: options, first: newOut(), second: newOut(), isKept: ends < 5)
    }
    let ends = model.handles.count { $0.object.isChannel }
    return .createChannel(options: options, first: newOut(), second: newOut(), isKept: ends < 7)
  }

  private mutating func newOut() -> OutPlace {
    random.chance(88) ? goodOut() : random.pick(OutPlace.bad + [.null])
  }

  // MARK: Choice of the call

  mutating func messageStep(_ model: KernelModel) -> Step {
    let weights =
      focus == .waits
      ? [550, 95, 115, 10, 28, 160, 60, 30, 15, 20, 65, 40]
      : [225, 270, 260, 18, 66, 130, 50, 25, 20, 20, 65, 70]
    switch random.weighted(weights) {
    case 0: return portStep(model)
    case 1: return writeStep(model)
    case 2: return readStep(model)
    case 3: return createPortStep(model)
    case 4: return createPeersStep(model)
    case 5:
      if random.chance(72), let step = raiseStep(model) { return step }
      let handle = handle(model, Right.signal, odd: 12) { !$0.isPort }
      return .signal(handle: handle, clear: signalMask(), set: signalMask())
    case 6:
      let handle = handle(model, Right.signalPeer, odd: 12) { $0.peer != nil }
      return .signalPeer(handle: handle, clear: signalMask(), set: signalMask())
    case 7: return waitAnyStep(model)
    case 8: return infoAnyStep(model)
    case 9: return dispositionOfAny(model)
    case 10: return tableOfAnyStep(model)
    default: return carryStep(model)
    }
  }

  /// Mostly bits that an event or eventpair has, so that waits match.
  private mutating func signalMask() -> UInt32 {
    random.chance(60) ? random.pick([Signal.signaled, 0x100_0000, 0x300_0000, 0]) : userMask()
  }

  /// Sets what some wait is for, itself or through the peer.
  private mutating func raiseStep(_ model: KernelModel) -> Step? {
    guard !model.waits.isEmpty else { return nil }
    let inFlight = model.waits.filter { !model.isInTable($0.handle) }
    let wait = random.pick(inFlight.isEmpty || random.chance(25) ? model.waits : inFlight)
    let wanted = wait.mask & wait.object.settableSignals & ~model.signals(of: wait.object)
    guard wanted != 0 else { return nil }
    if let handle = model.handles.first(where: {
      $0.object == wait.object && $0.has(Right.signal)
    }) {
      return .signal(handle: handle.value, clear: 0, set: wanted)
    }
    let peer = model.handles.first { $0.object.peer == wait.object && $0.has(Right.signalPeer) }
    return peer.map { .signalPeer(handle: $0.value, clear: 0, set: wanted) }
  }

  private mutating func dispositionOfAny(_ model: KernelModel) -> Step {
    let handle = handle(model, Right.manageSocket, odd: 10, of: \.isEnd)
    return .setDisposition(
      handle: handle, own: UInt32(random.below(3)), peer: UInt32(random.below(3)))
  }

  private mutating func waitAnyStep(_ model: KernelModel) -> Step {
    let handle = handle(model, Right.wait, odd: 15) { !$0.isPort }
    let mask = anyMask()
    let polled = Result { () throws(StatusCode) in try model.poll(handle, mask).status }
    return .waitOne(
      handle: handle, mask: mask, deadlineChoice(isSatisfied: polled == .success(.ok)),
      observed: optionalOut(bad: 10))
  }

  /// A mask for a wait on any kind of object.
  mutating func anyMask() -> UInt32 {
    switch random.below(10) {
    case 0: waitMask()
    case 1: Signal.signaled | Signal.peerClosed | Signal.user
    case 2: UInt32.max
    case 3, 4: Signal.signaled
    case 5: Signal.readable | Signal.peerClosed
    case 6: Signal.peerClosed
    default: random.pick([Signal.readable, 0x100_0000, 0x300_0000, Signal.writable])
    }
  }

  private mutating func infoAnyStep(_ model: KernelModel) -> Step {
    .getInfo(
      handle: handle(model, Right.inspect, odd: 20) { _ in true },
      topic: random.pick([Topic.handleBasic, Topic.handleBasic, Topic.handleCount, Topic.socket]),
      .sink(random.below(4096)), byteCount: 48, actual: optionalOut(bad: 4),
      available: optionalOut(bad: 4))
  }

  private mutating func tableOfAnyStep(_ model: KernelModel) -> Step {
    switch random.weighted([20, 12, 50, 10, 8]) {
    case 0: return closeStep(model)
    case 1: return .close(handle: random.pick(model.handles).value)
    case 2:
      let source = handle(model, Right.duplicate, odd: 12) { !$0.isChannel }
      let rights = model.find(source)?.rights ?? 0
      let asked = random.chance(70) ? Right.same : requestedRights(rights)
      return .duplicate(handle: source, rights: asked, out: newOut())
    case 3:
      let source = random.pick(model.handles)
      let asked = random.chance(80) ? Right.same : requestedRights(source.rights)
      return .replace(handle: source.value, rights: asked, out: newOut())
    default: return closeManyStep(model)
    }
  }

  // MARK: Handles

  /// A handle with `right` to an object that `isMeant` accepts; in `odd` of a hundred cases one that
  /// will not do.
  mutating func handle(
    _ model: KernelModel, _ right: UInt32, odd: Int, of isMeant: (ObjectID) -> Bool
  ) -> UInt32 {
    let live = model.handles
    let able = live.filter { isMeant($0.object) && $0.has(right) }
    if !able.isEmpty, !random.chance(odd) { return random.pick(able).value }
    switch random.weighted([36, 32, 14, 9, 9]) {
    case 0:
      let lacking = live.filter { isMeant($0.object) && !$0.has(right) }
      return random.pick(lacking.isEmpty ? live : lacking).value
    case 1:
      let other = live.filter { !isMeant($0.object) }
      return random.pick(other.isEmpty ? live : other).value
    case 2: return model.closedValues.isEmpty ? 0xBAD_C0FF : random.pick(model.closedValues)
    case 3: return 0
    default: return random.pick(live).value & ~3 | UInt32(random.below(3))
    }
  }

  // MARK: What the contract leaves open

  /// Whether the contract says what comes of `step`.
  func isDecided(_ step: Step, _ model: KernelModel) -> Bool {
    guard !model.waits.isEmpty else { return true }
    let values: [UInt32] =
      switch step {
      case .close(let handle), .replace(let handle, _, _): [handle]
      case .closeMany(let values, _): values
      case .writeChannel(let write): write.entries.map(\.handle)
      default: []
      }
    var handles = Set(values).compactMap { model.find($0) }
    if case .readChannel(let read) = step {
      handles += model.nextMessage(read.handle)?.handles ?? []
    }
    return handles.isEmpty || !model.isOrderDecisive(ending: handles)
  }
}
