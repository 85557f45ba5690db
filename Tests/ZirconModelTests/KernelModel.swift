/// The process's handles and what they refer to: checks of handle, type and rights, in the
/// contract's order.
///
/// Handle values are the library's choice: it is told to the model with
/// ``adopt(_:object:rights:)``.
struct KernelModel {
  private(set) var handles: [ModelHandle] = []
  /// Values that were live not long ago, newest last.
  private(set) var closedValues: [UInt32] = []
  /// How many handles each object has, in the table and in messages.
  private(set) var counts: [ObjectID: Int] = [:]
  private var nextIdentity = 0

  var pairs: [SocketModel] = []
  var events: [SignalWord] = []
  var eventPairs: [EventPairModel] = []
  var channels: [ChannelModel] = []
  var ports: [PortModel] = []
  /// Asynchronous waits that have not matched, oldest first.
  var waits: [AsyncWait] = []
  /// Numbers what happens one after the other; see ``ModelPacket/moment``.
  var moment = 0
  /// What the program has led to since it was last asked.
  var met: [Coverage.Situation] = []
  /// Whether the contract leaves the order of what happens now open.
  var isOrderOpen = false

  // MARK: Handles

  func find(_ value: UInt32) -> ModelHandle? { handles.first { $0.value == value } }

  func handles(of object: ObjectID) -> [ModelHandle] { handles.filter { $0.object == object } }

  /// Lookup of a call that takes any type.
  func lookUp(_ value: UInt32, _ rights: UInt32) throws(StatusCode) -> ModelHandle {
    guard let handle = find(value) else { throw .badHandle }
    guard handle.has(rights) else { throw .accessDenied }
    return handle
  }

  /// Lookup of a call that takes objects of one type: type before rights.
  func lookUp(_ value: UInt32, type: UInt32, _ rights: UInt32) throws(StatusCode) -> ObjectID {
    guard let handle = find(value) else { throw .badHandle }
    guard handle.object.type == type else { throw .wrongType }
    guard handle.has(rights) else { throw .accessDenied }
    return handle.object
  }

  /// Lookup of a call that takes a socket: type before rights.
  func lookUpSocket(_ value: UInt32, _ rights: UInt32) throws(StatusCode) -> EndID {
    guard let handle = find(value) else { throw .badHandle }
    guard case .end(let end) = handle.object else { throw .wrongType }
    guard handle.has(rights) else { throw .accessDenied }
    return end
  }

  /// Makes a handle, which has no value yet.
  mutating func makeHandle(_ object: ObjectID, rights: UInt32) -> ModelHandle {
    nextIdentity += 1
    counts[object, default: 0] += 1
    return ModelHandle(value: 0, object: object, rights: rights, identity: nextIdentity)
  }

  /// Notes a value that the library has just given out.
  mutating func adopt(_ value: UInt32, object: ObjectID, rights: UInt32) {
    var handle = makeHandle(object, rights: rights)
    handle.value = value
    handles.append(handle)
    closedValues.removeAll { $0 == value }
  }

  /// Takes a handle out of the table, for a message or for good.
  mutating func take(_ handle: ModelHandle) {
    handles.removeAll { $0.value == handle.value }
    closedValues.append(handle.value)
    if closedValues.count > 24 { closedValues.removeFirst() }
  }

  /// Ends a handle that is out of the table: its waits, and its object with the last one.
  mutating func end(_ handle: ModelHandle) {
    let count = waits.count
    waits.removeAll { $0.handle == handle.identity }
    if waits.count < count { met.append(handle.value == 0 ? .endedInFlight : .endedByClose) }
    counts[handle.object, default: 0] -= 1
    if !isOpen(handle.object) { lastHandleGone(handle.object) }
  }

  /// Counts a handle no more whose object has another one.
  mutating func forget(_ handle: ModelHandle) { counts[handle.object, default: 0] -= 1 }

  /// Ends handles and whatever goes with them, in an order that the contract leaves open.
  mutating func endAll(_ ended: [ModelHandle]) {
    withOpenOrder { model in
      for handle in ended { model.end(handle) }
    }
  }

  private mutating func lastHandleGone(_ object: ObjectID) {
    switch object {
    case .end(let end): pairs[end.pair].close(end.side)
    case .event: break
    case .eventPairEnd(let end): eventPairs[end.pair].close(end.side)
    case .channelEnd(let end):
      let orphans = channels[end.pair].close(end.side)
      deliver([.channelEnd(end.peer)])
      for message in orphans {
        if !message.handles.isEmpty { met.append(.closedUnread) }
        endAll(message.handles)
      }
    case .port(let index):
      ports[index].close()
      waits.removeAll { $0.port == index }
    }
    if let peer = object.peer { deliver([peer]) }
  }

  /// Removes one handle and closes its object with the last one.
  private mutating func remove(_ handle: ModelHandle) {
    take(handle)
    endAll([handle])
  }

  /// Source: `zx_handle_close`.
  mutating func close(_ value: UInt32) -> StatusCode {
    guard value != 0 else { return .ok }
    guard let handle = find(value) else { return .badHandle }
    remove(handle)
    return .ok
  }

  /// Source: `zx_handle_close_many`, with a readable array.
  mutating func closeMany(_ values: [UInt32]) -> StatusCode {
    var status = StatusCode.ok
    withOpenOrder { model in
      for value in values where model.close(value) != .ok { status = .badHandle }
    }
    return status
  }

  /// The rights that `requested` means for a copy of `source`, or nothing if it may not have them.
  func rightsForCopy(of source: ModelHandle, _ requested: UInt32) -> UInt32? {
    if requested == Right.same { return source.rights }
    return source.has(requested) ? requested : nil
  }

  /// Source: `zx_handle_duplicate`, up to the copy.
  func duplicate(
    _ value: UInt32, _ requested: UInt32
  ) throws(StatusCode) -> (object: ObjectID, rights: UInt32) {
    let source = try lookUp(value, Right.duplicate)
    guard let rights = rightsForCopy(of: source, requested) else { throw .invalidArgs }
    return (source.object, rights)
  }

  /// What a replacement does to its source.
  enum Replacement {
    case refused(StatusCode)
    case replaced(object: ObjectID, rights: UInt32)
  }

  /// Source: `zx_handle_replace`.
  ///
  /// With an out-parameter that can be stored to, the source leaves the table and the caller adopts
  /// the new value with ``adopt(_:object:rights:)`` through ``finishReplace(_:newValue:rights:)``.
  mutating func replace(
    _ value: UInt32, _ requested: UInt32, isOutWritable: Bool
  ) -> Replacement {
    guard let source = find(value) else { return .refused(.badHandle) }
    guard let rights = rightsForCopy(of: source, requested), isOutWritable else {
      remove(source)
      return .refused(.invalidArgs)
    }
    return .replaced(object: source.object, rights: rights)
  }

  /// Puts the new value in before the old one goes, so that the object's count never touches zero.
  mutating func finishReplace(_ value: UInt32, newValue: UInt32, rights: UInt32) {
    guard let source = find(value) else { return }
    adopt(newValue, object: source.object, rights: rights)
    remove(source)
  }

  /// Source: `zx_handle_check_valid`.
  func checkValid(_ value: UInt32) -> StatusCode {
    if value == 0 { return .invalidArgs }
    if value & 3 != 3 { return .outOfRange }
    return find(value) == nil ? .notFound : .ok
  }
}
