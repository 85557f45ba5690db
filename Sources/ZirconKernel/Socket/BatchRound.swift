import ZirconLinux
import ZirconTypes

/// The operations of a batch that go to Linux together.
///
/// A lane is one side of one direction of one socket pair. The gates of all lanes are held from before the
/// first look at a state until the last commit, entered in the kernel's order: read gates, then write
/// gates, each by koid. A lane that reads datagrams holds the write gate as well, so that nothing
/// uncommitted is in the queue. No round has both sides of one direction.
struct BatchRound: ~Copyable {
  @safe
  private struct Lane {
    // Safety: pinned by one of the round's operations.
    let socket: Unmanaged<SocketDispatcher>
    let isWrite: Bool
    /// Operations that were planned, and the bytes they move.
    var count = 0
    var planned = 0
    /// Bytes that may still be planned; not known before the first look at the state.
    var left: Int?
    /// The first of its entries in the submission.
    var entry = 0

    @inline(__always)
    func withSocket<Result>(_ body: (SocketDispatcher) -> Result) -> Result {
      unsafe socket._withUnsafeGuaranteedRef(body)
    }

    var kind: SocketKind { withSocket { $0.pair.kind } }
    var pair: SocketPair { withSocket { $0.pair } }
    /// The end that writes the direction.
    var writer: End { withSocket { isWrite ? $0.end : $0.end.peer } }
    var needsWriteGate: Bool { isWrite || kind == .datagram }
    var needsReadGate: Bool { !isWrite }
  }

  private let start: Int
  /// One past the last operation of the round.
  private(set) var end: Int
  private var pins = InlineArray<64, PinnedSlot?> { _ in nil }
  private var laneOf = InlineArray<64, UInt8>(repeating: 0)
  private var lanes = InlineArray<64, Lane?>(repeating: nil)
  private var laneCount = 0
  /// The lanes by the rank of their gates.
  private var ranked = InlineArray<64, UInt8>(repeating: 0)
  /// A bit for each operation that is to be made alone after all.
  private var undone: UInt64 = 0
  private var submission = Submission()

  init(start: Int) {
    self.start = start
    end = start
  }

  var isEmpty: Bool { end == start }

  func isUndone(_ index: Int) -> Bool { undone >> UInt64(index - start) & 1 == 1 }

  private mutating func markUndone(_ index: Int) { undone |= 1 << UInt64(index - start) }

  private func lane(_ index: Int) -> Lane { unsafe lanes[index].unsafelyUnwrapped }
}

// MARK: Gathering

extension BatchRound {
  /// Takes operations as long as they can go together and their handles are good.
  mutating func gather(_ operations: borrowing MutableSpan<SocketOperation>, _ handles: HandleTable) {
    while end < operations.count && end - start < Submission.capacity {
      guard operations[end].isBatchable, admit(operations[end], handles) else { return }
      end += 1
    }
  }

  private mutating func admit(_ operation: SocketOperation, _ handles: HandleTable) -> Bool {
    do throws(Status) {
      let value = HandleValue(rawValue: operation.handle)
      let rights: Rights = operation.isWrite ? .write : .read
      let pin = try handles.pin(value, type: .socket, rights: rights)
      guard let lane = unsafe findLane(pin.unmanagedSocket, isWrite: operation.isWrite) else {
        return false
      }
      laneOf[end - start] = UInt8(lane)
      pins[end - start] = consume pin
      return true
    } catch {
      return false
    }
  }

  /// The lane for operations of `socket`, a new one if need be; nil if the round has the other side of the
  /// same direction.
  private mutating func findLane(_ socket: Unmanaged<SocketDispatcher>, isWrite: Bool) -> Int? {
    let new = unsafe Lane(socket: socket, isWrite: isWrite)
    for index in stride(from: laneCount - 1, through: 0, by: -1) {
      let known = lane(index)
      if unsafe known.socket.toOpaque() == socket.toOpaque() {
        if known.isWrite == isWrite { return index }
      } else if known.isWrite != isWrite && known.pair === new.pair {
        return nil
      }
    }
    lanes[laneCount] = new
    rank(laneCount)
    laneCount += 1
    return laneCount - 1
  }

  private mutating func rank(_ new: Int) {
    let lane = lane(new)
    var place = new
    while place > 0 {
      let before = self.lane(Int(ranked[place - 1]))
      guard lane.pair.isOrdered(lane.writer, before: before.pair, before.writer) else { break }
      ranked[place] = ranked[place - 1]
      place -= 1
    }
    ranked[place] = UInt8(new)
  }
}

// MARK: Gates

