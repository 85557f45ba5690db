import Testing
import ZirconLinux
import ZirconTypes

@testable import ZirconKernel

/// Calls that hold their socket while its last handle goes.
///
/// Source: `zx_handle_close`: a value that is closed is `ZX_ERR_BAD_HANDLE`, whatever its peer is.
@Suite("Socket, closed in the middle of a call") struct SocketCloseTests {
  private let kernel: Kernel

  init() throws {
    kernel = try Kernel.current
  }

  @Test(arguments: [SocketKind.stream, .datagram], [false, true])
  func `reads and writes answer BAD_HANDLE, also with a closed peer`(
    _ kind: SocketKind, _ peerIsClosed: Bool
  ) throws {
    let (near, far) = try kernel.makeSocket(kind)
    let pin = try kernel.handles.pin(near)
    let socket = try #require(pin.object as? SocketDispatcher)
    let byte: [UInt8] = [7]
    try byte.withUnsafeBufferPointer { byte in
      _ = try unsafe kernel.writeSocket(far, UserIn(byte.baseAddress, byteCount: 1))
    }
    if peerIsClosed { try kernel.close(far) }
    try kernel.close(near)
    for isPeek in [false, true] {
      var room: [UInt8] = [0]
      room.withUnsafeMutableBufferPointer { room in
        let out = unsafe UserOut(room.baseAddress, byteCount: 1)
        #expect(throws: Status.badHandle) { try socket.read(out, isPeek: isPeek) }
      }
      #expect(room == [0])
    }
    byte.withUnsafeBufferPointer { byte in
      let source = unsafe UserIn(byte.baseAddress, byteCount: 1)
      #expect(throws: Status.badHandle) { try socket.write(source) }
    }
    if !peerIsClosed { try kernel.close(far) }
  }
}
