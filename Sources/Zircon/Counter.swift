import ZirconKernel
public import ZirconTypes

/// A number that many can add to, and that shows whether it is above zero.
///
/// It shows `positive` above zero and `nonPositive` otherwise; `signaled` belongs to users.
public struct Counter: KernelObject, ~Copyable {
  private let handle: Handle

  /// Makes a counter of value 0, with the rights `Rights.defaultCounter`.
  ///
  /// - Throws: `noMemory` without memory, or if as many handles as there can be are live.
  ///
  /// Source: `zx_counter_create`.
  public init() throws(Status) {
    self.init(Handle(adopting: Handle.Value(try Kernel.current.makeCounter())))
  }

  /// Takes over `handle`, which should be a counter's: else the calls of counters throw `wrongType`.
  public init(_ handle: consuming Handle) {
    self.handle = handle
  }

  /// Names the handle without owning it.
  public var handleValue: Handle.Value { handle.handleValue }

  /// Gives the handle away, to be owned without its type.
  public consuming func takeHandle() -> Handle { handle }

  /// The value of this moment.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to read. In this order.
  ///
  /// Source: `zx_counter_read`.
  public func value() throws(Status) -> Int64 {
    try Kernel.current.readCounter(handleValue.inKernel)
  }

  /// Sets the value.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to write. In this order.
  ///
  /// Source: `zx_counter_write`.
  public func setValue(_ value: Int64) throws(Status) {
    try Kernel.current.writeCounter(handleValue.inKernel, value)
  }

  /// Adds to the value, in one step.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the rights to read and to write; `outOfRange`, with
  ///   nothing changed, if the sum has no room in 64 bits. In this order.
  ///
  /// Source: `zx_counter_add`.
  public func add(_ amount: Int64) throws(Status) {
    try Kernel.current.addToCounter(handleValue.inKernel, amount)
  }
}
