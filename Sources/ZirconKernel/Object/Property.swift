import ZirconTypes

/// What can be asked for or set by `zx_object_get_property` and `zx_object_set_property`.
package enum Property: UInt32, Sendable {
  /// `ZX_PROP_REGISTER_GS`.
  case registerGS = 2
  /// `ZX_PROP_NAME`: 32 bytes.
  case name = 3
  /// `ZX_PROP_REGISTER_FS`.
  case registerFS = 4
  /// `ZX_PROP_PROCESS_DEBUG_ADDR`.
  case debugAddress = 5
  /// `ZX_PROP_PROCESS_VDSO_BASE_ADDRESS`.
  case vdsoBaseAddress = 6
  /// `ZX_PROP_PROCESS_BREAK_ON_LOAD`.
  case breakOnLoad = 7
  /// `ZX_PROP_PROCESS_HW_TRACE_CONTEXT_ID`.
  case traceContext = 8
  /// `ZX_PROP_SOCKET_RX_THRESHOLD`.
  case readThreshold = 12
  /// `ZX_PROP_SOCKET_TX_THRESHOLD`.
  case writeThreshold = 13
  /// `ZX_PROP_JOB_KILL_ON_OOM`.
  case killOnOutOfMemory = 15
  /// `ZX_PROP_EXCEPTION_STATE`.
  case exceptionState = 16
  /// `ZX_PROP_VMO_CONTENT_SIZE`.
  case contentSize = 17
  /// `ZX_PROP_EXCEPTION_STRATEGY`.
  case exceptionStrategy = 18
  /// `ZX_PROP_STREAM_MODE_APPEND`.
  case appendMode = 19

  /// Bytes that a buffer for its value must have.
  package var byteCount: Int {
    switch self {
    case .name: ObjectName.byteCount
    case .exceptionState, .exceptionStrategy: 4
    case .appendMode: 1
    default: 8
    }
  }

  /// The one type of object that has it; nil for the name, which several have.
  var owner: ObjectType? {
    switch self {
    case .name: nil
    case .registerGS, .registerFS: .thread
    case .debugAddress, .vdsoBaseAddress, .breakOnLoad, .traceContext: .process
    case .readThreshold, .writeThreshold: .socket
    case .killOnOutOfMemory: .job
    case .exceptionState, .exceptionStrategy: .exception
    case .contentSize: .vmo
    case .appendMode: .stream
    }
  }

  /// The property with this number, to be got.
  ///
  /// - Throws: `notSupported` if there is none, also for one that can only be set.
  init(toGet number: UInt32) throws(Status) {
    self = try Property(number, except: [.killOnOutOfMemory])
  }

  /// The property with this number, to be set.
  ///
  /// - Throws: `notSupported` if there is none, also for one that can only be got.
  init(toSet number: UInt32) throws(Status) {
    self = try Property(number, except: [.vdsoBaseAddress, .traceContext])
  }

  private init(_ number: UInt32, except others: [Property]) throws(Status) {
    guard let property = Property(rawValue: number), !others.contains(property) else {
      throw .notSupported
    }
    self = property
  }

  /// Judges the type and then the size, as is done for numbers; a name is judged by its users.
  ///
  /// - Throws: `wrongType`, `bufferTooSmall`. In this order.
  func check(_ type: ObjectType, byteCount: Int) throws(Status) {
    if let owner, owner != type { throw .wrongType }
    guard byteCount >= self.byteCount else { throw .bufferTooSmall }
  }
}
