import CZircon

/// Handles, waits, properties and info.
extension Runner {
  // MARK: Handles

  func duplicate(_ handle: UInt32, _ rights: UInt32, out: OutPlace) throws(Difference) {
    let (status, value): (Int32, UInt32?) = memory.withOut(out) {
      zx_handle_duplicate(handle, rights, $0)
    }
    let copy = Result { () throws(StatusCode) in try model.duplicate(handle, rights) }
    switch copy {
    case .success(let copy):
      guard let value else { return try compare(.handleDuplicate, status, .invalidArgs) }
      try compare(.handleDuplicate, status, .ok)
      try checkNewValue(value)
      model.adopt(value, object: copy.object, rights: copy.rights)
    case .failure(let expected):
      try compare(.handleDuplicate, status, expected)
      try Difference.check("out untouched", ProgramMemory.isUntouched(value), true)
    }
  }

  func replace(_ handle: UInt32, _ rights: UInt32, out: OutPlace) throws(Difference) {
    let (status, value): (Int32, UInt32?) = memory.withOut(out) {
      zx_handle_replace(handle, rights, $0)
    }
    switch model.replace(handle, rights, isOutWritable: out.isWritable) {
    case .replaced(_, let newRights):
      try compare(.handleReplace, status, .ok)
      guard let value else { return }
      try checkNewValue(value)
      model.finishReplace(handle, newValue: value, rights: newRights)
    case .refused(let expected):
      try compare(.handleReplace, status, expected)
      try Difference.check("out untouched", ProgramMemory.isUntouched(value), true)
    }
  }

  func closeMany(_ values: [UInt32], _ fault: ArrayFault) throws(Difference) {
    guard case .unreadable(let place) = fault else {
      let status = values.withUnsafeBufferPointer {
        zx_handle_close_many($0.baseAddress, $0.count)
      }
      return try compare(.handleCloseMany, status, model.closeMany(values))
    }
    let base = memory.pointer(place).map { UnsafePointer($0.assumingMemoryBound(to: UInt32.self)) }
    try compare(.handleCloseMany, zx_handle_close_many(base, max(values.count, 1)), .invalidArgs)
  }

  // MARK: Waits

  /// A deadline of the chosen kind.
  func deadline(_ choice: DeadlineChoice) -> Int64 {
    switch choice {
    case .zero: 0
    case .past: zx_clock_get_monotonic() - 1
    case .infinitePast: Int64.min
    case .ahead: zx_clock_get_monotonic() + 20_000_000_000
    }
  }

  func waitOne(
    _ handle: UInt32, _ mask: UInt32, _ choice: DeadlineChoice, observed: OutPlace
  ) throws(Difference) {
    let moment = deadline(choice)
    let (status, word): (Int32, UInt32?) = memory.withOut(observed) {
      zx_object_wait_one(handle, mask, moment, $0)
    }
    switch Result(catching: { () throws(StatusCode) in try model.poll(handle, mask) }) {
    case .success(let polled):
      try compare(.objectWaitOne, status, observed.isBad ? .invalidArgs : polled.status)
      try Difference.check("observed", word ?? polled.observed, polled.observed)
    case .failure(let expected):
      try compare(.objectWaitOne, status, expected)
      try Difference.check("observed untouched", ProgramMemory.isUntouched(word), true)
    }
  }

  func waitMany(
    _ items: [Step.WaitItem], _ choice: DeadlineChoice, _ fault: ArrayFault
  ) throws(Difference) {
    if case .unreadable(let place) = fault {
      let base = memory.pointer(place)?.assumingMemoryBound(to: zx_wait_item_t.self)
      return try compare(.objectWaitMany, zx_object_wait_many(base, 1, 0), .invalidArgs)
    }
    let canary = UInt32(truncatingIfNeeded: ProgramMemory.outCanary)
    var array = items.map {
      zx_wait_item_t(handle: $0.handle, waitfor: $0.mask, pending: canary)
    }
    let moment = deadline(choice)
    let status = array.withUnsafeMutableBufferPointer {
      zx_object_wait_many($0.baseAddress, $0.count, moment)
    }
    let words = array.map(\.pending)
    let expected = Result { () throws(StatusCode) in
      try model.pollMany(items.map { ($0.handle, $0.mask) })
    }
    switch expected {
    case .success(let polled):
      try compare(.objectWaitMany, status, polled.status)
      try Difference.check("pending", words, polled.observed)
    case .failure(let code):
      try compare(.objectWaitMany, status, code)
      try Difference.check("pending untouched", words.allSatisfy { $0 == canary }, true)
    }
  }

