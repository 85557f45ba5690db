import ZirconLinux
import ZirconTypes

// The common read and write: one buffer, nothing in the spill ring, room or bytes for all of it, nobody
// watching, and nobody changing the word in between. Whatever turns out otherwise goes on the long way
// with what has moved so far, so that these two decide nothing: they only leave things out.

extension SocketDispatcher {
  /// As the generic form.
  @inline(__always)
  func write(_ bytes: UserIn) throws(Status) -> Int {
    let direction = pair.direction(end)
    direction.enterWrite()
    defer { direction.leaveWrite() }
    guard !direction.writerIsAway else { throw .badHandle }
    let state = pair.block.glance()
    let mine = state[end]
    let count = bytes.byteCount
    guard mine.isPlain, !mine.isWriteDisabled, !state[end.peer].isClosed,
      count > 0, count <= PairState.capacity - mine.used
    else { return try write(bytes, direction, from: Moved()) }
    var sent = 0
    do throws(Errno) {
      sent = try bytes.send(through: descriptor, from: 0, count: count)
    } catch {
      // Nothing has moved: the long way tries again.
    }
    FaultPoint.sent.pass()
    if sent == count && pair.quicklyCommitWrite(end, count, from: state) { return count }
    return try write(bytes, direction, from: Moved(queued: sent))
  }

  /// As the generic form.
  @inline(__always)
  func read(_ room: UserOut, isPeek: Bool) throws(Status) -> Int {
    guard room.byteCount <= UInt32.max else { throw .invalidArgs }
    let direction = pair.direction(end.peer)
    direction.enterRead()
    defer { direction.leaveRead() }
    guard !direction.readerIsAway else { throw .badHandle }
    let state = pair.block.glance()
    let theirs = state[end.peer]
    let isStream = pair.isStream
    guard theirs.isPlain, theirs.used > 0, !state[end].isClosed, room.byteCount > 0, !isPeek,
      isStream || !direction.isShared
    else {
      return try read(room, isPeek: isPeek, direction, from: Moved())
    }
    let count = min(room.byteCount, theirs.used)
    var taken = 0
    do throws(Errno) {
      taken = try room.receive(
        through: descriptor, to: 0, count: count, isStream ? .take : .wholeLength)
    } catch {
      if !isStream { try loseDatagram(error, from: state) }
    }
    FaultPoint.received.pass()
    if !isStream {
      quicklyCommitRead(taken, from: state)
      return min(count, taken)
    }
    if taken == count && pair.quicklyCommitRead(end.peer, taken, from: state) { return taken }
    return try readStream(room, isPeek: false, direction, from: Moved(queued: taken))
  }

  @inline(__always)
  private func quicklyCommitRead(_ taken: Int, from state: PairState) {
    if pair.quicklyCommitRead(end.peer, taken, from: state) { return }
    _ = pair.commitRead(end.peer, Moved(queued: taken), from: state, mayGoOn: false)
  }
}

extension SocketPair {
  /// Commits a write of `count` bytes of `end` if the word is still `seen` and nobody is to be told.
  @inline(__always)
  fileprivate func quicklyCommitWrite(_ end: End, _ count: Int, from seen: PairState) -> Bool {
    guard !seen[end.peer].isWatched else { return false }
    var (old, new) = (seen, seen)
    let used = seen[end].used + count
    new[end].used = used
    if used == PairState.capacity { new[end].isWritable = false }
    return block.exchange(&old, for: new)
  }

  /// Commits a read of `count` bytes that `end` wrote if the word is still `seen` and nobody is to be told.
  @inline(__always)
  fileprivate func quicklyCommitRead(_ end: End, _ count: Int, from seen: PairState) -> Bool {
    guard !seen[end].isWatched else { return false }
    var (old, new) = (seen, seen)
    let used = seen[end].used
    new[end].used = used - count
    if used == PairState.capacity { new[end].isWritable = true }
    return block.exchange(&old, for: new)
  }
}
