import ZirconKernel
public import ZirconTypes

/// One end of a pair, each of which can signal itself and the other.
///
/// When the last handle of an end is closed, the other shows `peerClosed` for ever.
public struct EventPair: PeerObject, ~Copyable {
  private let handle: Handle

  /// Makes both ends, which show no signals, with the rights `Rights.defaultEventPair`.
  ///
  /// - Throws: `noMemory` without memory, or if as many handles as there can be are live.
  ///
  /// Source: `zx_eventpair_create`.
  public static func makePair() throws(Status) -> PeerPair<EventPair> {
    PeerPair(try Kernel.current.makeEventPair())
  }

  /// Takes over `handle`, which should be an event pair's.
  public init(_ handle: consuming Handle) {
    self.handle = handle
  }

  /// Names the handle without owning it.
  public var handleValue: Handle.Value { handle.handleValue }

  /// Gives the handle away, to be owned without its type.
  public consuming func takeHandle() -> Handle { handle }
}
