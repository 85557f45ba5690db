import CZircon
import Synchronization
import TestSupport
import Testing

/// Source: `zx_futex_wait`, `zx_futex_requeue`, `zx_futex_get_owner`: the thread that owns a futex.
@Suite("Handles of futex owners") struct FutexOwnerHandleTests {
  /// A thread that waits on `futex`, whose owner is to be `owner`.
  private func startWait(
    on futex: UnsafePointer<zx_futex_t>, owner: zx_handle_t
  ) throws -> TestThread<zx_status_t> {
    let address = UInt(bitPattern: futex)
    let thread = try TestThread {
      zx_futex_wait(UnsafePointer(bitPattern: address), 0, owner, farDeadline())
    }
    try #require(thread.waitUntilAsleep())
    return thread
  }

  private func koid(of handle: zx_handle_t) -> zx_koid_t {
    var info = zx_info_handle_basic_t()
    let size = MemoryLayout.size(ofValue: info)
    #expect(
      zx_object_get_info(handle, UInt32(ZX_INFO_HANDLE_BASIC), &info, size, nil, nil) == ZX_OK)
    return info.koid
  }

  @Test func `the thread that the waiter names owns the futex, until the wait is over`() throws {
    let words = FutexWords()
    let own = zx_thread_self()
    let bare = try OwnedHandle(duplicating: own, rights: 0)
    #expect(words.owner(of: words.first) == ZX_KOID_INVALID)
    let thread = try startWait(on: words.first, owner: bare.value)
    #expect(words.owner(of: words.first) == koid(of: own))
    #expect(words.owner(of: words.second) == ZX_KOID_INVALID)
    #expect(zx_futex_wake(words.first, 1) == ZX_OK)
    #expect(thread.join() == ZX_OK)
    #expect(words.owner(of: words.first) == ZX_KOID_INVALID)
  }

  @Test func `the last waiter says who owns the futex`() throws {
    let words = FutexWords()
    let first = try startWait(on: words.first, owner: zx_thread_self())
    let second = try startWait(on: words.first, owner: ZX_HANDLE_INVALID)
    #expect(words.owner(of: words.first) == ZX_KOID_INVALID)
    #expect(zx_futex_wake(words.first, 2) == ZX_OK)
    #expect(first.join() == ZX_OK && second.join() == ZX_OK)
  }

  @Test func `a waiter cannot be its own owner: INVALID_ARGS, after the value`() throws {
    let words = FutexWords()
    let own = zx_thread_self()
    #expect(zx_futex_wait(words.first, 0, own, .min) == ZX_ERR_INVALID_ARGS)
    #expect(zx_futex_wait(words.first, 1, own, .min) == ZX_ERR_BAD_STATE)
  }

  @Test func `a thread that waits on the futex cannot own it: INVALID_ARGS`() throws {
    let words = FutexWords()
    let handles = HandleOfThread()
    let address = UInt(bitPattern: words.first)
    let waiter = try TestThread {
      handles.tell(zx_thread_self())
      return zx_futex_wait(UnsafePointer(bitPattern: address), 0, 0, farDeadline())
    }
    try #require(waiter.waitUntilAsleep())
    let its = handles.value
    #expect(zx_futex_wait(words.first, 0, its, .min) == ZX_ERR_INVALID_ARGS)
    #expect(zx_futex_requeue(words.first, 0, 0, words.second, 1, its) == ZX_ERR_INVALID_ARGS)
    #expect(zx_futex_requeue(words.second, 0, 0, words.first, 1, its) == ZX_ERR_INVALID_ARGS)
    // Of another futex it can be the owner.
    #expect(zx_futex_wait(words.second, 0, its, .min) == ZX_ERR_TIMED_OUT)
    #expect(zx_futex_wake(words.first, 1) == ZX_OK)
    #expect(waiter.join() == ZX_OK)
  }

  @Test func `a requeue names the owner of the other futex`() throws {
    let words = FutexWords()
    let own = zx_thread_self()
    let thread = try startWait(on: words.first, owner: ZX_HANDLE_INVALID)
    #expect(zx_futex_requeue(words.first, 0, 0, words.second, 1, own) == ZX_OK)
    #expect(words.owner(of: words.first) == ZX_KOID_INVALID)
    #expect(words.owner(of: words.second) == koid(of: own))
    #expect(zx_futex_wake_single_owner(words.second) == ZX_OK)
    #expect(thread.join() == ZX_OK)
  }
}

/// What a thread tells of itself before it sleeps.
private final class HandleOfThread: Sendable {
  private let handle = Atomic<UInt32>(0)

  func tell(_ value: zx_handle_t) { handle.store(value, ordering: .releasing) }

  var value: zx_handle_t { handle.load(ordering: .acquiring) }
}
