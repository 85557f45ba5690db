import ZirconLinux
import ZirconTypes

/// The operations of a batch that go to Linux together.
///
/// A lane is one side of one direction of one socket pair. The gates of all lanes are held from before the
/// first look at a state until the last commit, entered in the kernel's order: read gates, then write
/// gates, each by koid. A lane that reads datagrams holds the write gate as well, so that nothing
/// uncommitted is in the queue. No round has both sides of one direction.
@safe
struct BatchRound: ~Copyable {
  @safe
  private struct Lane {
    // Safety: pinned by one of the round's operations.
    let socket: Unmanaged<SocketDispatcher>
    let pair: Unmanaged<SocketPair>
    let isWrite: Bool
    let kind: SocketKind
    /// The end that writes the direction.
    let writer: End
    /// Its operations, by their places in the round.
    var first: UInt8
    var last: UInt8
    /// Operations that were planned.
    var count = 0
    /// Bytes that may still be planned; not known before the first look at the state.
    var left: Int?
    /// The first of its entries in the submission.
    var entry = 0

    init(_ socket: SocketDispatcher, isWrite: Bool, place: UInt8) {
      unsafe self.socket = Unmanaged.passUnretained(socket)
      unsafe pair = Unmanaged.passUnretained(socket.pair)
      self.isWrite = isWrite
      kind = socket.pair.kind
      writer = isWrite ? socket.end : socket.end.peer
      first = place
      last = place
    }

    var needsWriteGate: Bool { isWrite || kind == .datagram }
    var needsReadGate: Bool { !isWrite }

    var direction: Direction {
      unsafe pair._withUnsafeGuaranteedRef { $0.direction(writer) }
    }

    /// Whether its gates come before those of `other`.
    func isRanked(before other: Lane) -> Bool {
      unsafe pair._withUnsafeGuaranteedRef { pair in
        unsafe other.pair._withUnsafeGuaranteedRef {
          pair.isOrdered(writer, before: $0, other.writer)
        }
      }
    }
  }

  /// The places of a lane's operations that are still in the round, in order.
  @safe
  private struct Operations: Sequence, IteratorProtocol {
    // Safety: the round's, which outlasts the loop.
    let following: UnsafeMutablePointer<UInt8>
    let start: Int
    let end: Int
    var place: UInt8

    mutating func next() -> Int? {
      let index = start + Int(place)
      guard place != BatchRound.none, index < end else { return nil }
      unsafe place = following[Int(place)]
      return index
    }
  }

  private let start: Int
  /// One past the last operation of the round.
  private(set) var end: Int
  // Safety: each has room for a round and is owned by this. In memory of their own, since Swift copies a
  // whole inline array at many a look.
  private let lanes: UnsafeMutablePointer<Lane>
  private let pins: UnsafeMutablePointer<PinnedSlot>
  private let laneOf: UnsafeMutablePointer<UInt8>
  private let following: UnsafeMutablePointer<UInt8>
  /// The lanes by the rank of their gates.
  private let ranked: UnsafeMutablePointer<UInt8>
  private var pinCount = 0
  private var laneCount = 0
  /// A bit for each operation that is to be made alone after all.
  private var undone: UInt64 = 0
  private var submission = Submission()

  /// No place.
  private static let none = UInt8.max

  init(start: Int) {
    self.start = start
    end = start
    let capacity = Submission.capacity
    unsafe lanes = .allocate(capacity: capacity)
    unsafe pins = .allocate(capacity: capacity)
    unsafe laneOf = .allocate(capacity: 3 * capacity)
    unsafe following = unsafe laneOf + capacity
    unsafe ranked = unsafe laneOf + 2 * capacity
  }

  deinit {
    unsafe pins.deinitialize(count: pinCount)
    unsafe pins.deallocate()
    unsafe lanes.deallocate()
    unsafe laneOf.deallocate()
  }

  var isEmpty: Bool { end == start }

  func isUndone(_ index: Int) -> Bool { undone >> UInt64(index - start) & 1 == 1 }

  private mutating func markUndone(_ index: Int) { undone |= 1 << UInt64(index - start) }

  private func lane(_ index: Int) -> Lane { unsafe lanes[index] }

  private func operations(of number: Int) -> Operations {
    unsafe Operations(following: following, start: start, end: end, place: lanes[number].first)
  }
}

// MARK: Gathering

