import ZirconLinux
import ZirconTypes

/// One end of a fifo: elements of one size, read in the order they were written.
final class FifoDispatcher: SharableEndDispatcher<FifoPair>, @unchecked Sendable {
  override var departingBody: [UInt8] { FifoBody(pair, end).bytes }

  /// An end that has come from another process.
  ///
  /// - Throws: `internal` for what is none; `noMemory`.
  static func arrive(
    _ arriving: consuming ArrivingHandle, in kernel: Kernel
  ) throws(Status) -> FifoDispatcher {
    let (koid, peerKoid) = (arriving.koid, arriving.relatedKoid)
    guard let body = FifoBody(arriving.body), let end = End(rawValue: Int(body.end)) else {
      throw .internal
    }
    let elements = FifoElements(count: Int(body.elementCount), size: Int(body.elementSize))
    guard elements.makeAFifo else { throw .internal }
    let pair = try FifoPair(elements, in: kernel)
    try pair.arrive(arriving.giveDescriptors(), at: end)
    return FifoDispatcher(koid: koid, peerKoid: peerKoid, pair: pair, end: end)
  }
}

/// What stands behind the record of a fifo's end.
private struct FifoBody: BitwiseCopyable {
  let end: UInt32
  let elementCount: UInt32
  let elementSize: UInt32

  init(_ pair: FifoPair, _ end: End) {
    self.end = UInt32(end.rawValue)
    elementCount = UInt32(pair.elementCount)
    elementSize = UInt32(pair.elementSize)
  }

  /// Takes what has come; nil if it is none.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == MemoryLayout<FifoBody>.size else { return nil }
    self = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: FifoBody.self) }
  }

  var bytes: [UInt8] { unsafe withUnsafeBytes(of: self) { unsafe [UInt8]($0) } }
}

// MARK: Elements

extension FifoDispatcher {
  /// Writes as many elements as fit, all of those or none; never blocks.
  ///
  /// - Throws: `peerClosed`; `outOfRange` for another size than the fifo's, or for no elements;
  ///   `shouldWait` without room; `invalidArgs` if the elements that fit cannot be read. In this order. What
  ///   `FifoPair.alone` throws.
  func write(_ source: UserIn, _ elements: FifoElements) throws(Status) -> Int {
    try pair.changing { (state, wakes) throws(Status) in
      pair.absorb(&state, &wakes)
      guard !state.isGone(end.peer) else { throw .peerClosed }
      guard elements.fit(pair) else { throw .outOfRange }
      let (taken, wasEmpty) = try pair.alone(.writing, at: end, state) { () throws(Status) in
        try pair.withRing(to: end.peer) { (ring) throws(Status) in
          guard !ring.isFull else { throw .shouldWait }
          return try ring.fill(from: source, wanted: elements.count)
        }
      }
      if wasEmpty { state.shared?.tell(end.peer, .readable) }
      pair.lookAround(
        end, &state, atPeer: wasEmpty, here: pair.isFull(to: end.peer), &wakes)
      return taken
    }
  }

  /// Reads as many elements as there are and wanted, all of those or none; never blocks.
  ///
  /// - Throws: `outOfRange` for another size than the fifo's, or for no elements; without any
  ///   `peerClosed` or `shouldWait`; `invalidArgs` if those there are cannot be written, and then they
  ///   stay. In this order. What `FifoPair.alone` throws.
  func read(into room: UserOut, _ elements: FifoElements) throws(Status) -> Int {
    try pair.changing { (state, wakes) throws(Status) in
      // Before the look at the ring: what a peer has written before it went is found there.
      pair.absorb(&state, &wakes)
      let isPeerGone = state.isGone(end.peer)
      guard elements.fit(pair) else { throw .outOfRange }
      let (given, wasFull) = try pair.alone(.reading, at: end, state) { () throws(Status) in
        try pair.withRing(to: end) { (ring) throws(Status) in
          guard !ring.isEmpty else { throw isPeerGone ? .peerClosed : .shouldWait }
          return try ring.empty(into: room, wanted: elements.count)
        }
      }
      if wasFull { state.shared?.tell(end.peer, .writable) }
      pair.lookAround(end, &state, atPeer: wasFull, here: pair.isEmpty(to: end), &wakes)
      return given
    }
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
  fileprivate func fit(_ pair: FifoPair) -> Bool {
    size == UInt(pair.elementSize) && count > 0
  }

  /// Whether a fifo can have room for so many in each direction: 1 through 4,096 bytes.
  package var makeAFifo: Bool {
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: size)
    return !overflow && (1...4096).contains(byteCount)
  }
}
