import CZircon
import Synchronization
import TestSupport
import Testing

/// Two futexes on the heap, which stay: a waiter may outlive a test that fails.
final class FutexWords: Sendable {
  // Safety: never freed; changed atomically.
  private nonisolated(unsafe) let words: UnsafeMutablePointer<Atomic<Int32>>

  /// All that were made, so that what is kept on purpose does not count as lost.
  private static let kept = Locked<[UInt]>([])

  /// Opened when threads that were woken may end: one that has ended owns nothing.
  let mayEnd = Latch()

  init() {
    words = .allocate(capacity: 2)
    Self.kept.withLock { [words] in $0.append(UInt(bitPattern: words)) }
    for index in 0..<2 { (words + index).initialize(to: Atomic(0)) }
  }

  var first: UnsafePointer<zx_futex_t> {
    UnsafeRawPointer(words).assumingMemoryBound(to: zx_futex_t.self)
  }

  var second: UnsafePointer<zx_futex_t> { first + 1 }

  func setFirst(_ value: Int32) {
    words[0].store(value, ordering: .sequentiallyConsistent)
  }

  /// Starts a thread that waits on a futex, the first unless told, and tells its place in `order` when woken.
  ///
  /// With `lives` it stays until `mayEnd` is opened.
  func startWait(
    _ order: WakeOrder? = nil, _ number: Int = 0, on futex: UnsafePointer<zx_futex_t>? = nil,
    deadline: zx_instant_mono_t = farDeadline(), lives: Bool = false
  ) throws -> TestThread<zx_status_t> {
    let address = UInt(bitPattern: futex ?? first)
    let thread = try TestThread {
      let status = zx_futex_wait(
        UnsafePointer(bitPattern: address), 0, ZX_HANDLE_INVALID, deadline)
      if status == ZX_OK { order?.add(number) }
      if lives { _ = self.mayEnd.wait() }
      return status
    }
    try #require(thread.waitUntilAsleep())
    return thread
  }

  func owner(of futex: UnsafePointer<zx_futex_t>) -> zx_koid_t {
    var koid = zx_koid_t.max
    #expect(zx_futex_get_owner(futex, &koid) == ZX_OK)
    return koid
  }
}

/// Who was woken, in turn.
final class WakeOrder: Sendable {
  private let numbers = Locked<[Int]>([])

  func add(_ number: Int) {
    numbers.withLock { $0.append(number) }
  }

  var all: [Int] { numbers.withLock { $0 } }
}

/// Addresses that no futex can have.
let badFutexAddresses: [UInt] = [0, 1, 2, 3, 0x1001, 0x7FFF_0000_0002]
