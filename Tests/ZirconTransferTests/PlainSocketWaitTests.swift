import CZircon
import Glibc
import TestSupport
import Testing

private func socketPair(_ type: __socket_type) throws -> (Int32, Int32) {
  var ends: [Int32] = [-1, -1]
  try #require(socketpair(AF_UNIX, Int32(type.rawValue), 0, &ends) == 0)
  return (ends[0], ends[1])
}

/// Source: `fdio_fd_create`, `zx_object_wait_one`, `zx_object_wait_async`.
@Suite("waits on a socket with a plain end") struct PlainSocketWaitTests {
  /// The waiter sleeps already when the end becomes a descriptor, or not yet.
  @Test(arguments: kinds, [true, false])
  func `a waiter is told what a program does`(kind: UInt32, sleepsBefore: Bool) throws {
    let (first, second) = try makeSocket(kind)
    defer { close(first) }
    var plain: Int32 = -1
    if !sleepsBefore { plain = try makePlain(second) }
    let waiter = try TestThread { wait(first, ZX_SOCKET_READABLE).observed }
    #expect(waiter.waitUntilAsleep())
    if sleepsBefore { plain = try makePlain(second) }
    defer { Glibc.close(plain) }
    #expect(send(plain, [1]) == 1)
    #expect(waiter.join() == ZX_SOCKET_WRITABLE | ZX_SOCKET_READABLE)
  }

  @Test(arguments: kinds) func `a waiter learns of the close`(kind: UInt32) throws {
    let (first, second) = try makeSocket(kind)
    defer { close(first) }
    let plain = try makePlain(second)
    let waiter = try TestThread { wait(first, ZX_SOCKET_PEER_CLOSED).observed }
    #expect(waiter.waitUntilAsleep())
    Glibc.close(plain)
    #expect(waiter.join() == ZX_SOCKET_PEER_CLOSED)
  }

  @Test(arguments: kinds) func `a waiter learns of room`(kind: UInt32) throws {
    let (first, second) = try makeSocket(kind)
    defer { close(first) }
    let plain = try makePlain(second)
    defer { Glibc.close(plain) }
    while put(first, pattern(4096)).status == ZX_OK {}
    let waiter = try TestThread { wait(first, ZX_SOCKET_WRITABLE).status }
    #expect(waiter.waitUntilAsleep())
    var buffer = [UInt8](repeating: 0, count: 4096)
    while recv(plain, &buffer, 4096, Int32(MSG_DONTWAIT)) > 0 {}
    #expect(waiter.join() == ZX_OK)
  }

  @Test(arguments: kinds, [0, ZX_WAIT_ASYNC_EDGE])
  func `a port is told each time`(kind: UInt32, options: UInt32) throws {
    let (first, second) = try makeSocket(kind)
    defer { close(first) }
    var port = ZX_HANDLE_INVALID
    try #require(zx_port_create(0, &port) == ZX_OK)
    defer { close(port) }
    let plain = try makePlain(second)
    defer { Glibc.close(plain) }
    for round in 0..<20 as Range<UInt8> {
      #expect(
        zx_object_wait_async(first, port, UInt64(round), ZX_SOCKET_READABLE, options) == ZX_OK)
      #expect(send(plain, [round]) == 1)
      var packet = zx_port_packet_t()
      try #require(zx_port_wait(port, zx_deadline_after(20_000_000_000), &packet) == ZX_OK)
      #expect(packet.key == UInt64(round))
      #expect(packet.signal.observed & ZX_SOCKET_READABLE != 0)
      #expect(get(first, 9) == (ZX_OK, [round]))
    }
    var packet = zx_port_packet_t()
    #expect(zx_port_wait(port, 0, &packet) == ZX_ERR_TIMED_OUT)
  }
}

