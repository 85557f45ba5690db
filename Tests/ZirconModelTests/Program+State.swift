import TestSupport

/// Steps that ask for, or set, the state of sockets: waits, dispositions, properties, info.
extension Program {
  // MARK: Waits

  mutating func waitOneStep(_ model: KernelModel, _ end: EndID) -> Step {
    let handle = handle(model, end, Right.wait, odd: 25)
    let mask = waitMask()
    let polled = Result { () throws(StatusCode) in try model.poll(handle, mask).status }
    return .waitOne(
      handle: handle, mask: mask, deadlineChoice(isSatisfied: polled == .success(.ok)),
      observed: optionalOut(bad: 10))
  }

  mutating func deadlineChoice(isSatisfied: Bool) -> DeadlineChoice {
    if isSatisfied, random.chance(30) { return .ahead }
    return random.pick([.zero, .zero, .past, .infinitePast])
  }

  mutating func waitManyStep(_ model: KernelModel, _ open: [EndID]) -> Step {
    if random.chance(5) {
      return .waitMany(
        [], .zero, .unreadable(random.pick([.null, .lowest, .nonCanonical, .forbidden])))
    }
    var items: [Step.WaitItem] = []
    let count = random.chance(7) ? 65 : random.chance(10) ? 64 : random.below(6)
    for _ in 0..<count {
      let handle = handle(model, random.pick(open), Right.wait, odd: count > 10 ? 0 : 17)
      items.append(Step.WaitItem(handle: handle, mask: waitMask()))
    }
    let polled = Result { () throws(StatusCode) in
      try model.pollMany(items.map { ($0.handle, $0.mask) }).status
    }
    return .waitMany(items, deadlineChoice(isSatisfied: polled == .success(.ok)), .none)
  }

  // MARK: Dispositions, properties, info

  mutating func dispositionStep(_ model: KernelModel, _ end: EndID) -> Step {
    let handle = handle(model, end, Right.manageSocket, odd: 33)
    let pairs: [(UInt32, UInt32)] =
      switch random.weighted([22, 60, 8, 10]) {
      case 0: [(1, 0), (0, 1), (1, 0), (0, 1), (1, 1), (1, 2), (2, 1)]
      case 1: [(2, 0), (0, 2), (2, 2)]
      case 2: [(0, 0)]
      default: [(3, 0), (0, 3), (1336, 0), (0, 1336), (UInt32.max, 1), (2, 4), (4, 4)]
      }
    let pair = random.pick(pairs)
    return .setDisposition(handle: handle, own: pair.0, peer: pair.1)
  }

  /// A pair that nothing can move through is mostly opened again soon.
  mutating func recoveryStep(_ model: KernelModel, _ end: EndID) -> Step? {
    let pair = model.pairs[end.pair]
    let isDisabled = pair.ends[end.side].signals & Signal.writeDisabled != 0
    guard isDisabled, pair.used(at: end.peer.side) == 0, random.chance(18) else { return nil }
    return .setDisposition(
      handle: handle(model, end, Right.manageSocket, odd: 5), own: SocketConstant.enable, peer: 0)
  }

  mutating func propertyNumber() -> UInt32 {
    random.chance(75)
      ? random.pick([Property.readThreshold, Property.writeThreshold])
      : random.pick([Property.name, Property.name, 0, 1, 9, 14, 999, UInt32.max])
  }

  mutating func setPropertyStep(_ model: KernelModel, _ end: EndID) -> Step {
    let handle = handle(model, end, Right.setProperty, odd: 25)
    let property = propertyNumber()
    var number = thresholdNumber(model, end)
    if case .end(let end)? = model.find(handle)?.object,
      !model.pairs[end.pair].ends[end.peer.side].isOpen, property == Property.writeThreshold
    {
      // Which of PEER_CLOSED and INVALID_ARGS comes first differs between Zircon's versions.
      number = min(number, UInt(SocketConstant.capacity))
    }
    let place: Place? =
      random.chance(10)
      ? random.pick([
        .null, .lowest, .nonCanonical, .forbidden, .source(ProgramMemory.byteCount - 4),
      ]) : nil
    let byteCount = random.chance(86) ? 8 : random.pick([0, 1, 4, 7, 9, 16, 4096, -1])
    return .setProperty(
      handle: handle, property: property, number: number, place, byteCount: byteCount)
  }

  mutating func thresholdNumber(_ model: KernelModel, _ end: EndID) -> UInt {
    let used = model.pairs[end.pair].used(at: end.side)
    let free = model.pairs[end.pair].free(at: end.peer.side)
    let capacity = SocketConstant.capacity
    switch random.below(8) {
    case 0: return 0
    case 1: return UInt(random.within(1...64))
    case 2: return UInt(random.within(1...capacity))
    case 3: return UInt(max(used + random.within(-1...1), 0))
    case 4: return UInt(max(free + random.within(-1...1), 0))
    case 5: return random.pick([1, UInt(capacity), UInt(capacity) - 1])
    default:
      return random.chance(40)
        ? random.pick([UInt(capacity) + 1, 0xEFFF_FFFF, UInt.max])
        : UInt(random.within(1...30_000))
    }
  }

  mutating func getPropertyStep(_ model: KernelModel, _ end: EndID) -> Step {
    let property = propertyNumber()
    let sizes = [0, 4, 7, 9, 31, 32, 4096, -1]
    let byteCount = random.chance(20) ? random.pick(sizes) : property == Property.name ? 32 : 8
    return .getProperty(
      handle: handle(model, end, Right.getProperty, odd: 30), property: property,
      random.chance(85) ? goodOut() : random.pick(OutPlace.bad + [.null]), byteCount: byteCount)
  }

  mutating func infoStep(_ model: KernelModel, _ end: EndID) -> Step {
    let topic: UInt32 =
      switch random.weighted([40, 20, 20, 8, 12]) {
      case 0: Topic.socket
      case 1: Topic.handleBasic
      case 2: Topic.handleCount
      case 3: Topic.handleValid
      default:
        random.pick([0, 200, Topic.socket | 1 << 28, Topic.handleBasic | 1 << 28, UInt32.max])
      }
    let place: Place =
      random.chance(85)
      ? .sink(random.below(4096))
      : random.pick([
        .null, .lowest, .nonCanonical, .forbidden, .source(0), .sink(ProgramMemory.byteCount - 3),
      ])
    let byteCount = random.chance(75) ? 48 : random.pick([0, 3, 4, 31, 32, 47, 49, 4096, -1])
    return .getInfo(
      handle: handle(model, end, Right.inspect, odd: 35), topic: topic, place,
      byteCount: byteCount, actual: optionalOut(bad: 4), available: optionalOut(bad: 4))
  }
}
