import ZirconKernel
public import ZirconTypes

/// One object of a wait for several, and what it showed in the end.
///
/// Names the object's handle without owning it: if that is closed during the wait, the wait is canceled.
public struct WaitItem: Hashable, Sendable {
  /// Names the handle to wait through.
  public let handleValue: Handle.Value
  /// What ends the wait if the object shows any of it.
  public var wanted: Signals
  /// All that the object showed: when it matched, or else when the wait ended.
  ///
  /// With `handleClosed` if the handle was closed meanwhile. Set by a wait that took place, also in vain.
  public fileprivate(set) var pending = Signals.none

  /// Names `object` and what to wait for.
  public init<Object: KernelObject & ~Copyable>(_ object: borrowing Object, for wanted: Signals) {
    handleValue = object.handleValue
    self.wanted = wanted
  }
}

extension WaitItem {
  /// The most items of one wait: `ZX_WAIT_MANY_MAX_ITEMS`.
  public static var maxCount: Int { Kernel.maxWaitItems }

  /// Waits until the object of one of `items` shows what that item wants, or until `deadline`.
  ///
  /// Fills in what every item's object showed, unless the throw was before any wait. A condition that
  /// holds already wins over a deadline that has passed. Without items this sleeps until `deadline`.
  ///
  /// - Throws: Before any wait `outOfRange` for more than `maxCount` items, and then, for the first item it
  ///   is true of, `badHandle`, or `accessDenied` without the right to wait; `canceled` if the handle of
  ///   an item is closed meanwhile, also if another item matched; `timedOut` once `deadline` has passed,
  ///   not before.
  ///
  /// Source: `zx_object_wait_many`.
  public static func waitForAny(
    of items: inout [WaitItem], until deadline: Deadline
  ) throws(Status) {
    guard items.count <= maxCount else { throw .outOfRange }
    var inKernel = items.map { item in
      ZirconKernel.WaitItem(
        handle: item.handleValue.rawValue, wanted: item.wanted.rawValue, pending: 0)
    }
    var span = inKernel.mutableSpan
    let end = try Kernel.current.waitMany(&span, until: deadline)
    for index in items.indices {
      items[index].pending = Signals(rawValue: span[index].pending)
    }
    try end.check()
  }
}
