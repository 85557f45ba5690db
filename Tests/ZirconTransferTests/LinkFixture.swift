import CZircon
import Glibc
import Testing
import TransferSupport

/// A channel between two ends that know of each other only through a link, as in two processes; closed on
/// deinit.
struct LinkedChannels: ~Copyable {
  private(set) var first: zx_handle_t
  private(set) var second: zx_handle_t

  init() throws {
    var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_channel_create(0, &first, &second) == ZX_OK)
    second = try sentAway(second)
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

  deinit {
    #expect(zx_handle_close(first) == ZX_OK)
    #expect(zx_handle_close(second) == ZX_OK)
  }
}

/// Sends a handle through a link and takes it out at the other end, as another process would get it.
func carried(
  _ handle: zx_handle_t, sourceLocation: SourceLocation = #_sourceLocation
) throws -> zx_handle_t {
  let carrier = try LinkedChannels()
  try #require(write(carrier.first, [1], [handle]) == ZX_OK, sourceLocation: sourceLocation)
  let message = try take(carrier.second, sourceLocation: sourceLocation)
  try #require(message.handles.count == 1, sourceLocation: sourceLocation)
  return message.handles[0]
}

/// A new channel, both ends here.
func makeChannel() throws -> (zx_handle_t, zx_handle_t) {
  var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
  try #require(zx_channel_create(0, &first, &second) == ZX_OK)
  return (first, second)
}

/// Closes handles that are open.
func close(_ handles: zx_handle_t...) {
  for handle in handles { #expect(zx_handle_close(handle) == ZX_OK) }
}

/// What a read has given.
struct Message: Equatable {
  var bytes: [UInt8] = []
  var handles: [zx_handle_t] = []
}

/// Writes a message; the handles are gone afterwards.
func write(
  _ channel: zx_handle_t, _ bytes: [UInt8] = [], _ handles: [zx_handle_t] = []
) -> zx_status_t {
  zx_channel_write(channel, 0, bytes, UInt32(bytes.count), handles, UInt32(handles.count))
}

/// Reads a message of any size.
func read(_ channel: zx_handle_t) -> (status: zx_status_t, message: Message) {
  var bytes = [UInt8](repeating: 0xEE, count: 65_536)
  var handles = [zx_handle_t](repeating: 0, count: 64)
  var (byteCount, handleCount): (UInt32, UInt32) = (0, 0)
  let status = zx_channel_read(
    channel, 0, &bytes, &handles, UInt32(bytes.count), UInt32(handles.count), &byteCount,
    &handleCount)
  guard status == ZX_OK else { return (status, Message()) }
  return (
    status,
    Message(
      bytes: Array(bytes.prefix(Int(byteCount))), handles: Array(handles.prefix(Int(handleCount))))
  )
}

/// Reads a message, at once or as soon as one has come.
func take(
  _ channel: zx_handle_t, sourceLocation: SourceLocation = #_sourceLocation
) throws -> Message {
  var (status, message) = read(channel)
  if status == ZX_ERR_SHOULD_WAIT {
    try #require(
      wait(channel, ZX_CHANNEL_READABLE).status == ZX_OK, sourceLocation: sourceLocation)
    (status, message) = read(channel)
  }
  try #require(status == ZX_OK, sourceLocation: sourceLocation)
  return message
}

/// Waits for one of `signals`, longer than any correct test needs.
@discardableResult
func wait(
  _ handle: zx_handle_t, _ signals: zx_signals_t
) -> (status: zx_status_t, observed: zx_signals_t) {
  var observed: zx_signals_t = 0
  let status = zx_object_wait_one(
    handle, signals, zx_deadline_after(20_000_000_000), &observed)
  return (status, observed)
}

/// The peer of `handle` is gone for good.
///
/// That nobody holds an end any more only Linux knows where several processes can; one that another test is
/// just starting has copies of all descriptors until its own program runs.
func expectPeerGone(_ handle: zx_handle_t) {
  #expect(wait(handle, ZX_SOCKET_PEER_CLOSED).status == ZX_OK)
}

/// The signals of this moment.
func signals(of handle: zx_handle_t) -> zx_signals_t {
  var observed = zx_signals_t.max
  #expect(zx_object_wait_one(handle, 0, 0, &observed) == ZX_ERR_TIMED_OUT)
  return observed
}

// MARK: Sockets

/// Both kinds.
let kinds = [ZX_SOCKET_STREAM, ZX_SOCKET_DATAGRAM]

/// Writes, and answers how much of it went.
func put(_ socket: zx_handle_t, _ bytes: [UInt8]) -> (status: zx_status_t, count: Int) {
  var actual = -1
  let status = zx_socket_write(socket, 0, bytes, bytes.count, &actual)
  return (status, actual)
}

/// Reads into a room of so many bytes.
func get(
  _ socket: zx_handle_t, _ room: Int, options: UInt32 = 0
) -> (status: zx_status_t, bytes: [UInt8]) {
  var buffer = [UInt8](repeating: 0xEE, count: room)
  var actual = 0
  let status = zx_socket_read(socket, options, &buffer, room, &actual)
  return (status, Array(buffer.prefix(actual)))
}

/// Bytes that tell their places.
func pattern(_ count: Int, from start: Int = 0) -> [UInt8] {
  (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}

/// A new socket, both ends here.
func makeSocket(_ kind: UInt32) throws -> (zx_handle_t, zx_handle_t) {
  var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
  try #require(zx_socket_create(kind, &first, &second) == ZX_OK)
  return (first, second)
}

/// Makes a plain descriptor of an end, which is gone afterwards.
func makePlain(_ handle: zx_handle_t) throws -> Int32 {
  var plain: Int32 = -1
  try #require(fdio_fd_create(handle, &plain) == ZX_OK)
  return plain
}

/// Sends through a plain descriptor, without a signal if nobody is there.
func send(_ plain: Int32, _ bytes: [UInt8]) -> Int {
  Glibc.send(plain, bytes, bytes.count, Int32(MSG_NOSIGNAL))
}

/// Another handle of the same, with the same rights.
func duplicate(of handle: zx_handle_t) throws -> zx_handle_t {
  var other = ZX_HANDLE_INVALID
  try #require(zx_handle_duplicate(handle, ZX_RIGHT_SAME_RIGHTS, &other) == ZX_OK)
  return other
}