extension BatchRound {
  /// Takes operations as long as they can go together and their handles are good.
  mutating func gather(_ operations: borrowing MutableSpan<SocketOperation>, _ handles: HandleTable)
  {
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
      let isAdmitted = try pin.withObject(as: SocketDispatcher.self) { (socket) throws(Status) in
        enlist(socket, isWrite: operation.isWrite, place: UInt8(end - start))
      }
      guard isAdmitted else { return false }
      unsafe (pins + pinCount).initialize(to: pin)
      pinCount += 1
      return true
    } catch {
      return false
    }
  }

  /// Puts an operation of `socket` in its lane, a new one if need be.
  ///
  /// - Returns: False if the round has the other side of the same direction.
  private mutating func enlist(_ socket: SocketDispatcher, isWrite: Bool, place: UInt8) -> Bool {
    let new = Lane(socket, isWrite: isWrite, place: place)
    unsafe following[Int(place)] = Self.none
    for index in stride(from: laneCount - 1, through: 0, by: -1) {
      let known = unsafe lanes + index
      guard unsafe known.pointee.pair.toOpaque() == new.pair.toOpaque(),
        unsafe known.pointee.writer == new.writer
      else { continue }
      guard unsafe known.pointee.isWrite == isWrite else { return false }
      unsafe following[Int(known.pointee.last)] = place
      unsafe known.pointee.last = place
      unsafe laneOf[Int(place)] = UInt8(index)
      return true
    }
    unsafe (lanes + laneCount).initialize(to: new)
    unsafe laneOf[Int(place)] = UInt8(laneCount)
    rank(laneCount)
    laneCount += 1
    return true
  }

  private func rank(_ new: Int) {
    let lane = lane(new)
    var place = new
    while place > 0 {
      let before = unsafe ranked[place - 1]
      guard lane.isRanked(before: self.lane(Int(before))) else { break }
      unsafe ranked[place] = before
      place -= 1
    }
    unsafe ranked[place] = UInt8(new)
  }
}

// MARK: Gates

extension BatchRound {
  func enterGates() {
    for rank in 0..<laneCount {
      let lane = unsafe lane(Int(ranked[rank]))
      if lane.needsReadGate { lane.direction.enterRead() }
    }
    for rank in 0..<laneCount {
      let lane = unsafe lane(Int(ranked[rank]))
      if lane.needsWriteGate { lane.direction.enterWrite() }
    }
  }

  func leaveGates() {
    for number in 0..<laneCount {
      let lane = lane(number)
      if lane.needsWriteGate { lane.direction.leaveWrite() }
      if lane.needsReadGate { lane.direction.leaveRead() }
    }
  }
}

// MARK: Planning

extension BatchRound {
  /// Keeps the operations, from the first on, that need nothing but room or bytes that are there.
  mutating func plan(_ operations: borrowing MutableSpan<SocketOperation>) {
    for index in start..<end {
      let number = unsafe Int(laneOf[index - start])
      var lane = lane(number)
      let size = operations[index].size
      let left =
        unsafe lane.left
        ?? lane.socket._withUnsafeGuaranteedRef { $0.room(isWrite: lane.isWrite) }
      // Of datagrams to read only the sum is known: each takes one, as long as there is any.
      let takes = lane.isWrite || lane.kind == .stream ? size : 0
      guard left > 0 && takes <= left else {
        end = index
        return
      }
      lane.left = left - takes
      lane.count += 1
      unsafe lanes[number] = lane
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
      unsafe lanes[number].entry = submission.count
      var isFirst = true
      for index in self.operations(of: number) {
        if isFirst || lane.kind == .datagram { begin(lane) }
        isFirst = false
        unsafe submission.append(operations[index].buffer, count: operations[index].size)
      }
    }
    if submission.count > 0 { submission.run() }
  }

  private mutating func begin(_ lane: Lane) {
    let options: ReceiveOptions = lane.kind == .datagram ? .wholeLength : .take
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

  /// A prefix of the bytes went, or none: Linux copies in pieces, so that a bad address of one
  /// operation may keep back what others have before it.
  ///
  /// The operation that the prefix ends in is completed as the single call would; those behind it
  /// are left undone.
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
    _ = socket.pair.commitRead(
      lane.writer, whole, from: socket.pair.load(), mayGoOn: false)
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
    _ = socket.pair.commitRead(
      lane.writer, Moved(queued: taken), from: socket.pair.load(), mayGoOn: false)
  }
}

extension SocketDispatcher {
  /// Commits what a lane wrote; false if an end was closed meanwhile.
  fileprivate func commit(_ moved: Moved) -> Bool {
    guard moved.total > 0 else { return true }
    return (try? pair.commitWrite(end, moved, from: pair.load(), mayGoOn: false)) != nil
  }

  /// Completes a write of which Linux took a first part, under the write gate.
  fileprivate func completeWrite(_ operation: inout SocketOperation, _ moved: Moved) {
    let source = unsafe UserIn(operation.buffer, byteCount: operation.size)
    do throws(Status) {
      operation.finish(try write(source, pair.direction(end), from: moved))
    } catch {
      operation.fail(error)
    }
  }

  /// Completes a read of which Linux gave a first part, under the read gate.
  fileprivate func completeRead(_ operation: inout SocketOperation, _ moved: Moved) {
    let sink = unsafe UserOut(operation.buffer, byteCount: operation.size)
    do throws(Status) {
      operation.finish(
        try readStream(sink, isPeek: false, pair.direction(end.peer), from: moved))
    } catch {
      operation.fail(error)
    }
  }
}
