import CZircon
import Glibc
import TestSupport
import Testing
import ZirconKernel
import ZirconLinux

/// What a process does when it dies.
private enum Deed: CaseIterable {
  case write, fill, read, signal, close

  /// Does it with a socket whose other end is elsewhere.
  func run(_ socket: zx_handle_t) {
    var bytes = [UInt8](repeating: 7, count: 100)
    switch self {
    case .write: _ = zx_socket_write(socket, 0, bytes, 100, nil)
    case .fill: while zx_socket_write(socket, 0, bytes, 100, nil) == ZX_OK {}
    case .read: while zx_socket_read(socket, 0, &bytes, 10, nil) == ZX_OK {}
    case .signal: _ = zx_object_signal_peer(socket, 0, ZX_USER_SIGNAL_0)
    case .close: _ = zx_handle_close(socket)
    }
  }
}

/// Lets a child with one end of a new socket die at `point` in the middle of `deed`.
///
/// - Returns: Whether the end that stays was right within 50 ms: told of the death, and with whole writes
///   only.
private func survives(_ point: FaultPoint, _ deed: Deed, _ kind: UInt32) throws -> Bool {
  var lines: [Int32] = [-1, -1]
  guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &lines) == 0 else {
    throw SetUpError("socketpair")
  }
  let child = forkAtRest()
  guard child >= 0 else { throw SetUpError("fork") }
  if child == 0 {
    alarm(20)
    Glibc.close(lines[0])
    guard
      let channel = try? Kernel.current.adoptChannel(Descriptor.birth { Int(lines[1]) }),
      let message = try? take(channel.rawValue), let socket = message.handles.first
    else { _exit(1) }
    point.arm()
    deed.run(socket)
    // The deed does not come there.
    _exit(2)
  }
  Glibc.close(lines[1])
  let channel = try Kernel.current.adoptChannel(Descriptor.birth { Int(lines[0]) }).rawValue
  var (here, there) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
  guard zx_socket_create(kind, &here, &there) == ZX_OK else { throw SetUpError("socket") }
  var bytes = [UInt8](repeating: 9, count: 300)
  for _ in 0..<5 { _ = zx_socket_write(here, 0, bytes, 100, nil) }
  // A wait that is on when it happens, by a port as by a thread.
  var port = ZX_HANDLE_INVALID
  guard zx_port_create(0, &port) == ZX_OK,
    zx_object_wait_async(here, port, 1, ZX_SOCKET_PEER_CLOSED, 0) == ZX_OK,
    write(channel, [1], [there]) == ZX_OK
  else { throw SetUpError("transfer") }
  let told = zx_object_wait_one(
    here, ZX_SOCKET_PEER_CLOSED, zx_deadline_after(10_000_000_000), nil)
  var packet = zx_port_packet_t()
  let queued = zx_port_wait(port, zx_deadline_after(50_000_000), &packet)
  _ = exitCode(of: child)
  var total = 0
  var actual = 0
  var isWhole = true
  while zx_socket_read(here, 0, &bytes, 300, &actual) == ZX_OK {
    total += actual
    isWhole = isWhole && bytes.prefix(actual).allSatisfy { $0 == 7 }
    if kind == ZX_SOCKET_DATAGRAM { isWhole = isWhole && actual == 100 }
  }
  isWhole = isWhole && (total % 100 == 0 || total == 264_160)
  let isOver = zx_socket_read(here, 0, &bytes, 1, &actual) == ZX_ERR_PEER_CLOSED
  let isShut = zx_socket_write(here, 0, bytes, 1, nil) == ZX_ERR_PEER_CLOSED
  for handle in [here, port, channel] { _ = zx_handle_close(handle) }
  guard told == ZX_OK && queued == ZX_OK && isWhole && isOver && isShut else {
    let seen = "told \(told) queued \(queued) total \(total) whole \(isWhole)"
    let line = "\(point) \(deed) \(kind): \(seen) over \(isOver) shut \(isShut)\n"
    _ = Glibc.write(2, line, line.utf8.count)
    return false
  }
  return true
}

/// Source: no process that dies in the middle of a change may leave the other with less than the truth.
@Suite("dying in the middle of a change") struct FaultPointTests {
  /// Once for each point, deed and kind, or as often as `ZIRCON_FAULT_ROUNDS` says.
  @Test func `the survivor is right`() async {
    let ended = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      _ = try survives(.sent, .write, ZX_SOCKET_STREAM)
      let descriptorCount = openDescriptorCount()
      let rounds = getenv("ZIRCON_FAULT_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 1
      for _ in 0..<rounds {
        for kind in [ZX_SOCKET_STREAM, ZX_SOCKET_DATAGRAM] {
          for point in FaultPoint.allCases {
            for deed in Deed.allCases {
              let isRight = try survives(point, deed, kind)
              #expect(isRight, "\(point) \(deed) \(kind)")
            }
          }
        }
      }
      #expect(openDescriptorCount(settlingAt: descriptorCount) == descriptorCount)
    }
    // What it says of those that were not right.
    let said = String(decoding: ended?.standardErrorContent ?? [], as: UTF8.self)
    #expect(!said.contains("told"), "\(said)")
  }
}
