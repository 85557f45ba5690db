import CZircon

/// Channels.
extension Runner {
  // MARK: Write

  func perform(_ step: ChannelWriteStep) throws(Difference) {
    var vector = step.segments.map {
      zx_channel_iovec_t(
        buffer: memory.pointer($0.place), capacity: UInt32(clamping: $0.byteCount), reserved: 0)
    }
    switch step.vectorFault {
    case .reserved: vector.append(zx_channel_iovec_t(buffer: nil, capacity: 0, reserved: 1))
    case .tooMany:
      vector = Array(
        repeating: zx_channel_iovec_t(buffer: nil, capacity: 0, reserved: 0),
        count: ChannelConstant.maxVectors + 1)
    case .none, .unreadable: break
    }
    let payload = payload(step)
    let status = try vector.withUnsafeBufferPointer { vector throws(Difference) in
      let (pointer, count) = bytesArgument(step, vector)
      return try write(step, pointer, count, payload)
    }
    if status == .ok { try Difference.check("a faulty array", step.vectorFault, .none) }
  }

  private func bytesArgument(
    _ step: ChannelWriteStep, _ vector: UnsafeBufferPointer<zx_channel_iovec_t>
  ) -> (UnsafeRawPointer?, UInt32) {
    guard step.isVector else {
      let segment = step.segments[0]
      return (
        memory.pointer(segment.place).map { UnsafeRawPointer($0) },
        UInt32(clamping: segment.byteCount)
      )
    }
    if case .unreadable(let place) = step.vectorFault {
      return (memory.pointer(place).map { UnsafeRawPointer($0) }, 1)
    }
    return (vector.baseAddress.map { UnsafeRawPointer($0) }, UInt32(vector.count))
  }

  /// What a message would hold, or why it cannot be had.
  private func payload(_ step: ChannelWriteStep) -> Result<[UInt8], StatusCode> {
    if step.isVector {
      switch step.vectorFault {
      case .tooMany: return .failure(.outOfRange)
      case .unreadable, .reserved: return .failure(.invalidArgs)
      case .none: break
      }
    }
    let byteCount = step.segments.reduce(0) { $0 + $1.byteCount }
    guard byteCount <= UInt(ChannelConstant.maxBytes) else { return .failure(.outOfRange) }
    let offered = memory.offered(step.segments)
    guard offered.readableCount == Int(byteCount) else { return .failure(.invalidArgs) }
    return .success(offered.first(Int(byteCount)))
  }

  private func write(
    _ step: ChannelWriteStep, _ bytes: UnsafeRawPointer?, _ byteCount: UInt32,
    _ payload: Result<[UInt8], StatusCode>
  ) throws(Difference) -> StatusCode {
    var entries: [Disposition]? = step.entries
    var array: UnsafeMutableRawPointer?
    if case .unreadable(let place) = step.arrayFault {
      entries = nil
      array = memory.pointer(place)
    }
    let count = UInt32(entries?.count ?? max(1, step.entries.count))
    let call = step.isEtc ? Call.channelWriteEtc : .channelWrite
    guard step.isEtc else {
      let values = step.entries.map(\.handle)
      let status = values.withUnsafeBufferPointer { values in
        let good = entries == nil ? nil : values.baseAddress
        let bad = array.map { UnsafePointer($0.assumingMemoryBound(to: UInt32.self)) }
        return zx_channel_write(step.handle, step.options, bytes, byteCount, good ?? bad, count)
      }
      let expected = model.writeChannel(step.handle, options: step.options, payload, entries)
      try compare(call, status, expected.status)
      return expected.status
    }
    var dispositions = step.entries.map {
      zx_handle_disposition_t(
        operation: $0.operation, handle: $0.handle, type: $0.type, rights: $0.rights,
        result: $0.result)
    }
    if step.arrayFault == .readOnly {
      array = dispositions.withUnsafeBytes { memory.readOnlyCopy($0) }
    }
    let isElsewhere = step.arrayFault != .none
    let status = dispositions.withUnsafeMutableBufferPointer { good in
      zx_channel_write_etc(
        step.handle, step.options, bytes, byteCount,
        isElsewhere
          ? array?.assumingMemoryBound(to: zx_handle_disposition_t.self) : good.baseAddress, count)
    }
    let expected = model.writeChannel(step.handle, options: step.options, payload, entries)
    let cannotTell = step.arrayFault == .readOnly && expected.results.contains { $0 != nil }
    try compare(call, status, cannotTell ? .invalidArgs : expected.status)
    if !isElsewhere { try checkResults(step, expected, dispositions) }
    return expected.status
  }

  private func checkResults(
    _ step: ChannelWriteStep, _ expected: KernelModel.ChannelWrite,
    _ dispositions: [zx_handle_disposition_t]
  ) throws(Difference) {
    for (index, (entry, stored)) in zip(step.entries, dispositions).enumerated() {
      let isSame =
        stored.operation == entry.operation && stored.handle == entry.handle
        && stored.type == entry.type && stored.rights == entry.rights
      try Difference.check("disposition \(index) is as it was", isSame, true)
      let judged = index < expected.results.count ? expected.results[index] : nil
      // Zircon's versions differ in whether BAD_HANDLE is stored.
      if judged == .badHandle, stored.result == entry.result { continue }
      try Difference.check("result \(index)", stored.result, judged?.value ?? entry.result)
    }
  }

