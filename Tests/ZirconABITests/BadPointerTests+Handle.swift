import CZircon
import Glibc
import TestSupport
import Testing

/// Source: bad addresses of handles: where new ones are stored and where a list is read.
@Suite("bad pointers, handles") struct BadHandlePointerTests {
  private static let untouched: zx_handle_t = 0x1234_5678

  @Test(arguments: BadAddress.unwritable)
  func `event_create to a bad address is INVALID_ARGS`(address: BadAddress) throws {
    let bad = try BadMemory(address, holding: Self.untouched)
    #expect(zx_event_create(0, bad.bound(to: zx_handle_t.self)) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: BadAddress.unwritable)
  func `options are judged before a bad address`(address: BadAddress) throws {
    let bad = try BadMemory(address, holding: Self.untouched)
    let out = bad.bound(to: zx_handle_t.self)
    #expect(zx_event_create(1, out) == ZX_ERR_INVALID_ARGS)
    #expect(zx_eventpair_create(1, out, out) == ZX_ERR_NOT_SUPPORTED)
    #expect(zx_socket_create(2, out, out) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: BadAddress.unwritable, SocketKind.allCases)
  func `socket_create to a bad address is INVALID_ARGS and no handle survives`(
    address: BadAddress, kind: SocketKind
  ) throws {
    let bad = try BadMemory(address, holding: Self.untouched)
    let out = bad.bound(to: zx_handle_t.self)
    var good = Self.untouched
    #expect(zx_socket_create(kind.options, out, &good) == ZX_ERR_INVALID_ARGS)
    #expect(!isLive(good))
    #expect(zx_socket_create(kind.options, &good, out) == ZX_ERR_INVALID_ARGS)
    #expect(!isLive(good))
    #expect(zx_socket_create(kind.options, out, out) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: BadAddress.unwritable)
  func `eventpair_create to a bad address is INVALID_ARGS and no handle survives`(
    address: BadAddress
  ) throws {
    let bad = try BadMemory(address, holding: Self.untouched)
    let out = bad.bound(to: zx_handle_t.self)
    var good = Self.untouched
    #expect(zx_eventpair_create(0, out, &good) == ZX_ERR_INVALID_ARGS)
    #expect(!isLive(good))
    #expect(zx_eventpair_create(0, &good, out) == ZX_ERR_INVALID_ARGS)
    #expect(!isLive(good))
  }

  @Test(arguments: BadAddress.unwritable)
  func `duplicate to a bad address is INVALID_ARGS and makes no handle`(
    address: BadAddress
  ) throws {
    let event = try OwnedHandle.event()
    let bad = try BadMemory(address, holding: Self.untouched)
    let out = bad.bound(to: zx_handle_t.self)
    let status = zx_handle_duplicate(event.value, ZX_RIGHT_SAME_RIGHTS, out)
    #expect(status == ZX_ERR_INVALID_ARGS)
    #expect(try handleCount(of: event.value) == 1)
  }

  @Test(arguments: BadAddress.unwritable)
  func `duplicate judges handle and rights before a bad address`(address: BadAddress) throws {
    let event = try OwnedHandle.event()
    let reduced = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_WAIT)
    let bad = try BadMemory(address, holding: Self.untouched)
    let out = bad.bound(to: zx_handle_t.self)
    #expect(zx_handle_duplicate(0, ZX_RIGHT_SAME_RIGHTS, out) == ZX_ERR_BAD_HANDLE)
    #expect(
      zx_handle_duplicate(reduced.value, ZX_RIGHT_SAME_RIGHTS, out) == ZX_ERR_ACCESS_DENIED)
  }

  @Test(arguments: BadAddress.unwritable)
  func `replace to a bad address is INVALID_ARGS, and old and new handle are gone`(
    address: BadAddress
  ) throws {
    var pair = try SocketPair(.stream)
    let witness = try OwnedHandle(duplicating: pair.reader)
    let old = pair.reader
    let bad = try BadMemory(address, holding: Self.untouched)
    let out = bad.bound(to: zx_handle_t.self)
    #expect(zx_handle_replace(old, ZX_RIGHT_SAME_RIGHTS, out) == ZX_ERR_INVALID_ARGS)
    pair.forgetReader()
    #expect(!isLive(old))
    #expect(try handleCount(of: witness.value) == 1)
    #expect(signals(of: pair.writer) == 0x2)
  }

  @Test(arguments: BadAddress.unwritable)
  func `replacing the last handle to a bad address closes the end`(address: BadAddress) throws {
    var pair = try SocketPair(.stream)
    let bad = try BadMemory(address, holding: Self.untouched)
    let out = bad.bound(to: zx_handle_t.self)
    #expect(zx_handle_replace(pair.reader, 0, out) == ZX_ERR_INVALID_ARGS)
    pair.forgetReader()
    #expect(signals(of: pair.writer) == 0x4)
  }

  @Test(arguments: BadAddress.unwritable)
  func `replace judges the handle before a bad address`(address: BadAddress) throws {
    let bad = try BadMemory(address, holding: Self.untouched)
    let out = bad.bound(to: zx_handle_t.self)
    #expect(zx_handle_replace(0, ZX_RIGHT_SAME_RIGHTS, out) == ZX_ERR_BAD_HANDLE)
  }

  @Test(arguments: [BadAddress.null, .one, .noAccess], [1, 64, 65])
  func `close_many from a bad address is INVALID_ARGS`(address: BadAddress, count: Int) throws {
    let bad = try BadMemory(address, byteCount: 4 * count)
    let list = bad.bound(to: zx_handle_t.self)
    #expect(zx_handle_close_many(list, count) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `close_many of no handles at a bad address is OK`() throws {
    let bad = try BadMemory(.noAccess, byteCount: 4)
    #expect(zx_handle_close_many(bad.bound(to: zx_handle_t.self), 0) == ZX_OK)
  }

  /// A list is taken in chunks of 64; those before the one that cannot be read stay closed.
  @Test(arguments: [64, 128, 1_024])
  func `close_many of a list that ends badly is INVALID_ARGS, earlier chunks stay closed`(
    goodCount: Int
  ) throws {
    let events = try makeEvents(goodCount)
    let contents = (events + [0, 0]).flatMap { withUnsafeBytes(of: $0) { [UInt8]($0) } }
    let bad = try BadMemory(contents, goodByteCount: 4 * goodCount, tail: PROT_NONE)
    let list = bad.bound(to: zx_handle_t.self)
    #expect(zx_handle_close_many(list, goodCount + 2) == ZX_ERR_INVALID_ARGS)
    #expect(events.allSatisfy { !isLive($0) })
  }

  @Test func `close_many that cannot read all of its only chunk is INVALID_ARGS`() throws {
    let events = try makeEvents(10)
    let contents = (events + events).flatMap { withUnsafeBytes(of: $0) { [UInt8]($0) } }
    let bad = try BadMemory(contents, goodByteCount: 40, tail: PROT_NONE)
    let list = bad.bound(to: zx_handle_t.self)
    #expect(zx_handle_close_many(list, 20) == ZX_ERR_INVALID_ARGS)
    for event in events where isLive(event) {
      #expect(zx_handle_close(event) == ZX_OK)
    }
  }

  @Test func `close_many of a list in read-only memory is OK`() throws {
    let events = try makeEvents(3)
    let contents = events.flatMap { withUnsafeBytes(of: $0) { [UInt8]($0) } }
    let memory = try BadMemory(.readOnly, holding: contents)
    #expect(zx_handle_close_many(memory.bound(to: zx_handle_t.self), 3) == ZX_OK)
    #expect(events.allSatisfy { !isLive($0) })
  }

  /// In a process of its own, where every descriptor is the test's.
  @Test func `creations to bad addresses leave no descriptor behind`() async {
    await #expect(processExitsWith: .success) {
      let first = try SocketPair(.stream)
      #expect(socketWrite(first.writer, [1]) == .ok(1))
      createToBadAddresses()
      let before = openDescriptorCount()
      for _ in 0..<500 {
        createToBadAddresses()
      }
      #expect(openDescriptorCount() == before, "descriptors lost")
    }
  }
}

private func createToBadAddresses() {
  var good: zx_handle_t = 0
  for kind in SocketKind.allCases {
    #expect(zx_socket_create(kind.options, nil, &good) == ZX_ERR_INVALID_ARGS)
    #expect(zx_socket_create(kind.options, &good, nil) == ZX_ERR_INVALID_ARGS)
  }
}
