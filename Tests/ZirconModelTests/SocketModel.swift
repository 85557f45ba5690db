/// What one endpoint has received and nobody has read.
struct ReceivedBytes {
  private(set) var bytes: [UInt8] = []
  /// Lengths of the queued datagrams, oldest first; empty in a stream.
  private(set) var datagrams: [Int] = []

  var count: Int { bytes.count }

  mutating func append(_ added: [UInt8], asDatagram: Bool) {
    bytes += added
    if asDatagram { datagrams.append(added.count) }
  }

  func first(_ count: Int) -> [UInt8] { Array(bytes[0..<count]) }

  mutating func removeFirst(_ count: Int) { bytes.removeFirst(count) }

  mutating func removeFirstDatagram() { bytes.removeFirst(datagrams.removeFirst()) }

  mutating func removeAll() {
    bytes = []
    datagrams = []
  }
}

/// Bytes a write offers: as many as can be read from the caller's memory, in order.
struct OfferedBytes {
  /// Readable stretches, up to the first address that cannot be read.
  var stretches: [UnsafeRawBufferPointer]

  var readableCount: Int { stretches.reduce(0) { $0 + $1.count } }

  func first(_ count: Int) -> [UInt8] {
    var taken: [UInt8] = []
    taken.reserveCapacity(count)
    for stretch in stretches where taken.count < count {
      taken += UnsafeRawBufferPointer(rebasing: stretch.prefix(count - taken.count))
    }
    return taken
  }
}

/// What a write or read did to a pair.
enum Transfer {
  case refused(StatusCode)
  /// Bytes that were queued or read.
  case moved([UInt8])
  /// The caller's memory gave out inside a stream transfer: INVALID_ARGS, and anything from nothing
  /// to `candidates` was moved. ``SocketModel/settleWrite(from:moved:)`` and
  /// ``SocketModel/settleRead(at:movedCount:)`` tell the model how much it was.
  case faulted(candidates: [UInt8])
}

/// A Zircon socket pair in plain arrays, written from the contract and nothing else.
///
/// Signals are stored words, changed exactly where the contract says a call changes them. Handles
/// and rights are ``KernelModel``'s.
struct SocketModel {
  /// One of the two endpoints.
  struct End {
    var received = ReceivedBytes()
    var word = SignalWord(Signal.writable)
    var readThreshold = 0
    var writeThreshold = 0
    var isOpen = true
    var isReadDisabled = false

    var signals: UInt32 { word.value }

    mutating func update(clear: UInt32, set: UInt32) { word.update(clear: clear, set: set) }
  }

  /// `zx_info_socket_t` without its padding.
  struct Info: Equatable {
    var options: UInt32
    var receiveCapacity = SocketConstant.capacity
    var receiveCount: Int
    var receiveAvailable: Int
    var sendCapacity: Int
    var sendCount: Int
  }

  let isDatagram: Bool
  var ends = [End(), End()]

  init(isDatagram: Bool) { self.isDatagram = isDatagram }

  func used(at side: Int) -> Int { ends[side].received.count }
  func free(at side: Int) -> Int { SocketConstant.capacity - used(at: side) }
  func isFull(at side: Int) -> Bool { used(at: side) >= SocketConstant.capacity }

  // MARK: Write

  /// Source: `zx_socket_write`, checks in order, from PEER_CLOSED on.
  mutating func write(from side: Int, _ offered: OfferedBytes, byteCount: UInt) -> Transfer {
    let peer = 1 - side
    guard ends[peer].isOpen else { return .refused(.peerClosed) }
    guard ends[side].signals & Signal.writeDisabled == 0 else { return .refused(.badState) }
    guard byteCount > 0 else { return .moved([]) }
    guard byteCount <= UInt(UInt32.max) else { return .refused(.invalidArgs) }
    guard !isFull(at: peer) else { return .refused(.shouldWait) }
    if isDatagram {
      guard byteCount <= UInt(SocketConstant.capacity) else { return .refused(.outOfRange) }
      guard byteCount <= UInt(free(at: peer)) else { return .refused(.shouldWait) }
      guard offered.readableCount >= Int(byteCount) else { return .refused(.invalidArgs) }
    }
    let count = min(Int(byteCount), free(at: peer))
    guard offered.readableCount >= count else {
      return .faulted(candidates: offered.first(offered.readableCount))
    }
    let bytes = offered.first(count)
    queue(bytes, from: side)
    return .moved(bytes)
  }

