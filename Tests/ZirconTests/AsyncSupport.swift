import Testing
import Zircon

/// An actor for tests that have to know that a task waits.
///
/// Not the main actor: a call that inherits it may hop in Swift 6.3, although it is there already.
@globalActor
actor OneByOne {
  static let shared = OneByOne()
}

/// Work that runs on the actor, as the tests that use it do: nothing else runs there between its start and its
/// first suspension.
@OneByOne
final class WaitingTask<Value: Sendable> {
  private var hasStarted = false
  private var task: Task<Value, any Error>?

  init(_ body: @escaping @OneByOne () async throws -> Value) {
    task = Task {
      hasStarted = true
      return try await body()
    }
  }

  /// Returns once the work has come to its first suspension, or its end.
  func waitUntilSuspended() async {
    while !hasStarted { await Task.yield() }
  }

  func cancel() {
    task?.cancel()
  }

  /// How it ended.
  func end() async throws -> Value {
    let task = try #require(task)
    return try await task.value
  }

  /// The status it threw; nil if it threw none.
  func status() async throws -> Status? {
    do {
      _ = try await end()
      return nil
    } catch let status as Status {
      return status
    }
  }
}

/// Waits through `value`, which stays with its owner.
nonisolated(nonsending) func wait(on value: Handle.Value, for wanted: Signals) async throws
  -> Signals
{
  let borrowed = Handle(adopting: value)
  do {
    let seen = try await borrowed.wait(for: wanted)
    _ = borrowed.take()
    return seen
  } catch {
    _ = borrowed.take()
    throw error
  }
}
