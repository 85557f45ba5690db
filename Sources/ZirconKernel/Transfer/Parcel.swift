import ZirconLinux
import ZirconTypes

/// What a handle is to another process, in front of what its object adds; 40 bytes in the sender's byte
/// order, which is the receiver's.
struct HandleRecord: BitwiseCopyable {
  var type: UInt32
  var rights: UInt32
  var koid: UInt64
  var relatedKoid: UInt64
  /// User signals, and others that the object stores.
  var signals: UInt32
  /// How many descriptors of the message are this handle's, in order.
  var descriptorCount: UInt32
  /// Bytes behind the record that are this handle's; each kind of object knows its own.
  var bodyByteCount: UInt32
  var reserved: UInt32 = 0

  static var byteCount: Int { 40 }
  /// No kind of object needs more for its body.
  static var maxBodyByteCount: Int { 4096 + 64 }
}

/// Handles as they leave the process: records and the descriptors that go along.
///
/// What is in a parcel is no longer this process's: it is delivered, or with the parcel it goes, which
/// its peers learn from Linux.
struct Parcel {
  /// Records, each followed by its body.
  private(set) var records: [UInt8] = []
  private(set) var descriptors = LentDescriptors()
  private(set) var handleCount = 0
  /// Links that have come up because of it, with records that are to be settled.
  private var unfinished: [Link] = []

  /// The body of a record whose link begins with a prelude.
  static var preludeMark: UInt8 { 1 }

  /// Nothing.
  init() {}

  /// What has come from one process and goes on to another as it is.
  init(forwarding records: [UInt8], handleCount: Int, _ descriptors: LentDescriptors) {
    self.records = records
    self.descriptors = descriptors
    self.handleCount = handleCount
  }

  /// Takes the first descriptors if there are more than one record carries; nil if there are not.
  mutating func takeExcessDescriptors() -> LentDescriptors? {
    // One more may be needed for the record itself.
    let most = LentDescriptors.maxCount - 1
    guard descriptors.count > most else { return nil }
    return descriptors.take(min(most, descriptors.count - most))
  }

  /// Gives back what could not be sent.
  mutating func giveBack(_ excess: LentDescriptors) {
    var all = excess
    all.append(contentsOf: descriptors)
    descriptors = all
  }

  /// Adds a link that has records to settle once the handle is in the parcel.
  mutating func finish(later link: Link) {
    unfinished.append(link)
  }

  /// Takes those links.
  mutating func takeUnfinished() -> [Link] {
    let links = unfinished
    unfinished = []
    return links
  }

  /// Adds a handle to the object that `dispatcher` is here; its type, koids and rights are filled in.
  mutating func append(
    _ dispatcher: Dispatcher, rights: Rights, signals: Signals = .none, body: [UInt8] = [],
    _ lent: LentDescriptors
  ) {
    let record = HandleRecord(
      type: dispatcher.type.rawValue, rights: rights.rawValue, koid: dispatcher.koid.rawValue,
      relatedKoid: dispatcher.relatedKoid.rawValue, signals: signals.rawValue,
      descriptorCount: UInt32(lent.count), bodyByteCount: UInt32(body.count))
    unsafe withUnsafeBytes(of: record) { unsafe records.append(contentsOf: $0) }
    records += body
    descriptors.append(contentsOf: lent)
    handleCount += 1
  }
}

/// One handle as it arrives: everything in it was written by a stranger.
struct ArrivingHandle: ~Copyable {
  let record: HandleRecord
  let body: [UInt8]
  /// As many as the record says.
  var descriptors: ReceivedDescriptors

  /// Its descriptors.
  consuming func giveDescriptors() -> ReceivedDescriptors { descriptors }

  /// Its one descriptor as the wire of a link.
  ///
  /// - Throws: `internal` if it is none.
  consuming func giveWire() throws(Status) -> Wire {
    var descriptors = descriptors
    guard let descriptor = descriptors.takeFirst(), descriptors.count == 0 else { throw .internal }
    do throws(Errno) {
      return Wire(try MessageSocket(descriptor))
    } catch {
      throw .internal
    }
  }

  var koid: Koid { Koid(rawValue: record.koid & UInt64(Int64.max)) }
  var relatedKoid: Koid { Koid(rawValue: record.relatedKoid & UInt64(Int64.max)) }
  /// No more than an object of its type can have, whatever the sender says.
  var rights: Rights {
    Rights(rawValue: record.rights).intersection(.most(of: ObjectType(rawValue: record.type)))
  }
  var signals: Signals { Signals(rawValue: record.signals) }

  /// The object that it stands for, in this process.
  ///
  /// - Throws: `internal` for what no sender of ours would send; `noMemory`. Then its descriptors are closed.
  consuming func open(in kernel: Kernel) throws(Status) -> Dispatcher {
    switch ObjectType(rawValue: record.type) {
    case .event: try EventDispatcher.arrive(self, in: kernel)
    case .counter: try CounterDispatcher.arrive(self, in: kernel)
    case .eventPair: try EventPairDispatcher.arrive(self, in: kernel)
    case .fifo: try FifoDispatcher.arrive(self, in: kernel)
    case .vmo: try VMODispatcher.arrive(self, in: kernel)
    case .channel: try ChannelDispatcher.arrive(self, in: kernel)
    case .socket: try SocketDispatcher.open(self, in: kernel)
    default: throw .internal
    }
  }
}

extension Rights {
  /// What a handle to an object of `type` can have at most; all for a type that has no say here.
  fileprivate static func most(of type: ObjectType) -> Rights {
    switch type {
    case .channel: .defaultChannel
    case .event: .defaultEvent
    case .counter: .defaultCounter
    case .eventPair: .defaultEventPair
    case .fifo: .defaultFifo
    case .socket: .defaultSocket
    case .vmo: .defaultVMO.union(.execute)
    default: Rights(rawValue: .max)
    }
  }
}
