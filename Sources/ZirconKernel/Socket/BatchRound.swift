import ZirconLinux
import ZirconTypes

/// The operations of a batch that go to Linux together.
///
/// A lane is one side of one direction of one socket pair. The gates of all lanes are held from before the
/// first look at a state until the last commit, entered in the kernel's order: read gates, then write
/// gates, each by koid. A lane that reads datagrams holds the write gate as well, so that nothing
/// uncommitted is in the queue. No round has both sides of one direction, nor both directions of a pair that
/// somebody watches: what Linux refuses is made after the round.
@safe
struct BatchRound: ~Copyable {
  private let start: Int
  /// One past the last operation of the round.
  private(set) var end: Int
  private var scratch = ThreadScratch()
  // Safety: each has room for a round in the scratch. Not inline arrays, since Swift copies one as a whole
  // at many a look.
  private let lanes: UnsafeMutablePointer<BatchLane>
  private let pins: UnsafeMutablePointer<PinnedSlot>
  private let laneOf: UnsafeMutablePointer<UInt8>
  private let following: UnsafeMutablePointer<UInt8>
  /// The lanes by the rank of their gates.
  private let ranked: UnsafeMutablePointer<UInt8>
  private var pinCount = 0
  private(set) var laneCount = 0
  /// A bit for each operation that is to be made alone after all.
  private var undone: UInt64 = 0
  private(set) var submission: Submission

  init(start: Int) {
    self.start = start
    end = start
    let capacity = Submission.capacity
    unsafe lanes = unsafe scratch.take(BatchLane.self, capacity)
    unsafe pins = unsafe scratch.take(PinnedSlot.self, capacity)
    unsafe laneOf = unsafe scratch.take(UInt8.self, capacity)
    unsafe following = unsafe scratch.take(UInt8.self, capacity)
    unsafe ranked = unsafe scratch.take(UInt8.self, capacity)
    submission = Submission(in: &scratch)
  }

  deinit {
    unsafe pins.deinitialize(count: pinCount)
  }

  var isEmpty: Bool { end == start }

  func isUndone(_ index: Int) -> Bool { undone >> UInt64(index - start) & 1 == 1 }

  mutating func markUndone(_ index: Int) { undone |= 1 << UInt64(index - start) }

  func lane(_ index: Int) -> BatchLane { unsafe lanes[index] }

  func operations(of number: Int) -> LaneOperations {
    unsafe LaneOperations(following: following, start: start, end: end, place: lanes[number].first)
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
  /// - Returns: False if the round has the other side of the same direction, or if it has the other direction
  ///   and somebody would see which of them changed first.
  private mutating func enlist(_ socket: SocketDispatcher, isWrite: Bool, place: UInt8) -> Bool {
    let pair = socket.pair
    let writer = isWrite ? socket.end : socket.end.peer
    let order = pair.gateOrder(of: writer)
    let rank = rank(of: order)
    unsafe following[Int(place)] = BatchLane.noPlace
    if rank < laneCount {
      let known = unsafe lanes + Int(ranked[rank])
      if unsafe known.pointee.gateOrder == order {
        // An end that came back to where it is held already is a second object with gates of its own.
        guard unsafe known.pointee.isWrite == isWrite,
          unsafe known.pointee.direction == pair.direction(writer)
        else { return false }
        unsafe following[Int(known.pointee.last)] = place
        unsafe known.pointee.last = place
        unsafe laneOf[Int(place)] = ranked[rank]
        return true
      }
    }
    if hasLane(pair.gateOrder(of: writer.peer), beside: rank, order), pair.isWatched {
      return false
    }
    unsafe (lanes + laneCount).initialize(
      to: BatchLane(socket, pair, isWrite: isWrite, writer: writer, place: place))
    unsafe laneOf[Int(place)] = UInt8(laneCount)
    for later in stride(from: laneCount, to: rank, by: -1) {
      unsafe ranked[later] = ranked[later - 1]
    }
    unsafe ranked[rank] = UInt8(laneCount)
    laneCount += 1
    return true
  }

  /// Whether there is a lane of the direction opposite to the one whose gates would come at `rank`.
  @inline(__always)
  private func hasLane(_ opposite: UInt64, beside rank: Int, _ order: UInt64) -> Bool {
    let place = opposite < order ? rank - 1 : rank
    guard place >= 0, place < laneCount else { return false }
    return unsafe lanes[Int(ranked[place])].gateOrder == opposite
  }

  /// How many lanes have their gates before `order`.
  private func rank(of order: UInt64) -> Int {
    // As a rule a batch names its sockets in the order they were made in.
    guard laneCount > 0, unsafe lanes[Int(ranked[laneCount - 1])].gateOrder >= order else {
      return laneCount
    }
    var (low, high) = (0, laneCount - 1)
    while low < high {
      let middle = (low + high) / 2
      if unsafe lanes[Int(ranked[middle])].gateOrder < order {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}

// MARK: Gates

extension BatchRound {
  func enterGates() {
    for rank in 0..<laneCount {
      let lane = unsafe lanes + Int(ranked[rank])
      if unsafe lane.pointee.needsReadGate { unsafe lane.pointee.direction.enterRead() }
    }
    for rank in 0..<laneCount {
      let lane = unsafe lanes + Int(ranked[rank])
      if unsafe lane.pointee.needsWriteGate { unsafe lane.pointee.direction.enterWrite() }
    }
  }

  func leaveGates() {
    for number in 0..<laneCount {
      let lane = unsafe lanes + number
      if unsafe lane.pointee.needsWriteGate { unsafe lane.pointee.direction.leaveWrite() }
      if unsafe lane.pointee.needsReadGate { unsafe lane.pointee.direction.leaveRead() }
    }
  }
}

// MARK: Planning

extension BatchRound {
  /// Keeps the operations, from the first on, that need nothing but room or bytes that are there.
  mutating func plan(_ operations: borrowing MutableSpan<SocketOperation>) {
    for index in start..<end {
      let lane = unsafe lanes + Int(laneOf[index - start])
      let isWrite = unsafe lane.pointee.isWrite
      let size = operations[index].size
      let left =
        unsafe lane.pointee.left
        ?? lane.pointee.socket._withUnsafeGuaranteedRef { $0.room(isWrite: isWrite) }
      // Of datagrams to read only the sum is known: each takes one, as long as there is any.
      let takes = unsafe isWrite || lane.pointee.kind == .stream ? size : 0
      guard left > 0 && takes <= left else {
        end = index
        return
      }
      unsafe lane.pointee.left = left - takes
      unsafe lane.pointee.count += 1
    }
  }
}

extension SocketDispatcher {
  /// Bytes that a batch may move without more ado: none if a single call would not answer with success.
  fileprivate func room(isWrite: Bool) -> Int {
    // With others in it every operation looks for itself what they have done.
    guard pair.isOnItsOwn else { return 0 }
    let state = pair.block.glance()
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

  private mutating func begin(_ lane: BatchLane) {
    let options: ReceiveOptions = lane.kind == .datagram ? .wholeLength : .take
    // The lane's socket is pinned; its descriptor stays open.
    unsafe lane.socket._withUnsafeGuaranteedRef { socket in
      if lane.isWrite {
        submission.beginSend(through: socket.descriptor)
      } else {
        submission.beginReceive(through: socket.descriptor, options)
      }
    }
  }
}
