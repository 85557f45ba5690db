import CZircon
import Testing

/// One call on a handle: the rights it needs, the types it takes, and what it answers on a fresh
/// socket when nothing is missing.
struct HandleCall: Sendable, CustomTestStringConvertible {
  let name: String
  let rights: zx_rights_t
  let isForSocketsOnly: Bool
  let status: zx_status_t
  let perform: @Sendable (zx_handle_t) -> zx_status_t

  var testDescription: String { name }

  init(
    _ name: String, _ rights: zx_rights_t, forSocketsOnly isForSocketsOnly: Bool = false,
    answers status: zx_status_t = ZX_OK, perform: @escaping @Sendable (zx_handle_t) -> zx_status_t
  ) {
    self.name = name
    self.rights = rights
    self.isForSocketsOnly = isForSocketsOnly
    self.status = status
    self.perform = perform
  }

  static let all = socketCalls + objectCalls + vectorCalls

  private static let socketCalls = [
    HandleCall("zx_socket_write", ZX_RIGHT_WRITE, forSocketsOnly: true) {
      socketWrite($0, [1]).status
    },
    HandleCall(
      "zx_socket_read", ZX_RIGHT_READ, forSocketsOnly: true, answers: ZX_ERR_SHOULD_WAIT
    ) {
      socketRead($0, 1).answer.status
    },
    HandleCall(
      "zx_socket_read, peek", ZX_RIGHT_READ, forSocketsOnly: true, answers: ZX_ERR_SHOULD_WAIT
    ) {
      socketPeek($0, 1).answer.status
    },
    HandleCall("zx_socket_set_disposition", ZX_RIGHT_MANAGE_SOCKET, forSocketsOnly: true) {
      zx_socket_set_disposition($0, 1, 1)
    },
    HandleCall("zx_socket_shutdown", ZX_RIGHT_WRITE, forSocketsOnly: true) {
      zx_socket_shutdown($0, ZX_SOCKET_SHUTDOWN_WRITE)
    },
    HandleCall("ZX_INFO_SOCKET", ZX_RIGHT_INSPECT, forSocketsOnly: true) {
      var info = zx_info_socket_t()
      return zx_object_get_info($0, ZX_INFO_SOCKET, &info, 48, nil, nil)
    },
  ]

  private static let objectCalls = [
    HandleCall("ZX_INFO_HANDLE_VALID", 0) {
      zx_object_get_info($0, ZX_INFO_HANDLE_VALID, nil, 0, nil, nil)
    },
    HandleCall("ZX_INFO_HANDLE_BASIC", 0) {
      var info = zx_info_handle_basic_t()
      return zx_object_get_info($0, ZX_INFO_HANDLE_BASIC, &info, 32, nil, nil)
    },
    HandleCall("ZX_INFO_HANDLE_COUNT", ZX_RIGHT_INSPECT) {
      var info = zx_info_handle_count_t()
      return zx_object_get_info($0, ZX_INFO_HANDLE_COUNT, &info, 4, nil, nil)
    },
    HandleCall("zx_object_wait_one", ZX_RIGHT_WAIT, answers: ZX_ERR_TIMED_OUT) {
      zx_object_wait_one($0, 0, 0, nil)
    },
    HandleCall("zx_object_wait_many", ZX_RIGHT_WAIT, answers: ZX_ERR_TIMED_OUT) {
      var item = zx_wait_item_t(handle: $0, waitfor: 0, pending: 0)
      return zx_object_wait_many(&item, 1, 0)
    },
    HandleCall("zx_object_signal", ZX_RIGHT_SIGNAL) {
      zx_object_signal($0, 0, ZX_USER_SIGNAL_0)
    },
    HandleCall("zx_object_signal_peer", ZX_RIGHT_SIGNAL_PEER) {
      zx_object_signal_peer($0, 0, ZX_USER_SIGNAL_0)
    },
    HandleCall("zx_object_get_property", ZX_RIGHT_GET_PROPERTY) {
      var value = 0
      return zx_object_get_property($0, ZX_PROP_SOCKET_RX_THRESHOLD, &value, 8)
    },
    HandleCall("zx_object_set_property", ZX_RIGHT_SET_PROPERTY) {
      setThreshold($0, ZX_PROP_SOCKET_RX_THRESHOLD, 1)
    },
    HandleCall("zx_handle_duplicate", ZX_RIGHT_DUPLICATE) {
      var copy = ZX_HANDLE_INVALID
      let status = zx_handle_duplicate($0, ZX_RIGHT_SAME_RIGHTS, &copy)
      return status == ZX_OK ? zx_handle_close(copy) : status
    },
  ]

  private static let vectorCalls = [
    HandleCall("zxl_socket_writev", ZX_RIGHT_WRITE, forSocketsOnly: true) { handle in
      var byte: UInt8 = 1
      return withUnsafeMutablePointer(to: &byte) { byte in
        var vector = zx_iovec_t(buffer: byte, capacity: 1)
        return zxl_socket_writev(handle, 0, &vector, 1, nil)
      }
    },
    HandleCall(
      "zxl_socket_readv", ZX_RIGHT_READ, forSocketsOnly: true, answers: ZX_ERR_SHOULD_WAIT
    ) { handle in
      var byte: UInt8 = 1
      return withUnsafeMutablePointer(to: &byte) { byte in
        var vector = zx_iovec_t(buffer: byte, capacity: 1)
        return zxl_socket_readv(handle, 0, &vector, 1, nil)
      }
    },
    HandleCall("zxl_socket_batch, write", ZX_RIGHT_WRITE, forSocketsOnly: true) {
      batchOfOne($0, ZXL_SOCKET_WRITE)
    },
    HandleCall(
      "zxl_socket_batch, read", ZX_RIGHT_READ, forSocketsOnly: true, answers: ZX_ERR_SHOULD_WAIT
    ) {
      batchOfOne($0, ZXL_SOCKET_READ)
    },
  ]

