import CZircon

extension KernelModel {
  /// Whether it can be told how many bytes wait at `end`: through a handle of it, or of its peer.
  func canCountBytes(at end: EndID) -> Bool { byteCounter(at: end) != nil }

  /// A handle whose ZX_INFO_SOCKET tells how many bytes wait at `end`.
  func byteCounter(at end: EndID) -> ModelHandle? {
    (handles(of: .end(end)) + handles(of: .end(end.peer))).first { $0.has(Right.inspect) }
  }
}

/// Writes and reads: one at a time, of several buffers, and in batches.
extension Runner {
  /// What the library did with one write or read.
  struct Outcome {
    var status: Int32
    /// The out-parameter afterwards, if it could be stored to.
    var actual: Int?
  }

  // MARK: Single calls

  func perform(_ step: TransferStep) throws(Difference) {
    let segment = step.segments[0]
    let pointer = memory.pointer(segment.place)
    let byteCount = Int(bitPattern: segment.byteCount)
    try run(step, step.isPeek ? .socketPeek : step.isRead ? .socketRead : .socketWrite) { actual in
      step.isRead
        ? zx_socket_read(step.handle, step.options, pointer, byteCount, actual)
        : zx_socket_write(step.handle, step.options, pointer, byteCount, actual)
    }
  }

  func performVector(_ step: TransferStep, _ fault: ArrayFault) throws(Difference) {
    let vector = step.segments.map {
      zx_iovec_t(buffer: memory.pointer($0.place), capacity: Int(bitPattern: $0.byteCount))
    }
    let call = step.isRead ? Call.vectorRead : .vectorWrite
    func library(
      _ base: UnsafePointer<zx_iovec_t>?, _ count: Int, _ actual: UnsafeMutablePointer<Int>?
    ) -> Int32 {
      step.isRead
        ? zxl_socket_readv(step.handle, step.options, base, count, actual)
        : zxl_socket_writev(step.handle, step.options, base, count, actual)
    }
    switch fault {
    case .none, .readOnly:
      try run(step, call) { actual in
        vector.withUnsafeBufferPointer { library($0.baseAddress, $0.count, actual) }
      }
    case .unreadable(let place):
      let base = memory.pointer(place).map {
        UnsafePointer($0.assumingMemoryBound(to: zx_iovec_t.self))
      }
      try refuse(step, call, .invalidArgs) { library(base, 1, $0) }
    case .tooMany:
      let long = Array(repeating: zx_iovec_t(buffer: nil, capacity: 0), count: Limit.vectors + 1)
      try refuse(step, call, .outOfRange) { actual in
        long.withUnsafeBufferPointer { library($0.baseAddress, $0.count, actual) }
      }
    }
  }

  /// A call that is refused before it looks at a socket's state.
  private func refuse(
    _ step: TransferStep, _ call: Call, _ expected: StatusCode,
    _ library: (UnsafeMutablePointer<Int>?) -> Int32
  ) throws(Difference) {
    let (status, actual): (Int32, Int?) = memory.withOut(step.actual, library)
    try compare(call, status, expected)
    try Difference.check("actual untouched", ProgramMemory.isUntouched(actual), true)
  }

  private func run(
    _ step: TransferStep, _ call: Call, _ library: (UnsafeMutablePointer<Int>?) -> Int32
  ) throws(Difference) {
    // The model goes first: its copy of the source is what the library is offered.
    if step.isRead { prepareDestination(step) }
    let transfer = apply(step)
    let (status, actual): (Int32, Int?) = memory.withOut(step.actual, library)
    try settle(
      step, call, transfer, Outcome(status: status, actual: actual))
  }

  /// Lets the model do the step.
  private func apply(_ step: TransferStep) -> Transfer {
    let isNull = step.segments.count == 1 && step.segments[0].place == .null
    if step.isRead {
      return model.read(
        step.handle, options: step.options, isNull: isNull,
        writableCount: memory.destination(step.segments).writableCount, byteCount: step.byteCount)
    }
    return model.write(
      step.handle, options: step.options, isNull: isNull, memory.offered(step.segments),
      byteCount: step.byteCount)
  }

  /// Bytes behind the last one read that must keep the canary.
  private static let margin = 64

  private func prepareDestination(_ step: TransferStep) {
    var most = Runner.margin
    if case .end(let end)? = model.find(step.handle)?.object {
      most += model.pairs[end.pair].used(at: end.side)
    }
    memory.destination(step.segments).fill(most)
  }

  // MARK: Comparison

  private func settle(
    _ step: TransferStep, _ call: Call, _ transfer: Transfer, _ outcome: Outcome
  ) throws(Difference) {
    switch transfer {
    case .refused(let expected):
      try compare(call, outcome.status, expected)
      try Difference.check("actual untouched", ProgramMemory.isUntouched(outcome.actual), true)
      if step.isRead, expected != .invalidArgs { try checkCanary(step, behind: 0) }
    case .moved(let bytes):
      try compare(call, outcome.status, step.actual.isBad ? .invalidArgs : .ok)
      try Difference.check("actual", outcome.actual ?? bytes.count, bytes.count)
      if step.isRead { try checkBytes(step, bytes) }
    case .faulted(let candidates):
      try compare(call, outcome.status, .invalidArgs)
      try Difference.check("actual untouched", ProgramMemory.isUntouched(outcome.actual), true)
      try settleFault(step, candidates)
    }
  }

