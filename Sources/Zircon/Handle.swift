import ZirconKernel
public import ZirconTypes

/// Owns one handle of this process, to an object of any type; dropping it closes the handle.
///
/// `Socket`, `Channel`, `Event` and the like own one too and add the calls of their types. Turning a handle into
/// one of them checks nothing: a call on an object of another type throws `wrongType`.
public struct Handle: ~Copyable, Sendable {
  /// Names the handle without owning it.
  public let handleValue: Value

  /// Takes over the handle that `value` names; from here on nobody else may close it.
  public init(adopting value: Value) {
    handleValue = value
  }

  // What can fail here leaves nothing to close: the value was closed behind the owner's back, or this is
  // a forked child, in which the parent's handles do not exist.
  deinit {
    try? Kernel.current.close(handleValue.inKernel)
  }

  /// Gives the handle away without closing it.
  ///
  /// - Returns: The value, which names the handle until its new owner closes it.
  public consuming func take() -> Value {
    let value = handleValue
    discard self
    return value
  }
}

extension Handle {
  /// The number that names a handle to its process, without owning it; stands for `zx_handle_t`.
  ///
  /// A value outlives its handle. After the close it names nothing, and calls on it throw `badHandle`;
  /// it can name another handle only after thousands of others have been made.
  public struct Value: RawRepresentable, Hashable, Sendable {
    /// The number, as C programs pass it: 0 for no handle, else with the two low bits set.
    public let rawValue: UInt32

    /// Wraps a number that a call has given.
    public init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    /// Names no handle: `ZX_HANDLE_INVALID`.
    public static let invalid = Value(rawValue: 0)

    /// Judges the value without touching what it names.
    ///
    /// - Throws: `invalidArgs` for `invalid`; `outOfRange` if it has not the form of a handle; `notFound`
    ///   if it has and names none. In this order.
    ///
    /// Source: `zx_handle_check_valid`.
    public func checkValid() throws(Status) {
      try Kernel.current.checkValid(inKernel)
    }
  }

  /// What a handle is and names, as `zx_info_handle_basic_t` tells it.
  public struct Info: Hashable, Sendable {
    /// Names the object.
    public let koid: Koid
    /// What the handle allows.
    public let rights: Rights
    /// The object's type.
    public let type: ObjectType
    /// Names the other end, also when that is gone; `invalid` for an object without one.
    public let relatedKoid: Koid
  }
}

extension Handle: KernelObject {
  /// Is `handle`.
  public init(_ handle: consuming Handle) {
    self = handle
  }

  /// Is the handle itself.
  public consuming func takeHandle() -> Handle {
    self
  }
}

extension Handle.Value {
  /// The value as the kernel knows it.
  var inKernel: HandleValue { HandleValue(rawValue: rawValue) }

  init(_ value: HandleValue) {
    self.init(rawValue: value.rawValue)
  }
}

extension Handle.Info {
  init(_ facts: HandleFacts) {
    self.init(
      koid: facts.koid, rights: facts.rights, type: facts.type, relatedKoid: facts.relatedKoid)
  }
}
