import CZircon
import TestSupport
import Testing

/// Source: `zx_futex_wait`.
@Suite("zx_futex_wait") struct FutexWaitTests {
  @Test(arguments: badFutexAddresses)
  func `a null or misaligned address is INVALID_ARGS`(address: UInt) {
    let futex = UnsafePointer<zx_futex_t>(bitPattern: address)
    #expect(zx_futex_wait(futex, 0, 1, 0) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `a misaligned address of a word that is there is INVALID_ARGS`() {
    let words = FutexWords()
    let futex = (UnsafeRawPointer(words.first) + 2).assumingMemoryBound(to: zx_futex_t.self)
    #expect(zx_futex_wait(futex, 0, 0, 0) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `an unreadable word is INVALID_ARGS`() throws {
    let pages = try GuardedPages(pageCount: 1)
    try pages.protect(0..<1, 0)
    let futex = UnsafePointer(pages.start.assumingMemoryBound(to: zx_futex_t.self))
    #expect(zx_futex_wait(futex, 0, 0, 0) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `a word on a read-only page can be waited on`() throws {
    let pages = try GuardedPages(pageCount: 1)
    try pages.protect(0..<1, 1)
    let futex = UnsafePointer(pages.start.assumingMemoryBound(to: zx_futex_t.self))
    #expect(zx_futex_wait(futex, 1, 0, 0) == ZX_ERR_BAD_STATE)
    #expect(zx_futex_wait(futex, 0, 0, 0) == ZX_ERR_TIMED_OUT)
  }

  @Test(arguments: [1, -1, Int32.min, Int32.max])
  func `another value is BAD_STATE, before the owner and the deadline`(value: Int32) throws {
    let words = FutexWords()
    words.setFirst(value)
    #expect(zx_futex_wait(words.first, 0, 0, farDeadline()) == ZX_ERR_BAD_STATE)
    #expect(zx_futex_wait(words.first, 0, try staleHandle(), .min) == ZX_ERR_BAD_STATE)
    #expect(zx_futex_wait(words.first, value, 0, .min) == ZX_ERR_TIMED_OUT)
  }

  @Test func `an owner that is no handle is BAD_HANDLE, one that is no thread WRONG_TYPE`() throws {
    let words = FutexWords()
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(duplicating: event.value, rights: 0)
    #expect(zx_futex_wait(words.first, 0, try staleHandle(), .min) == ZX_ERR_BAD_HANDLE)
    #expect(zx_futex_wait(words.first, 0, 2, .min) == ZX_ERR_BAD_HANDLE)
    #expect(zx_futex_wait(words.first, 0, event.value, .min) == ZX_ERR_WRONG_TYPE)
    #expect(zx_futex_wait(words.first, 0, bare.value, .min) == ZX_ERR_WRONG_TYPE)
  }

  @Test(arguments: [Int64.min, -1, 0, 1])
  func `a past deadline is TIMED_OUT`(deadline: Int64) {
    #expect(zx_futex_wait(FutexWords().first, 0, 0, deadline) == ZX_ERR_TIMED_OUT)
  }

  @Test func `TIMED_OUT is not told before the deadline, and the waiter has left the queue`() throws
  {
    let words = FutexWords()
    let deadline = zx_deadline_after(20_000_000)
    #expect(zx_futex_wait(words.first, 0, 0, deadline) == ZX_ERR_TIMED_OUT)
    #expect(zx_clock_get_monotonic() >= deadline)
    // The one wake is for the thread that still waits.
    let thread = try words.startWait()
    #expect(zx_futex_wake(words.first, 1) == ZX_OK)
    #expect(thread.join() == ZX_OK)
  }

  @Test func `a change of the value alone wakes nobody`() throws {
    let words = FutexWords()
    let thread = try words.startWait()
    words.setFirst(1)
    #expect(thread.waitUntilAsleep())
    #expect(zx_futex_wake(words.first, 1) == ZX_OK)
    #expect(thread.join() == ZX_OK)
  }

