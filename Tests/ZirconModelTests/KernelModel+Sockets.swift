/// Calls on sockets, properties and info.
extension KernelModel {
  // MARK: Transfers

  /// Source: `zx_socket_write`.
  mutating func write(
    _ value: UInt32, options: UInt32, isNull: Bool, _ offered: OfferedBytes, byteCount: UInt
  ) -> Transfer {
    if byteCount > 0, isNull { return .refused(.invalidArgs) }
    if options != 0 { return .refused(.invalidArgs) }
    do throws(StatusCode) {
      let end = try lookUpSocket(value, Right.write)
      let transfer = pairs[end.pair].write(from: end.side, offered, byteCount: byteCount)
      deliver([.end(end.peer), .end(end)])
      return transfer
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
      let transfer = pairs[end.pair].read(
        at: end.side, byteCount: byteCount, writableCount: writableCount,
        isPeek: options & SocketConstant.peek != 0)
      deliver([.end(end), .end(end.peer)])
      return transfer
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
      let status = pairs[end.pair].setDisposition(at: end.side, own: own, peer: peer)
      deliver([.end(end.peer), .end(end)])
      return status
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
      let status = pairs[end.pair].shutdown(at: end.side, options)
      deliver([.end(end.peer), .end(end)])
      return status
    } catch {
      return error
    }
  }

  /// Completes a stream write or read that faulted, once it is known how much was moved.
  mutating func settleFault(at receiver: EndID, written: [UInt8]) {
    pairs[receiver.pair].settleWrite(from: receiver.peer.side, moved: written)
    deliver([.end(receiver), .end(receiver.peer)])
  }

  /// As ``settleFault(at:written:)``, of a read.
  mutating func settleFault(at receiver: EndID, readCount: Int) {
    pairs[receiver.pair].settleRead(at: receiver.side, movedCount: readCount)
    deliver([.end(receiver), .end(receiver.peer)])
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
      let status =
        property == Property.readThreshold
        ? pairs[end.pair].setReadThreshold(at: end.side, number)
        : pairs[end.pair].setWriteThreshold(at: end.side, number)
      deliver([.end(end)])
      return status
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
