import TestSupport

/// Steps about messages in channels.
extension Program {
  // MARK: Write

  mutating func writeStep(_ model: KernelModel) -> Step {
    // A channel that has much to read gets no more.
    let isMeant: (ObjectID) -> Bool = { object in
      guard case .channelEnd(let end) = object else { return false }
      return model.channels[end.pair].ends[end.peer.side].messages.count < 10
    }
    let handle = handle(model, Right.write, odd: 14, of: isMeant)
    let byteCount = messageSize()
    let last = ProgramMemory.byteCount - Int(min(byteCount, UInt(ChannelConstant.maxBytes)))
    let good = Place.source(random.below(last + 1))
    var step = ChannelWriteStep(
      isEtc: random.chance(55), handle: handle,
      segments: [Segment(place: good, byteCount: byteCount)])
    step.entries = entries(model, step)
    switch random.below(20) {
    case 0, 1, 2: makeVector(&step)
    case 3: step.options = random.pick([1, 4, 0xFF, 0x8000_0002])
    case 4:
      let bad: [Place] = [.null, .lowest, .nonCanonical, .forbidden]
      step.segments[0].byteCount = max(byteCount, 1)
      step.segments[0].place =
        random.chance(70) ? random.pick(bad) : .source(ProgramMemory.byteCount - Int(byteCount) / 2)
    case 5 where random.chance(50):
      step.arrayFault = .unreadable(random.pick([.null, .lowest, .nonCanonical, .forbidden]))
    case 6, 7: if step.isEtc, hasOpenPeer(model, handle) { step.arrayFault = .readOnly }
    default: break
    }
    if step.entries.count > ChannelConstant.maxHandles { step.arrayFault = .none }
    return .writeChannel(step)
  }

  private mutating func messageSize() -> UInt {
    switch random.weighted([15, 45, 25, 8, 5, 2]) {
    case 0: 0
    case 1: UInt(random.within(1...16))
    case 2: UInt(random.within(17...2048))
    case 3: UInt(random.within(2049...ChannelConstant.maxBytes))
    case 4: UInt(ChannelConstant.maxBytes) + random.pick([0, 1, 1, 1000])
    default: UInt(UInt32.max)
    }
  }

  private mutating func makeVector(_ step: inout ChannelWriteStep) {
    step.options = ChannelConstant.useVector
    let whole = step.segments[0]
    step.segments = []
    var left = min(whole.byteCount, UInt(UInt16.max) + 100)
    var offset = random.below(1000)
    for _ in 0..<random.below(6) {
      let length = random.chance(20) ? 0 : UInt(random.below(Int(left) + 1))
      let place: Place = length == 0 ? random.pick([.null, .lowest, .forbidden]) : .source(offset)
      step.segments.append(Segment(place: place, byteCount: length))
      left -= length
      offset += Int(length) + random.below(50)
    }
    if left > 0 { step.segments.append(Segment(place: .source(offset), byteCount: left)) }
    guard random.chance(30), step.entries.count <= ChannelConstant.maxHandles else { return }
    switch random.below(4) {
    case 0:
      step.vectorFault = .unreadable(random.pick([.null, .lowest, .nonCanonical, .forbidden]))
    case 1 where step.segments.reduce(0) { $0 + $1.byteCount } <= 60_000:
      step.vectorFault = .reserved
    case 2: step.vectorFault = .tooMany
    default:
      step.segments.append(
        Segment(place: random.pick([.null, .lowest, .forbidden]), byteCount: 3))
    }
  }

  private func hasOpenPeer(_ model: KernelModel, _ handle: UInt32) -> Bool {
    guard let peer = model.find(handle)?.object.peer else { return false }
    return model.isOpen(peer)
  }

  // MARK: Handles to send

  private mutating func entries(_ model: KernelModel, _ step: ChannelWriteStep) -> [Disposition] {
    switch random.weighted([30, 42, 22, 2, 2]) {
    case 0: return []
    case 1: return [entry(model, step)]
    case 2: return (0..<random.within(2...5)).map { _ in entry(model, step) }
    case 3:
      let dead = Disposition(handle: deadValue(model))
      return [entry(model, step)] + Array(repeating: dead, count: ChannelConstant.maxHandles)
    default:
      let source = handle(model, Right.duplicate | Right.transfer, odd: 0, of: \.isEvent)
      let copy = Disposition(operation: ChannelConstant.duplicate, handle: source)
      return step.isEtc
        ? Array(repeating: copy, count: random.chance(50) ? 64 : 65) : [Disposition(handle: source)]
    }
  }

  /// A good write of a handle that waits were made through, or of a channel with messages in it.
  mutating func carryStep(_ model: KernelModel) -> Step {
    let able = model.handles.filter {
      $0.object.isChannel && $0.has(Right.write) && hasOpenPeer(model, $0.value)
    }
    guard !able.isEmpty else { return writeStep(model) }
    var step = ChannelWriteStep(
      isEtc: random.chance(50), handle: random.pick(able).value,
      segments: [Segment(place: .source(0), byteCount: UInt(random.below(100)))])
    let isWaited = random.chance(55)
    let cargo = model.handles.filter { handle in
      handle.has(Right.transfer) && handle.value != step.handle && isCargo(handle, model, step)
        && (isWaited
          ? model.waits.contains { $0.handle == handle.identity }
          : model.nextMessage(handle.value) != nil)
    }
    guard !cargo.isEmpty else { return writeStep(model) }
    step.entries = [Disposition(handle: random.pick(cargo).value)]
    return .writeChannel(step)
  }

