import CZircon
import Synchronization
import TestSupport
import Testing

/// Source: out-parameters may lie anywhere that can be written: on the stack, on the heap, at the
/// edge of a page, aligned or not.
@Suite("good pointers, everywhere") struct PointerPlacementTests {
  @Test(arguments: PointerPlacement.allCases)
  func `the creating calls store their handles with OK`(place: PointerPlacement) throws {
    let event = try place.place(ZX_HANDLE_INVALID) { zx_event_create(0, $0) }
    #expect(event.result == ZX_OK)
    let eventOwner = OwnedHandle(owning: event.value)
    #expect(isLive(eventOwner.value))

    let copy = try place.place(ZX_HANDLE_INVALID) {
      zx_handle_duplicate(eventOwner.value, ZX_RIGHT_SAME_RIGHTS, $0)
    }
    #expect(copy.result == ZX_OK)
    let replaced = try place.place(ZX_HANDLE_INVALID) {
      zx_handle_replace(copy.value, ZX_RIGHT_WAIT, $0)
    }
    #expect(replaced.result == ZX_OK)
    #expect(zx_handle_close(replaced.value) == ZX_OK)
  }

  @Test(arguments: PointerPlacement.allCases)
  func `the calls that create pairs store both handles with OK`(place: PointerPlacement) throws {
    for create in [zx_socket_create, zx_eventpair_create] {
      let outer = try place.place(ZX_HANDLE_INVALID) { first in
        try place.place(ZX_HANDLE_INVALID) { second in create(0, first, second) }
      }
      #expect(outer.result.result == ZX_OK)
      #expect(zx_handle_close(outer.value) == ZX_OK)
      #expect(zx_handle_close(outer.result.value) == ZX_OK)
    }
  }

  @Test(arguments: PointerPlacement.allCases, SocketKind.allCases)
  func `read, peek and write store actual with OK`(
    place: PointerPlacement, kind: SocketKind
  ) throws {
    let pair = try SocketPair(kind)
    let write = try place.place(Answer.untouched) {
      zx_socket_write(pair.writer, 0, [1, 2, 3] as [UInt8], 3, $0)
    }
    #expect(Answer(status: write.result, actual: write.value) == .ok(3))
    var bytes: [UInt8] = [0, 0, 0]
    for options in [ZX_SOCKET_PEEK, 0] {
      let read = try place.place(Answer.untouched) {
        zx_socket_read(pair.reader, options, &bytes, 3, $0)
      }
      #expect(Answer(status: read.result, actual: read.value) == .ok(3))
    }
    #expect(bytes == [1, 2, 3])
  }

  @Test(arguments: PointerPlacement.allCases, SocketKind.allCases)
  func `data may lie anywhere`(place: PointerPlacement, kind: SocketKind) throws {
    let pair = try SocketPair(kind)
    let number: UInt64 = 0x0123_4567_89AB_CDEF
    let write = try place.place(number) { zx_socket_write(pair.writer, 0, $0, 8, nil) }
    #expect(write.result == ZX_OK)
    let read = try place.place(UInt64(0)) { zx_socket_read(pair.reader, 0, $0, 8, nil) }
    #expect(read.result == ZX_OK)
    #expect(read.value == number)
  }

  @Test(arguments: PointerPlacement.allCases)
  func `single bytes beyond Linux's buffer may come from and go anywhere`(
    place: PointerPlacement
  ) throws {
    let pair = try SocketPair(.stream)
    try writeSingleBytes(pair.writer, count: 3_000)
    let number: UInt64 = 0x0123_4567_89AB_CDEF
    let write = try place.place(number) { zx_socket_write(pair.writer, 0, $0, 8, nil) }
    #expect(write.result == ZX_OK)
    #expect(socketRead(pair.reader, 3_000) == .ok(bytePattern(3_000)))
    let read = try place.place(UInt64(0)) { zx_socket_read(pair.reader, 0, $0, 8, nil) }
    #expect(read.result == ZX_OK)
    #expect(read.value == number)
  }

