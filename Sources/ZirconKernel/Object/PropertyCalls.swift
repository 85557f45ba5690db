package import ZirconTypes

extension Kernel {
  /// The value of a numeric property.
  ///
  /// The property is named by its number so that an unknown one is judged after the handle.
  ///
  /// - Throws: `badHandle`; `accessDenied` without the right to get properties; `notSupported` for an
  ///   unknown property, or one that can only be set; `wrongType` if the object has no such property; `bufferTooSmall` below its
  ///   size; `notSupported` for one that is not kept here. In this order.
  ///
  /// Source: `zx_object_get_property`.
  package func property(
    _ number: UInt32, of value: HandleValue, roomInBytes: Int
  ) throws(Status) -> UInt64 {
    try with(value, rights: .getProperty) { (object) throws(Status) in
      let property = try Property(toGet: number)
      try property.check(object.type, byteCount: roomInBytes)
      if let socket = object as? SocketDispatcher {
        return UInt64(
          property == .readThreshold ? socket.thresholds.read : socket.thresholds.write)
      }
      return try object.number(property)
    }
  }

  /// Sets a numeric property to what `load` gives, which is called once the rest has been judged.
  ///
  /// - Throws: As `property(_:of:roomInBytes:)` with the right to set properties, and `accessDenied`
  ///   before the type for a content size through a handle that may not write; then what `load` throws,
  ///   then `peerClosed` for a write threshold without a peer, `invalidArgs` for a threshold above the
  ///   capacity, `outOfRange` for a content size above the size.
  ///
  /// Source: `zx_object_set_property`.
  package func setProperty(
    _ number: UInt32, of value: HandleValue, sizeInBytes: Int,
    to load: () throws(Status) -> UInt64
  ) throws(Status) {
    let pin = try handles.pin(value, rights: .setProperty)
    let rights = pin.word
    try pin.withObject(as: Dispatcher.self) { (object) throws(Status) in
      let property = try Property(toSet: number)
      if property == .contentSize && !rights.allows(.write) { throw .accessDenied }
      try property.check(object.type, byteCount: sizeInBytes)
      let number = try load()
      guard let socket = object as? SocketDispatcher else {
        return try object.setNumber(property, to: number)
      }
      if property == .readThreshold {
        try socket.setReadThreshold(number)
      } else {
        try socket.setWriteThreshold(number)
      }
    }
  }

  /// The name of an object.
  ///
  /// - Throws: `badHandle`; `accessDenied` without the right to get properties; `bufferTooSmall` below
  ///   32 bytes; `wrongType` if objects of its type have none. In this order.
  ///
  /// Source: `zx_object_get_property` with `ZX_PROP_NAME`.
  package func name(of value: HandleValue, roomInBytes: Int) throws(Status) -> ObjectName {
    try with(value, rights: .getProperty) { (object) throws(Status) in
      guard roomInBytes >= ObjectName.byteCount else { throw .bufferTooSmall }
      return try object.name()
    }
  }

  /// Gives an object the name that `load` gives, which is called once the rest has been judged.
  ///
  /// - Throws: `badHandle`; `accessDenied` without the right to set properties; `wrongType` if objects
  ///   of its type have no name; what `load` throws. In this order.
  ///
  /// Source: `zx_object_set_property` with `ZX_PROP_NAME`.
  package func setName(
    of value: HandleValue, to load: () throws(Status) -> ObjectName
  ) throws(Status) {
    try with(value, rights: .setProperty) { (object) throws(Status) in
      _ = try object.name()
      try object.setName(load())
    }
  }
}