  /// Completes a stream write that faulted, once it is known what was queued.
  mutating func settleWrite(from side: Int, moved: [UInt8]) {
    if !moved.isEmpty { queue(moved, from: side) }
  }

  private mutating func queue(_ bytes: [UInt8], from side: Int) {
    let peer = 1 - side
    let wasEmpty = used(at: peer) == 0
    ends[peer].received.append(bytes, asDatagram: isDatagram)

    var raised: UInt32 = 0
    if wasEmpty { raised |= Signal.readable }
    let readThreshold = ends[peer].readThreshold
    if readThreshold > 0, used(at: peer) >= readThreshold { raised |= Signal.readThreshold }
    ends[peer].update(clear: 0, set: raised)

    var lowered: UInt32 = 0
    let writeThreshold = ends[side].writeThreshold
    if writeThreshold > 0, free(at: peer) < writeThreshold { lowered |= Signal.writeThreshold }
    if isFull(at: peer) { lowered |= Signal.writable }
    ends[side].update(clear: lowered, set: 0)
  }

  // MARK: Read

  /// Source: `zx_socket_read`, checks in order, from the size limit on.
  ///
  /// `writableCount` is how many bytes from the destination's start can be stored.
  mutating func read(at side: Int, byteCount: UInt, writableCount: Int, isPeek: Bool) -> Transfer {
    guard byteCount <= UInt(UInt32.max) else { return .refused(.invalidArgs) }
    guard used(at: side) > 0 else { return .refused(emptyStatus(at: side)) }
    guard byteCount > 0 else { return .moved([]) }
    let available = isDatagram ? ends[side].received.datagrams[0] : used(at: side)
    let count = min(Int(clamping: byteCount), available)
    let hasFaulted = writableCount < count
    let bytes = ends[side].received.first(hasFaulted ? writableCount : count)
    if isPeek { return hasFaulted ? .refused(.invalidArgs) : .moved(bytes) }
    if isDatagram {
      let wasFull = isFull(at: side)
      ends[side].received.removeFirstDatagram()
      noteRemoval(at: side, wasFull: wasFull)
      return hasFaulted ? .refused(.invalidArgs) : .moved(bytes)
    }
    if hasFaulted { return .faulted(candidates: bytes) }
    consume(count, at: side)
    return .moved(bytes)
  }

  /// Completes a stream read that faulted, once it is known how much was consumed.
  mutating func settleRead(at side: Int, movedCount: Int) {
    if movedCount > 0 { consume(movedCount, at: side) }
  }

  private func emptyStatus(at side: Int) -> StatusCode {
    guard ends[1 - side].isOpen else { return .peerClosed }
    return ends[side].isReadDisabled ? .badState : .shouldWait
  }

  private mutating func consume(_ count: Int, at side: Int) {
    let wasFull = isFull(at: side)
    ends[side].received.removeFirst(count)
    noteRemoval(at: side, wasFull: wasFull)
  }

  /// The signal effects of a consuming read that removed bytes.
  private mutating func noteRemoval(at side: Int, wasFull: Bool) {
    let peer = 1 - side
    var lowered: UInt32 = 0
    let readThreshold = ends[side].readThreshold
    if readThreshold > 0, used(at: side) < readThreshold { lowered |= Signal.readThreshold }
    if used(at: side) == 0 { lowered |= Signal.readable }
    ends[side].update(clear: lowered, set: 0)

    guard ends[peer].isOpen else { return }
    var raised: UInt32 = 0
    let writeThreshold = ends[peer].writeThreshold
    if writeThreshold > 0, free(at: side) >= writeThreshold { raised |= Signal.writeThreshold }
    if wasFull { raised |= Signal.writable }
    ends[peer].update(clear: 0, set: raised)
  }

  // MARK: Dispositions

