import CZircon

/// The conditions an object can show; the Swift face of `zx_signals_t`.
///
/// Bits 0 through 22 belong to the object's type, bit 23 to closed handles, 24 through 31 to users.
public struct Signals: OptionSet, Hashable, Sendable {
  /// The bits, as in `zircon/types.h`.
  public let rawValue: UInt32

  /// Wraps bits from `zircon/types.h`.
  @inlinable
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// The word after clearing `clear` and then setting `set`.
  @inlinable
  public func updated(clear: Signals, set: Signals) -> Signals {
    subtracting(clear).union(set)
  }
}

extension Signals {
  /// No signal.
  public static let none: Signals = []
  /// Something can be read.
  public static let readable = Signals(rawValue: __ZX_OBJECT_READABLE)
  /// Something can be written.
  public static let writable = Signals(rawValue: __ZX_OBJECT_WRITABLE)
  /// The last handle of the other end is closed; never cleared.
  public static let peerClosed = Signals(rawValue: __ZX_OBJECT_PEER_CLOSED)
  /// An event, event pair or timer was signaled.
  public static let signaled = Signals(rawValue: __ZX_OBJECT_SIGNALED)
  /// Socket: the other end's writes are disabled.
  public static let peerWriteDisabled = Signals(rawValue: ZX_SOCKET_PEER_WRITE_DISABLED)
  /// Socket: this end's writes are disabled.
  public static let writeDisabled = Signals(rawValue: ZX_SOCKET_WRITE_DISABLED)
  /// Socket: at least as many bytes wait as the read threshold says.
  public static let readThreshold = Signals(rawValue: ZX_SOCKET_READ_THRESHOLD)
  /// Socket: at least as much room is free as the write threshold says.
  public static let writeThreshold = Signals(rawValue: ZX_SOCKET_WRITE_THRESHOLD)
  /// Counter: the value is above zero.
  public static let positive = Signals(rawValue: ZX_COUNTER_POSITIVE)
  /// Counter: the value is zero or below.
  public static let nonPositive = Signals(rawValue: ZX_COUNTER_NON_POSITIVE)
  /// Process, thread, job: it has ended.
  public static let terminated = Signals(rawValue: ZX_TASK_TERMINATED)
  /// Thread: it has started and not ended.
  public static let running = Signals(rawValue: ZX_THREAD_RUNNING)
  /// Job: no jobs are in it.
  public static let noJobs = Signals(rawValue: ZX_JOB_NO_JOBS)
  /// Memory: nothing was made out of it that is still there.
  public static let zeroChildren = Signals(rawValue: ZX_VMO_ZERO_CHILDREN)
  /// Clock: it has been set once.
  public static let clockStarted = Signals(rawValue: ZX_CLOCK_STARTED)
  /// Clock: it is being updated; seen by those who wait at that moment.
  public static let clockUpdated = Signals(rawValue: ZX_CLOCK_UPDATED)
  /// The handle waited on was closed; only in what a canceled wait reports.
  public static let handleClosed = Signals(rawValue: ZX_SIGNAL_HANDLE_CLOSED)
  /// The eight bits that belong to users.
  public static let allUser = Signals(rawValue: ZX_USER_SIGNAL_ALL)

  /// User signal `number`, 0 through 7; none for another number.
  public static func user(_ number: Int) -> Signals {
    (0..<8).contains(number) ? Signals(rawValue: ZX_USER_SIGNAL_0 << UInt32(number)) : .none
  }
}
