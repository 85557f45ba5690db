import ZirconTypes

/// Bytes moved by a call and not yet committed.
struct Moved {
  /// Through Linux's queue.
  var queued = 0
  /// Through the spill ring.
  var spilled = 0
  /// Of the ring itself, lengths of datagrams included.
  var ringBytes = 0

  var total: Int { queued + spilled }
}

/// How a commit ended.
enum Commit {
  /// The word shows the call's effect.
  case done
  /// Nothing changed: more can be moved by now, and the call takes as much as there is.
  case more
}

extension PairState {
  /// Throws `badHandle` if the last handle of `end` went in the middle of a call, `peerClosed` if its peer
  /// is closed.
  @inline(__always)
  func checkOpen(_ end: End) throws(Status) {
    guard !self[end].isClosed else { throw .badHandle }
    guard !self[end.peer].isClosed else { throw .peerClosed }
  }
}

extension SocketPair {
  /// Commits a write of `end`; `mayGoOn` if it would take more room.
  ///
  /// - Throws: `badHandle` or `peerClosed` if an end was closed meanwhile; then the bytes are in nobody's way.
  @inline(__always)
  func commitWrite(
    _ end: End, _ moved: Moved, from seen: PairState, mayGoOn: Bool
  ) throws(Status) -> Commit {
    var outcome = Commit.done
    try commit(raising: end.peer, from: seen) { (state) throws(Status) in
      outcome = .done
      guard !state.isRaw else {
        // The ring is nobody's any more: what went there goes to Linux now.
        outcome = moved.spilled > 0 ? .more : .done
        return
      }
      try state.checkOpen(end)
      let used = state[end].used + moved.total
      if mayGoOn && used < PairState.capacity {
        outcome = .more
        return
      }
      state[end].used = used
      state[end].spilled += moved.spilled
      if used == PairState.capacity { state[end].isWritable = false }
      if state[end].isHeldByMany { takeWriterTurn(end, moved, &state) }
    }
    return outcome
  }

  /// Says what this write will have done, for whoever comes next if this process dies.
  private func takeWriterTurn(_ end: End, _ moved: Moved, _ state: inout PairState) {
    guard moved.ringBytes > 0 else { return }
    state[end].writerTurn.toggle()
    block.intend(
      .writing, at: end, position: direction(end).ring.tail(after: moved.ringBytes),
      turn: state[end].writerTurn)
  }

  /// Likewise of a read of what `end` wrote.
  private func takeReaderTurn(_ end: End, _ moved: Moved, _ state: inout PairState) {
    guard moved.ringBytes > 0 else { return }
    state[end].readerTurn.toggle()
    block.intend(
      .reading, at: end.peer, position: direction(end).ring.head(after: moved.ringBytes),
      turn: state[end].readerTurn)
  }

  /// Commits a read of what `end` wrote; `mayGoOn` if it would take more bytes.
  @inline(__always)
  func commitRead(
    _ end: End, _ moved: Moved, from seen: PairState, mayGoOn: Bool
  ) -> Commit {
    var outcome = Commit.done
    commit(raising: end, from: seen) { state in
      outcome = .done
      guard !state.isRaw else { return }
      // A closed reader's buffer is gone already, and what the writer saw of it is frozen.
      guard !state[end.peer].isClosed else { return }
      let wasFull = state[end].used == PairState.capacity
      let used = max(0, state[end].used - moved.total)
      if mayGoOn && used > 0 {
        outcome = .more
        return
      }
      let spilled = max(0, state[end].spilled - moved.spilled)
      state[end].used = used
      state[end].spilled = spilled
      if wasFull && moved.total > 0 && !state[end].isClosed { state[end].isWritable = true }
      if state[end.peer].isHeldByMany { takeReaderTurn(end, moved, &state) }
    }
    return outcome
  }
}
