import ZirconKernel
public import ZirconTypes

/// An owner of one handle, with the calls that take an object of any type.
///
/// Every call can throw `badHandle`, if the handle was closed through its value behind its owner's back,
/// or in a forked child, in which the parent's handles do not exist; and `noMemory`, if it is the first
/// of the process and finds no memory for the kernel's own state.
public protocol KernelObject: ~Copyable, Sendable {
  /// Names the handle without owning it.
  var handleValue: Handle.Value { get }

  /// Takes over `handle`; the object's type is judged by the calls, which throw `wrongType`.
  init(_ handle: consuming Handle)

  /// Gives the handle away, to be owned without its type.
  consuming func takeHandle() -> Handle
}

// MARK: The handle

extension KernelObject where Self: ~Copyable {
  /// Gives the handle away without closing it.
  ///
  /// - Returns: The value, which names the handle until its new owner closes it.
  public consuming func take() -> Handle.Value {
    takeHandle().take()
  }

  /// Closes the handle, as dropping it does, and tells whether it was still there.
  ///
  /// Waits through it are canceled; with the last handle the object goes, which its peer sees before
  /// this returns.
  ///
  /// - Throws: `badHandle` if it was closed already, through its value.
  ///
  /// Source: `zx_handle_close`.
  public consuming func close() throws(Status) {
    try Kernel.current.close(take().inKernel)
  }

  /// Makes another handle to the same object, with `rights`, which the one at hand must have, or with the
  /// same ones.
  ///
  /// - Throws: `accessDenied` without the right to duplicate; `invalidArgs` for a right that is missing
  ///   here; `noMemory` if as many handles as there can be are live. In this order.
  ///
  /// Source: `zx_handle_duplicate`.
  public func duplicate(rights: Rights = .same) throws(Status) -> Self {
    let made = try Kernel.current.duplicate(handleValue.inKernel, rights: rights)
    return Self(Handle(adopting: Handle.Value(made)))
  }

  /// Replaces the handle by another to the same object, with the same rights or fewer.
  ///
  /// The handle at hand is gone afterwards, whatever happens. Waits through it are canceled, but the
  /// object's peer notices nothing unless this throws.
  ///
  /// - Throws: `invalidArgs` for a right that is missing here; `noMemory` if as many handles as there can
  ///   be are live. In this order.
  ///
  /// Source: `zx_handle_replace`.
  public consuming func replacing(rights: Rights) throws(Status) -> Self {
    // Closed by its owner if this throws, which `noMemory` alone leaves to do.
    let old = takeHandle()
    let made = try Kernel.current.replace(old.handleValue.inKernel, rights: rights)
    _ = old.take()
    return Self(Handle(adopting: Handle.Value(made)))
  }

  /// What the handle is and names, for which it needs no right.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_HANDLE_BASIC`.
  public func handleInfo() throws(Status) -> Handle.Info {
    Handle.Info(try Kernel.current.facts(of: handleValue.inKernel))
  }

  /// How many handles the object has.
  ///
  /// - Throws: `accessDenied` without the right to inspect.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_HANDLE_COUNT`.
  public func handleCount() throws(Status) -> Int {
    try Kernel.current.handleCount(of: handleValue.inKernel)
  }
}

// MARK: Signals

extension KernelObject where Self: ~Copyable {
  /// What the object shows at this moment; never blocks.
  ///
  /// - Throws: `accessDenied` without the right to wait.
  ///
  /// Source: `zx_object_wait_one` for no signals, with a deadline in the past.
  public func signals() throws(Status) -> Signals {
    try Kernel.current.waitOne(handleValue.inKernel, for: .none, until: .infinitePast).observed
  }

  /// Waits until the object shows at least one of `wanted`, or until `deadline`.
  ///
  /// A condition that holds already wins over a deadline that has passed, so that `infinitePast` makes
  /// this a question. The thread sleeps meanwhile; nobody else is kept from the object or the handle.
  ///
  /// - Returns: All that the object showed at the match, not only what was wanted.
  /// - Throws: Before any wait `accessDenied` without the right to wait; `canceled` if the handle is closed
  ///   meanwhile, through its value; `timedOut` once `deadline` has passed, not before.
  ///
  /// Source: `zx_object_wait_one`.
  public func wait(for wanted: Signals, until deadline: Deadline) throws(Status) -> Signals {
    let (end, observed) = try Kernel.current.waitOne(
      handleValue.inKernel, for: wanted, until: deadline)
    try end.check()
    return observed
  }

  /// Changes signals of the object: first clears, then sets.
  ///
  /// Users own `Signals.allUser` of every object and `signaled` of events and event pairs. Whoever waits
  /// for a bit that rises is released before this returns.
  ///
  /// - Throws: `accessDenied` without the right to signal; `invalidArgs` for a bit that is not for users
  ///   to change. In this order.
  ///
  /// Source: `zx_object_signal`.
  public func signal(clear: Signals = .none, set: Signals = .none) throws(Status) {
    try Kernel.current.signal(handleValue.inKernel, clear: clear, set: set)
  }
}
