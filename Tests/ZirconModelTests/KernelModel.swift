/// One of the endpoints of one of a program's pairs.
struct EndID: Hashable {
  var pair: Int
  var side: Int

  var peer: EndID { EndID(pair: pair, side: 1 - side) }
}

/// What a handle refers to.
enum ObjectID: Hashable {
  case end(EndID)
  case event(Int)
}

/// A live handle as the model knows it.
struct ModelHandle: CustomStringConvertible {
  let value: UInt32
  let object: ObjectID
  let rights: UInt32

  func has(_ wanted: UInt32) -> Bool { rights & wanted == wanted }

  var description: String {
    let name =
      switch object {
      case .end(let end): "pair \(end.pair) end \(end.side == 0 ? "A" : "B")"
      case .event(let index): "event \(index)"
      }
    return "\(name) rights 0x\(String(rights, radix: 16))"
  }
}

/// The process's handles and what they refer to: checks of handle, type and rights, in the
/// contract's order.
///
/// Handle values are the library's choice: it is told to the model with
/// ``adopt(_:object:rights:)``.
struct KernelModel {
  private(set) var handles: [ModelHandle] = []
  /// Values that were live not long ago, newest last.
  private(set) var closedValues: [UInt32] = []
  var pairs: [SocketModel] = []
  private(set) var events: [UInt32] = []

  // MARK: Handles

  func find(_ value: UInt32) -> ModelHandle? { handles.first { $0.value == value } }

  func handles(of object: ObjectID) -> [ModelHandle] { handles.filter { $0.object == object } }

  /// Lookup of a call that takes any type.
  func lookUp(_ value: UInt32, _ rights: UInt32) throws(StatusCode) -> ModelHandle {
    guard let handle = find(value) else { throw .badHandle }
    guard handle.has(rights) else { throw .accessDenied }
    return handle
  }

  /// Lookup of a call that takes a socket: type before rights.
  func lookUpSocket(_ value: UInt32, _ rights: UInt32) throws(StatusCode) -> EndID {
    guard let handle = find(value) else { throw .badHandle }
    guard case .end(let end) = handle.object else { throw .wrongType }
    guard handle.has(rights) else { throw .accessDenied }
    return end
  }

  /// Notes a value that the library has just given out.
  mutating func adopt(_ value: UInt32, object: ObjectID, rights: UInt32) {
    handles.append(ModelHandle(value: value, object: object, rights: rights))
  }

  /// Notes a new pair and returns its index.
  mutating func addPair(isDatagram: Bool) -> Int {
    pairs.append(SocketModel(isDatagram: isDatagram))
    return pairs.count - 1
  }

  /// Notes a new event and returns its index.
  mutating func addEvent() -> Int {
    events.append(0)
    return events.count - 1
  }

  /// Removes one handle and closes its object with the last one.
  private mutating func remove(_ handle: ModelHandle) {
    handles.removeAll { $0.value == handle.value }
    closedValues.append(handle.value)
    if closedValues.count > 24 { closedValues.removeFirst() }
    guard case .end(let end) = handle.object, handles(of: handle.object).isEmpty else { return }
    pairs[end.pair].close(end.side)
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
    for value in values where close(value) != .ok { status = .badHandle }
    return status
  }

