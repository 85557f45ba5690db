import ZirconLinux
import ZirconTypes

/// What the ends of an event pair share: signals alone.
final class EventPair: SharableObject, PeeredPair, @unchecked Sendable {
  static var objectType: ObjectType { .eventPair }

  init(in kernel: Kernel) {
    super.init(hasTwoEnds: true, settable: Signals.allUser.union(.signaled), in: kernel)
  }
}

/// One end of an event pair.
final class EventPairDispatcher: SharableEndDispatcher<EventPair>, @unchecked Sendable {
  override var settableSignals: Signals { pair.settable }

  override var departingBody: [UInt8] { [UInt8(end.rawValue)] }

  /// An end that has come from another process.
  ///
  /// - Throws: `internal` for what is none; `noMemory`.
  static func arrive(
    _ arriving: consuming ArrivingHandle, in kernel: Kernel
  ) throws(Status) -> EventPairDispatcher {
    let (koid, peerKoid) = (arriving.koid, arriving.relatedKoid)
    guard arriving.body.count == 1, let end = End(rawValue: Int(arriving.body[0])) else {
      throw .internal
    }
    let pair = EventPair(in: kernel)
    try pair.arrive(arriving.giveDescriptors(), at: end)
    return EventPairDispatcher(koid: koid, peerKoid: peerKoid, pair: pair, end: end)
  }
}
