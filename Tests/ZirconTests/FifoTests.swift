import TestSupport
import Testing
import Zircon

/// Sources: `zx_fifo_create`, `zx_fifo_write`, `zx_fifo_read`.
@Suite("Fifo") struct FifoTests {
  /// An element of a program's own.
  private struct Point: FifoElement, Equatable {
    var x: Int32
    var y: Int32
  }

  @Test func `elements come in order, as many as there are`() throws {
    let pair = try Fifo<Point>.makePair(elementCount: 4)
    let sent = (0..<6).map { Point(x: $0, y: -$0) }
    let written = try pair.first.write(sent.span)
    #expect(written == 4)
    #expect(throws: Status.shouldWait) { try pair.first.write(sent.span) }
    let some = try pair.second.read(upTo: 3)
    #expect(some == Array(sent.prefix(3)))
    let rest = try pair.second.read(upTo: 100)
    #expect(rest == [sent[3]])
    #expect(throws: Status.shouldWait) { try pair.second.read(upTo: 1) }
  }

  @Test(arguments: [0, -1, 513]) func `a size that cannot be is OUT_OF_RANGE`(count: Int) {
    #expect(throws: Status.outOfRange) {
      try Fifo<UInt64>.makePair(elementCount: count).first.handleValue
    }
  }

  @Test func `no elements, no room and another size are OUT_OF_RANGE`() throws {
    let pair = try Fifo<UInt64>.makePair(elementCount: 512)
    #expect(throws: Status.outOfRange) { try pair.first.write([UInt64]().span) }
    for count in [0, -1] {
      #expect(throws: Status.outOfRange) { try pair.first.read(upTo: count) }
    }
    let other = Fifo<UInt32>(try pair.first.duplicate().takeHandle())
    #expect(throws: Status.outOfRange) { try other.write([UInt32(1)].span) }
  }

  @Test func `what was written is read before PEER_CLOSED`() throws {
    let pair = try Fifo<UInt8>.makePair(elementCount: 16)
    let survivor = pair.first
    let written = try pair.second.write([1, 2].span)
    #expect(written == 2)
    try pair.second.close()
    let signals = try survivor.signals()
    #expect(signals == [.readable, .peerClosed])
    let read = try survivor.read(upTo: 16)
    #expect(read == [1, 2])
    #expect(throws: Status.peerClosed) { try survivor.read(upTo: 16) }
    #expect(throws: Status.peerClosed) { try survivor.write([3].span) }
  }

  @Test func `tasks write and read more than fits`() async throws {
    let pair = try Fifo<UInt16>.makePair(elementCount: 8)
    let writer = pair.first
    let reader = pair.second
    let sent = (0..<1000).map { UInt16($0) }
    let task = Task { try await writer.write(all: sent) }
    var received: [UInt16] = []
    while received.count < sent.count { received += try await reader.next(upTo: 5) }
    try await task.value
    #expect(received == sent)
  }
}

/// Sources: `zx_counter_create`, `zx_counter_read`, `zx_counter_write`, `zx_counter_add`.
@Suite("Counter") struct CounterTests {
  @Test func `a counter shows whether it is above zero`() throws {
    let counter = try Counter()
    let fresh = try counter.signals()
    #expect(fresh == .nonPositive)
    try counter.add(2)
    let above = try counter.signals()
    #expect(above == .positive)
    try counter.add(-2)
    try counter.add(-1)
    let below = try counter.signals()
    #expect(below == .nonPositive)
    let value = try counter.value()
    #expect(value == -1)
  }

  @Test func `a sum without room is OUT_OF_RANGE and changes nothing`() throws {
    let counter = try Counter()
    try counter.setValue(.max)
    #expect(throws: Status.outOfRange) { try counter.add(1) }
    let value = try counter.value()
    #expect(value == .max)
  }

  @Test func `adding needs both rights`() throws {
    let counter = try Counter().replacing(rights: .write)
    try counter.setValue(3)
    #expect(throws: Status.accessDenied) { try counter.add(1) }
    #expect(throws: Status.accessDenied) { try counter.value() }
  }

  @Test func `a task waits for it to rise`() async throws {
    let counter = try Counter()
    let other = try counter.duplicate()
    let task = Task { try await counter.wait(for: .positive) }
    for _ in 0..<10 { try other.add(1) }
    let signals = try await task.value
    #expect(signals.contains(.positive))
  }
}

/// Sources: `zx_timer_create`, `zx_timer_set`, `zx_timer_cancel`.
@Suite("Timer") struct TimerTests {
  @Test(arguments: [Timer.Clock.monotonic, .boot])
  func `a timer signals at its deadline, not before`(
    clock: Timer.Clock
  ) async throws {
    let timer = try Timer(on: clock)
    let deadline = clock.now.advanced(byNanoseconds: 20_000_000)
    try timer.set(deadline)
    let signals = try await timer.wait(for: .signaled)
    #expect(clock.now >= deadline)
    #expect(signals == .signaled)
    let left = try timer.deadline()
    #expect(left == nil)
  }

  @Test func `a deadline that has passed signals at once, and cancel takes it back`() throws {
    let timer = try Timer(slack: .late)
    try timer.set(.infinitePast, slack: .seconds(1))
    let signals = try timer.signals()
    #expect(signals == .signaled)
    try timer.cancel()
    let canceled = try timer.signals()
    #expect(canceled == .none)
  }

