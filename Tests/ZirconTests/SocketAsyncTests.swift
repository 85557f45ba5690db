import TestSupport
import Testing
import Zircon

/// Sources: `zx_socket_read`, `zx_socket_write`, `zx_object_wait_async`.
@OneByOne
@Suite("Sockets in a task", .timeLimit(.minutes(2))) struct SocketAsyncTests {
  @Test(arguments: kinds) func `a read takes what waits`(kind: Socket.Kind) async throws {
    let pair = try Socket.makePair(kind)
    try pair.first.send(bytes("hello"))
    let read = try await pair.second.read(upTo: 3)
    #expect(read == bytes("hel"))
    if kind == .stream {
      let rest = try await pair.second.read(upTo: 100)
      #expect(rest == bytes("lo"))
    }
  }

  @Test(arguments: kinds) func `a read waits for something`(kind: Socket.Kind) async throws {
    let pair = try Socket.makePair(kind)
    let reader = pair.first
    let writer = pair.second
    let task = WaitingTask { try await reader.read(upTo: 100) }
    await task.waitUntilSuspended()
    try writer.send(bytes("at last"))
    #expect(try await task.end() == bytes("at last"))
  }

  @Test(arguments: kinds) func `a read ends with the other end, after what that has sent`(
    kind: Socket.Kind
  ) async throws {
    let pair = try Socket.makePair(kind)
    let reader = pair.first
    let writer = pair.second
    let task = WaitingTask {
      let last = try await reader.read(upTo: 100)
      #expect(last == bytes("last words"))
      return try await reader.read(upTo: 100)
    }
    await task.waitUntilSuspended()
    try writer.send(bytes("last words"))
    try writer.close()
    #expect(try await task.status() == .peerClosed)
  }

  @Test(arguments: kinds) func `a read ends with the writes of the other end`(
    kind: Socket.Kind
  ) async throws {
    let pair = try Socket.makePair(kind)
    let reader = pair.first
    let writer = pair.second
    let task = WaitingTask { try await reader.read(upTo: 100) }
    await task.waitUntilSuspended()
    try writer.setDisposition(.writeDisabled)
    #expect(try await task.status() == .badState)
  }

  @Test func `a read that is canceled takes nothing`() async throws {
    let pair = try Socket.makePair(.stream)
    let reader = pair.first
    let writer = pair.second
    let other = try reader.duplicate()
    let task = WaitingTask { try await reader.read(upTo: 100) }
    await task.waitUntilSuspended()
    task.cancel()
    try writer.send(bytes("for others"))
    await #expect(throws: CancellationError.self) { try await task.end() }
    let read = try other.receive()
    #expect(read == bytes("for others"))
  }

  @Test(arguments: [-1, Int(UInt32.max) + 1]) func `a size that cannot be is INVALID_ARGS`(
    byteCount: Int
  ) async throws {
    let pair = try Socket.makePair(.stream)
    let reader = pair.first
    let writer = pair.second
    try writer.send(bytes("x"))
    await #expect(throws: Status.invalidArgs) { try await reader.read(upTo: byteCount) }
  }

  @Test func `all is written, however much more than fits`() async throws {
    let pair = try Socket.makePair(.stream)
    let reader = pair.first
    let writer = pair.second
    let sent = pattern(3 * socketCapacity + 17)
    let task = Task { try await writer.write(all: sent) }
    var received: [UInt8] = []
    while received.count < sent.count {
      received += try await reader.read(upTo: 50_000)
    }
    try await task.value
    #expect(received == sent)
  }

  @Test func `a write that is canceled tells what it has not sent`() async throws {
    let pair = try Socket.makePair(.stream)
    let reader = pair.first
    let writer = pair.second
    let sent = pattern(socketCapacity + 1000)
    let task = WaitingTask { () -> ArraySlice<UInt8> in
      var rest = sent[...]
      await #expect(throws: CancellationError.self) { try await writer.write(allOf: &rest) }
      return rest
    }
    await task.waitUntilSuspended()
    task.cancel()
    let rest = try await task.end()
    let received = try reader.receive()
    #expect(rest.count == 1000)
    #expect(received + rest == sent)
  }

  @Test func `a write ends with the other end`() async throws {
    let pair = try Socket.makePair(.stream)
    let reader = pair.first
    let writer = pair.second
    let task = WaitingTask { try await writer.write(all: pattern(socketCapacity + 1)) }
    await task.waitUntilSuspended()
    try reader.close()
    #expect(try await task.status() == .peerClosed)
  }

  @Test func `a write ends when writes are disabled`() async throws {
    let pair = try Socket.makePair(.stream)
    let reader = pair.first
    let writer = pair.second
    let task = WaitingTask { try await writer.write(all: pattern(socketCapacity + 1)) }
    await task.waitUntilSuspended()
    try reader.setDisposition(peer: .writeDisabled)
    #expect(try await task.status() == .badState)
    withExtendedLifetime(reader) {}
  }

  @Test func `writing nothing asks the socket all the same`() async throws {
    let socket = try lonelySocket(.stream)
    await #expect(throws: Status.peerClosed) { try await socket.write(all: []) }
  }

  @Test func `a datagram waits for room with a threshold as high as it is`() async throws {
    let pair = try Socket.makePair(.datagram)
    let reader = pair.first
    let writer = pair.second
    let datagram = pattern(100_000)
    try writer.setWriteThreshold(100_000)
    let task = Task { for _ in 0..<20 { try await writer.write(all: datagram) } }
    for _ in 0..<20 {
      let received = try await reader.read(upTo: 200_000)
      #expect(received == datagram)
    }
    try await task.value
  }

  @Test func `without one it is SHOULD_WAIT`() async throws {
    let pair = try Socket.makePair(.datagram)
    let reader = pair.first
    let writer = pair.second
    try writer.send(pattern(200_000))
    await #expect(throws: Status.shouldWait) { try await writer.write(all: pattern(100_000)) }
    await #expect(throws: Status.outOfRange) {
      try await writer.write(all: pattern(socketCapacity + 1))
    }
    withExtendedLifetime(reader) {}
  }
}