  // MARK: Properties

  func getProperty(
    _ handle: UInt32, _ property: UInt32, _ out: OutPlace, byteCount: Int
  ) throws(Difference) {
    let (status, value): (Int32, Int?) = memory.withOut(out) {
      zx_object_get_property(handle, property, $0, byteCount)
    }
    let expected = Result { () throws(StatusCode) in
      try model.getProperty(
        handle, property, isNull: out.isNull, isWritable: out.isWritable, byteCount: byteCount)
    }
    switch expected {
    case .success(let number):
      try compare(.objectGetProperty, status, .ok)
      try Difference.check("property", value, number)
    case .failure(let code):
      try compare(.objectGetProperty, status, code)
      try Difference.check("value untouched", ProgramMemory.isUntouched(value), true)
    }
  }

  /// `place` is a bad address for the value; nothing stands for a good one.
  func setProperty(
    _ handle: UInt32, _ property: UInt32, _ number: UInt, _ place: Place?, byteCount: Int
  ) throws(Difference) {
    let status =
      if let place {
        zx_object_set_property(handle, property, memory.pointer(place), byteCount)
      } else {
        withUnsafeBytes(of: number) {
          zx_object_set_property(handle, property, $0.baseAddress, byteCount)
        }
      }
    let read = place.map { memory.number(at: $0) } ?? number
    try compare(
      .objectSetProperty, status,
      model.setProperty(
        handle, property, isNull: place == .null, read, byteCount: byteCount))
  }

  // MARK: Info

  func getInfo(
    _ handle: UInt32, _ topic: UInt32, _ place: Place, byteCount: Int, actual: OutPlace,
    available: OutPlace
  ) throws(Difference) {
    let most = 64
    let destination = memory.destination([Segment(place: place, byteCount: UInt(most))])
    destination.fill(most)
    let ((status, availableCount), actualCount): ((Int32, Int?), Int?) =
      memory.withOut(actual, slot: 0) { actualOut in
        memory.withOut(available, slot: 1) { availableOut in
          zx_object_get_info(
            handle, topic, memory.pointer(place), byteCount, actualOut, availableOut)
        }
      }
    if topic == Topic.handleValid {
      return try compare(
        .objectGetInfo, status, model.find(handle) == nil ? .badHandle : .ok)
    }
    switch Result(catching: { () throws(StatusCode) in try model.infoTarget(handle, topic) }) {
    case .failure(let expected):
      try compare(.objectGetInfo, status, expected)
      let isUntouched =
        ProgramMemory.isUntouched(actualCount) && ProgramMemory.isUntouched(availableCount)
        && destination.first(most).allSatisfy { $0 == ProgramMemory.canary }
      try Difference.check("nothing written", isUntouched, true)
    case .success(let target):
      let record = infoRecord(of: target, topic)
      let isLarge = UInt(bitPattern: byteCount) >= UInt(record.count)
      let isStored = isLarge && ProgramMemory.writableCount(place) >= record.count
      if isLarge, !isStored {
        try compare(.objectGetInfo, status, .invalidArgs)
        let isUntouched =
          ProgramMemory.isUntouched(actualCount) && ProgramMemory.isUntouched(availableCount)
        return try Difference.check("counts untouched", isUntouched, true)
      }
      let expected: StatusCode =
        actual.isBad || available.isBad ? .invalidArgs : isLarge ? .ok : .bufferTooSmall
      try compare(.objectGetInfo, status, expected)
      let stored = isStored ? record : []
      let length = destination.first(most).count
      let behind = Array(repeating: ProgramMemory.canary, count: length - stored.count)
      try Difference.check("record and what is behind it", destination.first(most), stored + behind)
      if expected == .invalidArgs { return }
      let count = isLarge ? 1 : 0
      try Difference.check("actual", actualCount ?? count, count)
      try Difference.check("avail", availableCount ?? 1, 1)
    }
  }

  /// The bytes of a topic's record.
  private func infoRecord(of target: ModelHandle, _ topic: UInt32) -> [UInt8] {
    switch topic {
    case Topic.handleBasic: return basicRecord(target).flatMap { bytes($0) }
    case Topic.handleCount: return bytes(UInt32(model.counts[target.object, default: 0]))
    default:
      guard case .end(let end) = target.object else { return [] }
      let info = model.pairs[end.pair].info(at: end.side)
      return bytes(info.options) + bytes(UInt32(0))
        + [
          info.receiveCapacity, info.receiveCount, info.receiveAvailable, info.sendCapacity,
          info.sendCount,
        ].flatMap { bytes($0) }
    }
  }

  private func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