  // MARK: Read

  func perform(_ step: ChannelReadStep) throws(Difference) {
    let call = step.isEtc ? Call.channelReadEtc : .channelRead
    let bytes = memory.destination([Segment(place: step.bytes, byteCount: 66_000)])
    let handles = memory.destination([Segment(place: step.handles, byteCount: 1100)])
    bytes.fill((model.nextMessage(step.handle)?.bytes.count ?? 0) + 64)
    handles.fill(1100)
    let ((status, handleCount), byteCount): ((Int32, UInt32?), UInt32?) =
      memory.withOut(step.actualBytes, slot: 0) { byteOut in
        memory.withOut(step.actualHandles, slot: 1) { handleOut in
          library(step, byteOut, handleOut)
        }
      }
    let read = model.readChannel(
      step.handle, options: step.options, byteCount: Int(step.byteCount),
      handleCount: Int(step.handleCount))
    switch read {
    case .refused(let expected):
      try compare(call, status, expected)
      let isUntouched =
        ProgramMemory.isUntouched(byteCount) && ProgramMemory.isUntouched(handleCount)
        && handles.first(16).allSatisfy { $0 == ProgramMemory.canary }
        && bytes.first(16).allSatisfy { $0 == ProgramMemory.canary }
      try Difference.check("nothing written", isUntouched, true)
    case .tooSmall(let neededBytes, let neededHandles):
      try compare(call, status, .bufferTooSmall)
      try Difference.check("bytes needed", byteCount.map { Int($0) } ?? neededBytes, neededBytes)
      try Difference.check(
        "handles needed", handleCount.map { Int($0) } ?? neededHandles, neededHandles)
    case .message(let message):
      guard isStorable(step, message) else {
        try compare(call, status, .invalidArgs)
        return model.endAll(message.handles)
      }
      try compare(call, status, .ok)
      try Difference.check(
        "actual bytes", byteCount.map { Int($0) } ?? message.bytes.count, message.bytes.count)
      try Difference.check(
        "actual handles", handleCount.map { Int($0) } ?? message.handles.count,
        message.handles.count)
      let isSame = bytes.first(message.bytes.count) == message.bytes
      try Difference.check("the message's \(message.bytes.count) bytes", isSame, true)
      let behind = bytes.first(message.bytes.count + 64).dropFirst(message.bytes.count)
      let isUntouched = behind.allSatisfy { $0 == ProgramMemory.canary }
      try Difference.check("memory behind the message is untouched", isUntouched, true)
      try receive(step, message, handles.first(1100))
    }
  }

  private func library(
    _ step: ChannelReadStep, _ byteCount: UnsafeMutablePointer<UInt32>?,
    _ handleCount: UnsafeMutablePointer<UInt32>?
  ) -> Int32 {
    let bytes = memory.pointer(step.bytes)
    let handles = memory.pointer(step.handles)
    return step.isEtc
      ? zx_channel_read_etc(
        step.handle, step.options, bytes,
        handles?.assumingMemoryBound(to: zx_handle_info_t.self), step.byteCount,
        step.handleCount, byteCount, handleCount)
      : zx_channel_read(
        step.handle, step.options, bytes, handles?.assumingMemoryBound(to: UInt32.self),
        step.byteCount, step.handleCount, byteCount, handleCount)
  }

  private func isStorable(_ step: ChannelReadStep, _ message: ModelMessage) -> Bool {
    !step.actualBytes.isBad && !step.actualHandles.isBad
      && ProgramMemory.writableCount(step.bytes) >= message.bytes.count
      && ProgramMemory.writableCount(step.handles) >= message.handles.count * step.handleSize
  }

  /// Takes over the handles of a message from the array that the library has filled.
  private func receive(
    _ step: ChannelReadStep, _ message: ModelMessage, _ stored: [UInt8]
  ) throws(Difference) {
    let count = message.handles.count * step.handleSize
    let behind = stored.dropFirst(count)
    try Difference.check(
      "memory behind the handles is untouched",
      behind.allSatisfy { $0 == ProgramMemory.canary }, true)
    let words = stored.withUnsafeBytes { stored in
      (0..<count / 4).map { stored.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self) }
    }
    for (index, handle) in message.handles.enumerated() {
      let value = words[index * step.handleSize / 4]
      try Difference.check("low bits of a received handle", value & 3, 3)
      try Difference.check("a received handle is not live already", model.find(value) == nil, true)
      if step.isEtc {
        try Difference.check(
          "what a received handle is", Array(words[index * 4 + 1..<index * 4 + 4]),
          [handle.object.type, handle.rights, 0])
      }
      model.arrive(handle, value: value)
      try checkBasic(value)
    }
  }

  /// Compares what ZX_INFO_HANDLE_BASIC says of a handle.
  private func checkBasic(_ value: UInt32) throws(Difference) {
    guard let handle = model.find(value) else { return }
    var words = Array(repeating: UInt32(0), count: 8)
    let status = zx_object_get_info(value, Topic.handleBasic, &words, 32, nil, nil)
    try Difference.check("HANDLE_BASIC of a received handle", StatusCode(status), .ok)
    try Difference.check("HANDLE_BASIC of \(handle)", words, basicRecord(handle))
  }
}

extension ChannelReadStep {
  /// Bytes that the array has for each handle.
  var handleSize: Int { isEtc ? 16 : 4 }
}
