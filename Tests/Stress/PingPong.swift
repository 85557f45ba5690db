import CZircon

/// Two threads at the two ends of a socket that is full in both directions move bytes one by one.
///
/// Each reads one byte, waits for WRITABLE and writes one. Neither may stall, and every byte comes
/// in order.
///
/// Source: `zx_socket_write`, "when WRITABLE changes"; a byte that is free is a byte to write.
func pingPong(_ rounds: Int) {
  startWatchdog(seconds: 120 + rounds / 1000)
  for isDatagram in [false, true] {
    let socket = makeSocket(datagram: isDatagram)
    let started = zx_clock_get_monotonic()
    fillUp(socket.left, isDatagram: isDatagram)
    fillUp(socket.right, isDatagram: isDatagram)
    let full = zx_clock_get_monotonic()
    let threads = [socket.left, socket.right].map { end in Thread { bounce(end, rounds) } }
    for thread in threads { thread.join() }
    let ended = zx_clock_get_monotonic()
    close(handle: socket.left)
    close(handle: socket.right)
    print(
      "ping-pong, \(isDatagram ? "datagram" : "stream"): \(rounds) rounds, no stall;",
      "filled in \((full - started) / 1_000_000) ms,",
      "\((ended - full) / Int64(max(rounds, 1))) ns for a round")
  }
}

/// The byte at `position` of everything written into one end.
private func byte(at position: Int) -> UInt8 { UInt8(truncatingIfNeeded: position % 251) }

/// Writes bytes until the direction is full: singly into a datagram socket, so that each read takes
/// one.
private func fillUp(_ end: UInt32, isDatagram: Bool) {
  var written = 0
  let bytes = (0..<socketCapacity).map { byte(at: $0) }
  while written < socketCapacity {
    let length = isDatagram ? 1 : min(5000, socketCapacity - written)
    var actual = 0
    let status = bytes.withUnsafeBytes {
      zx_socket_write(end, 0, $0.baseAddress.map { $0 + written }, length, &actual)
    }
    check(status, "filling")
    written += actual
  }
  check(zx_socket_write(end, 0, bytes, 1, nil), is: Status.shouldWait, "one byte more than fits")
}

private func bounce(_ end: UInt32, _ rounds: Int) {
  for round in 0..<rounds {
    var got: UInt8 = 0
    var actual = 0
    check(zx_object_wait_one(end, Signal.readable, infinite, nil), "waiting for READABLE")
    check(zx_socket_read(end, 0, &got, 1, &actual), "reading in round \(round)")
    check(
      actual == 1 && got == byte(at: round), "round \(round): byte \(got), not \(byte(at: round))")
    check(zx_object_wait_one(end, Signal.writable, infinite, nil), "waiting for WRITABLE")
    var next = byte(at: socketCapacity + round)
    check(zx_socket_write(end, 0, &next, 1, &actual), "writing in round \(round)")
    check(actual == 1, "round \(round): \(actual) bytes written")
  }
}
