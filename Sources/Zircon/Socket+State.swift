import ZirconKernel
public import ZirconTypes

// MARK: Facts

extension Socket {
  /// Facts of one moment, as `zx_info_socket_t` tells them.
  public struct Info: Hashable, Sendable {
    /// What `makePair(_:)` was asked for.
    public let kind: Kind
    /// The most bytes that wait in one direction, however they were written.
    public let capacityInBytes: Int
    /// Bytes that wait to be read here.
    public let receivedByteCount: Int
    /// Bytes that one read can give: all that wait in a stream, or the first datagram's; 0 if none waits.
    public let readableByteCount: Int
    /// Bytes that wait to be read at the other end; nil once that is closed.
    public let sentByteCount: Int?
  }

  /// Facts of this moment.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to inspect. In this order.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_SOCKET`.
  public func info() throws(Status) -> Info {
    Info(try Kernel.current.socketFacts(of: handleValue.inKernel))
  }
}

extension Socket.Info {
  init(_ facts: SocketFacts) {
    self.init(
      kind: Socket.Kind(facts.kind), capacityInBytes: facts.capacity,
      receivedByteCount: facts.received, readableByteCount: facts.available,
      sentByteCount: facts.sent)
  }
}

// MARK: Dispositions

extension Socket {
  /// What becomes of the writes of an end.
  public enum Disposition: Sendable {
    /// They stay as they are.
    case unchanged
    /// They throw `badState` from here on; what they sent can still be read.
    case writeDisabled
    /// They are allowed.
    case writeEnabled
  }

  /// Allows or forbids writes at this end, at the other, or at both at once.
  ///
  /// An end whose writes are disabled shows `writeDisabled`, the other `peerWriteDisabled`. To enable
  /// what is not disabled does nothing.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to manage the socket; `badState`, with
  ///   nothing changed, if disabled writes would be enabled while something they sent is still unread.
  ///   In this order.
  ///
  /// Source: `zx_socket_set_disposition`.
  public func setDisposition(
    _ own: Disposition = .unchanged, peer: Disposition = .unchanged
  ) throws(Status) {
    try Kernel.current.setSocketDisposition(
      handleValue.inKernel, own.inKernel, peer: peer.inKernel)
  }
}

extension Socket.Disposition {
  fileprivate var inKernel: ZirconKernel.Disposition {
    switch self {
    case .unchanged: .unchanged
    case .writeDisabled: .writeDisabled
    case .writeEnabled: .writeEnabled
    }
  }
}

// MARK: Thresholds

extension Socket {
  /// Bytes that have to wait here for the signal `readThreshold` to show; 0 if it is off.
  ///
  /// - Throws: `accessDenied` without the right to get properties; `wrongType`. In this order.
  ///
  /// Source: `zx_object_get_property` with `ZX_PROP_SOCKET_RX_THRESHOLD`.
  public func readThreshold() throws(Status) -> Int {
    try threshold(.readThreshold)
  }

  /// Lets the signal `readThreshold` show while at least `byteCount` bytes wait here; 0 turns it off.
  ///
  /// - Throws: `accessDenied` without the right to set properties; `wrongType`; `invalidArgs` above the
  ///   capacity or below 0. In this order.
  ///
  /// Source: `zx_object_set_property` with `ZX_PROP_SOCKET_RX_THRESHOLD`.
  public func setReadThreshold(_ byteCount: Int) throws(Status) {
    try setThreshold(.readThreshold, byteCount)
  }

  /// Bytes that have to be free at the other end for the signal `writeThreshold` to show; 0 if it is
  /// off.
  ///
  /// - Throws: `accessDenied` without the right to get properties; `wrongType`. In this order.
  ///
  /// Source: `zx_object_get_property` with `ZX_PROP_SOCKET_TX_THRESHOLD`.
  public func writeThreshold() throws(Status) -> Int {
    try threshold(.writeThreshold)
  }

  /// Lets the signal `writeThreshold` show while at least `byteCount` bytes are free at the other end;
  /// 0 turns it off.
  ///
  /// - Throws: `accessDenied` without the right to set properties; `wrongType`; `peerClosed` if the other
  ///   end is closed; `invalidArgs` above the capacity or below 0. In this order.
  ///
  /// Source: `zx_object_set_property` with `ZX_PROP_SOCKET_TX_THRESHOLD`.
  public func setWriteThreshold(_ byteCount: Int) throws(Status) {
    try setThreshold(.writeThreshold, byteCount)
  }

  private func threshold(_ property: Property) throws(Status) -> Int {
    let value = try Kernel.current.property(
      property.rawValue, of: handleValue.inKernel, roomInBytes: property.byteCount)
    return Int(value)
  }

  private func setThreshold(_ property: Property, _ byteCount: Int) throws(Status) {
    try Kernel.current.setProperty(
      property.rawValue, of: handleValue.inKernel, sizeInBytes: property.byteCount
    ) {
      // Below 0 comes out as a number above every capacity.
      UInt64(bitPattern: Int64(byteCount))
    }
  }
}
