import ZirconKernel
public import ZirconTypes

/// Handles in a row, owned: to be sent in a message, or received in one.
///
/// Those that are left when it is dropped are closed.
public struct HandleList: ~Copyable, Sendable {
  private var values: [Handle.Value]

  /// No handles.
  public init() {
    values = []
  }

  /// One handle.
  public init<Object: KernelObject & ~Copyable>(_ object: consuming Object) {
    values = [object.take()]
  }

  /// Takes over handles that a call has made.
  init(adopting values: [HandleValue]) {
    self.values = values.map { Handle.Value($0) }
  }

  deinit {
    for value in values { try? Kernel.current.close(value.inKernel) }
  }

  /// How many there are.
  public var count: Int { values.count }

  /// Whether there are none.
  public var isEmpty: Bool { values.isEmpty }

  /// Adds a handle at the end.
  public mutating func append<Object: KernelObject & ~Copyable>(_ object: consuming Object) {
    values.append(object.take())
  }

  /// Takes the first handle out.
  ///
  /// - Throws: `notFound` if there is none.
  public mutating func takeFirst() throws(Status) -> Handle {
    guard !values.isEmpty else { throw .notFound }
    return Handle(adopting: values.removeFirst())
  }

  /// Takes the first handle out, as that of an object of type `Object`, which the object's calls will
  /// judge.
  ///
  /// - Throws: `notFound` if there is none.
  public mutating func takeFirst<Object: KernelObject & ~Copyable>(
    as type: Object.Type
  ) throws(Status) -> Object {
    Object(try takeFirst())
  }

  /// Gives all handles to whoever calls, to see to it that they go.
  consuming func takeAll() -> [UInt32] {
    let given = values.map(\.rawValue)
    values = []
    return given
  }

  /// Gives all handles to `body`, which sees to it that they go.
  consuming func give<Result>(
    to body: ([UInt32]) throws(Status) -> Result
  ) throws(Status) -> Result {
    try body(takeAll())
  }
}