  private func checkBytes(_ step: TransferStep, _ bytes: [UInt8]) throws(Difference) {
    let read = memory.destination(step.segments).first(bytes.count)
    if read != bytes {
      let place = zip(read, bytes).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      throw Difference(
        description: "bytes read: \(bytes.count), first difference at \(place ?? read.count)")
    }
    try checkCanary(step, behind: bytes.count)
  }

  private func checkCanary(_ step: TransferStep, behind count: Int) throws(Difference) {
    let margin = memory.destination(step.segments).first(count + Runner.margin).dropFirst(count)
    let isUntouched = margin.allSatisfy { $0 == ProgramMemory.canary }
    try Difference.check("memory behind the bytes read is untouched", isUntouched, true)
  }

  /// Takes over what a faulting stream call has moved, which the contract leaves open within
  /// limits.
  private func settleFault(_ step: TransferStep, _ candidates: [UInt8]) throws(Difference) {
    guard case .end(let end)? = model.find(step.handle)?.object else { return }
    let receiver = step.isRead ? end : end.peer
    guard let counter = model.byteCounter(at: receiver) else {
      throw Difference(description: "a fault that nobody can look at; the program is wrong")
    }
    let info = try Runner.socketInfo(counter.value)
    let used = counter.object == .end(receiver) ? info.receiveCount : info.sendCount
    let before = model.pairs[receiver.pair].used(at: receiver.side)
    let moved = step.isRead ? before - used : used - before
    let isPrefix = (0...candidates.count).contains(moved)
    try Difference.check(
      "\(moved) bytes moved by a fault after \(candidates.count)", isPrefix, true)
    if step.isRead {
      let stored = memory.destination(step.segments).first(moved)
      try Difference.check(
        "bytes consumed by a fault are stored", stored, Array(candidates.prefix(moved)))
      model.settleFault(at: receiver, readCount: moved)
    } else {
      model.settleFault(at: receiver, written: Array(candidates.prefix(moved)))
    }
  }

  // MARK: Batches

  func performBatch(_ steps: [TransferStep], _ fault: ArrayFault) throws(Difference) {
    let canary = Int(truncatingIfNeeded: ProgramMemory.outCanary)
    var operations = steps.map { step in
      zxl_socket_op_t(
        op: step.isRead ? 1 : 0, handle: step.handle, options: step.options, status: 1,
        buffer: memory.pointer(step.segments[0].place),
        size: Int(bitPattern: step.segments[0].byteCount), actual: canary)
    }
    switch fault {
    case .none, .readOnly:
      steps.filter(\.isRead).forEach(prepareDestination)
      let status = operations.withUnsafeMutableBufferPointer {
        zxl_socket_batch($0.baseAddress, $0.count)
      }
      try compare(.batch, status, .ok)
      let outcomes = operations.map { Outcome(status: $0.status, actual: $0.actual) }
      try settleBatch(steps, outcomes)
    case .unreadable(let place):
      let base = memory.pointer(place)?.assumingMemoryBound(to: zxl_socket_op_t.self)
      try compare(.batch, zxl_socket_batch(base, 1), .invalidArgs)
    case .tooMany:
      operations = Array(
        repeating: zxl_socket_op_t(
          op: 0, handle: 0, options: 0, status: 1, buffer: nil, size: 0, actual: canary),
        count: Limit.batchOperations + 1)
      let status = operations.withUnsafeMutableBufferPointer {
        zxl_socket_batch($0.baseAddress, $0.count)
      }
      try compare(.batch, status, .outOfRange)
    }
  }

  private func settleBatch(
    _ steps: [TransferStep], _ outcomes: [Outcome]
  ) throws(Difference) {
    // Only the operations on one socket have an order.
    model.isOrderOpen = true
    defer {
      model.isOrderOpen = false
      model.settleBatch()
      model.moment += 1
    }
    for (index, (step, outcome)) in zip(steps, outcomes).enumerated() {
      let call = step.isRead ? Call.batchRead : .batchWrite
      if isOvertaken(index, steps, outcomes) {
        coverage.note(call, .shouldWait)
        continue
      }
      do throws(Difference) {
        try settle(step, call, apply(step), outcome)
      } catch {
        throw Difference(description: "operation \(index): \(error)")
      }
    }
  }

  /// Whether a datagram of a batch may answer SHOULD_WAIT although it fits: a later one of the same
  /// direction was taken first.
  private func isOvertaken(
    _ index: Int, _ steps: [TransferStep], _ outcomes: [Outcome]
  ) -> Bool {
    guard !steps[index].isRead, StatusCode(outcomes[index].status) == .shouldWait,
      case .end(let end)? = model.find(steps[index].handle)?.object,
      model.pairs[end.pair].isDatagram,
      steps[index].byteCount <= UInt(model.pairs[end.pair].free(at: end.peer.side))
    else { return false }
    return (index + 1..<steps.count).contains { later in
      !steps[later].isRead && steps[later].byteCount > 0 && outcomes[later].status == 0
        && model.find(steps[later].handle)?.object == .end(end)
    }
  }
}
