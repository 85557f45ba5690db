import CZircon

/// New objects and new handles.
extension Runner {
  // MARK: Calls

  func createSocket(
    options: UInt32, first: OutPlace, second: OutPlace, isKept: Bool
  ) throws(Difference) {
    let isKnown = options & ~SocketConstant.datagram == 0
    let values = try createPair(
      .socketCreate, refusal: isKnown ? nil : .invalidArgs, first, second
    ) { zx_socket_create(options, $0, $1) }
    let pair = model.pairs.count
    try adoptNew(
      values, [.end(EndID(pair: pair, side: 0)), .end(EndID(pair: pair, side: 1))], isKept
    ) {
      $0.pairs.append(SocketModel(isDatagram: options & SocketConstant.datagram != 0))
    }
  }

  func createEventPair(
    options: UInt32, first: OutPlace, second: OutPlace, isKept: Bool
  ) throws(Difference) {
    let values = try createPair(
      .eventPairCreate, refusal: options == 0 ? nil : .notSupported, first, second
    ) { zx_eventpair_create(options, $0, $1) }
    let pair = model.eventPairs.count
    try adoptNew(
      values,
      [.eventPairEnd(EndID(pair: pair, side: 0)), .eventPairEnd(EndID(pair: pair, side: 1))], isKept
    ) { $0.eventPairs.append(EventPairModel()) }
  }

  func createChannel(
    options: UInt32, first: OutPlace, second: OutPlace, isKept: Bool
  ) throws(Difference) {
    let values = try createPair(
      .channelCreate, refusal: options == 0 ? nil : .invalidArgs, first, second
    ) { zx_channel_create(options, $0, $1) }
    let pair = model.channels.count
    try adoptNew(
      values, [.channelEnd(EndID(pair: pair, side: 0)), .channelEnd(EndID(pair: pair, side: 1))],
      isKept
    ) { $0.channels.append(ChannelModel()) }
  }

  func createEvent(options: UInt32, out: OutPlace, isKept: Bool) throws(Difference) {
    let values = try createOne(.eventCreate, isKnown: options == 0, out) {
      zx_event_create(options, $0)
    }
    try adoptNew(values, [.event(model.events.count)], isKept) { $0.events.append(SignalWord()) }
  }

  func createPort(options: UInt32, out: OutPlace, isKept: Bool) throws(Difference) {
    let isKnown = options & ~PortConstant.bindToInterrupt == 0
    let values = try createOne(.portCreate, isKnown: isKnown, out) { zx_port_create(options, $0) }
    try adoptNew(values, [.port(model.ports.count)], isKept) { $0.ports.append(PortModel()) }
  }

  /// The values of two new handles, or none if the call is refused.
  private func createPair(
    _ call: Call, refusal: StatusCode?, _ first: OutPlace, _ second: OutPlace,
    _ library: (UnsafeMutablePointer<UInt32>?, UnsafeMutablePointer<UInt32>?) -> Int32
  ) throws(Difference) -> [UInt32] {
    let isGood = first.isWritable && second.isWritable
    let ((status, right), left): ((Int32, UInt32?), UInt32?) =
      memory.withOut(first, slot: 0) { out0 in
        memory.withOut(second, slot: 1) { out1 in library(out0, out1) }
      }
    try compare(call, status, refusal ?? (isGood ? .ok : .invalidArgs))
    if refusal != nil {
      let isUntouched = ProgramMemory.isUntouched(left) && ProgramMemory.isUntouched(right)
      try Difference.check("out-parameters untouched", isUntouched, true)
    }
    guard refusal == nil, let left, let right else { return [] }
    return [left, right]
  }

  /// The value of a new handle, or none if the call is refused.
  private func createOne(
    _ call: Call, isKnown: Bool, _ out: OutPlace,
    _ library: (UnsafeMutablePointer<UInt32>?) -> Int32
  ) throws(Difference) -> [UInt32] {
    let (status, value): (Int32, UInt32?) = memory.withOut(out, library)
    try compare(call, status, isKnown && out.isWritable ? .ok : .invalidArgs)
    if !isKnown {
      try Difference.check("out untouched", ProgramMemory.isUntouched(value), true)
    }
    guard isKnown, let value else { return [] }
    return [value]
  }

  // MARK: Values and koids

  /// Takes over the handles of new objects, which are peers if there are two; `add` puts the objects
  /// into the model.
  private func adoptNew(
    _ values: [UInt32], _ objects: [ObjectID], _ isKept: Bool, _ add: (inout KernelModel) -> Void
  ) throws(Difference) {
    guard !values.isEmpty else { return }
    try Difference.check("different values", Set(values).count, values.count)
    for value in values { try checkNewValue(value) }
    guard isKept else {
      for value in values { try compare(.handleClose, zx_handle_close(value), .ok) }
      return
    }
    add(&model)
    var new: [Koids] = []
    for (value, object) in zip(values, objects) {
      model.adopt(value, object: object, rights: object.defaultRights)
      new.append(try readKoids(value))
    }
    let related = new.count == 2 ? [new[1].own, new[0].own] : [0]
    try Difference.check("related koids", new.map(\.related), related)
    for (object, pair) in zip(objects, new) { koids[object] = pair }
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
    return [
      UInt32(truncatingIfNeeded: known.own), UInt32(truncatingIfNeeded: known.own >> 32),
      handle.rights, handle.object.type,
      UInt32(truncatingIfNeeded: known.related), UInt32(truncatingIfNeeded: known.related >> 32),
      0, 0,
    ]
  }
}