  /// The rights that `requested` means for a copy of `source`, or nothing if it may not have them.
  private func rightsForCopy(of source: ModelHandle, _ requested: UInt32) -> UInt32? {
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

  // MARK: Socket calls

  /// Source: `zx_socket_write`.
  mutating func write(
    _ value: UInt32, options: UInt32, isNull: Bool, _ offered: OfferedBytes, byteCount: UInt
  ) -> Transfer {
    if byteCount > 0, isNull { return .refused(.invalidArgs) }
    if options != 0 { return .refused(.invalidArgs) }
    do throws(StatusCode) {
      let end = try lookUpSocket(value, Right.write)
      return pairs[end.pair].write(from: end.side, offered, byteCount: byteCount)
    } catch {
      return .refused(error)
    }
  }

  /// Source: `zx_socket_read`.
  mutating func read(
    _ value: UInt32, options: UInt32, isNull: Bool, writableCount: Int, byteCount: UInt
  ) -> Transfer {
    if byteCount > 0, isNull { return .refused(.invalidArgs) }
    if options & ~SocketConstant.peek != 0 { return .refused(.invalidArgs) }
    do throws(StatusCode) {
      let end = try lookUpSocket(value, Right.read)
      return pairs[end.pair].read(
        at: end.side, byteCount: byteCount, writableCount: writableCount,
        isPeek: options & SocketConstant.peek != 0)
    } catch {
      return .refused(error)
    }
  }

  /// Source: `zx_socket_set_disposition`.
  mutating func setDisposition(_ value: UInt32, own: UInt32, peer: UInt32) -> StatusCode {
    guard own <= 2, peer <= 2 else { return .invalidArgs }
    do throws(StatusCode) {
      let end = try lookUpSocket(value, Right.manageSocket)
      if own == 0, peer == 0 { return .ok }
      return pairs[end.pair].setDisposition(at: end.side, own: own, peer: peer)
    } catch {
      return error
    }
  }

  /// Source: `zx_socket_shutdown`.
  mutating func shutdown(_ value: UInt32, _ options: UInt32) -> StatusCode {
    let known = SocketConstant.shutdownWrite | SocketConstant.shutdownRead
    guard options & ~known == 0 else { return .invalidArgs }
    do throws(StatusCode) {
      let end = try lookUpSocket(value, Right.write)
      return pairs[end.pair].shutdown(at: end.side, options)
    } catch {
      return error
    }
  }

  // MARK: Object calls

  func signals(of object: ObjectID) -> UInt32 {
    switch object {
    case .end(let end): pairs[end.pair].ends[end.side].signals
    case .event(let index): events[index]
    }
  }

  private mutating func update(_ object: ObjectID, clear: UInt32, set: UInt32) {
    switch object {
    case .end(let end): pairs[end.pair].signal(end.side, clear: clear, set: set)
    case .event(let index): events[index] = (events[index] & ~clear) | set
    }
  }

  /// Source: `zx_object_signal`.
  mutating func signal(_ value: UInt32, clear: UInt32, set: UInt32) -> StatusCode {
    do throws(StatusCode) {
      let handle = try lookUp(value, Right.signal)
      var allowed = Signal.user
      if case .event = handle.object { allowed |= Signal.signaled }
      guard (clear | set) & ~allowed == 0 else { return .invalidArgs }
      update(handle.object, clear: clear, set: set)
      return .ok
    } catch {
      return error
    }
  }

  /// Source: `zx_object_signal_peer`.
  mutating func signalPeer(_ value: UInt32, clear: UInt32, set: UInt32) -> StatusCode {
    do throws(StatusCode) {
      let handle = try lookUp(value, Right.signalPeer)
      guard case .end(let end) = handle.object else { return .notSupported }
      guard (clear | set) & ~Signal.user == 0 else { return .invalidArgs }
      guard pairs[end.pair].ends[end.peer.side].isOpen else { return .peerClosed }
      update(.end(end.peer), clear: clear, set: set)
      return .ok
    } catch {
      return error
    }
  }

  /// Source: `zx_object_wait_one` with a deadline that has passed.
  func poll(
    _ value: UInt32, _ mask: UInt32
  ) throws(StatusCode) -> (status: StatusCode, observed: UInt32) {
    let word = signals(of: try lookUp(value, Right.wait).object)
    return (word & mask != 0 ? .ok : .timedOut, word)
  }

  /// Source: `zx_object_wait_many` with a deadline that has passed and readable, writable items.
  func pollMany(
    _ items: [(value: UInt32, mask: UInt32)]
  ) throws(StatusCode) -> (status: StatusCode, observed: [UInt32]) {
    guard items.count <= Limit.waitItems else { throw .outOfRange }
    var words: [UInt32] = []
    var status = StatusCode.timedOut
    for item in items {
      let polled = try poll(item.value, item.mask)
      if polled.status == .ok { status = .ok }
      words.append(polled.observed)
    }
    return (status, words)
  }

  // MARK: Properties

  /// Checks up to the property's own: handle, right, known or not, size and type.
  private func propertyEnd(
    _ value: UInt32, _ property: UInt32, _ byteCount: Int, _ right: UInt32
  ) throws(StatusCode) -> EndID {
    let handle = try lookUp(value, right)
    switch property {
    case Property.readThreshold, Property.writeThreshold:
      guard case .end(let end) = handle.object else { throw .wrongType }
      guard UInt(bitPattern: byteCount) >= 8 else { throw .bufferTooSmall }
      return end
    case Property.name:
      if right == Right.getProperty, UInt(bitPattern: byteCount) < 32 { throw .bufferTooSmall }
      throw .wrongType
    default: throw .notSupported
    }
  }

  /// Source: `zx_object_get_property`; `isWritable` says whether eight bytes can be stored.
  func getProperty(
    _ value: UInt32, _ property: UInt32, isNull: Bool, isWritable: Bool, byteCount: Int
  ) throws(StatusCode) -> Int {
    if isNull { throw .invalidArgs }
    let end = try propertyEnd(value, property, byteCount, Right.getProperty)
    guard isWritable else { throw .invalidArgs }
    let state = pairs[end.pair].ends[end.side]
    return property == Property.readThreshold ? state.readThreshold : state.writeThreshold
  }

  /// Source: `zx_object_set_property`; `number` is nothing if eight bytes can not be read.
  mutating func setProperty(
    _ value: UInt32, _ property: UInt32, isNull: Bool, _ number: UInt?, byteCount: Int
  ) -> StatusCode {
    if isNull { return .invalidArgs }
    do throws(StatusCode) {
      let end = try propertyEnd(value, property, byteCount, Right.setProperty)
      guard let number else { return .invalidArgs }
      if property == Property.readThreshold {
        return pairs[end.pair].setReadThreshold(at: end.side, number)
      }
      return pairs[end.pair].setWriteThreshold(at: end.side, number)
    } catch {
      return error
    }
  }

  // MARK: Info

  /// Checks of the topics with one record, up to the record's size.
  func infoTarget(_ value: UInt32, _ topic: UInt32) throws(StatusCode) -> ModelHandle {
    switch topic {
    case Topic.handleBasic: return try lookUp(value, Right.none)
    case Topic.handleCount: return try lookUp(value, Right.inspect)
    case Topic.socket:
      _ = try lookUpSocket(value, Right.inspect)
      return try lookUp(value, Right.none)
    default: throw .notSupported
    }
  }
}
