import Glibc
import Synchronization
import TestSupport
import Zircon
import ZirconTypes

/// What is done to a task that waits in a read, all of it at once.
private struct Fate {
  let isWrittenTo: Bool
  let isCanceled: Bool
  /// Its handle is closed by value.
  let isClosed: Bool
  let isPeerClosed: Bool

  init(_ random: inout SplitMix64) {
    // Never 0: something must end the read.
    let bits = random.within(1...15)
    isWrittenTo = bits & 1 != 0
    isCanceled = bits & 2 != 0
    isClosed = bits & 4 != 0
    isPeerClosed = bits & 8 != 0
  }

  /// Whether a read may end so.
  func allows(_ ending: Ending) -> Bool {
    switch ending {
    case .byte: isWrittenTo
    case .cancellation: isCanceled
    case .canceled, .badHandle: isClosed
    case .peerClosed: isPeerClosed
    case .other: false
    }
  }
}

/// How a task's read ended.
private enum Ending: String, CaseIterable {
  case byte = "read"
  case cancellation = "CancellationError"
  case canceled = "CANCELED"
  case badHandle = "BAD_HANDLE"
  case peerClosed = "PEER_CLOSED"
  case other = "something else"

  init(_ error: any Error) {
    guard !(error is CancellationError) else {
      self = .cancellation
      return
    }
    switch error as? ZirconTypes.Status {
    case .some(.canceled): self = .canceled
    case .some(.badHandle): self = .badHandle
    case .some(.peerClosed): self = .peerClosed
    default: self = .other
    }
  }
}

/// A thousand tasks at a time, each waiting in a read of a socket of its own, ended by a byte, by its
/// cancellation, by the close of its handle, by that of the other end, or by several of them at once.
///
/// Each must end by one of what was done to it, once; afterwards no descriptor may be left. `seconds`
/// says how long to go on.
///
/// Source: `zx_socket_read`, `zx_object_wait_async`, as Swift has them.
func asyncTasks(_ seconds: Int) {
  startWatchdog(seconds: seconds + 120)
  allowDescriptors(4096)
  let seed = UInt64.random(in: 0...(.max))
  print("async: seed \(seed)")
  let run = AsyncRun(seed: seed)
  Task.detached { await run.go(seconds: seconds) }
  // Tasks run on threads of the pool, never on this one.
  while !run.isDone.load(ordering: .acquiring) { usleep(10_000) }
}

/// Raises the number of descriptors that the process may have.
private func allowDescriptors(_ count: UInt) {
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, count))
  setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  check(limit.rlim_cur >= count, "async: \(limit.rlim_cur) descriptors are not enough")
}

private final class AsyncRun: Sendable {
  let isDone = Atomic(false)
  private let seed: UInt64
  private static let taskCount = 1000

  init(seed: UInt64) {
    self.seed = seed
  }

  func go(seconds: Int) async {
    var random = SplitMix64(seed: seed)
    var endings: [Ending: Int] = [:]
    // The first round makes what stays: threads of the pool and their rings.
    await round(&random, &endings)
    let descriptorCount = descriptors().count
    let end = Deadline.after(.seconds(seconds))
    var rounds = 1
    while Deadline.now < end {
      await round(&random, &endings)
      rounds += 1
    }
    let left = descriptors().count
    // Threads that the pool has started since have a ring each.
    check(left <= descriptorCount + 8, "async: \(left) descriptors, \(descriptorCount) before")
    let figures = Ending.allCases.compactMap { ending in
      endings[ending].map { "\(ending.rawValue) \($0)" }
    }
    let memory = residentByteCount() >> 20
    print(
      "async: \(rounds) rounds of \(Self.taskCount) tasks: \(figures.joined(separator: ", ")); "
        + "none hung; \(left) descriptors, \(memory) MiB")
    isDone.store(true, ordering: .releasing)
  }

  private func round(_ random: inout SplitMix64, _ endings: inout [Ending: Int]) async {
    var readers: [Task<Ending, Never>] = []
    var values: [(reader: Handle.Value, writer: Handle.Value)] = []
    for _ in 0..<Self.taskCount {
      guard let pair = try? Socket.makePair(.stream) else { fail("async: no socket") }
      let reader = pair.first
      let writer = pair.second
      let (readerValue, writerValue) = (reader.take(), writer.take())
      values.append((readerValue, writerValue))
      readers.append(Task { await Self.read(Socket(Handle(adopting: readerValue))) })
    }
    let fates = (0..<Self.taskCount).map { _ in Fate(&random) }
    await act(fates, readers, values, &random)
    for index in 0..<Self.taskCount {
      let ending = await readers[index].value
      check(
        fates[index].allows(ending),
        "async: seed \(seed): \(fates[index]) ended in \(ending.rawValue)")
      endings[ending, default: 0] += 1
      Self.close(values[index].writer)
    }
  }

  private static func read(_ reader: consuming Socket) async -> Ending {
    do {
      let bytes = try await reader.read(upTo: 10)
      return bytes == [1] ? .byte : .other
    } catch {
      return Ending(error)
    }
  }

  /// Does to each reader what its fate says, in any order.
  private func act(
    _ fates: [Fate], _ readers: [Task<Ending, Never>],
    _ values: [(reader: Handle.Value, writer: Handle.Value)], _ random: inout SplitMix64
  ) async {
    var actions: [@Sendable () -> Void] = []
    for (index, fate) in fates.enumerated() {
      let (reader, writer) = values[index]
      let task = readers[index]
      if fate.isWrittenTo { actions.append { Self.write(writer) } }
      if fate.isCanceled { actions.append { task.cancel() } }
      if fate.isClosed { actions.append { Self.close(reader) } }
      if fate.isPeerClosed { actions.append { Self.close(writer) } }
    }
    for index in actions.indices { actions.swapAt(index, random.below(actions.count)) }
    let shuffled = actions
    await withTaskGroup { group in
      for start in 0..<4 {
        group.addTask {
          for index in stride(from: start, to: shuffled.count, by: 4) { shuffled[index]() }
        }
      }
    }
  }

  private static func write(_ value: Handle.Value) {
    let writer = Socket(Handle(adopting: value))
    let one: [UInt8] = [1]
    _ = try? writer.write(one.span)
    _ = writer.take()
  }

  /// Closes a handle, which may be closed already.
  private static func close(_ value: Handle.Value) {
    try? Handle(adopting: value).close()
  }
}
