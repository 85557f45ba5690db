import TestSupport

/// Steps about ports.
extension Program {
  mutating func portStep(_ model: KernelModel) -> Step {
    let isFull = model.ports.contains { $0.queue.count > 60 }
    switch random.weighted([150, isFull ? 200 : 85, 58, 70, isFull ? 120 : 60, 1]) {
    case 0: return waitAsyncStep(model)
    case 1: return portWaitStep(model)
    case 2: return queueStep(model)
    case 3: return cancelStep(model)
    case 4:
      return .port(
        .cancelKey(
          handle: port(model, Right.write), options: random.chance(88) ? 0 : random.pick([1, 4]),
          key: knownKey(model)))
    default: return floodStep(model)
    }
  }

  private mutating func port(_ model: KernelModel, _ right: UInt32) -> UInt32 {
    handle(model, right, odd: 26, of: \.isPort)
  }

  private mutating func key() -> UInt64 {
    random.chance(95) ? UInt64(random.below(12)) : random.next()
  }

  /// A key that is mostly one of a packet or wait.
  private mutating func knownKey(_ model: KernelModel) -> UInt64 {
    if let port = model.ports.last(where: { $0.userCount > 1000 }), random.chance(60) {
      return port.queue[port.queue.count - 1].key
    }
    let known = model.waits.map(\.key) + model.ports.flatMap { $0.queue.prefix(20).map(\.key) }
    return known.isEmpty || random.chance(60) ? key() : random.pick(known)
  }

  private mutating func waitAsyncStep(_ model: KernelModel) -> Step {
    if model.waits.count > 50 {
      return .port(
        .cancelKey(handle: port(model, Right.write), options: 0, key: knownKey(model)))
    }
    let options: UInt32 =
      switch random.below(10) {
      case 0: random.pick([5, 7, 8, 20, 0x8000_0000])
      case 1: random.pick([1, 4])
      case 2: random.pick([3, 6])
      case 3...5: 2
      default: 0
      }
    // Several waits on one object, each for what it does not show yet.
    let known = random.chance(50) ? model.waits.last?.object : nil
    let source = handle(model, Right.wait, odd: 7) { object in
      known.map { $0 == object } ?? !object.isPort
    }
    let keys = (0..<(random.chance(25) ? random.within(2...4) : 1)).map { _ in key() }
    var mask = anyMask()
    if let object = model.find(source)?.object, random.chance(60), options & 2 == 0 {
      mask &= ~model.signals(of: object)
    } else if let object = model.find(source)?.object, random.chance(50), options & 2 != 0 {
      mask = model.signals(of: object)
    }
    return .port(
      .waitAsync(
        handle: source, port: port(model, Right.write), keys: keys, mask: mask, options: options))
  }

  private mutating func portWaitStep(_ model: KernelModel) -> Step {
    let handle = port(model, Right.read)
    let waiting = (try? model.portToTakeFrom(handle)).map { model.ports[$0] }
    var place = Place.sink(random.below(4096))
    // Which of several packets gets lost would be open.
    if random.chance(16), waiting?.candidates.count ?? 0 < 2 {
      place = random.pick([
        .null, .lowest, .nonCanonical, .forbidden, .source(8),
        .sink(ProgramMemory.byteCount - 20),
      ])
    }
    return .port(.wait(handle: handle, deadlineChoice(isSatisfied: waiting != nil), place))
  }

  private mutating func queueStep(_ model: KernelModel) -> Step {
    let bad: [Place] = [
      .null, .lowest, .nonCanonical, .forbidden, .sink(ProgramMemory.byteCount - 47),
    ]
    return .port(
      .queue(
        handle: port(model, Right.write), key: key(),
        type: random.pick([0, 0, 1, 5, 9, UInt32.max]), status: random.pick([0, -3, 7, Int32.min]),
        seed: random.next(), random.chance(16) ? random.pick(bad) : nil))
  }

  private mutating func cancelStep(_ model: KernelModel) -> Step {
    var handle = port(model, Right.write)
    var source = self.handle(model, Right.wait, odd: 12) { !$0.isPort }
    var key = knownKey(model)
    let live = model.handles
    let index = random.below(max(model.ports.count, 1))
    if random.chance(60), model.ports.indices.contains(index) {
      // A registration that is there, through its handle or another one of the same object.
      let found =
        model.waits.filter { $0.port == index }.map { ($0.handle, $0.object, $0.key) }
        + model.ports[index].queue.prefix(20).compactMap { packet in
          guard let handle = packet.handle, let object = packet.object else { return nil }
          return (handle, object, packet.key)
        }
      let own = live.filter { $0.object == .port(index) }
      if !found.isEmpty, !own.isEmpty {
        let (identity, object, itsKey) = random.pick(found)
        handle = random.pick(own).value
        key = itsKey
        let same = live.filter { $0.identity == identity }
        let others = live.filter { $0.object == object }
        if !same.isEmpty, random.chance(75) {
          source = same[0].value
        } else if !others.isEmpty {
          source = random.pick(others).value
        }
      }
    }
    return .port(.cancel(handle: handle, source: source, key: key))
  }

  /// Fills a port; mostly the packets go again by their key.
  private mutating func floodStep(_ model: KernelModel) -> Step {
    let able = model.handles.filter { $0.object.isPort && $0.has(Right.write) }
    guard !able.isEmpty, random.chance(60) else { return queueStep(model) }
    return .port(.flood(handle: random.pick(able).value, key: 1000))
  }
}
