package import ZirconTypes

/// What `ZX_INFO_HANDLE_BASIC` tells of a handle and its object.
package struct HandleFacts: Sendable {
  package let koid: Koid
  package let rights: Rights
  package let type: ObjectType
  /// The other end's koid, which stays when that end is gone; `invalid` without a peer.
  package let relatedKoid: Koid
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
}
