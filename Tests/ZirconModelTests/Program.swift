import TestSupport
import TwoEnds

/// A random program: one step after the other, chosen with an eye on the model's state, so that
/// buffers are often nearly empty and often nearly full, and every check of every call is reached.
///
/// The steps of one kind are in the extension in the file named for them.
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

  /// Which objects a program is about.
  enum Focus: CaseIterable {
    /// Sockets and what passes through them.
    case sockets
    /// Channels and what their messages carry.
    case messages
    /// Ports and signals of all kinds of objects.
    case waits
  }

  var random: SplitMix64
  let style: Style
  let focus: Focus
  /// What the program's pairs ask for as their send buffer.
  let socketBufferRequest: Int

  private var stepsUntilDoom: Int
  private var doomed: EndID?

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
    style = random.pick(Style.allCases)
    // Only sockets have an end in the peer.
    focus =
      TwoEnds.mode == .here ? random.pick([.sockets, .sockets, .messages, .waits]) : .sockets
    socketBufferRequest = random.pick([4608, 4608, 16384, 212_992, 1 << 20, 1 << 20])
    stepsUntilDoom = random.within(60...600)
  }

  // MARK: Choice of the call

  /// The next step; `model` is what the program has led to so far.
  mutating func next(_ model: KernelModel) -> Step {
    for _ in 0..<30 {
      let step = choice(model)
      if isDecided(step, model) { return step }
    }
    return .checkValid(handle: 0)
  }

  private mutating func choice(_ model: KernelModel) -> Step {
    let open = openEnds(model)
    if open.isEmpty { return keptSocket() }
    if focus != .sockets {
      if random.chance(25), let step = missingStep(model) { return step }
      if model.handles.count > 40 { return closeStep(model) }
      if random.chance(80) { return messageStep(model) }
    }
    if model.handles.allSatisfy({ $0.object.isEnd }) {
      return .createEvent(options: 0, out: .stack, isKept: true)
    }
    if let step = doomStep(model, open) { return step }
    if focus == .sockets, model.handles.count > 22 { return closeStep(model) }
    return socketStep(model, open)
  }

  /// A step about sockets, or about handles of any kind.
  private mutating func socketStep(_ model: KernelModel, _ open: [EndID]) -> Step {
    let end = random.pick(open)
    if let step = recoveryStep(model, end) { return step }
    switch random.weighted([400, 6, 120, 60, 42, 44, 72, 60, 60, 25, 35, 50, 50, 140]) {
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

  func openEnds(_ model: KernelModel) -> [EndID] {
    model.pairs.indices.flatMap { pair in
      (0...1).map { EndID(pair: pair, side: $0) }
    }.filter { end in model.handles.contains { $0.object == .end(end) } }
  }

  mutating func keptSocket() -> Step {
    .createSocket(
      options: UInt32(random.below(2)), first: .stack, second: .stack, isKept: true)
  }

  /// Now and then one endpoint loses all its handles, one step after the other.
  mutating func doomStep(_ model: KernelModel, _ open: [EndID]) -> Step? {
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
    switch random.weighted([84, 6, 15, 12, 10, 7]) {
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
  func isSpare(_ handle: ModelHandle, _ model: KernelModel) -> Bool {
    if handle.object.isEvent { return true }
    return model.handles(of: handle.object).contains {
      $0.value != handle.value && $0.rights == handle.object.defaultRights
    }
  }

  mutating func spareHandle(_ model: KernelModel) -> UInt32? {
    let spare = model.handles.filter { isSpare($0, model) }
    return spare.isEmpty ? nil : random.pick(spare).value
  }

  /// A value that is not live, or 0.
  mutating func deadValue(_ model: KernelModel) -> UInt32 {
    switch random.below(4) {
    case 0: 0
    case 1: random.pick(model.handles).value & ~3 | UInt32(random.below(3))
    default: model.closedValues.isEmpty ? 0 : random.pick(model.closedValues)
    }
  }

  mutating func closeStep(_ model: KernelModel) -> Step {
    if focus != .sockets, let handle = lonely(model), random.chance(80) {
      return .close(handle: handle)
    }
    return .close(handle: spareHandle(model) ?? deadValue(model))
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

  mutating func userMask() -> UInt32 {
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

  mutating func waitMask() -> UInt32 {
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
}
