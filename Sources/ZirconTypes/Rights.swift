public import CZircon

/// What a handle allows; the Swift face of `zx_rights_t`.
public struct Rights: OptionSet, Hashable, Sendable {
  /// The bits, as in `zircon/rights.h`.
  public let rawValue: UInt32

  /// Wraps bits from `zircon/rights.h`.
  @inlinable
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }
}

extension Rights {
  /// No rights at all: such a handle can be closed, replaced and asked for its basic facts.
  @inlinable public static var none: Rights { Rights(rawValue: 0) }
  /// The handle can be duplicated.
  @inlinable public static var duplicate: Rights { Rights(rawValue: ZX_RIGHT_DUPLICATE) }
  /// The handle can be sent through a channel.
  @inlinable public static var transfer: Rights { Rights(rawValue: ZX_RIGHT_TRANSFER) }
  /// Data can be read from the object.
  @inlinable public static var read: Rights { Rights(rawValue: ZX_RIGHT_READ) }
  /// Data can be written to the object.
  @inlinable public static var write: Rights { Rights(rawValue: ZX_RIGHT_WRITE) }
  /// What the object holds can be run.
  @inlinable public static var execute: Rights { Rights(rawValue: ZX_RIGHT_EXECUTE) }
  /// Memory can be mapped.
  @inlinable public static var map: Rights { Rights(rawValue: ZX_RIGHT_MAP) }
  /// Memory can be resized.
  @inlinable public static var resize: Rights { Rights(rawValue: ZX_RIGHT_RESIZE) }
  /// The regions inside a region can be changed.
  @inlinable public static var operateOnChildren: Rights { Rights(rawValue: ZX_RIGHT_OP_CHILDREN) }
  /// A process can be managed.
  @inlinable public static var manageProcess: Rights { Rights(rawValue: ZX_RIGHT_MANAGE_PROCESS) }
  /// A thread can be managed.
  @inlinable public static var manageThread: Rights { Rights(rawValue: ZX_RIGHT_MANAGE_THREAD) }
  /// Properties can be read.
  @inlinable public static var getProperty: Rights { Rights(rawValue: ZX_RIGHT_GET_PROPERTY) }
  /// Properties can be set.
  @inlinable public static var setProperty: Rights { Rights(rawValue: ZX_RIGHT_SET_PROPERTY) }
  /// User signals of the object can be changed.
  @inlinable public static var signal: Rights { Rights(rawValue: ZX_RIGHT_SIGNAL) }
  /// User signals of the object's peer can be changed.
  @inlinable public static var signalPeer: Rights { Rights(rawValue: ZX_RIGHT_SIGNAL_PEER) }
  /// A task can be killed.
  @inlinable public static var destroy: Rights { Rights(rawValue: ZX_RIGHT_DESTROY) }
  /// The object can be waited on.
  @inlinable public static var wait: Rights { Rights(rawValue: ZX_RIGHT_WAIT) }
  /// Facts about the object can be asked for.
  @inlinable public static var inspect: Rights { Rights(rawValue: ZX_RIGHT_INSPECT) }
  /// Dispositions of a socket can be changed.
  @inlinable public static var manageSocket: Rights { Rights(rawValue: ZX_RIGHT_MANAGE_SOCKET) }
  /// In a request: the rights of the handle at hand.
  @inlinable public static var same: Rights { Rights(rawValue: ZX_RIGHT_SAME_RIGHTS) }

  /// What `zx_socket_create` gives.
  @inlinable public static var defaultSocket: Rights { Rights(rawValue: ZX_DEFAULT_SOCKET_RIGHTS) }
  /// What `zx_channel_create` gives.
  @inlinable public static var defaultChannel: Rights {
    Rights(rawValue: ZX_DEFAULT_CHANNEL_RIGHTS)
  }
  /// What `zx_fifo_create` gives.
  @inlinable public static var defaultFifo: Rights { Rights(rawValue: ZX_DEFAULT_FIFO_RIGHTS) }
  /// What `zx_counter_create` gives.
  @inlinable public static var defaultCounter: Rights {
    Rights(rawValue: ZX_DEFAULT_COUNTER_RIGHTS)
  }
  /// What a process has of itself.
  @inlinable public static var defaultProcess: Rights {
    Rights(rawValue: ZX_DEFAULT_PROCESS_RIGHTS)
  }
  /// What a thread has of itself.
  @inlinable public static var defaultThread: Rights { Rights(rawValue: ZX_DEFAULT_THREAD_RIGHTS) }
  /// What a process has of its job.
  @inlinable public static var defaultJob: Rights { Rights(rawValue: ZX_DEFAULT_JOB_RIGHTS) }
  /// What `zx_vmo_create` gives; a resizable one also has `resize`.
  @inlinable public static var defaultVMO: Rights { Rights(rawValue: ZX_DEFAULT_VMO_RIGHTS) }
  /// What `zx_vmar_allocate` gives, beside what the region may hold.
  @inlinable public static var defaultVMAR: Rights { Rights(rawValue: ZX_DEFAULT_VMAR_RIGHTS) }
  /// What `zx_clock_create` gives.
  @inlinable public static var defaultClock: Rights { Rights(rawValue: ZX_DEFAULT_CLOCK_RIGHTS) }
  /// What `zx_event_create` gives.
  @inlinable public static var defaultEvent: Rights { Rights(rawValue: ZX_DEFAULT_EVENT_RIGHTS) }
  /// What `zx_eventpair_create` gives.
  @inlinable public static var defaultEventPair: Rights {
    Rights(rawValue: ZX_DEFAULT_EVENTPAIR_RIGHTS)
  }
  /// What `zx_port_create` gives.
  @inlinable public static var defaultPort: Rights { Rights(rawValue: ZX_DEFAULT_PORT_RIGHTS) }
  /// What `zx_timer_create` gives.
  @inlinable public static var defaultTimer: Rights { Rights(rawValue: ZX_DEFAULT_TIMER_RIGHTS) }
}
