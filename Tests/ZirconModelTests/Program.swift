import TestSupport

/// A random program: one step after the other, chosen with an eye on the model's state, so that
/// buffers are often nearly empty and often nearly full, and every check of every call is reached.
///
/// Transfers are made in the extension in `Program+Transfers.swift`.
struct Program {
  /// Which sizes and which fill a program favours.
  enum Style: CaseIterable {
    /// Sizes from one byte to the whole capacity.
    case mixed
    /// Buffers stay nearly empty.
    case sparse
    /// Small writes, which the kernel refuses long before the capacity.
    case tiny
    /// Buffers stay nearly full.
    case full
    /// Large amounts pass through a buffer that never runs empty, so that the ring wraps.
    case flowing
  }

  var random: SplitMix64
  let style: Style
  /// What the program's pairs ask for as their send buffer.
  let socketBufferRequest: Int

  private var stepsUntilDoom: Int
  private var doomed: EndID?

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
    style = random.pick(Style.allCases)
    socketBufferRequest = random.pick([4608, 4608, 16384, 212_992, 1 << 20, 1 << 20])
    stepsUntilDoom = random.within(60...600)
  }

  // MARK: Choice of the call

  /// The next step; `model` is what the program has led to so far.
  mutating func next(_ model: KernelModel) -> Step {
    let open = openEnds(model)
    if open.isEmpty { return keptSocket() }
    if model.handles.allSatisfy({ $0.object.isEnd }) {
      return .createEvent(options: 0, out: .stack, isKept: true)
    }
    if let step = doomStep(model, open) { return step }
    if model.handles.count > 22 { return closeStep(model) }
    let end = random.pick(open)
    if let step = recoveryStep(model, end) { return step }
    switch random.weighted([400, 6, 90, 50, 40, 35, 60, 40, 60, 25, 35, 50, 45, 134]) {
    case 0: return .transfer(transferStep(model, open))
    case 1: return burstStep(model, open)
    case 2: return vectorStep(model, open)
    case 3: return batchStep(model, open)
    case 4: return dispositionStep(model, end)
    case 5:
      return .shutdown(
        handle: handle(model, end, Right.write, odd: 50),
        options: random.pick([0, 0, 0, 0, 0, 1, 2, 3, 4, 7, UInt32.max]))
    case 6: return setPropertyStep(model, end)
    case 7: return getPropertyStep(model, end)
    case 8: return infoStep(model, end)
    case 9:
      return .signal(
        handle: handle(model, end, Right.signal, odd: 45), clear: userMask(), set: userMask())
    case 10:
      return .signalPeer(
        handle: handle(model, end, Right.signalPeer, odd: 35), clear: userMask(), set: userMask())
    case 11: return waitOneStep(model, end)
    case 12: return waitManyStep(model, open)
    default: return tableStep(model, end)
    }
  }

  private func openEnds(_ model: KernelModel) -> [EndID] {
    model.pairs.indices.flatMap { pair in
      (0...1).filter { model.pairs[pair].ends[$0].isOpen }.map { EndID(pair: pair, side: $0) }
    }
  }

  private mutating func keptSocket() -> Step {
    .createSocket(
      options: UInt32(random.below(2)), first: .stack, second: .stack, isKept: true)
  }

  /// Now and then one endpoint loses all its handles, one step after the other.
  private mutating func doomStep(_ model: KernelModel, _ open: [EndID]) -> Step? {
    stepsUntilDoom -= 1
    if stepsUntilDoom < 0 {
      stepsUntilDoom = random.within(60...600)
      doomed = random.pick(open)
    }
    guard let end = doomed else { return nil }
    let handles = model.handles(of: .end(end))
    guard !handles.isEmpty else {
      doomed = nil
      return nil
    }
    return random.chance(50) ? .close(handle: random.pick(handles).value) : nil
  }

  // MARK: Handles

  /// A handle for a call that needs `right` on `end`; in `odd` of a hundred cases one that will not
  /// do.
  mutating func handle(
    _ model: KernelModel, _ end: EndID, _ right: UInt32, odd: Int
  ) -> UInt32 {
    let own = model.handles(of: .end(end))
    let able = own.filter { $0.has(right) }
    if !able.isEmpty, !random.chance(odd) { return random.pick(able).value }
    let live = model.handles
    switch random.weighted([50, 6, 17, 11, 8, 8]) {
    case 0:
      let lacking = live.filter { !$0.has(right) && $0.object.isEnd }
      return random.pick(lacking.isEmpty ? live : lacking).value
    case 1: return random.pick(live).value
    case 2:
      let events = live.filter { !$0.object.isEnd }
      return random.pick(events.isEmpty ? live : events).value
    case 3:
      return model.closedValues.isEmpty ? 0xBAD_C0FF : random.pick(model.closedValues)
    case 4: return 0
    default: return random.pick(live).value & ~3 | UInt32(random.below(3))
    }
  }

  /// Whether closing `handle` leaves its end open with all the rights a program needs.
  private func isSpare(_ handle: ModelHandle, _ model: KernelModel) -> Bool {
    guard case .end = handle.object else { return true }
    return model.handles(of: handle.object).contains {
      $0.value != handle.value && $0.rights == Right.socketDefault
    }
  }

  private mutating func spareHandle(_ model: KernelModel) -> UInt32? {
    let spare = model.handles.filter { isSpare($0, model) }
    return spare.isEmpty ? nil : random.pick(spare).value
  }

  /// A value that is not live, or 0.
  private mutating func deadValue(_ model: KernelModel) -> UInt32 {
    switch random.below(4) {
    case 0: 0
    case 1: random.pick(model.handles).value & ~3 | UInt32(random.below(3))
    default: model.closedValues.isEmpty ? 0 : random.pick(model.closedValues)
    }
  }

  private mutating func closeStep(_ model: KernelModel) -> Step {
    .close(handle: spareHandle(model) ?? deadValue(model))
  }

  /// A call on the handle table.
  private mutating func tableStep(_ model: KernelModel, _ end: EndID) -> Step {
    switch random.weighted([20, 8, 20, 45, 22, 15, 15, 10]) {
    case 0: return closeStep(model)
    case 1: return .close(handle: deadValue(model))
    case 2: return closeManyStep(model)
    case 3: return duplicateStep(model, end)
    case 4: return replaceStep(model)
    case 5:
      return .checkValid(
        handle: random.chance(40) ? random.pick(model.handles).value : deadValue(model))
    case 6: return createSocketStep(model)
    default:
      let isMissing = model.handles.filter { !$0.object.isEnd }.count < 2
      let out = random.chance(75) ? goodOut() : random.pick(OutPlace.bad + [.null])
      return .createEvent(
        options: random.chance(80) ? 0 : random.pick([1, 2, UInt32.max]), out: out,
        isKept: isMissing)
    }
  }

  private mutating func createSocketStep(_ model: KernelModel) -> Step {
    let options: UInt32 =
      random.chance(75)
      ? UInt32(random.below(2)) : random.pick([2, 3, 4, ~SocketConstant.datagram, UInt32.max])
    let outs = (0...1).map { _ in
      random.chance(85) ? goodOut() : random.pick(OutPlace.bad + [.null])
    }
    let isKept = openEnds(model).count <= 2 && random.chance(30)
    return .createSocket(options: options, first: outs[0], second: outs[1], isKept: isKept)
  }

  private mutating func closeManyStep(_ model: KernelModel) -> Step {
    if random.chance(12) {
      return .closeMany([0], .unreadable(random.pick([.null, .lowest, .nonCanonical, .forbidden])))
    }
    var values: [UInt32] = []
    if let spare = spareHandle(model) { values.append(spare) }
    for _ in 0..<random.below(3) { values.append(0) }
    if random.chance(30) { values.append(deadValue(model)) }
    if random.chance(10), let first = values.first { values.append(first) }
    if random.chance(5) { values += Array(repeating: 0, count: random.within(60...200)) }
    if random.chance(30) { values.reverse() }
    return .closeMany(values, .none)
  }

  private mutating func duplicateStep(_ model: KernelModel, _ end: EndID) -> Step {
    let source = handle(model, end, Right.duplicate, odd: 25)
    let rights = model.find(source)?.rights ?? Right.socketDefault
    let out = random.chance(90) ? goodOut() : random.pick(OutPlace.bad + [.null])
    return .duplicate(handle: source, rights: requestedRights(rights), out: out)
  }

  private mutating func replaceStep(_ model: KernelModel) -> Step {
    let out = random.chance(85) ? goodOut() : random.pick(OutPlace.bad + [.null])
    guard random.chance(70), let source = spareHandle(model) else {
      return .replace(handle: deadValue(model), rights: Right.same, out: out)
    }
    let rights = model.find(source)?.rights ?? 0
    return .replace(handle: source, rights: requestedRights(rights), out: out)
  }

  private mutating func requestedRights(_ source: UInt32) -> UInt32 {
    switch random.weighted([20, 58, 8, 3, 9, 2]) {
    case 0: Right.same
    case 1: source & ~(random.pick(Right.judged) | random.pick(Right.judged))
    case 2: source & UInt32(truncatingIfNeeded: random.next())
    case 3: Right.none
    case 4: source | random.pick([0x10, 0x20, 0x100, 0x40_0000, 0x4000_0000])
    default: Right.same | random.pick(Right.judged)
    }
  }

  // MARK: Out-parameters and masks

  mutating func goodOut() -> OutPlace {
    random.pick([.stack, .stack, .stack, .stack, .stack, .heap, .misaligned])
  }

  /// An optional out-parameter.
  mutating func optionalOut(bad percent: Int) -> OutPlace {
    if random.chance(percent) { return random.pick(OutPlace.bad) }
    return random.chance(10) ? .null : goodOut()
  }

  private mutating func userMask() -> UInt32 {
    let user = UInt32(truncatingIfNeeded: random.next()) & Signal.user
    switch random.below(10) {
    case 0:
      return user
        | random.pick([
          Signal.readable, Signal.writable, Signal.peerClosed, Signal.signaled,
          Signal.writeDisabled, Signal.readThreshold, Signal.writeThreshold, Signal.handleClosed,
        ])
    case 1...4: return user
    default: return 0
    }
  }

  private mutating func waitMask() -> UInt32 {
    switch random.below(6) {
    case 0: 0
    case 1: UInt32.max
    case 2: UInt32(truncatingIfNeeded: random.next())
    case 3: Signal.handleClosed
    default:
      random.pick([
        Signal.readable, Signal.writable, Signal.peerClosed, Signal.readThreshold,
        Signal.writeThreshold, Signal.writeDisabled | Signal.peerWriteDisabled, Signal.user,
      ])
    }
  }

  // MARK: Waits

  private mutating func waitOneStep(_ model: KernelModel, _ end: EndID) -> Step {
    let handle = handle(model, end, Right.wait, odd: 25)
    let mask = waitMask()
    let polled = Result { () throws(StatusCode) in try model.poll(handle, mask).status }
    return .waitOne(
      handle: handle, mask: mask, deadlineChoice(isSatisfied: polled == .success(.ok)),
      observed: optionalOut(bad: 10))
  }

  private mutating func deadlineChoice(isSatisfied: Bool) -> DeadlineChoice {
    if isSatisfied, random.chance(30) { return .ahead }
    return random.pick([.zero, .zero, .past, .infinitePast])
  }

  private mutating func waitManyStep(_ model: KernelModel, _ open: [EndID]) -> Step {
    if random.chance(5) {
      return .waitMany(
        [], .zero, .unreadable(random.pick([.null, .lowest, .nonCanonical, .forbidden])))
    }
    var items: [Step.WaitItem] = []
    let count = random.chance(5) ? 65 : random.chance(10) ? 64 : random.below(6)
    for _ in 0..<count {
      let handle = handle(model, random.pick(open), Right.wait, odd: count > 10 ? 0 : 10)
      items.append(Step.WaitItem(handle: handle, mask: waitMask()))
    }
    let polled = Result { () throws(StatusCode) in
      try model.pollMany(items.map { ($0.handle, $0.mask) }).status
    }
    return .waitMany(items, deadlineChoice(isSatisfied: polled == .success(.ok)), .none)
  }

  // MARK: Dispositions, properties, info

  private mutating func dispositionStep(_ model: KernelModel, _ end: EndID) -> Step {
    let handle = handle(model, end, Right.manageSocket, odd: 25)
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
  private mutating func recoveryStep(_ model: KernelModel, _ end: EndID) -> Step? {
    let pair = model.pairs[end.pair]
    let isDisabled = pair.ends[end.side].signals & Signal.writeDisabled != 0
    guard isDisabled, pair.used(at: end.peer.side) == 0, random.chance(18) else { return nil }
    return .setDisposition(
      handle: handle(model, end, Right.manageSocket, odd: 5), own: SocketConstant.enable, peer: 0)
  }

  private mutating func propertyNumber() -> UInt32 {
    random.chance(80)
      ? random.pick([Property.readThreshold, Property.writeThreshold])
      : random.pick([Property.name, Property.name, 0, 1, 9, 14, 999, UInt32.max])
  }

  private mutating func setPropertyStep(_ model: KernelModel, _ end: EndID) -> Step {
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
    let byteCount = random.chance(90) ? 8 : random.pick([0, 1, 4, 7, 9, 16, 4096, -1])
    return .setProperty(
      handle: handle, property: property, number: number, place, byteCount: byteCount)
  }

  private mutating func thresholdNumber(_ model: KernelModel, _ end: EndID) -> UInt {
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

  private mutating func getPropertyStep(_ model: KernelModel, _ end: EndID) -> Step {
    let property = propertyNumber()
    let sizes = [0, 4, 7, 9, 31, 32, 4096, -1]
    let byteCount = random.chance(20) ? random.pick(sizes) : property == Property.name ? 32 : 8
    return .getProperty(
      handle: handle(model, end, Right.getProperty, odd: 30), property: property,
      random.chance(85) ? goodOut() : random.pick(OutPlace.bad + [.null]), byteCount: byteCount)
  }

  private mutating func infoStep(_ model: KernelModel, _ end: EndID) -> Step {
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

extension ObjectID {
  var isEnd: Bool {
    if case .end = self { return true }
    return false
  }
}
