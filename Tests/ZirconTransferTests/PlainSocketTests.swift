import CZircon
import Glibc
import TestSupport
import Testing

/// A socket of which one end is a plain descriptor; both closed on deinit.
private struct HalfPlain: ~Copyable {
  let socket: zx_handle_t
  private(set) var plain: Int32

  init(
    _ options: UInt32, before: (zx_handle_t, zx_handle_t) throws -> Void = { _, _ in }
  ) throws {
    var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_socket_create(options, &first, &second) == ZX_OK)
    try before(first, second)
    plain = try makePlain(second)
    socket = first
    #expect(zx_handle_close(second) == ZX_ERR_BAD_HANDLE)
  }

  mutating func closePlain() {
    Glibc.close(plain)
    plain = -1
  }

  deinit {
    #expect(zx_handle_close(socket) == ZX_OK)
    if plain >= 0 { Glibc.close(plain) }
  }
}

private func receive(_ plain: Int32, _ room: Int, wait: Bool = true) -> [UInt8]? {
  var buffer = [UInt8](repeating: 0xEE, count: room)
  let count = recv(plain, &buffer, room, wait ? 0 : Int32(MSG_DONTWAIT))
  return count < 0 ? nil : Array(buffer.prefix(count))
}

private let base = ZX_SOCKET_WRITABLE
private let readable = ZX_SOCKET_READABLE
private let done = ZX_SOCKET_PEER_WRITE_DISABLED
private let closed = ZX_SOCKET_PEER_CLOSED

/// Source: `fdio_fd_create`, and what Linux says of Unix sockets.
@Suite("fdio_fd_create") struct PlainSocketTests {
  @Test(arguments: kinds) func `any program can be at the other end`(kind: UInt32) throws {
    let pair = try HalfPlain(kind)
    #expect(signals(of: pair.socket) == base)
    #expect(get(pair.socket, 9).status == ZX_ERR_SHOULD_WAIT)
    #expect(send(pair.plain, pattern(100)) == 100)
    #expect(signals(of: pair.socket) == base | readable)
    #expect(get(pair.socket, 100, options: ZX_SOCKET_PEEK) == (ZX_OK, pattern(100)))
    #expect(get(pair.socket, 100) == (ZX_OK, pattern(100)))
    #expect(signals(of: pair.socket) == base)
    #expect(put(pair.socket, pattern(50)) == (ZX_OK, 50))
    #expect(receive(pair.plain, 100) == pattern(50))
    #expect(fcntl(pair.plain, F_GETFD) == FD_CLOEXEC)
    #expect(fcntl(pair.plain, F_GETFL) & O_NONBLOCK == 0)
  }

  @Test(arguments: kinds) func `what was written before is read after`(kind: UInt32) throws {
    let pair = try HalfPlain(kind) { first, second in
      for index in 0..<4 {
        #expect(put(first, pattern(30, from: index)) == (ZX_OK, 30))
        #expect(put(second, pattern(20, from: index)) == (ZX_OK, 20))
      }
      #expect(zx_object_signal(first, 0, ZX_USER_SIGNAL_3) == ZX_OK)
    }
    // Whether there is room Linux says, and other tests ask it for less.
    #expect(signals(of: pair.socket) | base == base | readable | ZX_USER_SIGNAL_3)
    for index in 0..<4 {
      #expect(receive(pair.plain, 30) == pattern(30, from: index))
      #expect(get(pair.socket, 20) == (ZX_OK, pattern(20, from: index)))
    }
  }

