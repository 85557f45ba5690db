import Synchronization
import ZirconLinux
import ZirconTypes

/// One record that waits to be sent over a link.
///
/// It begins as a message with handles of this process, or with all of them in its parcel already; it
/// can be sent once they are.
///
/// Locking: one lock, held while its handles depart, before any other; nothing else is locked under it
/// once it is settled.
final class OutgoingRecord: Sendable {
  private struct State: ~Copyable {
    /// The bytes, and the handles that have not departed yet.
    var packet: MessagePacket?
    var parcel: Parcel
  }

  private let header: MessageHeader
  private let state: Guarded<State>
  /// Whether all its handles have departed.
  let isSettled: Atomic<Bool>
  private let isOutgoing = Atomic(false)

  /// A record whose handles are all in `parcel`.
  init(_ header: MessageHeader, _ packet: consuming MessagePacket?, _ parcel: Parcel = Parcel()) {
    self.header = header
    state = Guarded(State(packet: packet, parcel: parcel))
    isSettled = Atomic(true)
  }

  /// A record for `message`, whose handles are still this process's.
  init(unsettled message: consuming MessagePacket) {
    header = MessageHeader(.message)
    isSettled = Atomic(message.size.handleCount == 0)
    state = Guarded(State(packet: message, parcel: Parcel()))
  }

  deinit {
    let packet = state.withLock { $0.packet.take() }
    packet?.close()
  }

  /// Makes it one that its receiver is to send on.
  func markOutgoing() { isOutgoing.store(true, ordering: .releasing) }

  /// Lets its handles depart, as far as that is possible now; links that have records to settle because
  /// of it are added to `links`.
  ///
  /// - Returns: Whether it is settled now.
  func settle(_ links: inout [Link]) -> Bool {
    guard !isSettled.load(ordering: .acquiring) else { return true }
    return state.withLock { state in
      guard !isSettled.load(ordering: .acquiring) else { return true }
      guard let packet = state.packet.take() else { return true }
      let left = packet.departHandles(into: &state.parcel)
      links += state.parcel.takeUnfinished()
      state.packet = consume packet
      if left { return false }
      isSettled.store(true, ordering: .releasing)
      return true
    }
  }

  /// Sends it, settled.
  func transmit(over wire: Wire) -> SendOutcome {
    state.withLock { state in
      while let excess = state.parcel.takeExcessDescriptors() {
        let outcome = unsafe wire.transmit(
          MessageHeader(.descriptors), UnsafeRawBufferPointer(start: nil, count: 0),
          Parcel(forwarding: [], handleCount: 0, excess))
        guard outcome == .sent else {
          state.parcel.giveBack(excess)
          return outcome
        }
      }
      var header = header
      if isOutgoing.load(ordering: .acquiring) { header.flags.insert(.outgoing) }
      guard let packet = state.packet.take() else {
        return unsafe wire.transmit(
          header, UnsafeRawBufferPointer(start: nil, count: 0), state.parcel)
      }
      // Safety: the packet keeps its bytes beyond the call.
      let bytes = unsafe UnsafeRawBufferPointer(start: packet.bytes, count: packet.byteCount)
      let outcome = unsafe wire.transmit(header, bytes, state.parcel)
      state.packet = consume packet
      return outcome
    }
  }
}

/// One end of the socket that a link goes over, lent to those who send it elsewhere.
final class Wire: Sendable {
  let socket: MessageSocket

  init(_ socket: consuming MessageSocket) {
    self.socket = socket
  }

  /// Takes the record that a new link begins with, if it is there.
  func takeHello() -> MessageHeader? {
    guard case .record(let received) = socket.peek(limit: MessageHeader.maxTotal),
      let record = ArrivedRecord.parse(received), record.kind == .hello
    else { return nil }
    socket.drop()
    return record.header
  }

  /// The end for another process.
  var lent: LentDescriptors {
    var list = LentDescriptors()
    list.append(socket.descriptor, of: self)
    return list
  }

  /// Sends one record.
  @unsafe
  func transmit(
    _ header: MessageHeader, _ bytes: UnsafeRawBufferPointer, _ parcel: Parcel
  ) -> SendOutcome {
    var header = header
    header.handleCount = UInt32(parcel.handleCount)
    header.recordByteCount = UInt32(parcel.records.count)
    header.byteCount = UInt32(bytes.count)
    let outcome = unsafe parcel.records.withUnsafeBytes { records in
      unsafe withUnsafeBytes(of: header) { header in
        unsafe socket.send([header, records, bytes], parcel.descriptors)
      }
    }
    guard outcome == .tooLarge else { return outcome }
    return unsafe transmitInMemory(header, bytes, parcel)
  }

  /// Sends a record that is too large for the socket: only its header goes through it.
  @unsafe
  private func transmitInMemory(
    _ header: MessageHeader, _ bytes: UnsafeRawBufferPointer, _ parcel: Parcel
  ) -> SendOutcome {
    var header = header
    guard header.payloadByteCount > 0, !header.flags.contains(.inMemory) else { return .hungUp }
    header.flags.insert(.inMemory)
    do throws(Errno) {
      let memory = try SharedMemory.make(byteCount: header.payloadByteCount)
      unsafe parcel.records.withUnsafeBytes { records in
        let room = unsafe UnsafeMutableRawBufferPointer(
          start: memory.base, count: memory.byteCount)
        unsafe room.copyMemory(from: records)
        unsafe UnsafeMutableRawBufferPointer(rebasing: room[records.count...])
          .copyMemory(from: bytes)
      }
      var lent = LentDescriptors()
      memory.lend(to: &lent)
      lent.append(contentsOf: parcel.descriptors)
      let outcome = unsafe withUnsafeBytes(of: header) { header in
        unsafe socket.send([header], lent)
      }
      return outcome == .tooLarge ? .full : outcome
    } catch {
      return .lacking
    }
  }
}
