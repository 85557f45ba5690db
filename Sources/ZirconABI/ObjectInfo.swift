// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Tells facts of a handle or its object: the topics HANDLE_VALID, HANDLE_BASIC, HANDLE_COUNT, SOCKET,
/// TIMER.
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
    case UInt32(ZX_INFO_TIMER):
      try answer.give(zx_info_timer_t(Kernel.current.timerFacts(of: value)))
    default:
      throw .notSupported
    }
  }
}

/// Where the caller wants the answer.
private struct InfoAnswer {
  let buffer: UserOut
  let actual: UserOut
  let available: UserOut

  /// Gives one record, or tells that one is available where it does not fit.
  func give<Record: BitwiseCopyable>(_ record: Record) throws(Status) {
    let fits = buffer.byteCount >= MemoryLayout<Record>.size
    if fits { try buffer.put(record: record) }
    try actual.putIfWanted(fits ? 1 : 0)
    try available.putIfWanted(1)
    guard fits else { throw .bufferTooSmall }
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
    rx_buf_max = SocketFacts.capacity
    rx_buf_size = facts.received
    rx_buf_available = facts.available
    tx_buf_max = facts.sent == nil ? 0 : SocketFacts.capacity
    tx_buf_size = facts.sent ?? 0
  }
}
