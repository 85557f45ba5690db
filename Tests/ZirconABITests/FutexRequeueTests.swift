import CZircon
import TestSupport
import Testing

/// Source: `zx_futex_requeue`, `zx_futex_requeue_single_owner`.
@Suite("zx_futex_requeue") struct FutexRequeueTests {
  private typealias Word = UnsafePointer<zx_futex_t>

  /// The two calls, one thread to wake.
  private static let calls:
    [@Sendable (UnsafePointer<zx_futex_t>?, Int32, UnsafePointer<zx_futex_t>?, UInt32, zx_handle_t)
      -> zx_status_t] = [
        { zx_futex_requeue($0, 1, $1, $2, $3, $4) },
        { zx_futex_requeue_single_owner($0, $1, $2, $3, $4) },
      ]

  @Test(arguments: badFutexAddresses)
  func `a null or misaligned address is INVALID_ARGS, either of them`(address: UInt) {
    let words = FutexWords()
    let bad = Word(bitPattern: address)
    for call in Self.calls {
      #expect(call(bad, 1, words.first, 0, 1) == ZX_ERR_INVALID_ARGS)
      #expect(call(words.first, 1, bad, 0, 1) == ZX_ERR_INVALID_ARGS)
    }
  }

  @Test func `the same address twice is INVALID_ARGS, before the value`() {
    let words = FutexWords()
    for call in Self.calls {
      #expect(call(words.first, 1, words.first, 1, 1) == ZX_ERR_INVALID_ARGS)
    }
  }

  @Test func `an unreadable word is INVALID_ARGS, the target is not looked at`() throws {
    let words = FutexWords()
    let nowhere = Word(bitPattern: 0x1000)
    for call in Self.calls {
      #expect(call(nowhere, 0, words.first, 1, 1) == ZX_ERR_INVALID_ARGS)
      #expect(call(words.first, 0, nowhere, 1, 0) == ZX_OK)
    }
  }

  @Test func `another value is BAD_STATE, then the owner is BAD_HANDLE or WRONG_TYPE`() throws {
    let words = FutexWords()
    let event = try OwnedHandle.event()
    let thread = try words.startWait()
    for call in Self.calls {
      #expect(call(words.first, 1, words.second, 1, try staleHandle()) == ZX_ERR_BAD_STATE)
      #expect(call(words.first, 0, words.second, 1, try staleHandle()) == ZX_ERR_BAD_HANDLE)
      #expect(call(words.first, 0, words.second, 1, event.value) == ZX_ERR_WRONG_TYPE)
    }
    #expect(thread.waitUntilAsleep())
    #expect(zx_futex_wake(words.second, .max) == ZX_OK)
    #expect(thread.waitUntilAsleep())
    #expect(zx_futex_wake(words.first, 1) == ZX_OK)
    #expect(thread.join() == ZX_OK)
  }

  @Test func `some wake, some move, the others stay`() throws {
    let words = FutexWords()
    let threads = try (0..<6).map { try words.startWait(nil, $0) }
    #expect(zx_futex_requeue(words.first, 1, 0, words.second, 3, 0) == ZX_OK)
    #expect(threads[0].join() == ZX_OK)
    #expect(threads[1...].allSatisfy { $0.waitUntilAsleep() })
    // Two are left on the first futex.
    #expect(zx_futex_wake(words.first, .max) == ZX_OK)
    #expect(threads[4].join() == ZX_OK)
    #expect(threads[5].join() == ZX_OK)
    #expect(threads[1...3].allSatisfy { $0.waitUntilAsleep() })
    for number in 1...3 {
      #expect(zx_futex_wake(words.second, 1) == ZX_OK)
      #expect(threads[number].join() == ZX_OK)
    }
  }

  @Test func `no thread to wake and none to move is OK and does nothing`() throws {
    let words = FutexWords()
    let thread = try words.startWait()
    #expect(zx_futex_requeue(words.first, 0, 0, words.second, 0, 0) == ZX_OK)
    #expect(thread.waitUntilAsleep())
    #expect(zx_futex_wake(words.first, 1) == ZX_OK)
    #expect(thread.join() == ZX_OK)
  }

  @Test func `a thread that was moved leaves its new queue when it times out`() throws {
    let words = FutexWords()
    let early = try words.startWait(deadline: zx_deadline_after(300_000_000))
    let late = try words.startWait()
    #expect(zx_futex_requeue(words.first, 0, 0, words.second, 2, 0) == ZX_OK)
    #expect(early.join() == ZX_ERR_TIMED_OUT)
    #expect(zx_futex_wake(words.second, 1) == ZX_OK)
    #expect(late.join() == ZX_OK)
  }

  @Test func `the woken thread owns the first futex, nobody the second`() throws {
    let words = FutexWords()
    let threads = try (0..<4).map { try words.startWait(nil, $0, lives: true) }
    defer { words.mayEnd.open() }
    #expect(zx_futex_requeue_single_owner(words.first, 0, words.second, 1, 0) == ZX_OK)
    #expect(words.owner(of: words.first) >= ZX_KOID_FIRST)
    words.mayEnd.open()
    #expect(words.owner(of: words.second) == ZX_KOID_INVALID)
    #expect(zx_futex_requeue(words.first, 0, 0, words.second, 0, 0) == ZX_OK)
    #expect(words.owner(of: words.first) == ZX_KOID_INVALID)
    #expect(zx_futex_wake(words.first, .max) == ZX_OK)
    #expect(zx_futex_wake(words.second, .max) == ZX_OK)
    #expect(threads.allSatisfy { $0.join() == ZX_OK })
  }

  @Test func `threads moved to and fro by others are all woken once`() throws {
    let words = FutexWords()
    let results = try race(threadCount: 6) { index -> Bool in
      for round in 0..<500 {
        let (here, there) =
          (index + round) % 2 == 0 ? (words.first, words.second) : (words.second, words.first)
        if index < 4 {
          let status = zx_futex_wait(here, 0, 0, zx_deadline_after(Int64(index) * 100_000))
          guard status == ZX_OK || status == ZX_ERR_TIMED_OUT else { return false }
        } else {
          guard zx_futex_requeue(here, 1, 0, there, 1, 0) == ZX_OK else { return false }
        }
      }
      return true
    }
    #expect(results == Array(repeating: true, count: 6))
    #expect(words.owner(of: words.first) == ZX_KOID_INVALID)
    #expect(words.owner(of: words.second) == ZX_KOID_INVALID)
  }
}
