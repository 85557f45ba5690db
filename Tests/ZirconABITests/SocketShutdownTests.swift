import CZircon
import Testing

/// Source: `zx_socket_shutdown`, the earlier name of disabling with `zx_socket_set_disposition`.
@Suite("zx_socket_shutdown") struct SocketShutdownTests {
  private static let both = ZX_SOCKET_SHUTDOWN_WRITE | ZX_SOCKET_SHUTDOWN_READ

  @Test func `the options are 1 for writing and 2 for reading`() {
    #expect(ZX_SOCKET_SHUTDOWN_WRITE == 1)
    #expect(ZX_SOCKET_SHUTDOWN_READ == 2)
  }

  @Test(arguments: [4, 5, 8, 0x8000_0001, UInt32.max])
  func `unknown options are INVALID_ARGS and change nothing`(options: UInt32) throws {
    let pair = try SocketPair(.stream)
    #expect(zx_socket_shutdown(pair.writer, options) == ZX_ERR_INVALID_ARGS)
    #expect(signals(of: pair.writer) == 0x2)
    #expect(signals(of: pair.reader) == 0x2)
  }

  @Test func `the handle is judged by value, then type, then WRITE`() throws {
    #expect(zx_socket_shutdown(0, ZX_SOCKET_SHUTDOWN_WRITE) == ZX_ERR_BAD_HANDLE)
    let event = try OwnedHandle.event()
    #expect(zx_socket_shutdown(event.value, ZX_SOCKET_SHUTDOWN_WRITE) == ZX_ERR_WRONG_TYPE)
    let pair = try SocketPair(.stream)
    let reduced = try OwnedHandle(
      duplicating: pair.writer, rights: ZX_DEFAULT_SOCKET_RIGHTS & ~ZX_RIGHT_WRITE)
    #expect(zx_socket_shutdown(reduced.value, ZX_SOCKET_SHUTDOWN_WRITE) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_socket_shutdown(reduced.value, ZX_SOCKET_SHUTDOWN_READ) == ZX_ERR_ACCESS_DENIED)
    #expect(signals(of: pair.writer) == 0x2)
  }

  @Test func `the right WRITE is enough`() throws {
    let pair = try SocketPair(.stream)
    let reduced = try OwnedHandle(duplicating: pair.writer, rights: ZX_RIGHT_WRITE)
    #expect(zx_socket_shutdown(reduced.value, Self.both) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x30)
  }

  @Test(arguments: SocketVariant.all)
  func `SHUTDOWN_WRITE disables writing here`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(zx_socket_shutdown(pair.writer, ZX_SOCKET_SHUTDOWN_WRITE) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x20)
    #expect(signals(of: pair.reader) == 0x12)
    #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_BAD_STATE))
    #expect(socketRead(pair.reader, 1) == .error(ZX_ERR_BAD_STATE))
    #expect(socketWrite(pair.reader, [1]) == .ok(1))
    #expect(socketRead(pair.writer, 1) == .ok([1]))
  }

  @Test(arguments: SocketVariant.all)
  func `SHUTDOWN_READ disables writing at the peer`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [7]) == .ok(1))
    #expect(zx_socket_shutdown(pair.reader, ZX_SOCKET_SHUTDOWN_READ) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x20)
    #expect(signals(of: pair.reader) == 0x13)
    #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_BAD_STATE))
    #expect(socketRead(pair.reader, 1) == .ok([7]))
    #expect(socketRead(pair.reader, 1) == .error(ZX_ERR_BAD_STATE))
  }

  @Test(arguments: SocketVariant.all)
  func `both at once disable both directions`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(zx_socket_shutdown(pair.writer, Self.both) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x30)
    #expect(signals(of: pair.reader) == 0x30)
  }

  @Test(arguments: SocketVariant.all)
  func `a state that already holds is OK, also with unread data`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(socketWrite(pair.writer, [7]) == .ok(1))
    for _ in 0..<2 {
      #expect(zx_socket_shutdown(pair.writer, ZX_SOCKET_SHUTDOWN_WRITE) == ZX_OK)
      #expect(zx_socket_shutdown(pair.reader, ZX_SOCKET_SHUTDOWN_READ) == ZX_OK)
    }
    #expect(signals(of: pair.writer) == 0x20)
    #expect(socketRead(pair.reader, 1) == .ok([7]))
  }

  @Test(arguments: SocketVariant.all)
  func `the survivor of a closed peer can still be shut down`(variant: SocketVariant) throws {
    var pair = try SocketPair(variant)
    pair.closeReader()
    #expect(zx_socket_shutdown(pair.writer, Self.both) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x24)
    #expect(socketWrite(pair.writer, [1]) == .error(ZX_ERR_PEER_CLOSED))
  }

  @Test(arguments: SocketVariant.all)
  func `writing comes back through set_disposition`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    #expect(zx_socket_shutdown(pair.writer, Self.both) == ZX_OK)
    let enabled = ZX_SOCKET_DISPOSITION_WRITE_ENABLED
    #expect(zx_socket_set_disposition(pair.writer, enabled, enabled) == ZX_OK)
    #expect(signals(of: pair.writer) == 0x2)
    #expect(signals(of: pair.reader) == 0x2)
  }
}
