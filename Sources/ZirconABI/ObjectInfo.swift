// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Tells facts of a handle or its object; the topics are those of the switch.
///
/// `ZX_ERR_NOT_SUPPORTED` for another topic; the handle's statuses; `ZX_ERR_BUFFER_TOO_SMALL` with
/// `avail` 1 if the record does not fit; `ZX_ERR_INVALID_ARGS` for a bad pointer.
@c @implementation
public func zx_object_get_info(
  _ handle: zx_handle_t, _ topic: UInt32, _ buffer: UnsafeMutableRawPointer?, _ buffer_size: Int,
  _ actual: UnsafeMutablePointer<Int>?, _ avail: UnsafeMutablePointer<Int>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let value = HandleValue(handle)
    let answer = unsafe InfoAnswer(
      buffer: UserOut(buffer, byteCount: buffer_size), actual: UserOut(actual),
      available: UserOut(avail))
    switch topic {
    case UInt32(ZX_INFO_HANDLE_VALID):
      guard try Kernel.current.isLive(value) else { throw .badHandle }
    case UInt32(ZX_INFO_HANDLE_BASIC):
      try answer.give(zx_info_handle_basic_t(Kernel.current.facts(of: value)))
    case UInt32(ZX_INFO_HANDLE_COUNT):
      let count = try Kernel.current.handleCount(of: value)
      try answer.give(zx_info_handle_count_t(handle_count: UInt32(count)))
    case UInt32(ZX_INFO_SOCKET):
      try answer.give(zx_info_socket_t(Kernel.current.socketFacts(of: value)))
    case UInt32(ZX_INFO_PROCESS_HANDLE_STATS):
      try answer.give(Kernel.current.handleStatistics(of: value))
    case UInt32(ZX_INFO_HANDLE_TABLE):
      try answer.give(handleTable: Kernel.current.handleTable(of: value))
    case UInt32(ZX_INFO_PROCESS):
      try answer.give(zx_info_process_t(Kernel.current.processInfo(of: value)))
    case UInt32(ZX_INFO_THREAD):
      try answer.give(zx_info_thread_t(Kernel.current.threadInfo(of: value)))
    case UInt32(ZX_INFO_TIMER):
      try answer.give(zx_info_timer_t(Kernel.current.timerFacts(of: value)))
    case UInt32(ZX_INFO_VMAR):
      try answer.give(zx_info_vmar_t(Kernel.current.regionFacts(of: value)))
    case UInt32(ZX_INFO_VMO), UInt32(ZX_INFO_VMO_V1), UInt32(ZX_INFO_VMO_V2),
      UInt32(ZX_INFO_VMO_V3):
      let record = try zx_info_vmo_t(Kernel.current.memoryFacts(of: value))
      try answer.give(record, byteCount: memoryRecordSize(topic))
    default:
      throw .notSupported
    }
  }
}

/// Bytes of the record of a version of ZX_INFO_VMO: each begins with those before it.
private func memoryRecordSize(_ topic: UInt32) -> Int {
  switch topic {
  case UInt32(ZX_INFO_VMO_V1): 104
  case UInt32(ZX_INFO_VMO_V2): 120
  case UInt32(ZX_INFO_VMO_V3): 128
  default: MemoryLayout<zx_info_vmo_t>.size
  }
}

/// Where the caller wants the answer.
private struct InfoAnswer {
  let buffer: UserOut
  let actual: UserOut
  let available: UserOut

  /// Gives one record, or its first `byteCount` bytes, or tells that one is available where it does not
  /// fit.
  func give<Record: BitwiseCopyable>(
    _ record: Record, byteCount: Int = MemoryLayout<Record>.size
  ) throws(Status) {
    let fits = buffer.byteCount >= byteCount
    if fits {
      try unsafe withUnsafePointer(to: record) { (record) throws(Status) in
        try unsafe buffer.put(from: record, count: byteCount)
      }
    }
    try actual.putIfWanted(fits ? 1 : 0)
    try available.putIfWanted(1)
    guard fits else { throw .bufferTooSmall }
  }

