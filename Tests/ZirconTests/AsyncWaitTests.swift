import TestSupport
import Testing
import Zircon

/// Sources: `zx_object_wait_async`, `zx_object_wait_one`; spec of waits: what holds already ends a wait, a
/// wait records the whole word at the match, and waits belong to handles.
@OneByOne
@Suite("Waiting in a task", .timeLimit(.minutes(2))) struct AsyncWaitTests {
  @Test func `a condition that holds ends the wait at once`() async throws {
    let event = try Event()
    try event.signal(set: [.signaled, .user(3)])
    let seen = try await event.wait(for: .signaled)
    #expect(seen == [.signaled, .user(3)])
  }

  @Test func `a signal resumes the task, which sees all that showed then`() async throws {
    let event = try Event()
    let other = try event.duplicate()
    let task = WaitingTask { try await event.wait(for: [.signaled, .user(1)]) }
    await task.waitUntilSuspended()
    try other.signal(set: .user(0))
    try other.signal(set: .user(1))
    // A pulse is not lost.
    try other.signal(clear: .allUser)
    #expect(try await task.end() == [.user(0), .user(1)])
  }

  @Test func `a thread resumes the task`() async throws {
    let pair = try Socket.makePair(.stream)
    let reader = pair.first
    let writer = pair.second
    let task = WaitingTask { try await reader.wait(for: .readable) }
    await task.waitUntilSuspended()
    let thread = try TestThread { () -> Int? in try? writer.write(bytes("x").span) }
    #expect(try await task.end() == [.readable, .writable])
    #expect(thread.join() == .some(1))
  }

  @Test func `closing the other end is PEER_CLOSED`() async throws {
    let pair = try EventPair.makePair()
    let first = pair.first
    let second = pair.second
    let task = WaitingTask { try await first.wait(for: .peerClosed) }
    await task.waitUntilSuspended()
    try second.close()
    #expect(try await task.end() == .peerClosed)
  }

  @Test func `without the right to wait it is ACCESS_DENIED`() async throws {
    let event = try Event().replacing(rights: .signal)
    await #expect(throws: Status.accessDenied) { try await event.wait(for: .signaled) }
  }

  @Test func `through a handle that is closed it is BAD_HANDLE`() async throws {
    let event = try Event()
    let value = event.handleValue
    try event.close()
    await #expect(throws: Status.badHandle) { try await wait(on: value, for: .signaled) }
  }

  @Test func `closing the handle by its value is CANCELED for those who wait through it`()
    async throws
  {
    let event = try Event()
    let other = try event.duplicate()
    let third = try event.duplicate()
    let value = event.handleValue
    let canceled = WaitingTask { try await event.wait(for: .signaled) }
    let unaffected = WaitingTask { try await other.wait(for: .signaled) }
    await canceled.waitUntilSuspended()
    await unaffected.waitUntilSuspended()
    try Handle(adopting: value).close()
    let status = try await canceled.status()
    #expect(status == .canceled)
    try third.signal(set: .signaled)
    #expect(try await unaffected.end() == .signaled)
  }

  @Test func `replacing the handle is CANCELED too`() async throws {
    let event = try Event()
    let value = event.handleValue
    let task = WaitingTask { try await wait(on: value, for: .signaled) }
    await task.waitUntilSuspended()
    let replaced = try event.replacing(rights: .same)
    let status = try await task.status()
    #expect(status == .canceled)
    try replaced.signal(set: .signaled)
  }

  @Test func `a canceled task throws CancellationError, and others wait on`() async throws {
    let event = try Event()
    let other = try event.duplicate()
    let third = try event.duplicate()
    let task = WaitingTask { try await event.wait(for: .signaled) }
    let patient = WaitingTask { try await other.wait(for: .signaled) }
    await task.waitUntilSuspended()
    await patient.waitUntilSuspended()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.end() }
    try third.signal(set: .signaled)
    #expect(try await patient.end() == .signaled)
  }

  @Test func `a task that is canceled before waits for nothing, not even for what holds`()
    async throws
  {
    let event = try Event()
    try event.signal(set: .signaled)
    let task = WaitingTask {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await event.wait(for: .signaled)
    }
    await #expect(throws: CancellationError.self) { try await task.end() }
  }

  @Test func `a wait for nothing ends with the task alone`() async throws {
    let event = try Event()
    let other = try event.duplicate()
    let task = WaitingTask { try await event.wait(for: .none) }
    await task.waitUntilSuspended()
    try other.signal(set: [.signaled, .allUser])
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.end() }
  }

  @Test func `one change resumes all who want it`() async throws {
    let event = try Event()
    let signaler = try event.duplicate()
    let value = event.handleValue
    let tasks = (0..<100).map { index in
      WaitingTask {
        try await wait(on: value, for: .user(index % 2))
      }
    }
    for task in tasks { await task.waitUntilSuspended() }
    try signaler.signal(set: .user(0))
    for index in stride(from: 0, to: 100, by: 2) {
      #expect(try await tasks[index].end() == .user(0))
    }
    try signaler.signal(set: .user(1))
    for index in stride(from: 1, to: 100, by: 2) {
      #expect(try await tasks[index].end() == [.user(0), .user(1)])
    }
    try event.close()
  }

  @Test func `a thousand waits take no threads`() async throws {
    let before = linuxThreads().count
    let event = try Event()
    let value = event.handleValue
    let tasks = (0..<1000).map { _ in
      WaitingTask {
        try await wait(on: value, for: .signaled)
      }
    }
    for task in tasks { await task.waitUntilSuspended() }
    // Other suites run at the same time and start threads of their own, though not so many.
    #expect(linuxThreads().count < before + 500)
    try event.signal(set: .signaled)
    for task in tasks { #expect(try await task.end() == .signaled) }
    try event.close()
  }
}
