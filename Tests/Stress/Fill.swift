import CZircon
import Glibc

/// Fills fresh sockets with small writes: as many fit as the capacity says, whoever asks, and
/// however little Linux grants; all bytes come back in order.
///
/// Each combination of user and granted buffer runs in a child of its own, because the library
/// reads its environment once.
///
/// Source: `zx_socket_write`, capacity; scale.
func fill(_ rounds: Int) {
  startWatchdog(seconds: 300 * max(rounds, 1))
  let isRoot = geteuid() == 0
  if !isRoot { print("fill: not root, so not run as user nobody as well") }
  for _ in 0..<rounds {
    for asNobody in isRoot ? [false, true] : [false] {
      // Linux grants twice what is asked for: among these are grants of 425,984 and of 4,608.
      for request in [nil, 425_984, 212_992, 4608, 2304] as [Int?] {
        fflush(nil)
        let child = forkChild { fillAll(asNobody: asNobody, request: request) }
        let code = exitCode(of: child)
        check(code == 0, "the child ended with \(code.map { "\($0)" } ?? "a signal")")
      }
    }
  }
}

private func fillAll(asNobody: Bool, request: Int?) -> Int32 {
  startWatchdog(seconds: 120)
  if let request { setenv("ZIRCON_SNDBUF", "\(request)", 1) }
  if asNobody {
    check(setgid(65534) == 0 && setuid(65534) == 0, "setuid: errno \(errno)")
  }
  var backend = zxl_backend_info_t()
  check(zxl_backend_get_info(&backend), "zxl_backend_get_info")
  for isReversed in [false, true] {
    fillStream(isReversed)
    fillDatagrams(isReversed)
  }
  let user = asNobody ? "nobody" : "uid \(geteuid())"
  let asked = request.map { "\($0)" } ?? "the default"
  print(
    "fill as \(user), asking for \(asked), granted \(backend.socket_buffer):",
    "\(socketCapacity) writes of 1 byte, 2641 datagrams of 100 bytes, all back in order")
  fflush(nil)
  return 0
}

/// A byte of a sequence that does not repeat with any power of two.
private func byte(at position: Int) -> UInt8 { UInt8(truncatingIfNeeded: position % 251) }

private func fillStream(_ isReversed: Bool) {
  let socket = makeSocket()
  let (writer, reader) =
    isReversed ? (socket.right, socket.left) : (socket.left, socket.right)
  var accepted = 0
  while true {
    var next = byte(at: accepted)
    var actual = 0
    let status = zx_socket_write(writer, 0, &next, 1, &actual)
    if status == Status.shouldWait { break }
    check(status, "writing byte \(accepted)")
    check(actual == 1, "byte \(accepted): \(actual) bytes written")
    accepted += 1
  }
  check(accepted == socketCapacity, "\(accepted) writes of one byte fit")

  var position = 0
  var bytes = [UInt8](repeating: 0, count: 5000)
  while position < accepted {
    var actual = 0
    let size = 1 + position % bytes.count
    check(zx_socket_read(reader, 0, &bytes, size, &actual), "reading at \(position)")
    check(actual == min(size, accepted - position), "reading at \(position): \(actual) bytes")
    for index in 0..<actual {
      check(bytes[index] == byte(at: position + index), "wrong byte at \(position + index)")
    }
    position += actual
  }
  check(zx_socket_read(reader, 0, &bytes, 1, nil), is: Status.shouldWait, "reading when empty")
  close(handle: socket.left)
  close(handle: socket.right)
}

private func fillDatagrams(_ isReversed: Bool) {
  let socket = makeSocket(datagram: true)
  let (writer, reader) =
    isReversed ? (socket.right, socket.left) : (socket.left, socket.right)
  func datagram(_ number: Int) -> [UInt8] { (0..<100).map { byte(at: number * 7 + $0) } }
  var accepted = 0
  while true {
    let status = zx_socket_write(writer, 0, datagram(accepted), 100, nil)
    if status == Status.shouldWait { break }
    check(status, "writing datagram \(accepted)")
    accepted += 1
  }
  check(accepted == 2641, "\(accepted) datagrams of 100 bytes fit")

  var bytes = [UInt8](repeating: 0, count: 200)
  for number in 0..<accepted {
    var actual = 0
    check(zx_socket_read(reader, 0, &bytes, bytes.count, &actual), "reading datagram \(number)")
    check(bytes.prefix(actual) == datagram(number)[...], "datagram \(number) is another")
  }
  check(zx_socket_read(reader, 0, &bytes, 1, nil), is: Status.shouldWait, "reading when empty")
  close(handle: socket.left)
  close(handle: socket.right)
}
