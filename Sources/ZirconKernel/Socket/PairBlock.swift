import Synchronization

/// What the two ends of a socket pair share, and nothing else: 64 bytes without references, fixed in
/// layout and reached through one pointer, so that they can lie in memory of two processes.
///
/// There, whatever is read may have been written by a stranger: counts are clamped where they are read,
/// and nothing else is taken for a length or a place.
///
/// | offset | what                                                        |
/// |-------:|-------------------------------------------------------------|
/// |      0 | the state word: a half for each end, changed as one         |
/// |     16 | left end: thresholds and ring positions, see `EndWords`     |
/// |     40 | right end: likewise                                         |
@safe
struct PairBlock: Sendable {
  // Safety: owned by the pair, which frees it with itself, or lies in memory that the pair keeps mapped.
  private nonisolated(unsafe) let base: UnsafeMutableRawPointer

  static var byteCount: Int { 64 }
  private static var endsOffset: Int { 16 }

  /// A new pair's block.
  static func make() -> PairBlock {
    let block = PairBlock()
    unsafe block.word.initialize(to: Atomic(PairState.initial.words))
    unsafe block.words(of: .left).initialize(to: EndWords())
    unsafe block.words(of: .right).initialize(to: EndWords())
    return block
  }

  /// The block at `address`, which is one.
  @unsafe
  @inline(__always)
  init(at address: UInt) {
    unsafe base = unsafe UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
  }

  var address: UInt { unsafe UInt(bitPattern: base) }

  /// Copies all of `other`, which nobody changes meanwhile.
  func copy(_ other: PairBlock) {
    unsafe base.copyMemory(from: other.base, byteCount: Self.byteCount)
  }

  private init() {
    let base = UnsafeMutableRawPointer.allocate(byteCount: Self.byteCount, alignment: 64)
    unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: Self.byteCount)
    unsafe self.base = unsafe base
  }

  /// Frees the block, which nobody uses any more.
  @unsafe
  func destroy() {
    unsafe base.deallocate()
  }

  private var word: UnsafeMutablePointer<Atomic<WordPair>> {
    @inline(__always) get { unsafe base.assumingMemoryBound(to: Atomic<WordPair>.self) }
  }

  @inline(__always)
  private func half(_ end: End) -> UnsafeMutablePointer<Atomic<UInt64>> {
    unsafe (base + end.rawValue * MemoryLayout<UInt64>.size)
      .assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  /// The words of one end beside the state.
  @unsafe
  func words(of end: End) -> UnsafeMutablePointer<EndWords> {
    unsafe (base + Self.endsOffset + end.rawValue * MemoryLayout<EndWords>.stride)
      .assumingMemoryBound(to: EndWords.self)
  }
}

// MARK: The state word

extension PairBlock {
  /// The state of one moment.
  func load() -> PairState { unsafe PairState(word.pointee.load(ordering: .acquiring)) }

  /// Both halves, one after the other: a quarter of the time of `load`, and not of one moment.
  ///
  /// For a reader or writer under its gate this is as good: what it looks at in the other half only
  /// ever goes one way, and its commit finds out about the rest. Not for what lies in the spill ring.
  @inline(__always)
  func glance() -> PairState {
    unsafe PairState(
      left: EndState(bits: half(.left).pointee.load(ordering: .acquiring)),
      right: EndState(bits: half(.right).pointee.load(ordering: .acquiring)))
  }

  /// Puts `new` in the place of `old`; if something else is there, makes `old` that.
  @inline(__always)
  func exchange(_ old: inout PairState, for new: PairState) -> Bool {
    let (done, now) = unsafe word.pointee.compareExchange(
      expected: old.words, desired: new.words, ordering: .acquiringAndReleasing)
    if !done { old = PairState(now) }
    return done
  }
}

// MARK: The words of one end

/// What one end has beside its half of the state word: each word has one writer at a time.
struct EndWords: ~Copyable {
  /// READ_THRESHOLD of this end in bytes; changed under the pair's lock.
  let readThreshold = Atomic<UInt32>(0)
  /// WRITE_THRESHOLD of this end in bytes; changed under the pair's lock.
  let writeThreshold = Atomic<UInt32>(0)
  /// Where the reader of what this end writes is in the spill ring, in bytes since the beginning; the
  /// reader's.
  let head = Atomic<UInt64>(0)
  /// Where this end is as the writer; the writer's.
  let tail = Atomic<UInt64>(0)
}

extension PairBlock {
  /// The thresholds of `end`, to be looked at under the pair's lock.
  func thresholds(of end: End) -> Thresholds {
    let words = unsafe words(of: end)
    return unsafe Thresholds(
      read: Int(words.pointee.readThreshold.load(ordering: .relaxed)),
      write: Int(words.pointee.writeThreshold.load(ordering: .relaxed)))
  }

  /// Sets the thresholds of `end`, under the pair's lock.
  func setThresholds(of end: End, to new: Thresholds) {
    let words = unsafe words(of: end)
    unsafe words.pointee.readThreshold.store(UInt32(new.read), ordering: .relaxed)
    unsafe words.pointee.writeThreshold.store(UInt32(new.write), ordering: .relaxed)
  }
}

// MARK: What is about to be done

/// Where a read or write among several holders is about to move its place in the ring, and which turn of the
/// state word says that it has: whoever comes after one that died finishes its work, or knows that there was
/// none.
struct Intent: ~Copyable {
  fileprivate let position = Atomic<UInt64>(0)
  /// 0: none yet; 1 and 2: the turn is false, or true.
  fileprivate let turn = Atomic<UInt64>(0)

  fileprivate static var stride: Int { 16 }
}

extension PairBlock {
  /// Where the intents are, of a block in shared memory alone.
  static var intentsOffset: Int { 512 }

  private func intent(_ work: EndWork, at end: End) -> UnsafeMutablePointer<Intent> {
    // Safety: zeroed memory of the right size and alignment is zeroed atomics.
    unsafe (base + Self.intentsOffset + work.number(at: end) * Intent.stride)
      .assumingMemoryBound(to: Intent.self)
  }

  /// Says where the place will be once the word shows `turn`.
  func intend(_ work: EndWork, at end: End, position: UInt64, turn: Bool) {
    let intent = unsafe intent(work, at: end)
    // Of an intent that is written in part none may be believed.
    unsafe intent.pointee.turn.store(0, ordering: .sequentiallyConsistent)
    unsafe intent.pointee.position.store(position, ordering: .sequentiallyConsistent)
    unsafe intent.pointee.turn.store(turn ? 2 : 1, ordering: .sequentiallyConsistent)
  }

  /// The place that was last intended, if the word, which shows `turn`, says that it was reached.
  func reached(_ work: EndWork, at end: End, turn: Bool) -> UInt64? {
    let intent = unsafe intent(work, at: end)
    let intended = unsafe intent.pointee.turn.load(ordering: .sequentiallyConsistent)
    guard intended == (turn ? 2 : 1) else { return nil }
    return unsafe intent.pointee.position.load(ordering: .sequentiallyConsistent)
  }
}
