import CZircon
import Glibc
import TestSupport
import Testing

private func threadState(_ handle: zx_handle_t) -> zx_thread_state_t? {
  var info = zx_info_thread_t()
  let status = zx_object_get_info(handle, ZX_INFO_THREAD, &info, 72, nil, nil)
  return status == ZX_OK ? info.state : nil
}

/// Looks until the thread is in the state or 30 seconds have passed.
private func reaches(_ handle: zx_handle_t, _ state: zx_thread_state_t) -> Bool {
  let deadline = farDeadline()
  while zx_clock_get_monotonic() < deadline {
    if threadState(handle) == state { return true }
    usleep(1_000)
  }
  return false
}

/// A thread that tells its handle and then runs a body.
private func startThread(
  _ body: @escaping @Sendable () -> Void
) throws -> (thread: TestThread<Bool>, handle: zx_handle_t) {
  let pipe = try SocketPair(.stream)
  let writer = pipe.writer
  let thread = try TestThread {
    var handle = zx_thread_self()
    _ = zx_socket_write(writer, 0, &handle, 4, nil)
    body()
    return true
  }
  var handle = ZX_HANDLE_INVALID
  try #require(
    zx_object_wait_one(pipe.reader, ZX_SOCKET_READABLE, farDeadline(), nil) == ZX_OK)
  try #require(zx_socket_read(pipe.reader, 0, &handle, 4, nil) == ZX_OK)
  return (thread, handle)
}

/// Source: `zx_object_get_info` with `ZX_INFO_THREAD`, and `zxl_thread_handle`.
@Suite("ZX_INFO_THREAD") struct ThreadInfoTests {
  @Test func `the calling thread runs`() {
    #expect(threadState(zx_thread_self()) == ZX_THREAD_STATE_RUNNING)
  }

  @Test func `its processors are those Linux gives it`() {
    var info = zx_info_thread_t()
    let status = zx_object_get_info(zx_thread_self(), ZX_INFO_THREAD, &info, 72, nil, nil)
    #expect(status == ZX_OK)
    #expect(info.wait_exception_channel_type == 0)
    let online = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let allowed = withUnsafeBytes(of: info.cpu_affinity_mask) { bytes in
      bytes.reduce(0) { $0 + $1.nonzeroBitCount }
    }
    #expect((1...online).contains(allowed))
  }

  @Test func `a thread in wait_one is BLOCKED_WAIT_ONE`() throws {
    let event = try OwnedHandle.event()
    let value = event.value
    let (thread, handle) = try startThread {
      _ = zx_object_wait_one(value, ZX_EVENT_SIGNALED, ZX_TIME_INFINITE, nil)
    }
    #expect(reaches(handle, ZX_THREAD_STATE_BLOCKED_WAIT_ONE))
    #expect(zx_object_signal(value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(thread.join() == true)
  }

  @Test func `a thread in wait_many is BLOCKED_WAIT_MANY`() throws {
    let event = try OwnedHandle.event()
    let value = event.value
    let (thread, handle) = try startThread {
      var item = zx_wait_item_t(handle: value, waitfor: ZX_EVENT_SIGNALED, pending: 0)
      _ = zx_object_wait_many(&item, 1, ZX_TIME_INFINITE)
    }
    #expect(reaches(handle, ZX_THREAD_STATE_BLOCKED_WAIT_MANY))
    #expect(zx_object_signal(value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(thread.join() == true)
  }

  @Test func `a sleeping thread is BLOCKED_SLEEPING`() throws {
    let (thread, handle) = try startThread { _ = zx_nanosleep(zx_deadline_after(300_000_000)) }
    #expect(reaches(handle, ZX_THREAD_STATE_BLOCKED_SLEEPING))
    #expect(thread.join() == true)
  }

  @Test func `a thread that waits for another's latch is BLOCKED_FUTEX`() throws {
    let latch = Latch()
    let (thread, handle) = try startThread { _ = latch.wait() }
    #expect(reaches(handle, ZX_THREAD_STATE_BLOCKED_FUTEX))
    latch.open()
    #expect(thread.join() == true)
  }

  @Test func `a thread that has ended is DEAD`() throws {
    let (thread, handle) = try startThread { usleep(50_000) }
    let copy = try OwnedHandle(duplicating: handle)
    #expect(thread.join() == true)
    #expect(reaches(copy.value, ZX_THREAD_STATE_DEAD))
  }

  @Test func `BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED, BUFFER_TOO_SMALL in this order`() throws {
    var info = [UInt8](repeating: 0xCC, count: 72)
    let bare = try OwnedHandle(duplicating: zx_thread_self(), rights: ZX_RIGHT_DUPLICATE)
    let event = try OwnedHandle.event()
    let bareEvent = try OwnedHandle(duplicating: event.value, rights: 0)
    for (handle, status) in [
      (try staleHandle(), ZX_ERR_BAD_HANDLE), (bareEvent.value, ZX_ERR_WRONG_TYPE),
      (bare.value, ZX_ERR_ACCESS_DENIED), (zx_thread_self(), ZX_ERR_BUFFER_TOO_SMALL),
    ] {
      #expect(zx_object_get_info(handle, ZX_INFO_THREAD, &info, 71, nil, nil) == status)
    }
    #expect(info.allSatisfy { $0 == 0xCC })
  }

  // MARK: By the name of the thread

  private var own: UInt { UInt(pthread_self()) }

  @Test func `the calling thread's name gives its own handle`() {
    #expect(zxl_thread_handle(own) == zx_thread_self())
  }

  @Test func `a thread that never made a call has a handle`() throws {
    let latch = Latch()
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { latch in
        if let latch { _ = Unmanaged<Latch>.fromOpaque(latch).takeRetainedValue().wait() }
        return nil
      }, Unmanaged.passRetained(latch).toOpaque())
    try #require(result == 0)
    let handle = zxl_thread_handle(UInt(thread))
    #expect(zxl_thread_handle(UInt(thread)) == handle)
    #expect(handle != zx_thread_self())
    let info = try basicInfo(of: handle)
    #expect(info.type == ZX_OBJ_TYPE_THREAD)
    #expect(info.rights == ZX_DEFAULT_THREAD_RIGHTS)
    #expect(reaches(handle, ZX_THREAD_STATE_BLOCKED_FUTEX))
    let copy = try OwnedHandle(duplicating: handle)
    latch.open()
    #expect(pthread_join(thread, nil) == 0)
    #expect(signals(of: copy.value) == ZX_THREAD_TERMINATED)
    #expect(threadState(copy.value) == ZX_THREAD_STATE_DEAD)
  }

  @Test func `both ways to a thread lead to one handle`() throws {
    let thread = try TestThread { (zxl_thread_handle(UInt(pthread_self())), zx_thread_self()) }
    let (named, own) = try #require(thread.join())
    #expect(own == named)
    #expect(own != ZX_HANDLE_INVALID)
  }

  @Test func `a thread that has ended and is not joined has none`() throws {
    var thread = pthread_t()
    try #require(pthread_create(&thread, nil, { _ in nil }, nil) == 0)
    let deadline = farDeadline()
    while zxl_thread_handle(UInt(thread)) != ZX_HANDLE_INVALID,
      zx_clock_get_monotonic() < deadline
    {
      usleep(1_000)
    }
    #expect(zxl_thread_handle(UInt(thread)) == ZX_HANDLE_INVALID)
    #expect(pthread_join(thread, nil) == 0)
  }
}
