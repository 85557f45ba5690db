import TestSupport

/// Steps that change the handle table.
extension Program {
  /// A call on the handle table.
  mutating func tableStep(_ model: KernelModel, _ end: EndID) -> Step {
    switch random.weighted([20, 8, 20, 45, 22, 22, 15, 10]) {
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

  mutating func createSocketStep(_ model: KernelModel) -> Step {
    let options: UInt32 =
      random.chance(75)
      ? UInt32(random.below(2)) : random.pick([2, 3, 4, ~SocketConstant.datagram, UInt32.max])
    let outs = (0...1).map { _ in
      random.chance(85) ? goodOut() : random.pick(OutPlace.bad + [.null])
    }
    let isKept = openEnds(model).count <= 2 && random.chance(30)
    return .createSocket(options: options, first: outs[0], second: outs[1], isKept: isKept)
  }

  mutating func closeManyStep(_ model: KernelModel) -> Step {
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

  mutating func duplicateStep(_ model: KernelModel, _ end: EndID) -> Step {
    let source = handle(model, end, Right.duplicate, odd: 25)
    let rights = model.find(source)?.rights ?? Right.socketDefault
    let out = random.chance(90) ? goodOut() : random.pick(OutPlace.bad + [.null])
    return .duplicate(handle: source, rights: requestedRights(rights), out: out)
  }

  mutating func replaceStep(_ model: KernelModel) -> Step {
    let out = random.chance(85) ? goodOut() : random.pick(OutPlace.bad + [.null])
    guard random.chance(70), let source = spareHandle(model) else {
      return .replace(handle: deadValue(model), rights: Right.same, out: out)
    }
    let rights = model.find(source)?.rights ?? 0
    return .replace(handle: source, rights: requestedRights(rights), out: out)
  }

  mutating func requestedRights(_ source: UInt32) -> UInt32 {
    switch random.weighted([20, 58, 8, 3, 9, 2]) {
    case 0: Right.same
    case 1: source & ~(random.pick(Right.judged) | random.pick(Right.judged))
    case 2: source & UInt32(truncatingIfNeeded: random.next())
    case 3: Right.none
    case 4: source | random.pick([0x10, 0x20, 0x100, 0x40_0000, 0x4000_0000])
    default: Right.same | random.pick(Right.judged)
    }
  }
}
