package import ZirconTypes

extension Kernel {
  /// Makes an event.
  ///
  /// - Throws: `noMemory`.
  ///
  /// Source: `zx_event_create`.
  package func makeEvent() throws(Status) -> HandleValue {
    try makeHandle(rights: .defaultEvent) { kernel in
      EventDispatcher(koid: kernel.nextKoid(), in: kernel)
    }
  }

  /// Makes an event pair.
  ///
  /// - Throws: `noMemory`.
  ///
  /// Source: `zx_eventpair_create`.
  package func makeEventPair() throws(Status) -> (HandleValue, HandleValue) {
    try makeHandles(rights: .defaultEventPair) {
      EventPair(in: $0).makeEnds(as: EventPairDispatcher.self)
    }
  }
}