  /// The waiter sees the new value, or stands in the queue when the wake comes.
  @Test func `no wake is lost between the check and the sleep`() throws {
    let words = FutexWords()
    let statuses = try race(threadCount: 2) { index -> Bool in
      for round in 0..<20_000 as Range<Int32> {
        if index == 0 {
          while true {
            let status = zx_futex_wait(words.first, round, 0, farDeadline())
            if status == ZX_ERR_BAD_STATE { break }
            guard status == ZX_OK else { return false }
          }
        } else {
          words.setFirst(round + 1)
          guard zx_futex_wake(words.first, 1) == ZX_OK else { return false }
          // Not further ahead than the waiter can tell.
          if round % 64 == 0 { _ = zx_nanosleep(zx_deadline_after(1_000)) }
        }
      }
      return true
    }
    #expect(statuses == [true, true])
  }
}

/// Source: `zx_futex_wake`, `zx_futex_wake_single_owner`.
@Suite("zx_futex_wake") struct FutexWakeTests {
  @Test(arguments: badFutexAddresses)
  func `a null or misaligned address is INVALID_ARGS`(address: UInt) {
    let futex = UnsafePointer<zx_futex_t>(bitPattern: address)
    #expect(zx_futex_wake(futex, 1) == ZX_ERR_INVALID_ARGS)
    #expect(zx_futex_wake_single_owner(futex) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `an address where nothing is, or nobody waits, is OK`() {
    let futex = UnsafePointer<zx_futex_t>(bitPattern: 0x1000)
    #expect(zx_futex_wake(futex, .max) == ZX_OK)
    #expect(zx_futex_wake_single_owner(futex) == ZX_OK)
    #expect(zx_futex_wake(FutexWords().first, 0) == ZX_OK)
  }

  @Test func `as many wake as asked for, those first that have waited longest`() throws {
    let words = FutexWords()
    let order = WakeOrder()
    let threads = try (0..<6).map { try words.startWait(order, $0) }
    #expect(zx_futex_wake(words.first, 0) == ZX_OK)
    for number in 0..<2 {
      #expect(zx_futex_wake(words.first, 1) == ZX_OK)
      #expect(threads[number].join() == ZX_OK)
    }
    #expect(threads[2...].allSatisfy { $0.waitUntilAsleep() })
    #expect(zx_futex_wake(words.first, 2) == ZX_OK)
    #expect(threads[2].join() == ZX_OK)
    #expect(threads[3].join() == ZX_OK)
    #expect(threads[4...].allSatisfy { $0.waitUntilAsleep() })
    #expect(zx_futex_wake(words.first, .max) == ZX_OK)
    #expect(threads.allSatisfy { $0.join() == ZX_OK })
    #expect(order.all.prefix(2) == [0, 1])
    #expect(Set(order.all) == Set(0..<6))
  }

  @Test func `more than a handful wake at once`() throws {
    let words = FutexWords()
    let threads = try (0..<40).map { try words.startWait(nil, $0) }
    #expect(zx_futex_wake(words.first, 40) == ZX_OK)
    #expect(threads.allSatisfy { $0.join() == ZX_OK })
  }

  @Test func `other futexes are left alone`() throws {
    let words = FutexWords()
    let thread = try words.startWait()
    #expect(zx_futex_wake(words.second, .max) == ZX_OK)
    #expect(thread.waitUntilAsleep())
    #expect(zx_futex_wake(words.first, 1) == ZX_OK)
    #expect(thread.join() == ZX_OK)
  }
}

/// Source: `zx_futex_get_owner` and what the other calls say of owners.
@Suite("zx_futex_get_owner") struct FutexOwnerTests {
  @Test(arguments: badFutexAddresses)
  func `a null or misaligned address is INVALID_ARGS`(address: UInt) {
    var koid: zx_koid_t = 77
    let futex = UnsafePointer<zx_futex_t>(bitPattern: address)
    #expect(zx_futex_get_owner(futex, &koid) == ZX_ERR_INVALID_ARGS)
    #expect(koid == 77)
  }

  @Test(arguments: BadAddress.unwritable)
  func `a bad koid is INVALID_ARGS`(address: BadAddress) throws {
    let bad = try BadMemory(address, byteCount: 8)
    let koid = bad.bound(to: zx_koid_t.self)
    #expect(zx_futex_get_owner(FutexWords().first, koid) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `nobody owns a new futex, nor one that is waited on`() throws {
    let words = FutexWords()
    #expect(words.owner(of: words.first) == ZX_KOID_INVALID)
    let thread = try words.startWait()
    #expect(words.owner(of: words.first) == ZX_KOID_INVALID)
    #expect(zx_futex_wake(words.first, 1) == ZX_OK)
    #expect(thread.join() == ZX_OK)
  }