extension BatchRound {
  func enterGates() {
    for rank in 0..<laneCount where lane(Int(ranked[rank])).needsReadGate {
      withDirection(rank) { $0.readGate.enter() }
    }
    for rank in 0..<laneCount where lane(Int(ranked[rank])).needsWriteGate {
      withDirection(rank) { $0.writeGate.enter() }
    }
  }

  func leaveGates() {
    for rank in 0..<laneCount {
      let lane = lane(Int(ranked[rank]))
      withDirection(rank) { direction in
        if lane.needsWriteGate { direction.writeGate.leave() }
        if lane.needsReadGate { direction.readGate.leave() }
      }
    }
  }

  private func withDirection(_ rank: Int, _ body: (borrowing SocketPair.Direction) -> Void) {
    let lane = lane(Int(ranked[rank]))
    lane.pair.withDirection(lane.writer, body)
  }
}

// MARK: Planning

extension BatchRound {
  /// Keeps the operations, from the first on, that need nothing but room or bytes that are there.
  mutating func plan(_ operations: borrowing MutableSpan<SocketOperation>) {
    for index in start..<end {
      let number = Int(laneOf[index - start])
      var lane = lane(number)
      let size = operations[index].size
      let left = lane.left ?? lane.withSocket { $0.room(isWrite: lane.isWrite) }
      // Of datagrams to read only the sum is known: each takes one, as long as there is any.
      let takes = lane.isWrite || lane.kind == .stream ? size : 0
      guard left > 0 && takes <= left else {
        end = index
        return
      }
      lane.left = left - takes
      lane.planned += takes
      lane.count += 1
      lanes[number] = lane
    }
  }
}

extension SocketDispatcher {
  /// Bytes that a batch may move without more ado: none if a single call would not answer with success.
  fileprivate func room(isWrite: Bool) -> Int {
    let state = pair.load()
    let mine = state[end]
    let theirs = state[end.peer]
    guard !mine.isClosed, !theirs.isClosed else { return 0 }
    if isWrite {
      return mine.isWriteDisabled || mine.spilled > 0 ? 0 : PairState.capacity - mine.used
    }
    return theirs.queued
  }
}

// MARK: Submission

extension BatchRound {
  /// Hands what is planned to Linux: a lane of a stream as one entry, each datagram as its own.
  mutating func submit(_ operations: borrowing MutableSpan<SocketOperation>) {
    for number in 0..<laneCount where lane(number).count > 0 {
      let lane = lane(number)
      lanes[number]?.entry = submission.count
      var isFirst = true
      for index in start..<end where Int(laneOf[index - start]) == number {
        if isFirst || lane.kind == .datagram { begin(lane) }
        isFirst = false
        unsafe submission.append(operations[index].buffer, count: operations[index].size)
      }
    }
    if submission.count > 0 { submission.run() }
  }

  private mutating func begin(_ lane: Lane) {
    let options: ReceiveOptions = lane.kind == .datagram ? .wholeLength : []
    // The lane's socket is pinned; its descriptor stays open.
    let socket = unsafe lane.socket.takeUnretainedValue()
    if lane.isWrite {
      submission.beginSend(through: socket.descriptor)
    } else {
      submission.beginReceive(through: socket.descriptor, options)
    }
  }
}

// MARK: Answers

extension BatchRound {
  /// Commits what Linux moved and gives every operation its answer, or leaves it undone.
  mutating func settle(_ operations: inout MutableSpan<SocketOperation>) {
    for number in 0..<laneCount where lane(number).count > 0 {
      switch (lane(number).kind, lane(number).isWrite) {
      case (.stream, true): settleStreamWrites(number, &operations)
      case (.stream, false): settleStreamReads(number, &operations)
      case (.datagram, true): settleDatagramWrites(number, &operations)
      case (.datagram, false): settleDatagramReads(number, &operations)
      }
    }
  }

  private func operations(of number: Int) -> some Sequence<Int> {
    let lanes = laneOf
    let start = start
    return (start..<end).lazy.filter { Int(lanes[$0 - start]) == number }
  }

  /// A prefix of the bytes went, or none: Linux copies in pieces, so that a bad address of one operation
  /// may keep back what others have before it. The operation that the prefix ends in is completed as the
  /// single call would; those behind it are left undone.
  private mutating func settleStreamWrites(
    _ number: Int, _ operations: inout MutableSpan<SocketOperation>
  ) {
    let lane = lane(number)
    let socket = unsafe lane.socket.takeUnretainedValue()
    var left = (try? submission.result(lane.entry)) ?? 0
    let whole = Moved(queued: wholePrefix(of: number, left, operations))
    let isClosed = !socket.commit(whole)
    for index in self.operations(of: number) {
      let size = operations[index].size
      if isClosed {
        operations[index].fail(.peerClosed)
      } else if left >= size {
        operations[index].finish(size)
        left -= size
      } else if left > 0 {
        socket.completeWrite(&operations[index], Moved(queued: left))
        left = 0
      } else {
        markUndone(index)
      }
    }
  }

