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

  private var koids: [ObjectID: Koids] = [:]
  private var stepCount = 0

  /// An object's koid and its peer's.
  private struct Koids: Equatable {
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
    try compareState()
  }

  private func call(_ step: Step) throws(Difference) {
    switch step {
    case .createSocket(let options, let first, let second, let isKept):
      try createSocket(options: options, first: first, second: second, isKept: isKept)
    case .createEvent(let options, let out, let isKept):
      try createEvent(options: options, out: out, isKept: isKept)
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

  // MARK: New objects

  private func createSocket(
    options: UInt32, first: OutPlace, second: OutPlace, isKept: Bool
  ) throws(Difference) {
    let isGood = first.isWritable && second.isWritable
    let expected: StatusCode =
      options & ~SocketConstant.datagram == 0 && isGood ? .ok : .invalidArgs
    let ((status, right), left): ((Int32, UInt32?), UInt32?) =
      memory.withOut(first, slot: 0) { out0 in
        memory.withOut(second, slot: 1) { out1 in zx_socket_create(options, out0, out1) }
      }
    try compare(.socketCreate, status, expected)
    guard expected == .ok, let left, let right else {
      let mayBeWritten = options & ~SocketConstant.datagram == 0
      guard !mayBeWritten else { return }
      let isUntouched = ProgramMemory.isUntouched(left) && ProgramMemory.isUntouched(right)
      return try Difference.check("out-parameters untouched", isUntouched, true)
    }
    try checkNewValue(left)
    try Difference.check("two different values", left == right, false)
    try checkNewValue(right)
    guard isKept else {
      try compare(.handleClose, zx_handle_close(left), .ok)
      return try compare(.handleClose, zx_handle_close(right), .ok)
    }
    let pair = model.addPair(isDatagram: options & SocketConstant.datagram != 0)
    let ends = [EndID(pair: pair, side: 0), EndID(pair: pair, side: 1)]
    model.adopt(left, object: .end(ends[0]), rights: Right.socketDefault)
    model.adopt(right, object: .end(ends[1]), rights: Right.socketDefault)
    let one = try readKoids(left)
    let two = try readKoids(right)
    try Difference.check(
      "related koids of a pair", [one.related, two.related], [two.own, one.own])
    koids[.end(ends[0])] = one
    koids[.end(ends[1])] = two
  }

  private func createEvent(options: UInt32, out: OutPlace, isKept: Bool) throws(Difference) {
    let expected: StatusCode = options == 0 && out.isWritable ? .ok : .invalidArgs
    let (status, value): (Int32, UInt32?) = memory.withOut(out) { zx_event_create(options, $0) }
    try compare(.eventCreate, status, expected)
    guard expected == .ok, let value else {
      let mayBeWritten = options == 0
      return try Difference.check(
        "out untouched", mayBeWritten || ProgramMemory.isUntouched(value), true)
    }
    try checkNewValue(value)
    guard isKept else { return try compare(.handleClose, zx_handle_close(value), .ok) }
    let event = ObjectID.event(model.addEvent())
    model.adopt(value, object: event, rights: Right.eventDefault)
    let new = try readKoids(value)
    try Difference.check("related koid of an event", new.related, 0)
    koids[event] = new
  }

  /// A value that the library has just given out is well formed, and neither live nor closed just
  /// before.
  func checkNewValue(_ value: UInt32) throws(Difference) {
    try Difference.check("low bits of a new handle", value & 3, 3)
    try Difference.check("a new handle is not live already", model.find(value) == nil, true)
    try Difference.check(
      "a new handle was not closed just before", model.closedValues.contains(value), false)
  }

  private func readKoids(_ handle: UInt32) throws(Difference) -> Koids {
    var info = zx_info_handle_basic_t()
    let status = withUnsafeMutablePointer(to: &info) {
      zx_object_get_info(
        handle, Topic.handleBasic, $0, MemoryLayout<zx_info_handle_basic_t>.size, nil, nil)
    }
    try Difference.check("HANDLE_BASIC of a new handle", StatusCode(status), .ok)
    let isKernelObject = info.koid >= 1024 && info.koid >> 63 == 0
    try Difference.check("koid \(info.koid) is a kernel object's", isKernelObject, true)
    let isKnown = koids.values.contains { $0.own == info.koid }
    try Difference.check("koid \(info.koid) is new", isKnown, false)
    return Koids(own: info.koid, related: info.related_koid)
  }

  /// What `zx_info_handle_basic_t` of a handle is, in the words at its offsets.
  func basicRecord(_ handle: ModelHandle) -> [UInt32] {
    let known = koids[handle.object] ?? Koids(own: 0, related: 0)
    let type =
      switch handle.object {
      case .end: ObjectType.socket
      case .event: ObjectType.event
      }
    return [
      UInt32(truncatingIfNeeded: known.own), UInt32(truncatingIfNeeded: known.own >> 32),
      handle.rights, type,
      UInt32(truncatingIfNeeded: known.related), UInt32(truncatingIfNeeded: known.related >> 32),
      0, 0,
    ]
  }

  // MARK: State

  /// Compares signals, info and thresholds of every endpoint and event that still has a handle to
  /// ask.
  private func compareState() throws(Difference) {
    for pair in model.pairs.indices {
      for side in 0...1 where model.pairs[pair].ends[side].isOpen {
        try compareState(of: EndID(pair: pair, side: side))
      }
    }
    for event in model.events.indices {
      let handles = model.handles(of: .event(event))
      if let handle = handles.first(where: { $0.has(Right.wait) }) {
        try compareSignals(through: handle)
      }
    }
  }

  private func compareState(of end: EndID) throws(Difference) {
    let handles = model.handles(of: .end(end))
    // A different handle each time: state belongs to the endpoint.
    func asker(_ right: UInt32) -> ModelHandle? {
      let able = handles.filter { $0.has(right) }
      return able.isEmpty ? nil : able[stepCount % able.count]
    }
    if let handle = asker(Right.wait) { try compareSignals(through: handle) }
    if let handle = asker(Right.inspect) {
      let info = try Runner.socketInfo(handle.value)
      try Difference.check(
        "ZX_INFO_SOCKET of \(handle)", info, model.pairs[end.pair].info(at: end.side))
      try compareHandleCount(through: handle, handles.count)
    }
    if let handle = asker(Right.getProperty) { try compareThresholds(of: end, through: handle) }
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

  private func compareHandleCount(
    through handle: ModelHandle, _ expected: Int
  ) throws(Difference) {
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

  /// Closes every handle that is left and lets the model see it.
  func closeAll() throws(Difference) {
    for handle in model.handles {
      try perform(.close(handle: handle.value))
    }
  }
}
