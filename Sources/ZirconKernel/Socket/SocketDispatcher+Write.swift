import ZirconLinux
import ZirconTypes

extension SocketDispatcher {
  /// How moving bytes ended.
  private enum Ending {
    /// All that was wanted moved.
    case whole
    /// The caller's memory gave out.
    case fault
    /// There is no memory for the spill ring.
    case noMemory
  }

  /// Sends as many bytes of `source` as fit now; never blocks.
  ///
  /// A stream takes a prefix, a datagram is taken whole or not at all.
  ///
  /// - Throws: In this order: `badHandle` if this end's last handle went in the middle of the call;
  ///   `peerClosed`, even for no bytes; `badState` if writing is disabled here;
  ///   `invalidArgs` above 2^32 - 1 bytes; `shouldWait` without room; for datagrams `outOfRange` above
  ///   the capacity and `shouldWait` above the room; `shouldWait` without memory; `invalidArgs` if the
  ///   bytes cannot be read.
  func write<Source: UserSource>(_ source: Source) throws(Status) -> Int {
    let direction = pair.direction(end)
    direction.enterWrite()
    defer { direction.leaveWrite() }
    guard !direction.writerIsAway else { throw .badHandle }
    return try write(source, direction, from: Moved())
  }

  /// Goes on with a write of which `moved` has moved already, under the write gate.
  @inline(never)
  func write<Source: UserSource>(
    _ source: Source, _ direction: Direction, from moved: Moved
  ) throws(Status) -> Int {
    if moved.total > 0 && moved.total == source.byteCount {
      _ = try pair.commitWrite(end, moved, from: pair.load(), mayGoOn: false)
      return moved.total
    }
    guard pair.isShared else { return try finish(source, direction, from: moved) }
    // What does not go to Linux would not learn from it that the other process is gone.
    pair.noticeHangUp()
    return try pair.alone(.writing, at: end) { () throws(Status) in
      try finish(source, direction, from: moved)
    }
  }

  private func finish<Source: UserSource>(
    _ source: Source, _ direction: Direction, from start: Moved
  ) throws(Status) -> Int {
    var moved = start
    while true {
      let state = pair.block.glance()
      guard !state.isRaw else { return try rawWrite(source, from: moved) }
      guard let wanted = try wantedBytes(of: source.byteCount, moved, state) else { return 0 }
      let ending = try move(wanted, of: source, state, direction, &moved)
      if ending != .whole {
        return try commitShort(moved, ending, direction)
      }
      let mayGoOn = pair.kind == .stream && moved.total < source.byteCount
      if try pair.commitWrite(end, moved, from: state, mayGoOn: mayGoOn) == .done {
        if moved.ringBytes > 0 { direction.ring.advanceTail(by: moved.ringBytes) }
        return moved.total
      }
    }
  }

  /// How many bytes to move next; nil if there is nothing to write at all.
  @inline(__always)
  private func wantedBytes(
    of size: Int, _ moved: Moved, _ state: PairState
  ) throws(Status) -> Int? {
    let mine = state[end]
    try state.checkOpen(end)
    guard !mine.isWriteDisabled else { throw .badState }
    guard size > 0 else { return nil }
    guard size <= UInt32.max else { throw .invalidArgs }
    let free = PairState.capacity - mine.used - moved.total
    guard free > 0 else { throw .shouldWait }
    if pair.kind == .datagram {
      guard size <= PairState.capacity else { throw .outOfRange }
      guard size <= free else { throw .shouldWait }
      return size
    }
    return min(size - moved.total, free)
  }

  /// Moves `wanted` bytes: to Linux while nothing is spilled, what it refuses to the ring.
  @inline(__always)
  private func move<Source: UserSource>(
    _ wanted: Int, of source: Source, _ state: PairState, _ direction: Direction,
    _ moved: inout Moved
  ) throws(Status) -> Ending {
    var left = wanted
    if state[end].spilled == 0 && moved.spilled == 0 && !state[end].usesRing {
      do throws(Errno) {
        let sent = try source.send(through: descriptor, from: moved.total, count: wanted)
        FaultPoint.sent.pass()
        moved.queued += sent
        left -= sent
      } catch {
        if error == .badAddress { return .fault }
        guard error.isRefusal else {
          if pair.isShared && Status(error) == .peerClosed { pair.noticeBrokenPipe(at: end) }
          throw Status(error)
        }
      }
    }
    return left == 0 ? .whole : spill(left, of: source, direction.ring, &moved)
  }

  private func spill<Source: UserSource>(
    _ count: Int, of source: Source, _ ring: SpillRing, _ moved: inout Moved
  ) -> Ending {
    do throws(Errno) {
      moved.ringBytes += try ring.stage(
        source, from: moved.total, count: count, behind: moved.ringBytes, pair.kind)
      moved.spilled += count
      FaultPoint.staged.pass()
      return .whole
    } catch {
      return error == .noMemory ? .noMemory : .fault
    }
  }

  /// Commits the prefix of a stream that moved before something gave out, and answers for the call.
  private func commitShort(
    _ moved: Moved, _ ending: Ending, _ direction: Direction
  ) throws(Status) -> Int {
    if moved.total > 0 {
      guard try pair.commitWrite(end, moved, from: pair.load(), mayGoOn: false) == .done else {
        // Raw meanwhile: what Linux has taken is all that counts.
        guard moved.queued > 0 else { throw .shouldWait }
        return moved.queued
      }
      direction.ring.advanceTail(by: moved.ringBytes)
    }
    if pair.load()[end].spilled == 0 { direction.ring.discard() }
    guard ending == .noMemory else { throw .invalidArgs }
    guard moved.total > 0 else { throw .shouldWait }
    return moved.total
  }
}