  /// So small and so many that Linux refuses some of them.
  @Test(arguments: kinds) func `what Linux cannot take has to be read first`(kind: UInt32) throws {
    var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_socket_create(kind, &first, &second) == ZX_OK)
    defer { close(first) }
    let count = 30_000
    for index in 0..<count { #expect(put(first, pattern(3, from: index)) == (ZX_OK, 3)) }
    var plain: Int32 = -1
    #expect(fdio_fd_create(second, &plain) == ZX_ERR_SHOULD_WAIT)
    #expect(plain == -1)
    var next = 0
    while fdio_fd_create(second, &plain) == ZX_ERR_SHOULD_WAIT {
      try #require(next < count)
      #expect(get(second, 3) == (ZX_OK, pattern(3, from: next)))
      next += 1
    }
    #expect(next < count)
    defer { Glibc.close(plain) }
    for index in next..<count { try #require(receive(plain, 3) == pattern(3, from: index)) }
    #expect(receive(plain, 3, wait: false) == nil)
  }

  @Test(arguments: kinds) func `an end of writing goes both ways`(kind: UInt32) throws {
    let pair = try HalfPlain(kind)
    #expect(send(pair.plain, [1, 2]) == 2)
    #expect(shutdown(pair.plain, Int32(SHUT_WR)) == 0)
    #expect(signals(of: pair.socket) == base | readable | done)
    #expect(get(pair.socket, 2) == (ZX_OK, [1, 2]))
    #expect(get(pair.socket, 2).status == ZX_ERR_BAD_STATE)
    #expect(signals(of: pair.socket) == base | done)
    #expect(put(pair.socket, [3]) == (ZX_OK, 1))
    let disabled = ZX_SOCKET_DISPOSITION_WRITE_DISABLED
    #expect(zx_socket_set_disposition(pair.socket, disabled, 0) == ZX_OK)
    #expect(receive(pair.plain, 9) == [3])
    #expect(receive(pair.plain, 9) == [])
    // Both ways are over: Linux makes no difference to a closed end.
    #expect(put(pair.socket, [4]).status == ZX_ERR_PEER_CLOSED)
    #expect(signals(of: pair.socket) & closed != 0)
  }

  @Test(arguments: kinds) func `one end of writing is as in any pair`(kind: UInt32) throws {
    let pair = try HalfPlain(kind)
    let disabled = ZX_SOCKET_DISPOSITION_WRITE_DISABLED
    #expect(zx_socket_set_disposition(pair.socket, disabled, 0) == ZX_OK)
    #expect(signals(of: pair.socket) == ZX_SOCKET_WRITE_DISABLED)
    #expect(put(pair.socket, [4]).status == ZX_ERR_BAD_STATE)
    #expect(put(pair.socket, []).status == ZX_ERR_BAD_STATE)
    #expect(receive(pair.plain, 9) == [])
    #expect(send(pair.plain, [5]) == 1)
    #expect(get(pair.socket, 9) == (ZX_OK, [5]))
  }

  @Test(arguments: kinds) func `the other end can be forbidden to write`(kind: UInt32) throws {
    let pair = try HalfPlain(kind)
    #expect(send(pair.plain, [5]) == 1)
    #expect(
      zx_socket_set_disposition(pair.socket, 0, ZX_SOCKET_DISPOSITION_WRITE_DISABLED) == ZX_OK)
    #expect(signals(of: pair.socket) == base | readable | done)
    #expect(send(pair.plain, [6]) == -1)
    #expect(get(pair.socket, 9) == (ZX_OK, [5]))
    #expect(get(pair.socket, 9).status == ZX_ERR_BAD_STATE)
  }

  @Test(arguments: kinds) func `what was forbidden before stays so`(kind: UInt32) throws {
    let pair = try HalfPlain(kind) { first, second in
      #expect(put(first, [1]) == (ZX_OK, 1))
      #expect(zx_socket_shutdown(first, ZX_SOCKET_SHUTDOWN_WRITE) == ZX_OK)
    }
    #expect(signals(of: pair.socket) == ZX_SOCKET_WRITE_DISABLED)
    #expect(receive(pair.plain, 9) == [1])
    #expect(receive(pair.plain, 9) == [])
    let enabled = ZX_SOCKET_DISPOSITION_WRITE_ENABLED
    #expect(zx_socket_set_disposition(pair.socket, enabled, 0) == ZX_ERR_NOT_SUPPORTED)
    #expect(zx_socket_set_disposition(pair.socket, 0, enabled) == ZX_OK)
  }

