import ZirconTypes

/// What an event consists of: signals and nothing else.
final class EventContents: SharableObject, @unchecked Sendable {
  init(in kernel: Kernel) {
    super.init(hasTwoEnds: false, settable: Signals.allUser.union(.signaled), in: kernel)
  }
}

/// An event.
final class EventDispatcher: SharableDispatcher<EventContents>, @unchecked Sendable {
  init(koid: Koid, in kernel: Kernel) {
    super.init(koid: koid, type: .event, EventContents(in: kernel))
  }

  /// An event that has come from another process.
  ///
  /// - Throws: `internal` for what is none; `noMemory`.
  static func arrive(
    _ arriving: consuming ArrivingHandle, in kernel: Kernel
  ) throws(Status) -> EventDispatcher {
    let event = EventDispatcher(koid: arriving.koid, in: kernel)
    try event.contents.arrive(arriving.giveDescriptors())
    return event
  }
}
