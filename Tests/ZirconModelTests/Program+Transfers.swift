import TestSupport

/// Steps that move bytes.
extension Program {
  // MARK: Which end

  /// The end whose writes a transfer is about: mostly the first of each pair, so that its peer's
  /// buffer fills.
  private mutating func writer(_ open: [EndID]) -> EndID {
    let end = random.pick(open)
    return EndID(pair: end.pair, side: random.chance(75) ? 0 : 1)
  }

  /// Whether to read what `writer` has written rather than write more.
  private mutating func prefersReading(_ model: KernelModel, _ writer: EndID) -> Bool {
    let pair = model.pairs[writer.pair]
    let used = pair.used(at: writer.peer.side)
    if pair.ends[writer.side].signals & Signal.writeDisabled != 0 { return random.chance(75) }
    return switch style {
    case .mixed: random.chance(45)
    case .sparse: random.chance(58)
    case .tiny: random.chance(38)
    case .full: random.chance(pair.isFull(at: writer.peer.side) ? 65 : 30)
    case .flowing: random.chance(used > 200_000 ? 85 : used < 120_000 ? 10 : 50)
    }
  }

  // MARK: Sizes

  /// A size for a transfer where `room` bytes could move.
  private mutating func size(_ room: Int, isRead: Bool) -> UInt {
    let capacity = SocketConstant.capacity
    let weights: [Int] =
      switch style {
      case .mixed: [3, 20, 20, 25, 12, 12, 5, 4]
      case .sparse: [3, 45, 25, 10, 2, 7, 4, 4]
      case .tiny: [2, 62, 18, isRead ? 6 : 3, 1, 4, 3, 3]
      case .full: [3, 12, 12, isRead ? 20 : 30, isRead ? 3 : 18, isRead ? 3 : 25, 6, 4]
      case .flowing: [1, 5, 10, 60, 10, isRead ? 0 : 6, isRead ? 0 : 3, 3]
      }
    switch random.weighted(weights) {
    case 0: return 0
    case 1: return UInt(random.within(1...16))
    case 2: return UInt(random.within(17...2048))
    case 3: return UInt(random.within(2049...32_768))
    case 4: return UInt(random.within(32_769...capacity))
    case 5: return UInt(max(room + random.within(-1...1), 1))
    case 6: return random.pick([UInt(capacity) + 1, UInt(capacity) * 2, UInt(UInt32.max)])
    default: return random.pick([1 << 32, 1 << 32 + 1, 1 << 40, UInt.max])
    }
  }

  private func room(_ model: KernelModel, _ writer: EndID, isRead: Bool) -> Int {
    let pair = model.pairs[writer.pair]
    if isRead {
      return pair.isDatagram
        ? pair.ends[writer.peer.side].received.datagrams.first ?? 0
        : pair.used(at: writer.peer.side)
    }
    return pair.free(at: writer.peer.side)
  }

  // MARK: Memory

  /// Good memory for `byteCount` bytes, or for the capacity if that is less; at times it ends
  /// exactly at the forbidden page.
  private mutating func goodPlace(_ byteCount: UInt, isRead: Bool) -> Place {
    let length = min(byteCount, UInt(SocketConstant.capacity))
    let last = ProgramMemory.byteCount - Int(length)
    let offset = random.chance(15) ? last : random.below(last + 1)
    return isRead ? .sink(offset) : .source(offset)
  }

  /// Memory that gives out before `byteCount` bytes, at once or after some.
  private mutating func badPlace(_ byteCount: UInt, isRead: Bool) -> Place {
    let bad: [Place] = [.lowest, .nonCanonical, .forbidden] + (isRead ? [.source(0)] : [])
    guard byteCount > 1, random.chance(60) else { return random.pick(bad) }
    let most = min(byteCount, UInt(SocketConstant.capacity)) - 1
    let good =
      random.chance(50) ? random.within(1...min(Int(most), 64)) : random.within(1...Int(most))
    let offset = ProgramMemory.byteCount - good
    return isRead ? .sink(offset) : .source(offset)
  }

  /// Whether a fault of `step` leaves nothing open, or only what can be looked up afterwards.
  private func mayFault(_ model: KernelModel, _ step: TransferStep) -> Bool {
    guard case .end(let end)? = model.find(step.handle)?.object else { return true }
    if step.isPeek || model.pairs[end.pair].isDatagram { return true }
    return model.canCountBytes(at: step.isRead ? end : end.peer)
  }

  // MARK: Steps

  private mutating func options(isRead: Bool) -> UInt32 {
    if random.chance(2) {
      return random.pick(isRead ? [1, 2, 4, 9, 16, UInt32.max] : [1, 2, 8, 0x8000_0000])
    }
    return isRead && random.chance(31) ? SocketConstant.peek : 0
  }

  mutating func transferStep(_ model: KernelModel, _ open: [EndID]) -> TransferStep {
    let writer = writer(open)
    return transferStep(
      model, writer, isRead: prefersReading(model, writer), odd: 14)
  }

  /// One write by `writer`, or one read of what it has written.
  private mutating func transferStep(
    _ model: KernelModel, _ writer: EndID, isRead: Bool, odd: Int
  ) -> TransferStep {
    let end = isRead ? writer.peer : writer
    let byteCount = size(room(model, writer, isRead: isRead), isRead: isRead)
    var step = TransferStep(
      isRead: isRead, handle: handle(model, end, isRead ? Right.read : Right.write, odd: odd),
      options: options(isRead: isRead),
      segments: [Segment(place: goodPlace(byteCount, isRead: isRead), byteCount: byteCount)],
      actual: optionalOut(bad: 3))
    if random.chance(7) {
      step.segments[0].place = .null
      if !random.chance(20), mayFault(model, step) {
        step.segments[0].place = badPlace(byteCount, isRead: isRead)
      }
    }
    return step
  }