  @Test func `the thread woken as owner owns it while others wait`() throws {
    let words = FutexWords()
    let threads = try (0..<4).map { try words.startWait(nil, $0, lives: true) }
    var owners: [zx_koid_t] = []
    for _ in 0..<3 {
      #expect(zx_futex_wake_single_owner(words.first) == ZX_OK)
      owners.append(words.owner(of: words.first))
    }
    words.mayEnd.open()
    #expect(threads[..<3].allSatisfy { $0.join() == ZX_OK })
    #expect(Set(owners).count == 3)
    #expect(owners.allSatisfy { $0 >= ZX_KOID_FIRST })
    #expect(zx_futex_wake_single_owner(words.first) == ZX_OK)
    #expect(threads[3].join() == ZX_OK)
    #expect(words.owner(of: words.first) == ZX_KOID_INVALID)
  }

  @Test(arguments: [UInt32(0), 1])
  func `a plain wake leaves no owner, of any number`(count: UInt32) throws {
    let words = FutexWords()
    let threads = try (0..<3).map { try words.startWait(nil, $0, lives: true) }
    defer { words.mayEnd.open() }
    #expect(zx_futex_wake_single_owner(words.first) == ZX_OK)
    #expect(words.owner(of: words.first) != ZX_KOID_INVALID)
    words.mayEnd.open()
    #expect(zx_futex_wake(words.first, count) == ZX_OK)
    #expect(words.owner(of: words.first) == ZX_KOID_INVALID)
    #expect(zx_futex_wake(words.first, .max) == ZX_OK)
    #expect(threads.allSatisfy { $0.join() == ZX_OK })
  }

  @Test func `a new waiter says who owns it: nobody`() throws {
    let words = FutexWords()
    let threads = try (0..<2).map { try words.startWait(nil, $0, lives: true) }
    defer { words.mayEnd.open() }
    #expect(zx_futex_wake_single_owner(words.first) == ZX_OK)
    #expect(words.owner(of: words.first) != ZX_KOID_INVALID)
    words.mayEnd.open()
    let late = try words.startWait()
    #expect(words.owner(of: words.first) == ZX_KOID_INVALID)
    #expect(zx_futex_wake(words.first, .max) == ZX_OK)
    #expect((threads + [late]).allSatisfy { $0.join() == ZX_OK })
  }

  @Test func `the owner stays when the first of those that wait times out`() throws {
    let words = FutexWords()
    let first = try words.startWait(lives: true)
    defer { words.mayEnd.open() }
    let second = try words.startWait(deadline: zx_deadline_after(200_000_000))
    let third = try words.startWait()
    #expect(zx_futex_wake_single_owner(words.first) == ZX_OK)
    let owner = words.owner(of: words.first)
    #expect(owner >= ZX_KOID_FIRST)
    #expect(second.join() == ZX_ERR_TIMED_OUT)
    #expect(words.owner(of: words.first) == owner)
    words.mayEnd.open()
    #expect(first.join() == ZX_OK)
    #expect(words.owner(of: words.first) == ZX_KOID_INVALID)
    #expect(zx_futex_wake(words.first, 1) == ZX_OK)
    #expect(third.join() == ZX_OK)
  }

  @Test func `a thread is known by one koid in all its waits`() throws {
    let words = FutexWords()
    let twice = try TestThread {
      let answers = [words.first, words.second].map { zx_futex_wait($0, 0, 0, farDeadline()) }
      _ = words.mayEnd.wait()
      return answers
    }
    var owners: [zx_koid_t] = []
    for futex in [words.first, words.second] {
      #expect(twice.waitUntilAsleep())
      let other = try words.startWait(on: futex)
      #expect(zx_futex_wake_single_owner(futex) == ZX_OK)
      owners.append(words.owner(of: futex))
      #expect(zx_futex_wake(futex, 1) == ZX_OK)
      #expect(other.join() == ZX_OK)
    }
    words.mayEnd.open()
    #expect(twice.join() == [ZX_OK, ZX_OK])
    #expect(owners[0] >= ZX_KOID_FIRST)
    #expect(owners[0] == owners[1])
  }
}