  /// Source: `zx_socket_set_disposition`, from "both zero" on; both values are 0, 1 or 2.
  mutating func setDisposition(at side: Int, own: UInt32, peer peerValue: UInt32) -> StatusCode {
    let peer = 1 - side
    if peerValue == SocketConstant.enable, isDraining(side) { return .badState }
    if ends[peer].isOpen, own == SocketConstant.enable, isDraining(peer) { return .badState }

    var ownClear: UInt32 = 0
    var ownSet: UInt32 = 0
    var peerClear: UInt32 = 0
    var peerSet: UInt32 = 0
    if own == SocketConstant.disable {
      ownClear |= Signal.writable
      ownSet |= Signal.writeDisabled
      peerSet |= Signal.peerWriteDisabled
      ends[peer].isReadDisabled = true
    } else if own == SocketConstant.enable {
      ownClear |= Signal.writeDisabled
      ownSet |= Signal.writable
      peerClear |= Signal.peerWriteDisabled
      ends[peer].isReadDisabled = false
    }
    if peerValue == SocketConstant.disable {
      ends[side].isReadDisabled = true
      if ends[peer].isOpen {
        peerClear |= Signal.writable
        peerSet |= Signal.writeDisabled
        ownSet |= Signal.peerWriteDisabled
      }
    } else if peerValue == SocketConstant.enable {
      ends[side].isReadDisabled = false
      if ends[peer].isOpen {
        peerClear |= Signal.writeDisabled
        peerSet |= Signal.writable
        ownClear |= Signal.peerWriteDisabled
      }
    }
    if ends[peer].isOpen { ends[peer].update(clear: peerClear, set: peerSet) }
    ends[side].update(clear: ownClear, set: ownSet)
    return .ok
  }

  /// The peer's writes were disabled and what it wrote before has not all been read.
  private func isDraining(_ side: Int) -> Bool {
    used(at: side) > 0 && ends[side].signals & Signal.peerWriteDisabled != 0
  }

  /// Source: `zx_socket_shutdown`: one-way dispositions; OK at once when what is asked for already
  /// holds.
  mutating func shutdown(at side: Int, _ options: UInt32) -> StatusCode {
    let isWrite = options & SocketConstant.shutdownWrite != 0
    let isRead = options & SocketConstant.shutdownRead != 0
    let wanted =
      (isWrite ? Signal.writeDisabled : 0) | (isRead ? Signal.peerWriteDisabled : 0)
    if ends[side].signals & wanted == wanted { return .ok }
    return setDisposition(
      at: side, own: isWrite ? SocketConstant.disable : 0,
      peer: isRead ? SocketConstant.disable : 0)
  }

  // MARK: Thresholds and info

  /// Source: `zx_object_set_property`, ZX_PROP_SOCKET_RX_THRESHOLD.
  mutating func setReadThreshold(at side: Int, _ value: UInt) -> StatusCode {
    guard value <= UInt(SocketConstant.capacity) else { return .invalidArgs }
    ends[side].readThreshold = Int(value)
    let isReached = value > 0 && used(at: side) >= Int(value)
    ends[side].update(
      clear: Signal.readThreshold, set: isReached ? Signal.readThreshold : 0)
    return .ok
  }

  /// Source: `zx_object_set_property`, ZX_PROP_SOCKET_TX_THRESHOLD.
  mutating func setWriteThreshold(at side: Int, _ value: UInt) -> StatusCode {
    guard ends[1 - side].isOpen else { return .peerClosed }
    guard value <= UInt(SocketConstant.capacity) else { return .invalidArgs }
    ends[side].writeThreshold = Int(value)
    let isReached = value > 0 && free(at: 1 - side) >= Int(value)
    ends[side].update(
      clear: Signal.writeThreshold, set: isReached ? Signal.writeThreshold : 0)
    return .ok
  }

  /// Source: `zx_object_get_info`, ZX_INFO_SOCKET.
  func info(at side: Int) -> Info {
    let isPeerOpen = ends[1 - side].isOpen
    return Info(
      options: isDatagram ? SocketConstant.datagram : 0, receiveCount: used(at: side),
      receiveAvailable: isDatagram ? ends[side].received.datagrams.first ?? 0 : used(at: side),
      sendCapacity: isPeerOpen ? SocketConstant.capacity : 0,
      sendCount: isPeerOpen ? used(at: 1 - side) : 0)
  }

  // MARK: Signals and closing

  /// Changes user signals of an open endpoint.
  mutating func signal(_ side: Int, clear: UInt32, set: UInt32) {
    ends[side].update(clear: clear, set: set)
  }

  /// The last handle of an endpoint has gone.
  mutating func close(_ side: Int) {
    ends[side].isOpen = false
    ends[side].received.removeAll()
    if ends[1 - side].isOpen {
      ends[1 - side].update(clear: Signal.writable, set: Signal.peerClosed)
    }
  }
}