  mutating func burstStep(_ model: KernelModel, _ open: [EndID]) -> Step {
    let writer = writer(open)
    let state = model.pairs[writer.pair].ends[writer.side]
    guard state.signals & (Signal.writeDisabled | Signal.peerClosed) == 0 else {
      return .transfer(transferStep(model, open))
    }
    let byteCount = random.pick([1, 1, 2, 100]) as UInt
    let step = TransferStep(
      isRead: false, handle: handle(model, writer, Right.write, odd: 0), options: 0,
      segments: [Segment(place: goodPlace(byteCount, isRead: false), byteCount: byteCount)])
    return .burst(step, repetitions: random.within(50...700))
  }

  mutating func vectorStep(_ model: KernelModel, _ open: [EndID]) -> Step {
    var step = transferStep(model, open)
    if random.chance(10) {
      step.handle = handle(
        model, random.pick(open), step.isRead ? Right.read : Right.write, odd: 0)
      step.options = 0
      let place = random.pick([.null, .lowest, .nonCanonical, .forbidden] as [Place])
      return .vector(step, random.chance(50) ? .tooMany : .unreadable(place))
    }
    let byteCount = step.byteCount
    step.segments = segments(byteCount, isRead: step.isRead)
    if random.chance(8), mayFault(model, step), !step.segments.isEmpty {
      let index = random.below(step.segments.count)
      step.segments[index].place = badPlace(step.segments[index].byteCount, isRead: step.isRead)
    }
    return .vector(step, .none)
  }

  /// Cuts `byteCount` bytes into stretches that do not overlap; some of them are empty.
  private mutating func segments(_ byteCount: UInt, isRead: Bool) -> [Segment] {
    var segments: [Segment] = []
    var left = byteCount
    var offset = random.below(1000)
    for _ in 0..<random.below(8) {
      let length = random.chance(15) ? 0 : UInt(random.below(Int(min(left, 60_000)) + 1))
      let place: Place =
        length == 0
        ? random.pick([.null, .lowest, .forbidden]) : isRead ? .sink(offset) : .source(offset)
      segments.append(Segment(place: place, byteCount: length))
      left -= length
      offset += Int(length) + random.below(100)
    }
    if left > 0 {
      segments.append(
        Segment(place: isRead ? .sink(offset) : .source(offset), byteCount: left))
    }
    return segments
  }

  // MARK: Batches

  mutating func batchStep(_ model: KernelModel, _ open: [EndID]) -> Step {
    switch random.below(20) {
    case 0:
      return .batch([], .unreadable(random.pick([.null, .lowest, .nonCanonical, .forbidden])))
    case 1: return .batch([], random.chance(90) ? .tooMany : .none)
    default: break
    }
    // The order of operations counts for each socket. What one end of a pair writes and the other
    // reads in the same batch has no order, so a batch has one end of each pair, or writes only.
    var ends: [Int: EndID] = [:]
    for end in open where ends[end.pair] == nil || random.chance(50) { ends[end.pair] = end }
    let isWriteOnly = random.chance(25)
    let count = random.chance(8) ? random.within(60...200) : random.within(1...15)
    // Rooms for reads lie apart, as large as the memory allows.
    let stride = count > 15 ? 4096 : 65_536
    var steps: [TransferStep] = []
    for index in 0..<count {
      let any = random.pick(open)
      let end = isWriteOnly ? any : ends[any.pair] ?? any
      var step = batchOperation(model, end, isRead: !isWriteOnly && random.chance(50))
      let isBounded = step.isRead && step.byteCount <= UInt(UInt32.max)
      if isBounded { step.segments[0].byteCount = min(step.byteCount, UInt(stride) - 96) }
      place(&step, model, index: index, stride: stride, isLast: index == count - 1)
      steps.append(step)
    }
    return .batch(steps, .none)
  }

  private mutating func batchOperation(
    _ model: KernelModel, _ end: EndID, isRead: Bool
  ) -> TransferStep {
    var step = transferStep(model, isRead ? end.peer : end, isRead: isRead, odd: 0)
    step.actual = .heap
    let right = isRead ? Right.read : Right.write
    if random.chance(16) { step.handle = handle(model, end, right, odd: 100) }
    if let found = model.find(step.handle), found.object.isEnd, found.object != .end(end),
      found.has(right)
    {
      step.handle = 0
    }
    return step
  }

  /// Gives an operation of a batch its memory; a bad address only where it leaves nothing open.
  private mutating func place(
    _ step: inout TransferStep, _ model: KernelModel, index: Int, stride: Int, isLast: Bool
  ) {
    if case .null = step.segments[0].place { return }
    var mayGiveOut = isLast && mayFault(model, step)
    if case .end(let end)? = model.find(step.handle)?.object, model.pairs[end.pair].isDatagram {
      mayGiveOut = true
    }
    if mayGiveOut, random.chance(15) {
      // The last bytes before the forbidden page are for one read only.
      let byteCount = step.isRead && !isLast ? 1 : min(step.byteCount, 65_536)
      step.segments[0].place = badPlace(byteCount, isRead: step.isRead)
    } else {
      step.segments[0].place =
        step.isRead ? .sink(index * stride) : goodPlace(step.byteCount, isRead: false)
    }
  }
}
