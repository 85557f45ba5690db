import Glibc
import Synchronization
import Testing

/// A POSIX thread that runs one body; waited for with a deadline, never for ever.
final class TestThread<Value: Sendable>: Sendable {
  private let run: ThreadRun<Value>

  init(_ body: @escaping @Sendable () -> Value) throws {
    let run = ThreadRun<Value>()
    let start = Unmanaged.passRetained(ThreadStart { run.perform(body) })
    var thread = pthread_t()
    let error = pthread_create(&thread, nil, runThreadStart, start.toOpaque())
    if error == 0 { pthread_detach(thread) } else { start.release() }
    try #require(error == 0)
    self.run = run
  }

  /// What the body has returned; nil if it has not within `seconds`.
  func value(within seconds: Int = 30) -> Value? {
    var value: Value?
    _ = poll(within: seconds) {
      value = run.value.withLock { $0 }
      return value != nil
    }
    return value
  }

  /// Waits until the thread sleeps in the kernel inside its body; false if it does not in time.
  func waitUntilAsleep(within seconds: Int = 30) -> Bool {
    var asleepInARow = 0
    return poll(within: seconds) {
      asleepInARow = isAsleep ? asleepInARow + 1 : 0
      return asleepInARow == 3
    }
  }

  /// Whether `/proc` says that the thread is in an interruptible sleep.
  private var isAsleep: Bool {
    guard let directory = run.directory.withLock({ $0 }),
      let file = fopen("/proc/\(directory)/stat", "r")
    else { return false }
    defer { fclose(file) }
    var line = [UInt8](repeating: 0, count: 512)
    let byteCount = fread(&line, 1, line.count, file)
    // The state follows the name, which is in parentheses and may hold some itself.
    guard let nameEnd = line.prefix(byteCount).lastIndex(of: UInt8(ascii: ")")),
      nameEnd + 2 < byteCount
    else { return false }
    return line[nameEnd + 2] == UInt8(ascii: "S")
  }
}

/// What a thread and its owner share.
private final class ThreadRun<Value: Sendable>: Sendable {
  let value = Mutex<Value?>(nil)
  /// Where the thread is below `/proc`, while it is inside its body.
  let directory = Mutex<String?>(nil)

  func perform(_ body: () -> Value) {
    let path = currentThreadDirectory()
    directory.withLock { $0 = path }
    let result = body()
    directory.withLock { $0 = nil }
    value.withLock { $0 = result }
  }
}

/// The calling thread's directory relative to `/proc`: process, "task", thread.
private func currentThreadDirectory() -> String? {
  var path = [CChar](repeating: 0, count: 64)
  let byteCount = readlink("/proc/thread-self", &path, path.count)
  guard byteCount > 0 else { return nil }
  return String(decoding: path.prefix(byteCount).map(UInt8.init(bitPattern:)), as: UTF8.self)
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

/// Asks `condition` again and again until it holds; false if it does not in time.
private func poll(within seconds: Int, until condition: () -> Bool) -> Bool {
  let end = ContinuousClock.now + .seconds(seconds)
  while !condition() {
    guard ContinuousClock.now < end else { return false }
    sched_yield()
  }
  return true
}