  @Test(arguments: PointerPlacement.allCases)
  func `wait_one stores observed with its status`(place: PointerPlacement) throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    let timedOut = try place.place(WaitAnswer.untouched) {
      zx_object_wait_one(event.value, 0, 0, $0)
    }
    #expect(timedOut.result == ZX_ERR_TIMED_OUT)
    #expect(timedOut.value == ZX_USER_SIGNAL_0)
    let matched = try place.place(WaitAnswer.untouched) {
      zx_object_wait_one(event.value, ZX_USER_SIGNAL_0, 0, $0)
    }
    #expect(matched.result == ZX_OK)
    #expect(matched.value == ZX_USER_SIGNAL_0)
  }

  @Test(arguments: PointerPlacement.allCases)
  func `wait_many reads and writes its items`(place: PointerPlacement) throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    let item = zx_wait_item_t(handle: event.value, waitfor: ZX_USER_SIGNAL_0, pending: 0)
    let answer = try place.place(item) { zx_object_wait_many($0, 1, 0) }
    #expect(answer.result == ZX_OK)
    #expect(answer.value.pending == ZX_USER_SIGNAL_0)
  }

  @Test(arguments: PointerPlacement.allCases)
  func `get_info stores record and counts`(place: PointerPlacement) throws {
    let pair = try SocketPair(.stream)
    let basic = try place.place(zx_info_handle_basic_t()) {
      zx_object_get_info(pair.writer, ZX_INFO_HANDLE_BASIC, $0, 32, nil, nil)
    }
    #expect(basic.result == ZX_OK)
    #expect(basic.value.type == ZX_OBJ_TYPE_SOCKET)
    let count = try place.place(zx_info_handle_count_t()) {
      zx_object_get_info(pair.writer, ZX_INFO_HANDLE_COUNT, $0, 4, nil, nil)
    }
    #expect(count.result == ZX_OK)
    #expect(count.value.handle_count == 1)
    let socket = try place.place(zx_info_socket_t()) {
      zx_object_get_info(pair.writer, ZX_INFO_SOCKET, $0, 48, nil, nil)
    }
    #expect(socket.result == ZX_OK)
    #expect(socket.value.rx_buf_max == socketCapacity)
    let counts = try place.place(0) { actual in
      try place.place(0) {
        zx_object_get_info(pair.writer, ZX_INFO_SOCKET, nil, 0, actual, $0)
      }
    }
    #expect(counts.result.result == ZX_ERR_BUFFER_TOO_SMALL)
    #expect(counts.value == 0)
    #expect(counts.result.value == 1)
  }

  @Test(arguments: PointerPlacement.allCases)
  func `properties are read and stored`(place: PointerPlacement) throws {
    let pair = try SocketPair(.stream)
    let property = ZX_PROP_SOCKET_RX_THRESHOLD
    let set = try place.place(1_234) { zx_object_set_property(pair.writer, property, $0, 8) }
    #expect(set.result == ZX_OK)
    let get = try place.place(0) { zx_object_get_property(pair.writer, property, $0, 8) }
    #expect(get.result == ZX_OK)
    #expect(get.value == 1_234)
  }

  @Test(arguments: PointerPlacement.allCases)
  func `close_many reads its list`(place: PointerPlacement) throws {
    let events = try makeEvents(2)
    let list = try place.place((events[0], events[1])) { pointer in
      let list = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: zx_handle_t.self)
      return zx_handle_close_many(list, 2)
    }
    #expect(list.result == ZX_OK)
    #expect(events.allSatisfy { !isLive($0) })
  }

  /// The stack of another thread is memory like any other.
  @Test func `an out-parameter on another thread's stack is stored with OK`() throws {
    let pair = try SocketPair(.stream)
    let writer = pair.writer
    let (published, used) = (StackAddress(), Latch())
    let owner = try TestThread {
      var actual = Answer.untouched
      return withUnsafeMutablePointer(to: &actual) { pointer in
        published.publish(pointer)
        return used.wait() ? pointer.pointee : -1
      }
    }
    let address = try #require(published.wait())
    let actual = UnsafeMutablePointer<Int>(bitPattern: address)
    let status = zx_socket_write(writer, 0, [1, 2] as [UInt8], 2, actual)
    used.open()
    #expect(status == ZX_OK)
    #expect(owner.join() == 2)
  }
}

/// An address that one thread tells another.
private final class StackAddress: Sendable {
  private let address = Mutex<UInt?>(nil)
  private let isPublished = Latch()

  func publish(_ pointer: UnsafeMutablePointer<Int>) {
    address.withLock { $0 = UInt(bitPattern: pointer) }
    isPublished.open()
  }

  func wait() -> UInt? {
    isPublished.wait() ? address.withLock { $0 } : nil
  }
}
