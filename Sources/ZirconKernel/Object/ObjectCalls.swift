package import ZirconTypes

/// What `ZX_INFO_HANDLE_BASIC` tells of a handle and its object.
package struct HandleFacts: Sendable {
  package let koid: Koid
  package let rights: Rights
  package let type: ObjectType
  /// The other end's koid, which stays when that end is gone; `invalid` without a peer.
  package let relatedKoid: Koid
}

/// What can be asked for or set by `zx_object_get_property` and `zx_object_set_property`.
package enum Property: UInt32, Sendable {
  /// `ZX_PROP_NAME`: 32 bytes.
  case name = 3
  /// `ZX_PROP_SOCKET_RX_THRESHOLD`: 8 bytes.
  case readThreshold = 12
  /// `ZX_PROP_SOCKET_TX_THRESHOLD`: 8 bytes.
  case writeThreshold = 13

  /// Bytes that a buffer for its value must have.
  package var byteCount: Int { self == .name ? 32 : 8 }
}

extension Kernel {
  /// Changes user signals of the object.
  ///
  /// - Throws: `badHandle`; `accessDenied` without the right to signal; `invalidArgs` for a bit that is
  ///   not for users to change. In this order.
  ///
  /// Source: `zx_object_signal`.
  package func signal(_ value: HandleValue, clear: Signals, set: Signals) throws(Status) {
    try with(value, rights: .signal) { (object) throws(Status) in
      try object.checkSettable(clear: clear, set: set)
      object.signal(clear: clear, set: set)
    }
  }

  /// Changes user signals of the object's peer.
  ///
  /// - Throws: `badHandle`; `accessDenied` without the right to signal the peer; `notSupported` for an
  ///   object without peers; `invalidArgs` for a bit that is not for users to change; `peerClosed`. In
  ///   this order.
  ///
  /// Source: `zx_object_signal_peer`.
  package func signalPeer(_ value: HandleValue, clear: Signals, set: Signals) throws(Status) {
    try with(value, rights: .signalPeer) { (object) throws(Status) in
      try object.signalPeer(clear: clear, set: set)
    }
  }

  /// What the handle is and names.
  ///
  /// - Throws: `badHandle`.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_HANDLE_BASIC`.
  package func facts(of value: HandleValue) throws(Status) -> HandleFacts {
    let pin = try handles.pin(value)
    let object = pin.object
    return HandleFacts(
      koid: object.koid, rights: pin.word.rights, type: object.type,
      relatedKoid: object.relatedKoid)
  }

  /// How many handles the object has.
  ///
  /// - Throws: `badHandle`; `accessDenied` without the right to inspect. In this order.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_HANDLE_COUNT`.
  package func handleCount(of value: HandleValue) throws(Status) -> Int {
    try with(value, rights: .inspect) { (object) throws(Status) in object.handleCount }
  }

  /// Whether the value names a live handle.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_HANDLE_VALID`.
  package func isLive(_ value: HandleValue) -> Bool {
    handles.contains(value)
  }

  /// The value of a numeric property.
  ///
  /// The property is named by its number so that an unknown one is judged after the handle.
  ///
  /// - Throws: `badHandle`; `accessDenied` without the right to get properties; `notSupported` for an
  ///   unknown property; `bufferTooSmall` below its size; `wrongType` if the object has no such property.
  ///   In this order.
  ///
  /// Source: `zx_object_get_property`.
  package func property(
    _ number: UInt32, of value: HandleValue, roomInBytes: Int
  ) throws(Status) -> UInt64 {
    try with(value, rights: .getProperty) { (object) throws(Status) in
      let property = try Property(known: number)
      guard roomInBytes >= property.byteCount else { throw .bufferTooSmall }
      let socket = try object.socket(for: property)
      let thresholds = socket.thresholds
      return UInt64(property == .readThreshold ? thresholds.read : thresholds.write)
    }
  }

  /// Sets a numeric property to what `load` gives, which is called once the rest has been judged.
  ///
  /// - Throws: As `property(_:of:roomInBytes:)` with the right to set properties, then what `load`
  ///   throws, then `peerClosed` for a write threshold without a peer, and `invalidArgs` above the
  ///   capacity.
  ///
  /// Source: `zx_object_set_property`.
  package func setProperty(
    _ number: UInt32, of value: HandleValue, sizeInBytes: Int,
    to load: () throws(Status) -> UInt64
  ) throws(Status) {
    try with(value, rights: .setProperty) { (object) throws(Status) in
      let property = try Property(known: number)
      // A name may be shorter than its room.
      guard property == .name || sizeInBytes >= property.byteCount else { throw .bufferTooSmall }
      let socket = try object.socket(for: property)
      let number = try load()
      if property == .readThreshold {
        try socket.setReadThreshold(number)
      } else {
        try socket.setWriteThreshold(number)
      }
    }
  }
}

extension Property {
  fileprivate init(known number: UInt32) throws(Status) {
    guard let property = Property(rawValue: number) else { throw .notSupported }
    self = property
  }
}

extension Dispatcher {
  /// This object as the socket that `property` belongs to.
  ///
  /// - Throws: `wrongType` if it is none, or if the property is a name, which no object has so far.
  fileprivate func socket(for property: Property) throws(Status) -> SocketDispatcher {
    guard property != .name, let socket = self as? SocketDispatcher else { throw .wrongType }
    return socket
  }
}
