import ZirconLinux
import ZirconTypes

/// What every record on a link begins with; in the sender's byte order, which is the receiver's.
///
/// Behind it come the records of the handles, then the bytes.
struct MessageHeader: BitwiseCopyable {
  private var mark: UInt32 = Self.mark
  private var kindNumber: UInt16
  var flags: Flags
  /// Handles that come along.
  var handleCount: UInt32 = 0
  /// Bytes of their records.
  var recordByteCount: UInt32 = 0
  /// Bytes of the message itself.
  var byteCount: UInt32 = 0
  private var reserved: UInt32 = 0
  /// Two numbers of which each kind has its own use.
  var first: UInt64
  var second: UInt64

  init(_ kind: Kind, flags: Flags = [], _ first: UInt64 = 0, _ second: UInt64 = 0) {
    kindNumber = kind.rawValue
    self.flags = flags
    self.first = first
    self.second = second
  }

  /// What a record is.
  enum Kind: UInt16 {
    /// A message of a channel.
    case message = 1
    /// The peer changes user signals of the receiver: `first` are cleared, `second` set.
    case signal = 2
    /// The first record of a new link: `first` is the koid of the receiving end, or 0 if it may choose
    /// one, `second` that of the sending end.
    case hello = 3
    /// Nothing but descriptors: those that come first with the next message, which has more than Linux takes
    /// at once.
    case descriptors = 4
    /// The last record of a prelude: its descriptor is the link that it goes on with.
    case moved = 5
  }

  struct Flags: OptionSet, BitwiseCopyable {
    let rawValue: UInt16

    /// Everything behind the header is in memory whose descriptor is the record's first.
    static var inMemory: Flags { Flags(rawValue: 1) }
    /// Not for the receiver of this prelude, but to be sent by it on the link that comes with `moved`.
    static var outgoing: Flags { Flags(rawValue: 2) }
    /// What this record belongs to is a prelude, or the link that it brings is one.
    static var prelude: Flags { Flags(rawValue: 4) }
    static var all: Flags { [.inMemory, .outgoing, .prelude] }
  }

  private static var mark: UInt32 { 0x314B_4C5A }

  static var byteCount: Int { MemoryLayout<MessageHeader>.size }
  static var maxRecordByteCount: Int {
    MessagePacket.maxHandles * (HandleRecord.byteCount + HandleRecord.maxBodyByteCount)
  }
  /// Bytes of the largest record that a sender of ours sends.
  static var maxTotal: Int { byteCount + maxRecordByteCount + MessagePacket.maxBytes }

  /// Bytes behind the header.
  var payloadByteCount: Int { Int(recordByteCount) + Int(byteCount) }

  /// What it is; nil for a header that no sender of ours writes.
  var kind: Kind? {
    guard mark == Self.mark, reserved == 0, flags.isSubset(of: .all),
      handleCount <= MessagePacket.maxHandles, recordByteCount <= Self.maxRecordByteCount,
      byteCount <= MessagePacket.maxBytes
    else { return nil }
    return Kind(rawValue: kindNumber)
  }
}

/// A record as it came over a link, cut into its parts, which fit together.
struct ArrivedRecord: ~Copyable {
  let kind: MessageHeader.Kind
  let header: MessageHeader
  /// What lies behind the header.
  private let payload: [UInt8]
  private let start: Int
  var descriptors: ReceivedDescriptors

  /// Takes `received` apart, of which so many descriptors have come before; nil if it is not as a sender of
  /// ours makes them.
  static func parse(
    _ received: consuming ReceivedRecord, earlierDescriptors: Int = 0
  ) -> ArrivedRecord? {
    guard received.bytes.count >= MessageHeader.byteCount else { return nil }
    let header = unsafe received.bytes.withUnsafeBytes {
      unsafe $0.loadUnaligned(as: MessageHeader.self)
    }
    guard let kind = header.kind else { return nil }
    let bytes = received.bytes
    var descriptors = received.giveDescriptors()
    var (payload, start) = (bytes, MessageHeader.byteCount)
    if header.flags.contains(.inMemory) {
      guard bytes.count == MessageHeader.byteCount,
        let copy = Self.copy(descriptors.takeFirst(), byteCount: header.payloadByteCount)
      else { return nil }
      (payload, start) = (copy, 0)
    }
    guard payload.count == start + header.payloadByteCount else { return nil }
    let record = ArrivedRecord(
      kind: kind, header: header, payload: payload, start: start, descriptors: descriptors)
    guard record.isWellFormed(earlierDescriptors) else { return nil }
    return record
  }

