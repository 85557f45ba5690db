import CZircon

/// What the library answered and the model did not expect.
struct Difference: Error, CustomStringConvertible {
  let description: String

  /// Throws unless `actual` is `expected`.
  static func check<T: Equatable>(
    _ what: @autoclosure () -> String, _ actual: T, _ expected: T
  ) throws(Difference) {
    if actual != expected {
      throw Difference(description: "\(what()): library \(actual), model \(expected)")
    }
  }
}

/// Performs steps on the library and on the model, and compares what both say.
///
/// The calls of one kind are in the extension in the file named for them.
final class Runner {
  let memory: ProgramMemory
  var model = KernelModel()
  var coverage: Coverage

  var koids: [ObjectID: Koids] = [:]
  private var stepCount = 0

  /// An object's koid and its peer's.
  struct Koids: Equatable {
    var own: UInt64
    var related: UInt64
  }

  init(memory: ProgramMemory, coverage: Coverage) {
    self.memory = memory
    self.coverage = coverage
  }

  // MARK: Steps

  /// Performs one step and compares everything that can be seen.
  func perform(_ step: Step) throws(Difference) {
    try call(step)
    stepCount += 1
    coverage.note(model.met)
    model.met = []
    try compareState()
  }

  private func call(_ step: Step) throws(Difference) {
    switch step {
    case .createSocket(let options, let first, let second, let isKept):
      try createSocket(options: options, first: first, second: second, isKept: isKept)
    case .createEvent(let options, let out, let isKept):
      try createEvent(options: options, out: out, isKept: isKept)
    case .createEventPair(let options, let first, let second, let isKept):
      try createEventPair(options: options, first: first, second: second, isKept: isKept)
    case .createChannel(let options, let first, let second, let isKept):
      try createChannel(options: options, first: first, second: second, isKept: isKept)
    case .port(let step): try perform(step)
    case .writeChannel(let step): try perform(step)
    case .readChannel(let step): try perform(step)
    case .transfer(let transfer): try perform(transfer)
    case .burst(let transfer, let repetitions):
      for _ in 0..<repetitions { try perform(transfer) }
    case .vector(let transfer, let fault): try performVector(transfer, fault)
    case .batch(let transfers, let fault): try performBatch(transfers, fault)
    case .setDisposition(let handle, let own, let peer):
      try compare(
        .socketSetDisposition, zx_socket_set_disposition(handle, own, peer),
        model.setDisposition(handle, own: own, peer: peer))
    case .shutdown(let handle, let options):
      try compare(
        .socketShutdown, zx_socket_shutdown(handle, options), model.shutdown(handle, options))
    case .setProperty(let handle, let property, let number, let place, let byteCount):
      try setProperty(handle, property, number, place, byteCount: byteCount)
    case .getProperty(let handle, let property, let out, let byteCount):
      try getProperty(handle, property, out, byteCount: byteCount)
    case .getInfo(let handle, let topic, let place, let byteCount, let actual, let available):
      try getInfo(
        handle, topic, place, byteCount: byteCount, actual: actual, available: available)
    case .signal(let handle, let clear, let set):
      try compare(
        .objectSignal, zx_object_signal(handle, clear, set),
        model.signal(handle, clear: clear, set: set))
    case .signalPeer(let handle, let clear, let set):
      try compare(
        .objectSignalPeer, zx_object_signal_peer(handle, clear, set),
        model.signalPeer(handle, clear: clear, set: set))
    case .waitOne(let handle, let mask, let deadline, let observed):
      try waitOne(handle, mask, deadline, observed: observed)
    case .waitMany(let items, let deadline, let fault): try waitMany(items, deadline, fault)
    case .close(let handle):
      try compare(.handleClose, zx_handle_close(handle), model.close(handle))
    case .closeMany(let values, let fault): try closeMany(values, fault)
    case .duplicate(let handle, let rights, let out): try duplicate(handle, rights, out: out)
    case .replace(let handle, let rights, let out): try replace(handle, rights, out: out)
    case .checkValid(let handle):
      try compare(
        .handleCheckValid, zx_handle_check_valid(handle), model.checkValid(handle))
    }
  }

  /// Counts the library's answer and compares it with the model's.
  func compare(_ call: Call, _ status: Int32, _ expected: StatusCode) throws(Difference) {
    coverage.note(call, StatusCode(status))
    try Difference.check(call.rawValue, StatusCode(status), expected)
  }

  // MARK: State

