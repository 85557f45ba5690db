import CZircon
import Glibc
import TestSupport
import Testing

/// Source: exhausted resources: creation fails with nothing written and nothing lost, everything
/// that exists goes on.
///
/// Every body runs in a process of its own, whose limit it lowers.
@Suite("no free descriptor", .serialized) struct DescriptorExhaustionTests {
  @Test func `creating a socket is NO_MEMORY or NO_RESOURCES and writes no handle`() async {
    await #expect(processExitsWith: .success) {
      for kind in SocketKind.allCases {
        var handles = try exhaustWithSockets(kind)
        for _ in 0..<50 {
          try refuse(kind, keeping: &handles)
        }
        closeAll(handles)
      }
    }
  }

  @Test func `one free descriptor is not enough for a pair and is not lost`() async {
    await #expect(processExitsWith: .success) {
      var handles = try exhaustWithSockets(.stream)
      for _ in 0..<20 {
        try setDescriptorLimit(lowestFreeDescriptor() + 1)
        try refuse(.stream, keeping: &handles)
      }
      closeAll(handles)
    }
  }

  @Test func `creation works again when descriptors are free again`() async {
    await #expect(processExitsWith: .success) {
      try exchangeOneByte(.datagram)
      let before = openDescriptorCount()
      for _ in 0..<5 {
        var handles = try exhaustWithSockets(.datagram)
        for handle in handles.suffix(4) { #expect(zx_handle_close(handle) == ZX_OK, "close") }
        handles.removeLast(4)
        try exchangeOneByte(.datagram)
        closeAll(handles)
        #expect(openDescriptorCount() == before, "descriptors lost")
      }
    }
  }

  @Test func `all pairs work while no descriptor is free`() async {
    await #expect(processExitsWith: .success) {
      for kind in SocketKind.allCases {
        let pairs = try exhaustWithSockets(kind)
        #expect(pairs.count >= 20)
        for index in stride(from: 0, to: pairs.count, by: 2) {
          let (near, far) = (pairs[index], pairs[index + 1])
          #expect(socketWrite(near, bytePattern(1_000)) == .ok(1_000))
          try writeSingleBytes(far, count: 1_000)
          #expect(zx_object_wait_one(far, ZX_SOCKET_READABLE, 0, nil) == ZX_OK)
          #expect(socketPeek(far, 1_000) == .ok(bytePattern(1_000)))
          #expect(socketRead(far, 1_000) == .ok(bytePattern(1_000)))
          #expect(drainSocket(near) == .all(bytePattern(1_000)))
        }
        closeAll(pairs)
      }
    }
  }

  /// The descriptors run out before the first byte has moved, so that whatever the library sets
  /// up on first use has to do without.
  @Test func `the process's first read, write and wait work without a free descriptor`() async {
    await #expect(processExitsWith: .success) {
      let pair = try SocketPair(.stream)
      let event = try OwnedHandle.event()
      try setDescriptorLimit(lowestFreeDescriptor())
      #expect(socketWrite(pair.writer, [1, 2, 3]) == .ok(3))
      #expect(socketRead(pair.reader, 3) == .ok([1, 2, 3]))
      #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
      #expect(zx_object_wait_one(event.value, ZX_EVENT_SIGNALED, 0, nil) == ZX_OK)
      #expect(signals(of: pair.reader) == 0x2)
      let item = zx_wait_item_t(handle: event.value, waitfor: ZX_EVENT_SIGNALED, pending: 0)
      var items = [item, item]
      #expect(zx_object_wait_many(&items, 2, ZX_TIME_INFINITE) == ZX_OK)
    }
  }

  @Test func `a thread's first read, write and wait work without a free descriptor`() async {
    await #expect(processExitsWith: .success) {
      let pair = try SocketPair(.datagram)
      #expect(socketWrite(pair.writer, [9]) == .ok(1))
      #expect(socketRead(pair.reader, 1) == .ok([9]))
      try setDescriptorLimit(lowestFreeDescriptor())
      let (writer, reader) = (pair.writer, pair.reader)
      let thread = try TestThread {
        let written = socketWrite(writer, [1, 2])
        let waited = zx_object_wait_one(reader, ZX_SOCKET_READABLE, farDeadline(), nil)
        let read = socketRead(reader, 2)
        return written == .ok(2) && waited == ZX_OK && read == .ok([1, 2])
      }
      #expect(thread.join() == true)
    }
  }

  @Test func `a sleeping wait is released while no descriptor is free`() async {
    await #expect(processExitsWith: .success) {
      var pair = try SocketPair(.stream)
      let (writer, reader) = (pair.writer, pair.reader)
      try setDescriptorLimit(lowestFreeDescriptor())
      let released = try TestThread {
        waitOne(reader, ZX_SOCKET_READABLE, until: farDeadline()).status
      }
      let cancelled = try TestThread {
        waitOne(writer, ZX_SOCKET_READABLE, until: farDeadline()).status
      }
      // Nothing says when they sleep, as looking that up takes a descriptor; both orders are right.
      #expect(socketWrite(writer, [1]) == .ok(1))
      #expect(released.join() == ZX_OK)
      pair.closeWriter()
      let status = try #require(cancelled.join())
      #expect(status == ZX_ERR_CANCELED || status == ZX_ERR_BAD_HANDLE)
    }
  }

  @Test func `events, eventpairs and duplicates need no descriptor`() async {
    await #expect(processExitsWith: .success) {
      let pair = try SocketPair(.stream)
      try setDescriptorLimit(lowestFreeDescriptor())
      let event = try OwnedHandle.event()
      let events = try EventPair()
      let copy = try OwnedHandle(duplicating: pair.writer)
      #expect(zx_object_signal_peer(events.first, 0, ZX_USER_SIGNAL_0) == ZX_OK)
      #expect(signals(of: events.second) == ZX_USER_SIGNAL_0)
      #expect(signals(of: event.value) == 0)
      #expect(socketWrite(copy.value, [1]) == .ok(1))
      #expect(socketRead(pair.reader, 1) == .ok([1]))
    }
  }

  @Test func `a limit of n descriptors allows (n - 100) / 2 pairs`() async {
    await #expect(processExitsWith: .success) {
      let limit = 500
      try setDescriptorLimit(limit)
      let pairs = try createUntilRefused(.stream)
      #expect(pairs.count / 2 >= (limit - 100) / 2)
      #expect(socketWrite(pairs[0], [1]) == .ok(1))
      closeAll(pairs)
    }
  }

  @Test func `closing gives every descriptor back`() async {
    await #expect(processExitsWith: .success) {
      for kind in SocketKind.allCases {
        try exchangeOneByte(kind)
      }
      let before = openDescriptorCount()
      for _ in 0..<300 {
        for kind in SocketKind.allCases {
          try exchangeOneByte(kind)
        }
      }
      #expect(openDescriptorCount() == before, "descriptors lost")
    }
  }
}

