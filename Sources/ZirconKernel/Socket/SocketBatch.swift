import ZirconLinux
import ZirconTypes

/// One read or write of a batch, laid out as `zxl_socket_op_t`.
@safe
package struct SocketOperation: BitwiseCopyable {
  /// `writeCode` or `readCode`.
  package var code: UInt32
  /// The handle's value.
  package var handle: UInt32
  /// As for the single call.
  package var options: UInt32
  /// What the single call would answer.
  package var status: Int32
  // Safety: memory of the caller, opened only by Linux.
  /// The bytes, or the room for them.
  package var buffer: UnsafeMutableRawPointer?
  /// Their count.
  package var size: Int
  /// Bytes moved; left alone when `status` is an error.
  package var actual: Int

  /// `ZXL_SOCKET_WRITE`.
  package static var writeCode: UInt32 { 0 }
  /// `ZXL_SOCKET_READ`.
  package static var readCode: UInt32 { 1 }
  /// `ZX_SOCKET_PEEK`, for a read that takes nothing.
  package static var peekOption: UInt32 { 8 }

  @unsafe
  package init(
    code: UInt32, handle: UInt32, options: UInt32, buffer: UnsafeMutableRawPointer?, size: Int
  ) {
    self.code = code
    self.handle = handle
    self.options = options
    self.status = 0
    unsafe self.buffer = unsafe buffer
    self.size = size
    self.actual = 0
  }

  var isWrite: Bool { code == Self.writeCode }
  var isPeek: Bool { options != 0 }

  /// What the doors of the single calls judge.
  func checkShape() throws(Status) {
    guard code == Self.writeCode || code == Self.readCode else { throw .invalidArgs }
    guard unsafe size == 0 || buffer != nil else { throw .invalidArgs }
    guard options == 0 || (!isWrite && options == Self.peekOption) else {
      throw .invalidArgs
    }
  }

  /// Whether it may go with others: it moves bytes, what it reads is gone, and its buffer lies where a bad
  /// address does not change what becomes of a datagram.
  var isBatchable: Bool {
    guard code == Self.writeCode || code == Self.readCode, options == 0, unsafe buffer != nil else {
      return false
    }
    let room = unsafe UserOut(buffer, byteCount: size)
    return size > 0 && size <= PairState.capacity && room.isInUserMemory
  }

  mutating func finish(_ count: Int) {
    status = Status.ok.rawValue
    actual = count
  }

  mutating func fail(_ error: Status) {
    status = error.rawValue
  }
}

extension Kernel {
  /// Operations that one round of a batch takes.
  package static var batchRound: Int { Submission.capacity }

  /// Runs reads and writes in order per socket, each with the checks and the answer of the single call.
  ///
  /// Those that need nothing but room or bytes that are there go together, in one submission of a round;
  /// neighbours on one direction of a stream go as one. The others are made as single calls, in their
  /// places. Two differences can be seen: where Linux refuses a datagram for want of memory and takes a
  /// later one of the same round, the earlier one answers `shouldWait`; and who watches a socket sees what
  /// went together in one direction as one change.
  ///
  /// Source: `zxl_socket_batch`.
  package func run(_ operations: inout MutableSpan<SocketOperation>) {
    var next = 0
    while next < operations.count {
      let done = runRound(&operations, from: next)
      if done > next {
        next = done
      } else {
        runAlone(&operations[next])
        next += 1
      }
    }
  }

  /// Makes one operation as a single call.
  private func runAlone(_ operation: inout SocketOperation) {
    do throws(Status) {
      try operation.checkShape()
      let value = HandleValue(rawValue: operation.handle)
      if operation.isWrite {
        let bytes = unsafe UserIn(operation.buffer, byteCount: operation.size)
        operation.finish(try writeSocket(value, bytes))
      } else {
        let room = unsafe UserOut(operation.buffer, byteCount: operation.size)
        operation.finish(try readSocket(value, into: room, isPeek: operation.isPeek))
      }
    } catch {
      operation.fail(error)
    }
  }

  /// Makes as many operations from `start` on as can go together.
  ///
  /// - Returns: Where to go on; `start` if the first one must be made alone.
  private func runRound(_ operations: inout MutableSpan<SocketOperation>, from start: Int) -> Int {
    var round = BatchRound(start: start)
    round.gather(operations, handles)
    guard !round.isEmpty else { return start }
    round.enterGates()
    round.plan(operations)
    round.submit(operations)
    round.settle(&operations)
    round.leaveGates()
    // What Linux refused in the end goes the way of the single call, through the spill ring if need be.
    for index in start..<round.end where round.isUndone(index) { runAlone(&operations[index]) }
    return round.end
  }
}