  /// A handle that may be sent: never a channel that would keep itself alive in its own messages.
  private func isCargo(
    _ handle: ModelHandle, _ model: KernelModel, _ step: ChannelWriteStep
  ) -> Bool {
    guard case .channelEnd(let sent) = handle.object else { return true }
    guard case .channelEnd(let end)? = model.find(step.handle)?.object else { return true }
    return !model.keeps(sent, end.peer)
  }

  private mutating func entry(_ model: KernelModel, _ step: ChannelWriteStep) -> Disposition {
    let own = model.find(step.handle)
    if random.chance(4), let own, own.object.isChannel { return Disposition(handle: own.value) }
    if random.chance(4) { return Disposition(handle: deadValue(model)) }
    let cargo = model.handles.filter { isCargo($0, model, step) }
    let kind = random.below(100)
    let preferred = cargo.filter { handle in
      switch kind {
      case 0..<30: isSpare(handle, model)
      case 30..<36: handle.object.isChannel
      case 36..<55: model.nextMessage(handle.value) != nil
      case 55..<61: !handle.has(Right.transfer)
      case 61..<64: handle.object.isPort
      case 64..<82: model.waits.contains { $0.handle == handle.identity }
      default: !handle.object.isPort && !handle.object.isChannel
      }
    }
    guard let handle = preferred.isEmpty ? cargo.first : random.pick(preferred) else {
      return Disposition(handle: 0)
    }
    var entry = Disposition(handle: handle.value)
    guard step.isEtc else { return entry }
    if random.chance(35) { entry.operation = ChannelConstant.duplicate }
    if random.chance(4) { entry.operation = random.pick([2, UInt32.max]) }
    if random.chance(30) {
      entry.type = random.chance(90) ? handle.object.type : random.pick([3, 5, 14, 64])
    }
    if random.chance(35) {
      entry.rights =
        random.chance(88) ? reducedRights(handle.rights) : requestedRights(handle.rights)
    }
    if random.chance(10) { entry.result = random.pick([-1, 7, -11]) }
    return entry
  }

  private mutating func reducedRights(_ rights: UInt32) -> UInt32 {
    rights & ~(random.pick(Right.judged) | random.pick(Right.judged))
  }

  // MARK: Read

  mutating func readStep(_ model: KernelModel) -> Step {
    // Mostly an end that has something to read.
    let full: (ObjectID) -> Bool = { object in
      guard case .channelEnd(let end) = object else { return false }
      return !model.channels[end.pair].ends[end.side].messages.isEmpty
    }
    let isMeant = random.chance(80) && model.handles.contains { full($0.object) }
    let handle = handle(model, Right.read, odd: 15, of: isMeant ? full : \.isChannel)
    let next = model.nextMessage(handle)
    let byteCount = UInt32(next?.bytes.count ?? 0)
    let handleCount = UInt32(next?.handles.count ?? 0)
    let isEtc = random.chance(48)
    var step = ChannelReadStep(
      isEtc: isEtc, handle: handle, options: random.chance(20) ? 1 : 0,
      bytes: .sink(random.below(64)), byteCount: byteCount + UInt32(random.below(2) * 100),
      handles: .sink(200_000 + random.below(64)),
      handleCount: handleCount + UInt32(random.below(2) * 3), actualBytes: optionalOut(bad: 2),
      actualHandles: optionalOut(bad: 2))
    if random.chance(8) { step.options = random.pick([2, 3, 0xFF, 0x8000_0000]) }
    if random.chance(10) { step.byteCount = UInt32.max }
    if random.chance(25) { makeTooSmall(&step, byteCount, handleCount) }
    let isTooSmall = step.byteCount < byteCount || step.handleCount < handleCount
    if isTooSmall {
      // Where the sizes cannot be told is open what becomes of the message.
      if step.actualBytes.isBad { step.actualBytes = .stack }
      if step.actualHandles.isBad { step.actualHandles = .null }
    } else if random.chance(21) {
      makeUnwritable(&step, byteCount)
    } else {
      if byteCount == 0, random.chance(30) { step.bytes = random.pick([.null, .lowest]) }
      if handleCount == 0, random.chance(30) { step.handles = random.pick([.null, .lowest]) }
    }
    return .readChannel(step)
  }

  private mutating func makeTooSmall(
    _ step: inout ChannelReadStep, _ byteCount: UInt32, _ handleCount: UInt32
  ) {
    if random.chance(60), byteCount > 0 {
      step.byteCount = random.pick([0, byteCount - 1, byteCount / 2])
    }
    if random.chance(60), handleCount > 0 {
      step.handleCount = random.pick([0, handleCount - 1])
    }
    if random.chance(30) { step.bytes = random.pick([.null, .lowest]) }
    if random.chance(30) { step.handles = random.pick([.null, .forbidden]) }
  }

  private mutating func makeUnwritable(_ step: inout ChannelReadStep, _ byteCount: UInt32) {
    let bad: [Place] = [.null, .lowest, .nonCanonical, .forbidden, .source(0)]
    if random.chance(50) {
      step.bytes =
        random.chance(60)
        ? random.pick(bad) : .sink(ProgramMemory.byteCount - Int(byteCount) / 2)
    } else {
      step.handles =
        random.chance(60) ? random.pick(bad) : .sink(ProgramMemory.byteCount - 3)
    }
  }
}