  /// Gives as many records as fit, and tells how many there are.
  ///
  /// A caller that wants only `actual` gets the number there.
  func give(
    handleTable entries: [(value: HandleValue, facts: HandleFacts)]
  ) throws(Status) {
    if buffer.isNull && available.isNull && !actual.isNull {
      return try actual.put(entries.count)
    }
    let size = MemoryLayout<zx_info_handle_extended_t>.size
    let records = entries.prefix(buffer.byteCount / size).map {
      zx_info_handle_extended_t($0.value, $0.facts)
    }
    try unsafe records.span.bytes.withUnsafeBytes { (bytes) throws(Status) in
      guard let base = bytes.baseAddress else { return }
      try unsafe buffer.put(from: base, count: bytes.count)
    }
    try actual.putIfWanted(records.count)
    try available.putIfWanted(entries.count)
  }
}

extension zx_info_handle_basic_t {
  fileprivate init(_ facts: HandleFacts) {
    self.init()
    koid = facts.koid.rawValue
    rights = facts.rights.rawValue
    type = facts.type.rawValue
    related_koid = facts.relatedKoid.rawValue
  }
}

extension zx_info_timer_t {
  fileprivate init(_ facts: TimerFacts) {
    self.init()
    options = facts.slackMode
    clock_id = facts.clock.rawValue
    deadline = facts.deadline
    slack = facts.slackInNanoseconds
  }
}

extension zx_info_socket_t {
  fileprivate init(_ facts: SocketFacts) {
    self.init()
    options = facts.kind.rawValue
    rx_buf_max = facts.capacity
    rx_buf_size = facts.received
    rx_buf_available = facts.available
    tx_buf_max = facts.sent == nil ? 0 : facts.capacity
    tx_buf_size = facts.sent ?? 0
  }
}

extension zx_info_handle_extended_t {
  fileprivate init(_ value: HandleValue, _ facts: HandleFacts) {
    self.init()
    type = facts.type.rawValue
    handle_value = value.rawValue
    rights = facts.rights.rawValue
    koid = facts.koid.rawValue
    related_koid = facts.relatedKoid.rawValue
  }
}

extension zx_info_process_t {
  fileprivate init(_ info: ProcessInfo) {
    self.init()
    return_code = info.returnCode ?? 0
    start_time = info.startTime
    flags =
      ZX_INFO_PROCESS_FLAG_STARTED | (info.returnCode == nil ? 0 : ZX_INFO_PROCESS_FLAG_EXITED)
  }
}

extension zx_info_thread_t {
  fileprivate init(_ info: ThreadInfo) {
    self.init()
    state = info.state
    unsafe withUnsafeMutableBytes(of: &cpu_affinity_mask) { mask in
      unsafe mask.storeBytes(of: info.affinity, as: InlineArray<8, UInt64>.self)
    }
  }
}

extension zx_info_vmar_t {
  fileprivate init(_ facts: RegionFacts) {
    self.init(base: facts.base, len: facts.byteCount)
  }
}

extension zx_info_vmo_t {
  fileprivate init(_ facts: MemoryFacts) {
    self.init()
    koid = facts.koid.rawValue
    unsafe withUnsafeMutableBytes(of: &name) { name in
      unsafe name.storeBytes(of: facts.name, as: ObjectName.self)
    }
    size_bytes = facts.size
    parent_koid = facts.parentKoid.rawValue
    num_children = facts.childCount
    num_mappings = facts.mappingCount
    share_count = min(facts.mappingCount, 1)
    flags =
      ZX_INFO_VMO_TYPE_PAGED | ZX_INFO_VMO_VIA_HANDLE
      | (facts.isResizable ? ZX_INFO_VMO_RESIZABLE : 0)
      | (facts.isDiscardable ? ZX_INFO_VMO_DISCARDABLE : 0)
      | (facts.isSnapshot ? ZX_INFO_VMO_IS_COW_CLONE : 0)
      | (facts.isImmutable ? ZX_INFO_VMO_IMMUTABLE : 0)
    handle_rights = facts.rights.rawValue
    let committed = facts.committedByteCount
    committed_bytes = committed
    populated_bytes = committed
    committed_private_bytes = committed
    populated_private_bytes = committed
    committed_scaled_bytes = committed
    populated_scaled_bytes = committed
  }
}