  private static func batchOfOne(_ handle: zx_handle_t, _ op: UInt32) -> zx_status_t {
    var byte: UInt8 = 1
    return withUnsafeMutablePointer(to: &byte) { byte in
      var operation = zxl_socket_op_t(
        op: op, handle: handle, options: 0, status: 1, buffer: byte, size: 1, actual: 0)
      let status = zxl_socket_batch(&operation, 1)
      return status == ZX_OK ? operation.status : status
    }
  }
}

/// Source: the common look-up: value, then type, then rights, before anything else.
@Suite("every call, every handle") struct RightsMatrixTests {
  @Test(arguments: HandleCall.all)
  func `handle zero is BAD_HANDLE`(call: HandleCall) {
    #expect(call.perform(ZX_HANDLE_INVALID) == ZX_ERR_BAD_HANDLE)
  }

  @Test(arguments: HandleCall.all)
  func `a stale handle is BAD_HANDLE, of whatever type it was`(call: HandleCall) throws {
    #expect(call.perform(try staleHandle()) == ZX_ERR_BAD_HANDLE)
    var pair = try SocketPair(.stream)
    let value = pair.writer
    pair.closeWriter()
    #expect(call.perform(value) == ZX_ERR_BAD_HANDLE)
  }

  @Test(arguments: HandleCall.all, [1, 2, 3])
  func `a live value with a low bit cleared is BAD_HANDLE`(
    call: HandleCall, bits: zx_handle_t
  ) throws {
    let pair = try SocketPair(.stream)
    #expect(call.perform(pair.writer & ~bits) == ZX_ERR_BAD_HANDLE)
  }

  @Test(arguments: HandleCall.all)
  func `a value never given out is BAD_HANDLE`(call: HandleCall) {
    #expect(call.perform(zx_handle_t.max) == ZX_ERR_BAD_HANDLE)
  }

  @Test(arguments: HandleCall.all, SocketVariant.all)
  func `exactly the needed rights are enough`(call: HandleCall, variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let reduced = try OwnedHandle(duplicating: pair.writer, rights: call.rights)
    #expect(call.perform(reduced.value) == call.status)
  }

  /// Each single right taken away: the needed ones are missed, the others are not.
  @Test(arguments: HandleCall.all, 0..<32)
  func `each missing right is ACCESS_DENIED if needed and not noticed if not`(
    call: HandleCall, bit: Int
  ) throws {
    let right = zx_rights_t(1) << zx_rights_t(bit)
    let pair = try SocketPair(.stream)
    let reduced = try OwnedHandle(
      duplicating: pair.writer, rights: ZX_DEFAULT_SOCKET_RIGHTS & ~right)
    let isNeeded = call.rights & right != 0
    #expect(call.perform(reduced.value) == (isNeeded ? ZX_ERR_ACCESS_DENIED : call.status))
  }

  @Test(arguments: HandleCall.all)
  func `no right at all is ACCESS_DENIED where one is needed`(call: HandleCall) throws {
    let pair = try SocketPair(.stream)
    let bare = try OwnedHandle(duplicating: pair.writer, rights: ZX_RIGHT_NONE)
    #expect(call.perform(bare.value) == (call.rights == 0 ? ZX_OK : ZX_ERR_ACCESS_DENIED))
    #expect(signals(of: pair.writer) == 0x2)
    #expect(signals(of: pair.reader) == 0x2)
  }

  @Test(arguments: HandleCall.all.filter(\.isForSocketsOnly))
  func `another type is WRONG_TYPE, before the rights`(call: HandleCall) throws {
    let event = try OwnedHandle.event()
    let pair = try EventPair()
    for handle in [event.value, pair.first] {
      #expect(call.perform(handle) == ZX_ERR_WRONG_TYPE)
      let bare = try OwnedHandle(duplicating: handle, rights: ZX_RIGHT_NONE)
      #expect(call.perform(bare.value) == ZX_ERR_WRONG_TYPE)
    }
  }

  @Test(arguments: HandleCall.all.filter { !$0.isForSocketsOnly })
  func `calls for any type judge an event by its rights`(call: HandleCall) throws {
    let event = try OwnedHandle.event()
    let isAllowed = call.rights & ~ZX_DEFAULT_EVENT_RIGHTS == 0
    #expect(call.perform(event.value) == (isAllowed ? call.status : ZX_ERR_ACCESS_DENIED))
    let bare = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_NONE)
    #expect(call.perform(bare.value) == (call.rights == 0 ? ZX_OK : ZX_ERR_ACCESS_DENIED))
  }

  @Test func `closing and replacing need no right and no type`() throws {
    let pair = try SocketPair(.stream)
    let event = try OwnedHandle.event()
    for source in [pair.writer, event.value] {
      var bare = try OwnedHandle(duplicating: source, rights: ZX_RIGHT_NONE)
      var out = ZX_HANDLE_INVALID
      #expect(zx_handle_replace(bare.value, ZX_RIGHT_SAME_RIGHTS, &out) == ZX_OK)
      bare.forget(now: out)
      bare.close()
    }
  }
}