  @Test(arguments: kinds) func `a closed descriptor is a closed peer`(kind: UInt32) throws {
    var pair = try HalfPlain(kind)
    #expect(send(pair.plain, [1, 2, 3]) == 3)
    #expect(put(pair.socket, [9]) == (ZX_OK, 1))
    pair.closePlain()
    expectPeerGone(pair.socket)
    #expect(signals(of: pair.socket) == readable | closed)
    #expect(put(pair.socket, [4]).status == ZX_ERR_PEER_CLOSED)
    #expect(put(pair.socket, []).status == ZX_ERR_PEER_CLOSED)
    #expect(get(pair.socket, 3) == (ZX_OK, [1, 2, 3]))
    #expect(get(pair.socket, 3).status == ZX_ERR_PEER_CLOSED)
    #expect(get(pair.socket, 0).status == ZX_ERR_PEER_CLOSED)
    #expect(signals(of: pair.socket) == closed)
    #expect(zx_object_signal_peer(pair.socket, 0, ZX_USER_SIGNAL_0) == ZX_ERR_PEER_CLOSED)
  }

  @Test(arguments: kinds) func `a closed handle is the end of input`(kind: UInt32) throws {
    var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_socket_create(kind, &first, &second) == ZX_OK)
    var plain: Int32 = -1
    try #require(fdio_fd_create(second, &plain) == ZX_OK)
    defer { Glibc.close(plain) }
    #expect(put(first, [7]) == (ZX_OK, 1))
    close(first)
    #expect(receive(plain, 9) == [7])
    #expect(receive(plain, 9) == [])
  }

  @Test(arguments: kinds) func `Linux decides what fits`(kind: UInt32) throws {
    let pair = try HalfPlain(kind)
    var written = 0
    let bytes = pattern(4096)
    while true {
      let (status, count) = put(pair.socket, bytes)
      if status == ZX_ERR_SHOULD_WAIT { break }
      try #require(status == ZX_OK)
      written += count
    }
    #expect(signals(of: pair.socket) == 0)
    var read = 0
    while let part = receive(pair.plain, 4096, wait: false) { read += part.count }
    #expect(read == written)
    #expect(signals(of: pair.socket) == base)
    let huge = [UInt8](repeating: 1, count: 8 << 20)
    let (status, count) = put(pair.socket, huge)
    if kind == ZX_SOCKET_STREAM {
      #expect(status == ZX_OK && count > 0 && count < huge.count)
    } else {
      #expect(status == ZX_ERR_OUT_OF_RANGE)
    }
  }

  @Test func `datagrams keep their boundaries, also empty ones`() throws {
    let pair = try HalfPlain(ZX_SOCKET_DATAGRAM)
    #expect(send(pair.plain, pattern(10)) == 10)
    #expect(send(pair.plain, []) == 0)
    #expect(send(pair.plain, pattern(5)) == 5)
    #expect(get(pair.socket, 4) == (ZX_OK, pattern(4)))
    #expect(get(pair.socket, 4) == (ZX_OK, []))
    #expect(get(pair.socket, 9) == (ZX_OK, pattern(5)))
    #expect(get(pair.socket, 9).status == ZX_ERR_SHOULD_WAIT)
  }

  @Test(arguments: kinds) func `there are no thresholds, and info is Linux's`(kind: UInt32) throws {
    let pair = try HalfPlain(kind)
    var bytes = 100
    for property in [ZX_PROP_SOCKET_RX_THRESHOLD, ZX_PROP_SOCKET_TX_THRESHOLD] {
      #expect(
        zx_object_set_property(pair.socket, UInt32(property), &bytes, 8) == ZX_ERR_NOT_SUPPORTED)
    }
    #expect(send(pair.plain, pattern(10)) == 10)
    #expect(send(pair.plain, pattern(5)) == 5)
    var info = zx_info_socket_t()
    let size = MemoryLayout<zx_info_socket_t>.size
    #expect(
      zx_object_get_info(pair.socket, UInt32(ZX_INFO_SOCKET), &info, size, nil, nil) == ZX_OK)
    #expect(info.options == kind)
    #expect(info.rx_buf_available == (kind == ZX_SOCKET_STREAM ? 15 : 10))
    #expect(info.rx_buf_size == 15)
    #expect(info.tx_buf_size == 0)
    #expect(info.tx_buf_max > 0)
  }

  @Test(arguments: kinds) func `batches and vectors work on it`(kind: UInt32) throws {
    let pair = try HalfPlain(kind)
    var first = pattern(8)
    var second = pattern(8, from: 50)
    first.withUnsafeMutableBytes { first in
      second.withUnsafeMutableBytes { second in
        var operations = [first, second].map { bytes in
          zxl_socket_op_t(
            op: ZXL_SOCKET_WRITE, handle: pair.socket, options: 0, status: -1,
            buffer: bytes.baseAddress, size: 8, actual: 0)
        }
        #expect(zxl_socket_batch(&operations, 2) == ZX_OK)
        #expect(operations.map(\.status) == [ZX_OK, ZX_OK])
        #expect(operations.map(\.actual) == [8, 8])
      }
    }
    #expect(receive(pair.plain, 8) == first)
    #expect(receive(pair.plain, 8) == second)
  }

  @Test func `a handle that cannot be a descriptor is gone`() throws {
    var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    var plain: Int32 = -1
    #expect(fdio_fd_create(ZX_HANDLE_INVALID, &plain) == ZX_ERR_BAD_HANDLE)
    try #require(zx_channel_create(0, &first, &second) == ZX_OK)
    #expect(fdio_fd_create(second, &plain) == ZX_ERR_NOT_SUPPORTED)
    #expect(zx_handle_close(second) == ZX_ERR_BAD_HANDLE)
    close(first)
    try #require(zx_socket_create(0, &first, &second) == ZX_OK)
    let rights = ZX_DEFAULT_SOCKET_RIGHTS & ~ZX_RIGHT_WRITE
    try #require(zx_handle_replace(second, rights, &second) == ZX_OK)
    #expect(fdio_fd_create(second, &plain) == ZX_ERR_ACCESS_DENIED)
    #expect(signals(of: first) == closed)
    close(first)
    try #require(zx_socket_create(0, &first, &second) == ZX_OK)
    #expect(fdio_fd_create(second, nil) == ZX_ERR_INVALID_ARGS)
    #expect(signals(of: first) == closed)
    close(first)
    #expect(plain == -1)
  }

  @Test(arguments: kinds) func `other handles of the same end stay good`(kind: UInt32) throws {
    var (first, second, third) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    try #require(zx_socket_create(kind, &first, &second) == ZX_OK)
    try #require(zx_handle_duplicate(second, ZX_RIGHT_SAME_RIGHTS, &third) == ZX_OK)
    var plain: Int32 = -1
    try #require(fdio_fd_create(second, &plain) == ZX_OK)
    #expect(zx_object_signal_peer(first, 0, ZX_USER_SIGNAL_2) == ZX_OK)
    #expect(signals(of: third) == base | ZX_USER_SIGNAL_2)
    #expect(put(third, [1]) == (ZX_OK, 1))
    #expect(get(first, 9) == (ZX_OK, [1]))
    close(third)
    #expect(signals(of: first) == base)
    #expect(zx_object_signal_peer(first, 0, ZX_USER_SIGNAL_2) == ZX_ERR_NOT_SUPPORTED)
    #expect(send(plain, [2]) == 1)
    #expect(get(first, 9) == (ZX_OK, [2]))
    Glibc.close(plain)
    expectPeerGone(first)
    #expect(signals(of: first) == closed)
    close(first)
  }
}