/// Sources: `zx_socket_read`, `zx_handle_close`.
@OneByOne
@Suite("Sequences of sockets", .timeLimit(.minutes(2))) struct SocketSequenceTests {
  @Test func `bytes come in order until the other end is closed`() async throws {
    let pair = try Socket.makePair(.stream)
    let reader = pair.first
    let writer = pair.second
    let sent = pattern(2 * socketCapacity)
    let task = Task { [writer = writer.take()] in
      let writer = Socket(Handle(adopting: writer))
      try await writer.write(all: sent)
    }
    var received: [UInt8] = []
    for try await byte in reader.bytes() { received.append(byte) }
    try await task.value
    #expect(received == sent)
  }

  @Test func `datagrams keep their boundaries, and end with the writes`() async throws {
    let pair = try Socket.makePair(.datagram)
    let reader = pair.first
    let writer = pair.second
    for size in [1, 500, 7] { try writer.send(pattern(size)) }
    try writer.setDisposition(.writeDisabled)
    var sizes: [Int] = []
    for try await datagram in reader.datagrams(upTo: 100) {
      #expect(datagram == pattern(datagram.count))
      sizes.append(datagram.count)
    }
    #expect(sizes == [1, 100, 7])
    withExtendedLifetime(writer) {}
  }

  @Test func `a sequence that is dropped closes its end`() async throws {
    let pair = try Socket.makePair(.stream)
    let reader = pair.first
    let writer = pair.second
    try writer.send(bytes("xyz"))
    await takeOne(reader.bytes())
    let signals = try writer.signals()
    #expect(signals == .peerClosed)
  }

  private func takeOne(_ bytes: Socket.Bytes) async {
    do {
      for try await byte in bytes {
        #expect(byte == UInt8(ascii: "x"))
        break
      }
    } catch {
      Issue.record(error)
    }
  }

  @Test func `a canceled task leaves the loop by CancellationError`() async throws {
    let pair = try Socket.makePair(.stream)
    let reader = pair.first
    let writer = pair.second
    let sequence = reader.bytes()
    let task = WaitingTask {
      var count = 0
      for try await _ in sequence { count += 1 }
      return count
    }
    await task.waitUntilSuspended()
    try writer.send(bytes("x"))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.end() }
  }

  @Test func `other failures of reading are thrown`() async throws {
    let pair = try Socket.makePair(.stream)
    let reader = try pair.first.without(.read)
    var iterator = reader.bytes().makeAsyncIterator()
    await #expect(throws: Status.accessDenied) { try await iterator.next() }
  }
}

/// Many tasks, each with a socket of its own, half of them canceled at random.
@Suite("Many tasks", .timeLimit(.minutes(5))) struct ManyTasksTests {
  /// What became of a task.
  private enum Outcome: Equatable {
    case read([UInt8])
    case canceled
    case failed
  }

  @Test(arguments: [UInt64.random(in: 0...(.max))])
  func `each is resumed by its own byte or its cancellation, and none hangs`(
    seed: UInt64
  ) async throws {
    var random = SplitMix64(seed: seed)
    let count = 400
    var writers: [Handle.Value] = []
    var tasks: [Task<Outcome, Never>] = []
    for _ in 0..<count {
      let pair = try Socket.makePair(.stream)
      let reader = pair.first
      let writer = pair.second
      writers.append(writer.take())
      tasks.append(
        Task {
          do {
            return .read(try await reader.read(upTo: 10))
          } catch is CancellationError {
            return .canceled
          } catch {
            return .failed
          }
        })
    }
    let started = tasks
    // Half are canceled, half of those at the moment of their byte.
    var order = Array(0..<count)
    for index in order.indices { order.swapAt(index, random.below(count)) }
    let isCanceled = (0..<count).map { _ in random.chance(50) }
    let isRace = (0..<count).map { _ in random.chance(50) }
    await withTaskGroup { group in
      for index in order where isCanceled[index] {
        group.addTask { started[index].cancel() }
      }
      for index in order where !isCanceled[index] || isRace[index] {
        let value = writers[index]
        group.addTask { write(UInt8(truncatingIfNeeded: index), to: value) }
      }
    }
    for index in 0..<count {
      let outcome = await tasks[index].value
      let byte = Outcome.read([UInt8(truncatingIfNeeded: index)])
      switch (isCanceled[index], isRace[index]) {
      case (false, _): #expect(outcome == byte, "seed \(seed)")
      case (true, false): #expect(outcome == .canceled, "seed \(seed)")
      case (true, true): #expect(outcome == byte || outcome == .canceled, "seed \(seed)")
      }
      // Nobody holds the reader any more: neither the task nor a wait.
      let writer = Socket(Handle(adopting: writers[index]))
      let signals = try writer.wait(for: .peerClosed, until: .after(patience))
      #expect(signals.contains(.peerClosed))
    }
  }
}

/// Writes a byte to a socket, which stays with its owner; a socket that is closed may refuse it.
private func write(_ byte: UInt8, to value: Handle.Value) {
  let writer = Socket(Handle(adopting: value))
  _ = try? writer.write([byte].span)
  _ = writer.take()
}
