import CZircon
import Testing

/// Owns both ends of a channel; closed on deinit.
struct ChannelPair: ~Copyable {
  private(set) var first: zx_handle_t
  private(set) var second: zx_handle_t

  init() throws {
    var first = ZX_HANDLE_INVALID
    var second = ZX_HANDLE_INVALID
    try #require(zx_channel_create(0, &first, &second) == ZX_OK)
    self.first = first
    self.second = second
  }

  mutating func closeFirst() {
    #expect(zx_handle_close(first) == ZX_OK)
    first = ZX_HANDLE_INVALID
  }

  mutating func closeSecond() {
    #expect(zx_handle_close(second) == ZX_OK)
    second = ZX_HANDLE_INVALID
  }

  /// Says that a call has closed or replaced the first end itself.
  mutating func forgetFirst(now replacement: zx_handle_t = ZX_HANDLE_INVALID) {
    first = replacement
  }

  /// Says that a call has closed or replaced the second end itself.
  mutating func forgetSecond(now replacement: zx_handle_t = ZX_HANDLE_INVALID) {
    second = replacement
  }

  deinit {
    #expect(zx_handle_close(first) == ZX_OK)
    #expect(zx_handle_close(second) == ZX_OK)
  }
}

/// What a read has given.
struct ReceivedMessage: Equatable {
  var bytes: [UInt8] = []
  var handles: [zx_handle_t] = []
}

/// Writes a message; the handles are gone afterwards.
func channelWrite(
  _ channel: zx_handle_t, _ bytes: [UInt8] = [], _ handles: [zx_handle_t] = []
) -> zx_status_t {
  zx_channel_write(
    channel, 0, bytes, UInt32(bytes.count), handles, UInt32(handles.count))
}

/// Reads a message of any size.
func channelRead(
  _ channel: zx_handle_t, maxBytes: Int = 65_536, maxHandles: Int = 64
) -> (status: zx_status_t, message: ReceivedMessage) {
  var bytes = [UInt8](repeating: 0xEE, count: maxBytes)
  var handles = [zx_handle_t](repeating: 0, count: maxHandles)
  var (byteCount, handleCount): (UInt32, UInt32) = (0, 0)
  let status = zx_channel_read(
    channel, 0, &bytes, &handles, UInt32(maxBytes), UInt32(maxHandles), &byteCount, &handleCount)
  guard status == ZX_OK else { return (status, ReceivedMessage()) }
  return (
    status,
    ReceivedMessage(
      bytes: Array(bytes.prefix(Int(byteCount))), handles: Array(handles.prefix(Int(handleCount))))
  )
}

/// Reads a message that must be there.
func channelTake(
  _ channel: zx_handle_t, sourceLocation: SourceLocation = #_sourceLocation
) throws -> ReceivedMessage {
  let (status, message) = channelRead(channel)
  try #require(status == ZX_OK, sourceLocation: sourceLocation)
  return message
}

/// Reads the one handle of a message that must be there.
func channelTakeHandle(_ channel: zx_handle_t) throws -> zx_handle_t {
  let message = try channelTake(channel)
  try #require(message.handles.count == 1)
  return message.handles[0]
}

/// A disposition as most tests want it.
func disposition(
  _ operation: zx_handle_op_t, _ handle: zx_handle_t, type: zx_obj_type_t = ZX_OBJ_TYPE_NONE,
  rights: zx_rights_t = ZX_RIGHT_SAME_RIGHTS, result: zx_status_t = ZX_OK
) -> zx_handle_disposition_t {
  zx_handle_disposition_t(
    operation: operation, handle: handle, type: type, rights: rights, result: result)
}

/// Another handle to the same object with fewer rights, for an object that cannot be duplicated.
func replaced(_ handle: zx_handle_t, rights: zx_rights_t) throws -> zx_handle_t {
  var out = ZX_HANDLE_INVALID
  try #require(zx_handle_replace(handle, rights, &out) == ZX_OK)
  return out
}
