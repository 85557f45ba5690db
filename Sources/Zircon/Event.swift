import ZirconKernel
public import ZirconTypes

/// Something that can be signaled and waited for.
///
/// It shows `signaled` from the call that sets it to the call that clears it; waiting takes nothing away.
public struct Event: KernelObject, ~Copyable {
  private let handle: Handle

  /// Makes an event, which shows no signal, with the rights `Rights.defaultEvent`.
  ///
  /// - Throws: `noMemory` without memory, or if as many handles as there can be are live.
  ///
  /// Source: `zx_event_create`.
  public init() throws(Status) {
    self.init(Handle(adopting: Handle.Value(try Kernel.current.makeEvent())))
  }

  /// Takes over `handle`, which should be an event's: else the calls of events throw `wrongType`.
  public init(_ handle: consuming Handle) {
    self.handle = handle
  }

  /// Names the handle without owning it.
  public var handleValue: Handle.Value { handle.handleValue }

  /// Gives the handle away, to be owned without its type.
  public consuming func takeHandle() -> Handle { handle }
}
