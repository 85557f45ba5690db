import CZircon
import Glibc
import Synchronization
import TwoEnds

/// Plays a role until killed.
func play(_ arguments: [String]) throws -> Never {
  guard let progress = Progress.map(PeerDescriptor.progress) else { fatalError("no progress") }
  let channel = adoptBootstrap(PeerDescriptor.bootstrap)
  let role = Role(channel: channel, progress: progress)
  switch arguments[1] {
  case "write-stream": role.writeStream(size: Int(arguments[2]) ?? 1000)
  case "write-datagrams": role.writeDatagrams()
  case "read": role.read()
  case "return": role.giveBack()
  default: fatalError("unknown role")
  }
}

/// What the roles have in common.
struct Role {
  let channel: zx_handle_t
  let progress: UnsafeMutablePointer<Progress>

  /// Tells what went wrong, and stays for who looks.
  func fail(_ status: zx_status_t) -> Never {
    progress.pointee.failure.store(Int(status), ordering: .releasing)
    while true { pause() }
  }

  func wait(_ handle: zx_handle_t, _ mask: zx_signals_t) {
    let status = zx_object_wait_one(handle, mask | ZX_SOCKET_PEER_CLOSED, ZX_TIME_INFINITE, nil)
    if status != ZX_OK { fail(status) }
  }

  /// The next handle from the channel.
  func receive() -> zx_handle_t {
    wait(channel, ZX_CHANNEL_READABLE)
    var handle = ZX_HANDLE_INVALID
    let status = zx_channel_read(channel, 0, nil, &handle, 0, 1, nil, nil)
    if status != ZX_OK { fail(status) }
    return handle
  }

  /// Writes; tells how much was accepted, after each call.
  private func write(_ socket: zx_handle_t, _ bytes: [UInt8]) -> Int {
    while true {
      var actual = 0
      progress.pointee.begun.add(1, ordering: .releasing)
      let status = zx_socket_write(socket, 0, bytes, bytes.count, &actual)
      switch status {
      case ZX_OK: return actual
      case ZX_ERR_SHOULD_WAIT:
        // A datagram needs more room than WRITABLE tells of.
        let deadline = zx_deadline_after(1_000_000)
        _ = zx_object_wait_one(socket, ZX_SOCKET_WRITE_THRESHOLD, deadline, nil)
      default: fail(status)
      }
    }
  }

  func writeStream(size: Int) -> Never {
    let socket = receive()
    var threshold = 1
    _ = zx_object_set_property(socket, ZX_PROP_SOCKET_TX_THRESHOLD, &threshold, 8)
    var sent = 0
    let source = (0..<size + 65_521).map { streamByte($0) }
    while true {
      let first = sent % 65_521
      sent += write(socket, Array(source[first..<first + size]))
      progress.pointee.count.store(sent, ordering: .releasing)
    }
  }

  func writeDatagrams() -> Never {
    let socket = receive()
    var threshold = 4000
    _ = zx_object_set_property(socket, ZX_PROP_SOCKET_TX_THRESHOLD, &threshold, 8)
    for index in 0... {
      _ = write(socket, datagram(index))
      progress.pointee.count.store(index + 1, ordering: .releasing)
    }
    fail(ZX_ERR_INTERNAL)
  }

  func read() -> Never {
    let socket = receive()
    var bytes = [UInt8](repeating: 0, count: 5000)
    var received = 0
    while true {
      var actual = 0
      let status = zx_socket_read(socket, 0, &bytes, bytes.count, &actual)
      switch status {
      case ZX_OK:
        received += actual
        progress.pointee.count.store(received, ordering: .releasing)
      case ZX_ERR_SHOULD_WAIT: wait(socket, ZX_SOCKET_READABLE)
      default: fail(status)
      }
    }
  }

  /// Sends every handle back that it gets.
  func giveBack() -> Never {
    while true {
      var handle = receive()
      progress.pointee.begun.add(1, ordering: .releasing)
      let status = zx_channel_write(channel, 0, nil, 0, &handle, 1)
      if status != ZX_OK { fail(status) }
      progress.pointee.count.add(1, ordering: .releasing)
    }
  }
}