  /// Compares what every object shows that still has a handle to ask.
  private func compareState() throws(Difference) {
    var groups = Dictionary(grouping: model.handles, by: \.object)
    for handle in model.handles {
      guard let handles = groups.removeValue(forKey: handle.object) else { continue }
      if case .end(let end) = handle.object {
        try compareState(of: end, handles)
      } else {
        if let handle = asker(handles, Right.wait) { try compareSignals(through: handle) }
        if let handle = asker(handles, Right.inspect) { try compareHandleCount(through: handle) }
      }
    }
  }

  /// One of an object's handles with `right`, a different one each time: state belongs to the object.
  private func asker(_ handles: [ModelHandle], _ right: UInt32) -> ModelHandle? {
    let able = handles.filter { $0.has(right) }
    return able.isEmpty ? nil : able[stepCount % able.count]
  }

  private func compareState(of end: EndID, _ handles: [ModelHandle]) throws(Difference) {
    if let handle = asker(handles, Right.wait) { try compareSignals(through: handle) }
    if let handle = asker(handles, Right.inspect) {
      let info = try Runner.socketInfo(handle.value)
      try Difference.check(
        "ZX_INFO_SOCKET of \(handle)", info, model.pairs[end.pair].info(at: end.side))
      try compareHandleCount(through: handle)
    }
    if let handle = asker(handles, Right.getProperty) {
      try compareThresholds(of: end, through: handle)
    }
    guard let shape = QueueShape(of: handles[0].value) else {
      throw Difference(description: "the queue of \(handles[0]) has no shape")
    }
    try Difference.check(
      "bytes in kernel and ring", shape.kernelCount + shape.ringCount,
      model.pairs[end.pair].used(at: end.side))
    coverage.note(shape)
  }

  private func compareSignals(through handle: ModelHandle) throws(Difference) {
    var observed: UInt32 = 0
    let status = zx_object_wait_one(handle.value, 0, 0, &observed)
    try Difference.check("poll of \(handle)", StatusCode(status), .timedOut)
    let expected = model.signals(of: handle.object)
    if observed != expected {
      throw Difference(
        description: "signals of \(handle): library 0x\(String(observed, radix: 16)),"
          + " model 0x\(String(expected, radix: 16))")
    }
  }

  private func compareHandleCount(through handle: ModelHandle) throws(Difference) {
    let expected = model.counts[handle.object, default: 0]
    var count: UInt32 = 0
    let status = withUnsafeMutablePointer(to: &count) {
      zx_object_get_info(handle.value, Topic.handleCount, $0, 4, nil, nil)
    }
    try Difference.check("HANDLE_COUNT of \(handle)", StatusCode(status), .ok)
    try Difference.check("handle count of \(handle)", Int(count), expected)
  }

  private func compareThresholds(
    of end: EndID, through handle: ModelHandle
  ) throws(Difference) {
    let state = model.pairs[end.pair].ends[end.side]
    for (property, expected) in [
      (Property.readThreshold, state.readThreshold),
      (Property.writeThreshold, state.writeThreshold),
    ] {
      var value = -1
      let status = zx_object_get_property(handle.value, property, &value, 8)
      try Difference.check("threshold of \(handle)", StatusCode(status), .ok)
      try Difference.check("threshold \(property) of \(handle)", value, expected)
    }
  }

  static func socketInfo(_ handle: UInt32) throws(Difference) -> SocketModel.Info {
    let info = UnsafeMutableRawBufferPointer.allocate(
      byteCount: SocketConstant.infoByteCount, alignment: 8)
    defer { info.deallocate() }
    let status = zx_object_get_info(
      handle, Topic.socket, info.baseAddress, info.count, nil, nil)
    try Difference.check("ZX_INFO_SOCKET", StatusCode(status), .ok)
    let padding = info.load(fromByteOffset: 4, as: UInt32.self)
    try Difference.check("padding of zx_info_socket_t", padding, 0)
    return SocketModel.Info(
      options: info.load(fromByteOffset: 0, as: UInt32.self),
      receiveCapacity: info.load(fromByteOffset: 8, as: Int.self),
      receiveCount: info.load(fromByteOffset: 16, as: Int.self),
      receiveAvailable: info.load(fromByteOffset: 24, as: Int.self),
      sendCapacity: info.load(fromByteOffset: 32, as: Int.self),
      sendCount: info.load(fromByteOffset: 40, as: Int.self))
  }

  /// Closes every handle that is left and lets the model see it; the ports first, as what the rest
  /// would queue there may have no order.
  func closeAll() throws(Difference) {
    for handle in model.handles.filter(\.object.isPort) {
      try perform(.close(handle: handle.value))
    }
    for handle in model.handles {
      try perform(.close(handle: handle.value))
    }
  }
}