private func exchangeOneByte(_ kind: SocketKind) throws {
  let pair = try SocketPair(kind)
  try #require(socketWrite(pair.writer, [1]) == .ok(1))
  try #require(socketRead(pair.reader, 1) == .ok([1]))
}

private func setDescriptorLimit(_ limit: Int) throws {
  var limits = rlimit()
  try #require(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0)
  limits.rlim_cur = rlim_t(limit)
  try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0)
}

/// Creates pairs until the library refuses; gives all handles, two by two.
private func createUntilRefused(_ kind: SocketKind) throws -> [zx_handle_t] {
  var handles: [zx_handle_t] = []
  while handles.count < 10_000 {
    var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
    let status = zx_socket_create(kind.options, &first, &second)
    guard status == ZX_OK else {
      try #require(status == ZX_ERR_NO_MEMORY || status == ZX_ERR_NO_RESOURCES)
      return handles
    }
    handles += [first, second]
  }
  Issue.record("10000 handles and no end")
  return handles
}

private func exhaustWithSockets(_ kind: SocketKind) throws -> [zx_handle_t] {
  try setDescriptorLimit(200)
  return try createUntilRefused(kind)
}

/// Tries to create a pair and checks the refusal.
///
/// The test runner may have let go of a descriptor of its own meanwhile; then the pair is kept, and
/// the next attempt is refused.
private func refuse(_ kind: SocketKind, keeping handles: inout [zx_handle_t]) throws {
  for _ in 0..<10 {
    let before = openDescriptorCount()
    var first: zx_handle_t = 0x1234_5678
    var second: zx_handle_t = 0x8765_4321
    let status = zx_socket_create(kind.options, &first, &second)
    guard status != ZX_OK else {
      handles += [first, second]
      continue
    }
    #expect(status == ZX_ERR_NO_MEMORY || status == ZX_ERR_NO_RESOURCES, "status \(status)")
    #expect(first == 0x1234_5678, "first handle written")
    #expect(second == 0x8765_4321, "second handle written")
    #expect(openDescriptorCount() == before, "descriptors lost")
    return
  }
  Issue.record("creation is never refused")
}
