import CZircon

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
  public static let none: Rights = []
  /// The handle can be duplicated.
  public static let duplicate = Rights(rawValue: ZX_RIGHT_DUPLICATE)
  /// The handle can be sent through a channel.
  public static let transfer = Rights(rawValue: ZX_RIGHT_TRANSFER)
  /// Data can be read from the object.
  public static let read = Rights(rawValue: ZX_RIGHT_READ)
  /// Data can be written to the object.
  public static let write = Rights(rawValue: ZX_RIGHT_WRITE)
  /// What the object holds can be run.
  public static let execute = Rights(rawValue: ZX_RIGHT_EXECUTE)
  /// Memory can be mapped.
  public static let map = Rights(rawValue: ZX_RIGHT_MAP)
  /// Memory can be resized.
  public static let resize = Rights(rawValue: ZX_RIGHT_RESIZE)
  /// The regions inside a region can be changed.
  public static let operateOnChildren = Rights(rawValue: ZX_RIGHT_OP_CHILDREN)
  /// A process can be managed.
  public static let manageProcess = Rights(rawValue: ZX_RIGHT_MANAGE_PROCESS)
  /// A thread can be managed.
  public static let manageThread = Rights(rawValue: ZX_RIGHT_MANAGE_THREAD)
  /// Properties can be read.
  public static let getProperty = Rights(rawValue: ZX_RIGHT_GET_PROPERTY)
  /// Properties can be set.
  public static let setProperty = Rights(rawValue: ZX_RIGHT_SET_PROPERTY)
  /// User signals of the object can be changed.
  public static let signal = Rights(rawValue: ZX_RIGHT_SIGNAL)
  /// User signals of the object's peer can be changed.
  public static let signalPeer = Rights(rawValue: ZX_RIGHT_SIGNAL_PEER)
  /// The object can be waited on.
  public static let wait = Rights(rawValue: ZX_RIGHT_WAIT)
  /// Facts about the object can be asked for.
  public static let inspect = Rights(rawValue: ZX_RIGHT_INSPECT)
  /// Dispositions of a socket can be changed.
  public static let manageSocket = Rights(rawValue: ZX_RIGHT_MANAGE_SOCKET)
  /// In a request: the rights of the handle at hand.
  public static let same = Rights(rawValue: ZX_RIGHT_SAME_RIGHTS)

  /// What `zx_socket_create` gives.
  public static let defaultSocket = Rights(rawValue: ZX_DEFAULT_SOCKET_RIGHTS)
  /// What `zx_channel_create` gives.
  public static let defaultChannel = Rights(rawValue: ZX_DEFAULT_CHANNEL_RIGHTS)
  /// What `zx_fifo_create` gives.
  public static let defaultFifo = Rights(rawValue: ZX_DEFAULT_FIFO_RIGHTS)
  /// What `zx_counter_create` gives.
  public static let defaultCounter = Rights(rawValue: ZX_DEFAULT_COUNTER_RIGHTS)
  /// What a process has of itself.
  public static let defaultProcess = Rights(rawValue: ZX_DEFAULT_PROCESS_RIGHTS)
  /// What a thread has of itself.
  public static let defaultThread = Rights(rawValue: ZX_DEFAULT_THREAD_RIGHTS)
  /// What a process has of its job.
  public static let defaultJob = Rights(rawValue: ZX_DEFAULT_JOB_RIGHTS)
  /// What `zx_vmo_create` gives; a resizable one also has `resize`.
  public static let defaultVMO = Rights(rawValue: ZX_DEFAULT_VMO_RIGHTS)
  /// What `zx_vmar_allocate` gives, beside what the region may hold.
  public static let defaultVMAR = Rights(rawValue: ZX_DEFAULT_VMAR_RIGHTS)
  /// What `zx_clock_create` gives.
  public static let defaultClock = Rights(rawValue: ZX_DEFAULT_CLOCK_RIGHTS)
  /// What `zx_event_create` gives.
  public static let defaultEvent = Rights(rawValue: ZX_DEFAULT_EVENT_RIGHTS)
  /// What `zx_eventpair_create` gives.
  public static let defaultEventPair = Rights(rawValue: ZX_DEFAULT_EVENTPAIR_RIGHTS)
  /// What `zx_port_create` gives.
  public static let defaultPort = Rights(rawValue: ZX_DEFAULT_PORT_RIGHTS)
  /// What `zx_timer_create` gives.
  public static let defaultTimer = Rights(rawValue: ZX_DEFAULT_TIMER_RIGHTS)
}