  /// Bytes of the operations that `count` bytes cover whole.
  private func wholePrefix(
    of number: Int, _ count: Int, _ operations: borrowing MutableSpan<SocketOperation>
  ) -> Int {
    var sum = 0
    for index in self.operations(of: number) {
      guard sum + operations[index].size <= count else { break }
      sum += operations[index].size
    }
    return sum
  }

  /// All the bytes were there: where they end early, an address was bad, of one operation or another.
  private mutating func settleStreamReads(
    _ number: Int, _ operations: inout MutableSpan<SocketOperation>
  ) {
    let lane = lane(number)
    let socket = unsafe lane.socket.takeUnretainedValue()
    var left = (try? submission.result(lane.entry)) ?? 0
    let whole = Moved(queued: wholePrefix(of: number, left, operations))
    _ = socket.pair.commitRead(lane.writer, whole, mayGoOn: false)
    for index in self.operations(of: number) {
      let size = operations[index].size
      if left >= size {
        operations[index].finish(size)
        left -= size
      } else if left > 0 {
        socket.completeRead(&operations[index], Moved(queued: left))
        left = 0
      } else {
        markUndone(index)
      }
    }
  }

  private mutating func settleDatagramWrites(
    _ number: Int, _ operations: inout MutableSpan<SocketOperation>
  ) {
    let lane = lane(number)
    let socket = unsafe lane.socket.takeUnretainedValue()
    var moved = Moved()
    var lastTaken = -1
    for offset in 0..<lane.count {
      if let count = try? submission.result(lane.entry + offset) {
        moved.queued += count
        lastTaken = offset
      }
    }
    let isClosed = !socket.commit(moved)
    var offset = 0
    for index in self.operations(of: number) {
      do throws(Errno) {
        let count = try submission.result(lane.entry + offset)
        if isClosed { operations[index].fail(.peerClosed) } else { operations[index].finish(count) }
      } catch {
        if !error.isRefusal {
          operations[index].fail(Status(error))
        } else if offset < lastTaken {
          operations[index].fail(.shouldWait)
        } else {
          markUndone(index)
        }
      }
      offset += 1
    }
  }

  private mutating func settleDatagramReads(
    _ number: Int, _ operations: inout MutableSpan<SocketOperation>
  ) {
    let lane = lane(number)
    let socket = unsafe lane.socket.takeUnretainedValue()
    let queued = socket.pair.load()[lane.writer].queued
    var taken = 0
    var faults = 0
    var offset = 0
    for index in self.operations(of: number) {
      do throws(Errno) {
        let length = try submission.result(lane.entry + offset)
        if taken + length <= queued {
          taken += length
          operations[index].finish(min(length, operations[index].size))
        } else {
          // Written by an end that was closed before it could commit.
          markUndone(index)
        }
      } catch {
        if error == .badAddress {
          faults += 1
          operations[index].fail(.invalidArgs)
        } else {
          markUndone(index)
        }
      }
      offset += 1
    }
    if faults > 0, let gone = try? socket.lostByteCount(of: queued) { taken = max(taken, gone) }
    _ = socket.pair.commitRead(lane.writer, Moved(queued: taken), mayGoOn: false)
  }
}

extension SocketDispatcher {
  /// Commits what a lane wrote; false if an end was closed meanwhile.
  fileprivate func commit(_ moved: Moved) -> Bool {
    guard moved.total > 0 else { return true }
    return (try? pair.commitWrite(end, moved, mayGoOn: false)) != nil
  }

  /// Completes a write of which Linux took a first part, under the write gate.
  fileprivate func completeWrite(_ operation: inout SocketOperation, _ moved: Moved) {
    let source = unsafe UserIn(operation.buffer, byteCount: operation.size)
    complete(&operation, end) { (ring) throws(Status) in try write(source, ring, from: moved) }
  }

  /// Completes a read of which Linux gave a first part, under the read gate.
  fileprivate func completeRead(_ operation: inout SocketOperation, _ moved: Moved) {
    let sink = unsafe UserOut(operation.buffer, byteCount: operation.size)
    complete(&operation, end.peer) { (ring) throws(Status) in
      try readStream(sink, isPeek: false, ring, from: moved)
    }
  }

  private func complete(
    _ operation: inout SocketOperation, _ writer: End,
    _ body: (borrowing SpillRing) throws(Status) -> Int
  ) {
    do throws(Status) {
      operation.finish(
        try pair.withDirection(writer) { (direction) throws(Status) in try body(direction.ring) })
    } catch {
      operation.fail(error)
    }
  }
}
