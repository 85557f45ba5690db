import Synchronization
import ZirconLinux
import ZirconTypes

/// Where the bytes of one direction wait that Linux refuses while Zircon still has room.
///
/// A byte ring; a datagram is a length of four bytes and its payload. It holds the whole capacity of
/// the direction in the smallest datagrams, so that it is never full: the pair's accounting is what
/// limits it. Its pages exist only while something is in it.
///
/// Locking: the writer's positions are used under the direction's write gate, the reader's under its
/// read gate. The pages are mapped under the write gate, and unmapped under it while the direction has
/// nothing spilled, so that no reader is in them. A reader sees them through the pair's state word,
/// which says that something is spilled.
///
/// In memory shared with another process the pages are there from the beginning and stay. There the places
/// and lengths that the other side keeps may be anything: a place is taken modulo the ring, a length is
/// never more than a direction holds.
@safe
struct SpillRing {
  // Safety: the direction's, which lives as long as the pair.
  /// Where the pages are, and how large.
  private let sides: UnsafePointer<Direction.Sides>

  static var headerByteCount: Int { 4 }

  /// Bytes of the pages for sockets of `kind`.
  static func byteCount(for kind: SocketKind) -> Int {
    kind == .stream ? PairState.capacity : PairState.capacity * (1 + headerByteCount)
  }

  @unsafe
  init(_ sides: UnsafePointer<Direction.Sides>) {
    unsafe self.sides = unsafe sides
  }

  /// The two positions.
  private var words: UnsafePointer<EndWords> { unsafe UnsafePointer(sides.pointee.words) }

  private var byteCount: Int { unsafe Int(sides.pointee.ringByteCount) }

  /// Gives the pages back, with whatever is in them.
  func discard() {
    guard address != 0, unsafe !sides.pointee.isShared else { return }
    let address = unsafe sides.pointee.ringPages.exchange(0, ordering: .acquiringAndReleasing)
    guard let base = unsafe UnsafeMutableRawPointer(bitPattern: address) else { return }
    unsafe Pages.unmap(base, byteCount: byteCount)
  }

  private var address: UInt { unsafe sides.pointee.ringPages.load(ordering: .relaxed) }

  /// Where the reader is, in bytes since the beginning.
  private var head: UInt64 { unsafe words.pointee.head.load(ordering: .relaxed) }

  /// Where the writer is.
  private var tail: UInt64 { unsafe words.pointee.tail.load(ordering: .relaxed) }

  private func segments(at position: UInt64, count: Int, in base: UnsafeMutableRawPointer)
    -> RingSegments
  {
    let count = min(count, byteCount)
    let start = Int(position % UInt64(byteCount))
    let first = min(count, byteCount - start)
    return unsafe RingSegments(base + start, first, base, count - first)
  }
}

// MARK: The writer's side

extension SpillRing {
  /// Copies `count` bytes behind what is there, `staged` bytes of it not yet told to the reader.
  ///
  /// - Returns: Bytes of the ring used, the length of a datagram included.
  /// - Throws: `ENOMEM` without memory, `badAddress` if the source cannot be read; then nothing changed.
  func stage<Source: UserSource>(
    _ source: Source, from offset: Int, count: Int, behind staged: Int, _ kind: SocketKind
  ) throws(Errno) -> Int {
    let base = try unsafe ensurePages()
    var position = tail &+ UInt64(staged)
    var used = count
    if kind == .datagram {
      let header = unsafe segments(at: position, count: Self.headerByteCount, in: base)
      header.store(UInt32(count))
      position &+= UInt64(Self.headerByteCount)
      used += Self.headerByteCount
    }
    try unsafe source.copy(
      from: offset, count: count, into: segments(at: position, count: count, in: base))
    return used
  }

  /// Tells where the writer is after a commit of `staged` bytes of the ring.
  func advanceTail(by staged: Int) {
    unsafe words.pointee.tail.store(tail &+ UInt64(staged), ordering: .relaxed)
  }

  /// Where the writer will be then.
  func tail(after staged: Int) -> UInt64 { tail &+ UInt64(staged) }

  /// Sets where the writer is, which one that died did not come to.
  func setTail(_ position: UInt64) {
    unsafe words.pointee.tail.store(position, ordering: .relaxed)
  }

  private func ensurePages() throws(Errno) -> UnsafeMutableRawPointer {
    if let base = unsafe UnsafeMutableRawPointer(bitPattern: address) {
      return unsafe base
    }
    guard let base = unsafe Pages.map(byteCount: byteCount) else { throw .noMemory }
    unsafe sides.pointee.ringPages.store(UInt(bitPattern: base), ordering: .relaxed)
    return unsafe base
  }
}

// MARK: The reader's side

extension SpillRing {
  /// Copies `count` bytes to the caller, `skipped` bytes of the ring behind the reader's place.
  ///
  /// - Throws: `badAddress` if they cannot be stored.
  func copy<Sink: UserSink>(
    to sink: Sink, at offset: Int, count: Int, behind skipped: Int
  ) throws(Errno) {
    guard count > 0, let base = unsafe UnsafeMutableRawPointer(bitPattern: address) else { return }
    let position = head &+ UInt64(skipped)
    try unsafe sink.copy(to: offset, from: segments(at: position, count: count, in: base))
  }

  /// Runs `body` with `count` bytes of the ring, `skipped` bytes behind the reader's place.
  func withSegments(
    count: Int, behind skipped: Int, _ body: (RingSegments) throws(Errno) -> Int
  ) throws(Errno) -> Int {
    guard let base = unsafe UnsafeMutableRawPointer(bitPattern: address) else { return 0 }
    return try body(unsafe segments(at: head &+ UInt64(skipped), count: count, in: base))
  }

  /// The length of the first datagram in the ring, which is not empty.
  func firstLength() -> Int {
    guard let base = unsafe UnsafeMutableRawPointer(bitPattern: address) else { return 0 }
    let position = head
    let length = unsafe segments(at: position, count: Self.headerByteCount, in: base).load()
    return min(Int(length), PairState.capacity)
  }

  /// Moves the reader on by `count` bytes of the ring, lengths of datagrams included.
  func advanceHead(by count: Int) {
    unsafe words.pointee.head.store(head &+ UInt64(count), ordering: .relaxed)
  }

  /// Where the reader will be then.
  func head(after count: Int) -> UInt64 { head &+ UInt64(count) }

  /// Sets where the reader is, which one that died did not come to.
  func setHead(_ position: UInt64) {
    unsafe words.pointee.head.store(position, ordering: .relaxed)
  }

  /// Whether what is in the ring runs over the end of the pages.
  var isWrapped: Bool {
    let start = head
    let used = tail &- start
    return start % UInt64(byteCount) &+ used > UInt64(byteCount)
  }
}