  @Test func `a deadline can be asked for until it is forgotten`() throws {
    let timer = try Timer()
    let deadline = Deadline.after(.seconds(1000))
    try timer.set(deadline)
    let set = try timer.deadline()
    #expect(set == deadline)
    try timer.cancel()
    let left = try timer.deadline()
    #expect(left == nil)
  }

  @Test func `slack below 0 is OUT_OF_RANGE`() throws {
    let timer = try Timer()
    #expect(throws: Status.outOfRange) { try timer.set(.infinite, slack: .nanoseconds(-1)) }
  }

  @Test func `setting needs the right to write`() throws {
    let timer = try Timer().replacing(rights: .wait)
    #expect(throws: Status.accessDenied) { try timer.set(.infinite) }
    #expect(throws: Status.accessDenied) { try timer.cancel() }
    #expect(throws: Status.accessDenied) { try timer.deadline() }
  }
}

/// Sources: `zx_vmo_create`, `zx_vmo_read`, `zx_vmo_write`, `zx_vmo_set_size`, `zx_vmar_map`.
@Suite("VMO") struct VMOTests {
  @Test func `memory is zeros in whole pages`() throws {
    let memory = try VMO(byteCount: 5000)
    let size = try memory.size()
    let content = try memory.contentSize()
    #expect(size == 8192)
    #expect(content == 5000)
    let read = try contents(memory, 8192, from: 0)
    #expect(read == [UInt8](repeating: 0, count: 8192))
  }

  @Test func `what is written is read`() throws {
    let memory = try VMO(byteCount: 8192)
    try memory.write(pattern(5000).span, at: 100)
    let read = try contents(memory, 5000, from: 100)
    #expect(read == pattern(5000))
    var room = [UInt8](repeating: 9, count: 3)
    var span = room.mutableSpan
    var raw = span.mutableBytes
    try memory.read(into: &raw, from: 99)
    #expect(room == [0, 0, 1])
  }

  @Test(arguments: [(1, 8192), (8193, 0), (10, 8190), (1, -1)])
  func `a range that is not inside is OUT_OF_RANGE`(count: Int, offset: Int) throws {
    let memory = try VMO(byteCount: 8192)
    #expect(throws: Status.outOfRange) { try memory.write(pattern(count).span, at: offset) }
    #expect(throws: Status.outOfRange) { try contents(memory, count, from: offset) }
  }

  @Test func `a size can change if it was made to`() throws {
    let memory = try VMO(byteCount: 4096, options: .resizable)
    try memory.setSize(10_000)
    let size = try memory.size()
    let content = try memory.contentSize()
    #expect(size == 12_288)
    #expect(content == 10_000)
    #expect(throws: Status.outOfRange) { try memory.setSize(-1) }
    let fixed = try VMO(byteCount: 4096)
    #expect(throws: Status.unavailable) { try fixed.setSize(8192) }
    #expect(throws: Status.outOfRange) { try fixed.setContentSize(5000) }
  }

  @Test func `sizes and options that cannot be are refused`() {
    #expect(throws: Status.outOfRange) { try VMO(byteCount: -1).take() }
    #expect(throws: Status.invalidArgs) {
      try VMO(byteCount: 1, options: [.resizable, .unbounded]).take()
    }
    #expect(throws: Status.invalidArgs) {
      try VMO(byteCount: 1, options: .init(rawValue: 1)).take()
    }
  }

  @Test func `mapped bytes are those of the memory`() throws {
    let memory = try VMO(byteCount: 4096)
    try memory.write([1, 2, 3].span, at: 0)
    let (count, third) = try memory.withMappedBytes { bytes in
      (bytes.byteCount, bytes.unsafeLoad(fromByteOffset: 2, as: UInt8.self))
    }
    #expect(count == 4096)
    #expect(third == 3)
    try memory.withMutableMappedBytes { bytes in
      bytes.storeBytes(of: 77, toByteOffset: 4095, as: UInt8.self)
    }
    let last = try contents(memory, 1, from: 4095)
    #expect(last == [77])
  }

  @Test func `mapping needs its rights and a size that stays`() throws {
    let rights: Rights = [.map, .read]
    let memory = try VMO(byteCount: 4096).replacing(rights: rights)
    let count = try memory.withMappedBytes { $0.byteCount }
    #expect(count == 4096)
    #expect(throws: Status.accessDenied) { try memory.withMutableMappedBytes { $0.byteCount } }
    let resizable = try VMO(byteCount: 4096, options: .resizable)
    #expect(throws: Status.notSupported) { try resizable.withMappedBytes { $0.byteCount } }
    let empty = try VMO(byteCount: 0)
    #expect(throws: Status.invalidArgs) { try empty.withMappedBytes { $0.byteCount } }
  }

  private func contents(
    _ memory: borrowing VMO, _ byteCount: Int, from offset: Int
  ) throws(Status) -> [UInt8] {
    try [UInt8](capacity: byteCount) { (output: inout OutputSpan<UInt8>) throws(Status) in
      try memory.read(byteCount, into: &output, from: offset)
    }
  }
}
