import ZirconLinux
import ZirconTypes

/// What the ends of a fifo share.
///
/// Locking: one lock for both ends, held while at most 4,096 bytes are copied from or to the caller, so
/// that each call is all or nothing.
final class FifoPair: Sendable {
  /// One end: its signals, and what waits to be read there.
  struct Side: ~Copyable {
    var state = SignalState(.writable)
    var ring: FifoRing
    var isOpen = true
    /// It lives in another process since it left this one.
    var hasDeparted = false

    init(_ ring: consuming FifoRing) {
      self.ring = ring
    }
  }

  struct State: ~Copyable {
    private var left: Side
    private var right: Side
    /// The way to the end that is in another process, if one is.
    ///
    /// The ring of that end holds what was sent there and is not known to have been read.
    var link: Link?
    /// Which end that is.
    var remote = End.right

    init(_ left: consuming FifoRing, _ right: consuming FifoRing) {
      self.left = Side(left)
      self.right = Side(right)
    }

    mutating func withSide<Result, Failure: Error>(
      _ end: End, _ body: (inout Side) throws(Failure) -> Result
    ) throws(Failure) -> Result {
      if end == .left { return try body(&left) }
      return try body(&right)
    }

    mutating func update(
      _ end: End, clear: Signals = .none, set: Signals = .none, _ wakes: inout WakeList
    ) {
      withSide(end) { $0.state.update(clear: clear, set: set, &wakes) }
    }

    func isOpen(_ end: End) -> Bool { end == .left ? left.isOpen : right.isOpen }

    /// The last handle of `end` is gone.
    mutating func close(_ end: End, _ wakes: inout WakeList) {
      link = nil
      withSide(end) { $0.isOpen = false }
      update(end.peer, clear: .writable, set: .peerClosed, &wakes)
    }
  }

  let kernel: Kernel
  let state: Guarded<State>

  init(_ left: consuming FifoRing, _ right: consuming FifoRing, in kernel: Kernel) {
    self.kernel = kernel
    state = Guarded(State(left, right))
  }

  /// The way to the end that is in another process, if one is.
  var link: Link? { state.withLock { $0.link } }
}

/// One end of a fifo: elements of one size, read in the order they were written.
final class FifoDispatcher: PeeredDispatcher<FifoPair>, @unchecked Sendable {
  /// Makes both ends, with room for so many elements in each direction.
  ///
  /// - Throws: `noMemory`.
  static func makePair(
    _ elements: FifoElements, in kernel: Kernel
  ) throws(Status) -> (FifoDispatcher, FifoDispatcher) {
    let (count, size) = (Int(elements.count), Int(elements.size))
    let toLeft = try FifoRing(elementCount: count, elementSize: size)
    let toRight = try FifoRing(elementCount: count, elementSize: size)
    return FifoPair(toLeft, toRight, in: kernel).makeEnds(as: FifoDispatcher.self)
  }

  override func depart(
    into parcel: inout Parcel, rights: Rights, isLast: Bool
  ) throws(Status) {
    guard isLast else { throw .notSupported }
    let (departure, signals, body) = try leave(&parcel)
    parcel.append(self, rights: rights, signals: signals, body: body, departure.wire.lent)
  }
}

// MARK: Elements

extension FifoDispatcher {
  /// Writes as many elements as fit, all of those or none; never blocks.
  ///
  /// - Throws: `peerClosed`; `outOfRange` for another size than the fifo's, or for no elements;
  ///   `shouldWait` without room; `invalidArgs` if the elements that fit cannot be read. In this order.
  func write(_ source: UserIn, _ elements: FifoElements) throws(Status) -> Int {
    while true {
      if let link = pair.link { return try write(source, elements, over: link) }
      if let taken = try fill(from: source, elements, over: nil) { return taken }
    }
  }

  /// Puts elements where they wait to be read, or where those are counted that are sent over `link`; nil if
  /// another way leads to the other end by now.
  func fill(
    from source: UserIn, _ elements: FifoElements, over link: Link?
  ) throws(Status) -> Int? {
    var wakes = WakeList()
    let taken = try pair.state.withLock { (state) throws(Status) -> Int? in
      guard state.isOpen(end.peer) else { throw .peerClosed }
      guard state.link === link else { return nil }
      let (taken, isFull) = try state.withSide(end.peer) { (peer) throws(Status) in
        guard elements.fit(peer.ring) else { throw .outOfRange }
        guard !peer.ring.isFull else { throw .shouldWait }
        let taken = try peer.ring.fill(from: source, wanted: elements.count)
        peer.state.update(clear: .none, set: .readable, &wakes)
        return (taken, peer.ring.isFull)
      }
      if isFull { state.update(end, clear: .writable, &wakes) }
      return taken
    }
    wakes.deliver()
    return taken
  }

  /// Reads as many elements as there are and wanted, all of those or none; never blocks.
  ///
  /// - Throws: `outOfRange` for another size than the fifo's, or for no elements; without any
  ///   `peerClosed` or `shouldWait`; `invalidArgs` if those there are cannot be written, and then they
  ///   stay. In this order.
  func read(into room: UserOut, _ elements: FifoElements) throws(Status) -> Int {
    pair.link?.pump()
    var wakes = WakeList()
    var link: Link?
    let given = try pair.state.withLock { (state) throws(Status) in
      link = state.link
      let isPeerOpen = state.isOpen(end.peer)
      let (given, wasFull) = try state.withSide(end) { (side) throws(Status) in
        guard elements.fit(side.ring) else { throw .outOfRange }
        guard !side.ring.isEmpty else { throw isPeerOpen ? .shouldWait : .peerClosed }
        let wasFull = side.ring.isFull
        let given = try side.ring.empty(into: room, wanted: elements.count)
        if side.ring.isEmpty { side.state.update(clear: .readable, set: .none, &wakes) }
        return (given, wasFull)
      }
      if wasFull && isPeerOpen && link == nil { state.update(end.peer, set: .writable, &wakes) }
      return given
    }
    wakes.deliver()
    if let link { sendRoom(given, over: link) }
    return given
  }
}

/// How many elements a call is about, and of what size in bytes, as its caller says.
package struct FifoElements {
  let count: UInt
  let size: UInt

  /// Takes both as C counts: without a sign.
  package init(count: Int, size: Int) {
    self.count = UInt(bitPattern: count)
    self.size = UInt(bitPattern: size)
  }

  /// Whether a ring can take or give some of them.
  fileprivate func fit(_ ring: borrowing FifoRing) -> Bool {
    size == UInt(ring.elementSize) && count > 0
  }

  /// Whether a fifo can have room for so many in each direction: 1 through 4,096 bytes.
  package var makeAFifo: Bool {
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: size)
    return !overflow && (1...4096).contains(byteCount)
  }
}
