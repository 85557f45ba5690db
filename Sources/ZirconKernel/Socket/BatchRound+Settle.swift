import ZirconLinux
import ZirconTypes

extension BatchRound {
  /// Commits what Linux moved and gives every operation its answer, or leaves it undone.
  mutating func settle(_ operations: inout MutableSpan<SocketOperation>) {
    for number in 0..<laneCount where lane(number).count > 0 {
      let lane = lane(number)
      // Its operations have it pinned.
      unsafe lane.socket._withUnsafeGuaranteedRef { socket in
        switch (lane.kind, lane.isWrite) {
        case (.stream, true): settleStreamWrites(number, lane, socket, &operations)
        case (.stream, false): settleStreamReads(number, lane, socket, &operations)
        case (.datagram, true): settleDatagramWrites(number, lane, socket, &operations)
        case (.datagram, false): settleDatagramReads(number, lane, socket, &operations)
        }
      }
    }
  }

  /// A prefix of the bytes went, or none: Linux copies in pieces, so that a bad address of one
  /// operation may keep back what others have before it.
  ///
  /// The operation that the prefix ends in is completed as the single call would; those behind it
  /// are left undone.
  private mutating func settleStreamWrites(
    _ number: Int, _ lane: BatchLane, _ socket: SocketDispatcher,
    _ operations: inout MutableSpan<SocketOperation>
  ) {
    var left = (try? submission.result(lane.entry)) ?? 0
    let whole = Moved(queued: wholePrefix(of: number, left, operations))
    let refusal = socket.commit(whole)
    for index in self.operations(of: number) {
      let size = operations[index].size
      if let refusal {
        operations[index].fail(refusal)
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
    _ number: Int, _ lane: BatchLane, _ socket: SocketDispatcher,
    _ operations: inout MutableSpan<SocketOperation>
  ) {
    var left = (try? submission.result(lane.entry)) ?? 0
    let whole = Moved(queued: wholePrefix(of: number, left, operations))
    _ = socket.pair.commitRead(
      lane.writer, whole, from: socket.pair.block.glance(), mayGoOn: false)
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
    _ number: Int, _ lane: BatchLane, _ socket: SocketDispatcher,
    _ operations: inout MutableSpan<SocketOperation>
  ) {
    var moved = Moved()
    var lastTaken = -1
    for offset in 0..<lane.count {
      if let count = try? submission.result(lane.entry + offset) {
        moved.queued += count
        lastTaken = offset
      }
    }
    let refusal = socket.commit(moved)
    var offset = 0
    for index in self.operations(of: number) {
      do throws(Errno) {
        let count = try submission.result(lane.entry + offset)
        if let refusal { operations[index].fail(refusal) } else { operations[index].finish(count) }
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
    _ number: Int, _ lane: BatchLane, _ socket: SocketDispatcher,
    _ operations: inout MutableSpan<SocketOperation>
  ) {
    let queued = socket.pair.block.glance()[lane.writer].queued
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
      lane.writer, Moved(queued: taken), from: socket.pair.block.glance(), mayGoOn: false)
  }
}

extension SocketDispatcher {
  /// Commits what a lane wrote; the status of the calls if an end was closed meanwhile.
  fileprivate func commit(_ moved: Moved) -> Status? {
    guard moved.total > 0 else { return nil }
    do throws(Status) {
      _ = try pair.commitWrite(end, moved, from: pair.block.glance(), mayGoOn: false)
      return nil
    } catch {
      return error
    }
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
