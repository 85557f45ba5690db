import ZirconLinux
package import ZirconTypes

/// The address of a word that threads wait on.
package struct FutexAddress: Equatable, Sendable {
  fileprivate let address: UInt

  /// Judges an address; what lies there is not looked at.
  ///
  /// - Throws: `invalidArgs` if it is null or not on the boundary of a word.
  package init(_ pointer: UnsafeRawPointer?) throws(Status) {
    address = UInt(bitPattern: pointer)
    guard address != 0, address % 4 == 0 else { throw .invalidArgs }
  }
}

extension Kernel {
  /// Sleeps on a futex until it is woken, at most until `deadline`; meanwhile the thread that `owner` names
  /// owns it, nobody for `invalid`.
  ///
  /// - Throws: `invalidArgs` if the word cannot be read; `badState` if it is not `expected`; for an owner
  ///   other than `invalid` `badHandle`, `wrongType` if that is no thread, `invalidArgs` if it is the caller
  ///   or waits on the futex itself; `timedOut`. In this order.
  ///
  /// Source: `zx_futex_wait`.
  package func waitOnFutex(
    _ futex: FutexAddress, while expected: Int32, owner: HandleValue, until deadline: Deadline
  ) throws(Status) {
    try futexes.wait(
      on: futex.address, while: UInt32(bitPattern: expected), thread: .current,
      owner: futexOwner(owner), until: deadline)
  }

  /// Wakes up to `count` threads that wait on a futex, those first that have waited longest.
  ///
  /// Source: `zx_futex_wake`, `zx_futex_wake_single_owner`.
  package func wakeFutex(_ futex: FutexAddress, count: UInt32, owner: FutexOwner) {
    futexes.wake(futex.address, count: count, owner: owner)
  }

  /// Wakes up to `wakeCount` threads that wait on a futex and lets up to `moveCount` more wait on
  /// `target`, which the thread that `targetOwner` names owns then, nobody for `invalid`.
  ///
  /// - Throws: `invalidArgs` if both are the same, or if the word cannot be read; `badState` if it is not
  ///   `expected`; for an owner of `target` other than `invalid` `badHandle`, `wrongType` if that is no
  ///   thread, `invalidArgs` if it waits on either futex. In this order.
  ///
  /// Source: `zx_futex_requeue`, `zx_futex_requeue_single_owner`.
  package func requeueFutex(
    _ futex: FutexAddress, wakeCount: UInt32, owner: FutexOwner, while expected: Int32,
    to target: FutexAddress, moveCount: UInt32, targetOwner: HandleValue
  ) throws(Status) {
    guard futex != target else { throw .invalidArgs }
    try futexes.requeue(
      futex.address, wakeCount: wakeCount, owner: owner, while: UInt32(bitPattern: expected),
      to: target.address, moveCount: moveCount, targetOwner: futexOwner(targetOwner))
  }

  /// The koid of the thread that owns a futex; `invalid` for nobody.
  ///
  /// - Throws: `noMemory` if there is none for the object that stands for the thread.
  ///
  /// Source: `zx_futex_get_owner`.
  package func ownerOfFutex(_ futex: FutexAddress) throws(Status) -> Koid {
    guard let owner = futexes.owner(of: futex.address), owner.isAlive else { return .invalid }
    if case .ended = owner.facts().activity { return .invalid }
    return try facts(of: thread(owner)).koid
  }

  /// The thread that a handle names as a futex's owner, nil for nobody, or why it names none.
  private func futexOwner(_ owner: HandleValue) -> Result<LinuxThread?, Status> {
    guard owner != .invalid else { return .success(nil) }
    do throws(Status) {
      let thread = try with(owner, .thread, as: ThreadDispatcher.self, rights: .none) { $0.thread }
      return .success(thread)
    } catch {
      return .failure(error)
    }
  }
}