  private init(
    kind: MessageHeader.Kind, header: MessageHeader, payload: [UInt8], start: Int,
    descriptors: consuming ReceivedDescriptors
  ) {
    self.kind = kind
    self.header = header
    self.payload = payload
    self.start = start
    self.descriptors = descriptors
  }

  private static func copy(_ descriptor: consuming Descriptor?, byteCount: Int) -> [UInt8]? {
    guard let descriptor, byteCount > 0 else { return nil }
    do throws(Errno) {
      let memory = try SharedMemory.map(descriptor, byteCount: byteCount)
      return unsafe [UInt8](UnsafeRawBufferPointer(start: memory.base, count: byteCount))
    } catch {
      return nil
    }
  }

  /// Whether the handles' records fill their room and name all of the descriptors.
  private func isWellFormed(_ earlierDescriptors: Int) -> Bool {
    switch kind {
    case .moved: return header.handleCount == 0 && descriptors.count == 1
    case .descriptors:
      return header.handleCount == 0 && header.payloadByteCount == 0
        && earlierDescriptors + descriptors.count <= MessagePacket.maxHandles * 4
    case .message, .signal, .hello: break
    }
    var offset = 0
    var lent = 0
    for _ in 0..<header.handleCount {
      guard let next = record(at: offset) else { return false }
      lent += Int(next.descriptorCount)
      offset += HandleRecord.byteCount + Int(next.bodyByteCount)
    }
    return offset == Int(header.recordByteCount)
      && lent == earlierDescriptors + descriptors.count
  }

  /// The record that begins so many bytes behind the first; nil if it does not fit.
  private func record(at offset: Int) -> HandleRecord? {
    let room = Int(header.recordByteCount) - offset - HandleRecord.byteCount
    guard room >= 0 else { return nil }
    let record = unsafe payload.withUnsafeBytes {
      unsafe $0.loadUnaligned(fromByteOffset: start + offset, as: HandleRecord.self)
    }
    guard record.bodyByteCount <= HandleRecord.maxBodyByteCount, record.bodyByteCount <= room,
      record.descriptorCount <= LentDescriptors.maxCount
    else { return nil }
    return record
  }
}

// MARK: Its parts

extension ArrivedRecord {
  /// The records of its handles, as they came.
  private var records: ArraySlice<UInt8> { payload[start..<start + Int(header.recordByteCount)] }

  /// A message of its bytes with room for its handles.
  ///
  /// - Throws: `noMemory`.
  private func makePacket(handleRoom: Int) throws(Status) -> MessagePacket {
    let count = Int(header.byteCount)
    let packet = try MessagePacket(byteCount: count, handleRoom: handleRoom)
    let from = start + Int(header.recordByteCount)
    unsafe payload.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, count > 0 else { return }
      unsafe packet.bytes.copyMemory(from: base + from, byteCount: count)
    }
    return packet
  }

  /// Its bytes and its handles, which are opened here.
  ///
  /// - Throws: `internal` for a handle that no sender of ours would send; `noMemory`. Then nothing is left
  ///   of it.
  consuming func open(in kernel: Kernel) throws(Status) -> MessagePacket {
    let packet = try makePacket(handleRoom: Int(header.handleCount))
    var offset = 0
    for _ in 0..<header.handleCount {
      do throws(Status) {
        guard let record = record(at: offset) else { throw .internal }
        let bodyStart = start + offset + HandleRecord.byteCount
        offset += HandleRecord.byteCount + Int(record.bodyByteCount)
        let arriving = ArrivingHandle(
          record: record, body: [UInt8](payload[bodyStart..<start + offset]),
          descriptors: descriptors.take(Int(record.descriptorCount)))
        packet.append(try HandleInFlight.open(arriving, in: kernel))
      } catch {
        packet.close()
        throw error
      }
    }
    return packet
  }

  /// The same as something to be sent on, its handles unopened.
  ///
  /// - Throws: `noMemory`; then nothing is left of it.
  consuming func forward() throws(Status) -> OutgoingRecord {
    let packet = try makePacket(handleRoom: 0)
    var header = header
    header.flags = []
    var lent = LentDescriptors()
    while let descriptor = descriptors.takeFirst() { DescriptorLender.lend(descriptor, to: &lent) }
    let parcel = Parcel(
      forwarding: [UInt8](records), handleCount: Int(header.handleCount), lent)
    return OutgoingRecord(header, packet, parcel)
  }
}

/// Keeps a descriptor that is lent until it is sent.
final class DescriptorLender: Sendable {
  private let descriptor: Descriptor

  private init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// Adds `descriptor` to `list`, which owns it from then on.
  static func lend(_ descriptor: consuming Descriptor, to list: inout LentDescriptors) {
    let lender = DescriptorLender(descriptor)
    list.append(lender.descriptor, of: lender)
  }
}
