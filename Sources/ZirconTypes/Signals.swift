public import CZircon

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
  @inlinable public static var none: Signals { Signals(rawValue: 0) }
  /// Something can be read.
  @inlinable public static var readable: Signals { Signals(rawValue: __ZX_OBJECT_READABLE) }
  /// Something can be written.
  @inlinable public static var writable: Signals { Signals(rawValue: __ZX_OBJECT_WRITABLE) }
  /// The last handle of the other end is closed; never cleared.
  @inlinable public static var peerClosed: Signals { Signals(rawValue: __ZX_OBJECT_PEER_CLOSED) }
  /// An event, event pair or timer was signaled.
  @inlinable public static var signaled: Signals { Signals(rawValue: __ZX_OBJECT_SIGNALED) }
  /// Socket: the other end's writes are disabled.
  @inlinable public static var peerWriteDisabled: Signals {
    Signals(rawValue: ZX_SOCKET_PEER_WRITE_DISABLED)
  }
  /// Socket: this end's writes are disabled.
  @inlinable public static var writeDisabled: Signals {
    Signals(rawValue: ZX_SOCKET_WRITE_DISABLED)
  }
  /// Socket: at least as many bytes wait as the read threshold says.
  @inlinable public static var readThreshold: Signals {
    Signals(rawValue: ZX_SOCKET_READ_THRESHOLD)
  }
  /// Socket: at least as much room is free as the write threshold says.
  @inlinable public static var writeThreshold: Signals {
    Signals(rawValue: ZX_SOCKET_WRITE_THRESHOLD)
  }
  /// Counter: the value is above zero.
  @inlinable public static var positive: Signals { Signals(rawValue: ZX_COUNTER_POSITIVE) }
  /// Counter: the value is zero or below.
  @inlinable public static var nonPositive: Signals { Signals(rawValue: ZX_COUNTER_NON_POSITIVE) }
  /// Process, thread, job: it has ended.
  @inlinable public static var terminated: Signals { Signals(rawValue: ZX_TASK_TERMINATED) }
  /// Thread: it has started and not ended.
  @inlinable public static var running: Signals { Signals(rawValue: ZX_THREAD_RUNNING) }
  /// Job: no jobs are in it.
  @inlinable public static var noJobs: Signals { Signals(rawValue: ZX_JOB_NO_JOBS) }
  /// Memory: nothing was made out of it that is still there.
  @inlinable public static var zeroChildren: Signals { Signals(rawValue: ZX_VMO_ZERO_CHILDREN) }
  /// Clock: it has been set once.
  @inlinable public static var clockStarted: Signals { Signals(rawValue: ZX_CLOCK_STARTED) }
  /// Clock: it is being updated; seen by those who wait at that moment.
  @inlinable public static var clockUpdated: Signals { Signals(rawValue: ZX_CLOCK_UPDATED) }
  /// The handle waited on was closed; only in what a canceled wait reports.
  @inlinable public static var handleClosed: Signals { Signals(rawValue: ZX_SIGNAL_HANDLE_CLOSED) }
  /// The eight bits that belong to users.
  @inlinable public static var allUser: Signals { Signals(rawValue: ZX_USER_SIGNAL_ALL) }

  /// User signal `number`, 0 through 7; none for another number.
  public static func user(_ number: Int) -> Signals {
    (0..<8).contains(number) ? Signals(rawValue: ZX_USER_SIGNAL_0 << UInt32(number)) : .none
  }
}