/// Source: `fdio_fd_create` with the other end in another process.
@Suite("plain ends of sockets with an end elsewhere") struct PlainSharedSocketTests {
  @Test(arguments: kinds) func `whoever has the other end goes on`(kind: UInt32) throws {
    let sockets = try SharedSockets(kind) { first, second in
      #expect(put(first, [1]) == (ZX_OK, 1))
      #expect(put(second, [2]) == (ZX_OK, 1))
    }
    let (here, there) = sockets.giveBoth()
    defer { close(here) }
    let plain = try makePlain(there)
    #expect(send(plain, [3]) == 1)
    #expect(signals(of: here) == ZX_SOCKET_READABLE | ZX_SOCKET_WRITABLE)
    #expect(get(here, 1) == (ZX_OK, [2]))
    #expect(get(here, 1) == (ZX_OK, [3]))
    #expect(get(here, 1).status == ZX_ERR_SHOULD_WAIT)
    #expect(put(here, [4]) == (ZX_OK, 1))
    var buffer: [UInt8] = [0, 0]
    #expect(recv(plain, &buffer, 1, 0) == 1)
    #expect(recv(plain, &buffer[1], 1, 0) == 1)
    #expect(buffer == [1, 4])
    Glibc.close(plain)
    expectPeerGone(here)
    #expect(signals(of: here) == ZX_SOCKET_PEER_CLOSED)
  }

  @Test(arguments: kinds, [true, false])
  func `whoever waits at the other end is told`(kind: UInt32, byPort: Bool) throws {
    let (here, there) = try SharedSockets(kind).giveBoth()
    defer { close(here) }
    var port = ZX_HANDLE_INVALID
    try #require(zx_port_create(0, &port) == ZX_OK)
    defer { close(port) }
    if byPort {
      #expect(zx_object_wait_async(here, port, 7, ZX_SOCKET_READABLE, 0) == ZX_OK)
    }
    let portValue = port
    let waiter = try TestThread { () -> zx_status_t in
      guard byPort else { return wait(here, ZX_SOCKET_READABLE).status }
      var packet = zx_port_packet_t()
      return zx_port_wait(portValue, zx_deadline_after(20_000_000_000), &packet)
    }
    #expect(waiter.waitUntilAsleep())
    let plain = try makePlain(there)
    defer { Glibc.close(plain) }
    #expect(send(plain, [1]) == 1)
    #expect(waiter.join() == ZX_OK)
  }

  @Test(arguments: kinds) func `what waits in the ring is read first`(kind: UInt32) throws {
    let (here, there) = try SharedSockets(kind).giveBoth()
    defer { close(here) }
    let count = 30_000
    for index in 0..<count { #expect(put(here, pattern(3, from: index)) == (ZX_OK, 3)) }
    var plain: Int32 = -1
    var next = 0
    while fdio_fd_create(there, &plain) == ZX_ERR_SHOULD_WAIT {
      try #require(next < count)
      #expect(get(there, 3) == (ZX_OK, pattern(3, from: next)))
      next += 1
    }
    defer { Glibc.close(plain) }
    #expect(next > 0)
    var buffer: [UInt8] = [0, 0, 0]
    for index in next..<count {
      #expect(recv(plain, &buffer, 3, Int32(MSG_DONTWAIT)) == 3)
      #expect(buffer == pattern(3, from: index))
    }
  }

  @Test(arguments: kinds) func `a raw end travels, and may have other handles`(kind: UInt32) throws
  {
    let (first, second) = try makeSocket(kind)
    let plain = try makePlain(second)
    defer { Glibc.close(plain) }
    var copy = ZX_HANDLE_INVALID
    try #require(zx_handle_duplicate(first, ZX_RIGHT_SAME_RIGHTS, &copy) == ZX_OK)
    #expect(zx_object_signal(first, 0, ZX_USER_SIGNAL_1) == ZX_OK)
    let arrived = try carried(first)
    #expect(send(plain, [1]) == 1)
    let shown = ZX_SOCKET_READABLE | ZX_SOCKET_WRITABLE | ZX_USER_SIGNAL_1
    #expect(signals(of: arrived) == shown)
    #expect(signals(of: copy) == shown)
    #expect(get(arrived, 9) == (ZX_OK, [1]))
    #expect(get(copy, 9).status == ZX_ERR_SHOULD_WAIT)
    close(copy)
    #expect(put(arrived, [2]) == (ZX_OK, 1))
    let again = try carried(arrived)
    #expect(put(again, [3]) == (ZX_OK, 1))
    close(again)
    var buffer: [UInt8] = [0]
    #expect(recv(plain, &buffer, 1, 0) == 1)
    #expect(recv(plain, &buffer, 1, 0) == 1)
    #expect(recv(plain, &buffer, 1, 0) == 0)
  }
}

/// Source: `fdio_fd_clone`, `fdio_fd_transfer`, `fdio_transfer_fd`.
@Suite("fdio_fd_transfer") struct PlainDescriptorTests {
  private static let types = [SOCK_STREAM, SOCK_SEQPACKET]

