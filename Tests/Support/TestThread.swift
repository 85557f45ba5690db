import Glibc
import Synchronization

/// A POSIX thread that runs one body; its result is fetched with a deadline, never for ever.
package final class TestThread<Value: Sendable>: Sendable {
  private let run: ThreadRun<Value>
  private let thread: pthread_t
  private let isJoined = Atomic(false)

  /// Starts the thread.
  ///
  /// - Throws: `SetUpError` if there is none to be had.
  package init(_ body: @escaping @Sendable () -> Value) throws {
    let run = ThreadRun(body)
    let start = Unmanaged.passRetained(ThreadStart { run.perform() })
    var thread = pthread_t()
    let error = pthread_create(&thread, nil, runThreadStart, start.toOpaque())
    if error != 0 {
      start.release()
    }
    guard error == 0 else { throw SetUpError("pthread_create", error) }
    self.run = run
    self.thread = thread
  }

  /// Waits until the body has returned; nil if it has not within `seconds`.
  package func join(within seconds: Int = 30) -> Value? {
    guard run.hasEnded.wait(within: seconds) else { return nil }
    if !isJoined.exchange(true, ordering: .relaxed) {
      pthread_join(thread, nil)
    }
    return run.value.withLock { $0 }
  }

  /// Waits until the thread sleeps in the kernel inside its body, and not for a lock unless `onLock`;
  /// false if it does not in time.
  package func waitUntilAsleep(onLock: Bool = false, within seconds: Int = 30) -> Bool {
    var asleepInARow = 0
    return poll(within: seconds) {
      asleepInARow = isAsleep(onLock: onLock) ? asleepInARow + 1 : 0
      return asleepInARow == 3
    }
  }

  private func isAsleep(onLock: Bool) -> Bool {
    guard let directory = run.directory.withLock({ $0 }), !Errands.areUnderWay(on: thread) else {
      return false
    }
    return isThreadAsleep("/proc/\(directory)", mayWaitForLock: onLock)
  }

  deinit {
    if !isJoined.load(ordering: .relaxed) {
      pthread_detach(thread)
    }
  }
}

/// Threads that only seem to sleep: somebody does something for them and does not wait either.
package enum Errands {
  /// How many are under way for each thread.
  private static let counts = Locked<[pthread_t: Int]>([:])

  /// The calling thread counts as awake from now on.
  package static func begin() {
    let thread = pthread_self()
    counts.withLock { $0[thread, default: 0] += 1 }
  }

  /// One is done.
  package static func end() {
    let thread = pthread_self()
    counts.withLock { counts in
      guard let count = counts[thread] else { return }
      counts[thread] = count > 1 ? count - 1 : nil
    }
  }

  /// The calling thread counts as asleep when it is, whatever has begun.
  package static func endAll() {
    let thread = pthread_self()
    _ = counts.withLock { $0.removeValue(forKey: thread) }
  }

  static func areUnderWay(on thread: pthread_t) -> Bool {
    counts.withLock { $0[thread] != nil }
  }
}

/// A latch that is opened once and waited for with a deadline.
package final class Latch: Sendable {
  // Safety: allocated in init and freed in deinit; semaphores are made for several threads.
  private nonisolated(unsafe) let semaphore: UnsafeMutablePointer<sem_t>

  package init() {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
  }

  /// Opens it for all who wait and will wait.
  package func open() {
    sem_post(semaphore)
  }

  /// Waits until the latch is open; false if it is not within `seconds`.
  package func wait(within seconds: Int = 30) -> Bool {
    var deadline = timespec()
    clock_gettime(CLOCK_REALTIME, &deadline)
    deadline.tv_sec += seconds
    while sem_timedwait(semaphore, &deadline) != 0 {
      guard errno == EINTR else { return false }
    }
    sem_post(semaphore)
    return true
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }
}

/// What a thread and its owner share.
private final class ThreadRun<Value: Sendable>: Sendable {
  let body: @Sendable () -> Value
  let value = Mutex<Value?>(nil)
  /// Where the thread is below `/proc`, once it runs.
  let directory = Mutex<String?>(nil)
  let hasEnded = Latch()

  init(_ body: @escaping @Sendable () -> Value) {
    self.body = body
  }

  func perform() {
    let path = linkTarget("/proc/thread-self")
    directory.withLock { $0 = path }
    let result = body()
    value.withLock { $0 = result }
    directory.withLock { $0 = nil }
    hasEnded.open()
  }
}

/// A body without its type, which a C function cannot know.
private final class ThreadStart: Sendable {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
  }
}

private func runThreadStart(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body()
  return nil
}

/// Runs `body` on several threads that set off together; gives their results in thread order.
package func race<Value: Sendable>(
  threadCount: Int, _ body: @escaping @Sendable (Int) -> Value
) throws -> [Value?] {
  let line = StartLine(threadCount: threadCount)
  let threads = try (0..<threadCount).map { index in
    try TestThread {
      line.cross()
      return body(index)
    }
  }
  return threads.map { $0.join() }
}

/// Holds threads up until all of them are there.
private final class StartLine: Sendable {
  private let missing: Atomic<Int>

  init(threadCount: Int) {
    missing = Atomic(threadCount)
  }

  func cross() {
    missing.subtract(1, ordering: .acquiringAndReleasing)
    while missing.load(ordering: .acquiring) > 0 {
      sched_yield()
    }
  }
}

/// What a test needs and could not have.
package struct SetUpError: Error, CustomStringConvertible {
  package let description: String

  package init(_ what: String, _ error: Int32 = errno) {
    description = "\(what): error \(error)"
  }
}

/// Asks `condition` again and again until it holds; false if it does not in time.
package func poll(within seconds: Int = 30, until condition: () -> Bool) -> Bool {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  let end = now.tv_sec + seconds
  while !condition() {
    clock_gettime(CLOCK_MONOTONIC, &now)
    guard now.tv_sec < end else { return false }
    sched_yield()
  }
  return true
}