  @Test(arguments: [0, 1]) func `a descriptor of any program becomes a socket`(row: Int) throws {
    let type = Self.types[row]
    let (mine, theirs) = try socketPair(type)
    defer { Glibc.close(theirs) }
    var (clone, socket) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    #expect(fdio_fd_clone(mine, &clone) == ZX_OK)
    #expect(fcntl(mine, F_GETFD) >= 0)
    #expect(fdio_fd_transfer(mine, &socket) == ZX_OK)
    #expect(fcntl(mine, F_GETFD) == -1)
    var info = zx_info_handle_basic_t()
    let size = MemoryLayout<zx_info_handle_basic_t>.size
    #expect(
      zx_object_get_info(socket, UInt32(ZX_INFO_HANDLE_BASIC), &info, size, nil, nil) == ZX_OK)
    #expect(info.type == UInt32(ZX_OBJ_TYPE_SOCKET))
    #expect(info.rights == ZX_DEFAULT_SOCKET_RIGHTS)
    #expect(info.related_koid == 0)
    #expect(send(theirs, [1, 2]) == 2)
    #expect(get(socket, 9) == (ZX_OK, [1, 2]))
    #expect(put(clone, [3]) == (ZX_OK, 1))
    var buffer: [UInt8] = [0]
    #expect(recv(theirs, &buffer, 1, 0) == 1 && buffer == [3])
    close(clone)
    #expect(signals(of: socket) == ZX_SOCKET_WRITABLE)
    close(socket)
    #expect(recv(theirs, &buffer, 1, 0) == 0)
  }

  @Test func `what is no such socket stays open`() throws {
    var socket = ZX_HANDLE_INVALID
    for number in [-1, 1_000_000] as [Int32] {
      #expect(fdio_fd_clone(number, &socket) == ZX_ERR_INVALID_ARGS)
      #expect(fdio_fd_transfer(number, &socket) == ZX_ERR_INVALID_ARGS)
    }
    let file = open("/dev/null", O_RDWR)
    let other = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer {
      Glibc.close(file)
      Glibc.close(other)
    }
    for number in [file, other] {
      #expect(fdio_fd_transfer(number, &socket) == ZX_ERR_NOT_SUPPORTED)
      #expect(fdio_fd_clone(number, &socket) == ZX_ERR_NOT_SUPPORTED)
      #expect(fcntl(number, F_GETFD) >= 0)
    }
    #expect(socket == ZX_HANDLE_INVALID)
  }

  /// In a process of its own, where nobody else opens anything.
  @Test func `without a place for the handle nothing happens`() async {
    await #expect(processExitsWith: .success) {
      let (mine, theirs) = try socketPair(SOCK_STREAM)
      let before = openDescriptorCount()
      #expect(fdio_fd_transfer(mine, nil) == ZX_ERR_INVALID_ARGS)
      #expect(fdio_fd_clone(mine, nil) == ZX_ERR_INVALID_ARGS)
      #expect(openDescriptorCount(settlingAt: before) == before)
      #expect(fcntl(mine, F_GETFD) >= 0)
      Glibc.close(mine)
      Glibc.close(theirs)
    }
  }

  @Test func `the earlier name tells the number for a child`() throws {
    let (mine, theirs) = try socketPair(SOCK_STREAM)
    var handles: [zx_handle_t] = [0, 0, 0]
    var types: [UInt32] = [0, 0, 0]
    #expect(fdio_transfer_fd(mine, 5, &handles, &types) == 1)
    #expect(types[0] == 0x0005_0030)
    #expect(send(theirs, [1]) == 1)
    #expect(get(handles[0], 9) == (ZX_OK, [1]))
    close(handles[0])
    Glibc.close(theirs)
    #expect(fdio_transfer_fd(-1, 5, &handles, &types) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `there and back again nothing is left open`() async {
    await #expect(processExitsWith: .success) {
      var before = 0
      for round in 0..<50 {
        // With the first one the reactor has started.
        if round == 1 { before = openDescriptorCount() }
        let (first, second) = try makeSocket(ZX_SOCKET_STREAM)
        let plain = try makePlain(second)
        var back = ZX_HANDLE_INVALID
        #expect(fdio_fd_transfer(plain, &back) == ZX_OK)
        #expect(put(first, [1]) == (ZX_OK, 1))
        #expect(get(back, 9) == (ZX_OK, [1]))
        close(first, back)
      }
      #expect(openDescriptorCount(settlingAt: before) == before)
    }
  }
}
