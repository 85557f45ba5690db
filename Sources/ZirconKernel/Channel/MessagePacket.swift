import ZirconLinux
import ZirconTypes

/// How large a message is.
struct MessageSize {
  let byteCount: Int
  let handleCount: Int
}

/// One message of a channel: bytes, and handles on their way from one table to another.
///
/// One block of memory: the header, the handles, the bytes. Nothing in it refers to the channel, so that
/// a message can be carried elsewhere: its bytes as they are, its handles by object and rights. Ends in
/// `close`, or by being dropped once its handles have been taken.
@safe
struct MessagePacket: ~Copyable {
  /// Most bytes: `ZX_CHANNEL_MAX_MSG_BYTES`.
  static var maxBytes: Int { 65_536 }
  /// Most handles: `ZX_CHANNEL_MAX_MSG_HANDLES`.
  static var maxHandles: Int { 64 }

  /// What a block begins with.
  @unsafe
  struct Header {
    /// The message behind it in a queue.
    var next: UnsafeMutablePointer<Header>?
    let byteCount: Int32
    let handleRoom: Int32
    var handleCount: Int32

    var size: MessageSize {
      unsafe MessageSize(byteCount: Int(byteCount), handleCount: Int(handleCount))
    }
  }

  // Safety: the block belongs to this value alone, or to the queue it stands in.
  private let block: UnsafeMutablePointer<Header>

  /// A message of so many bytes, to be filled in, with room for so many handles.
  ///
  /// - Throws: `noMemory`.
  init(byteCount: Int, handleRoom: Int) throws(Status) {
    let size = Self.bytesOffset(handleRoom) + byteCount
    guard let memory = unsafe Heap.allocate(byteCount: size) else { throw .noMemory }
    unsafe block = unsafe memory.bindMemory(to: Header.self, capacity: 1)
    unsafe block.initialize(
      to: Header(
        next: nil, byteCount: Int32(byteCount), handleRoom: Int32(handleRoom), handleCount: 0))
  }

  /// Takes over what `giveBlock` gave.
  @unsafe
  init(adopting block: UnsafeMutablePointer<Header>) {
    unsafe self.block = unsafe block
  }

  /// Hands the message to somebody who keeps it by address.
  @unsafe
  consuming func giveBlock() -> UnsafeMutablePointer<Header> {
    let block = unsafe block
    discard self
    return unsafe block
  }

  deinit {
    assert(size.handleCount == 0, "a message with handles is closed, not dropped")
    unsafe Heap.deallocate(block)
  }

  private static var handlesOffset: Int { 32 }

  private static func bytesOffset(_ handleRoom: Int) -> Int {
    let end = handlesOffset + handleRoom * MemoryLayout<HandleInFlight>.stride
    return (end + 7) & ~7
  }
}

// MARK: Bytes

extension MessagePacket {
  var size: MessageSize { unsafe block.pointee.size }

  var byteCount: Int { size.byteCount }

  /// The first of the bytes.
  @unsafe var bytes: UnsafeMutableRawPointer {
    unsafe UnsafeMutableRawPointer(block) + Self.bytesOffset(Int(block.pointee.handleRoom))
  }

  /// What the first four bytes name the message by; 0 if there are fewer.
  var transaction: UInt32 {
    guard byteCount >= 4 else { return 0 }
    return unsafe bytes.load(as: UInt32.self)
  }

  /// Names the message, which has at least four bytes.
  func setTransaction(_ transaction: UInt32) {
    unsafe bytes.storeBytes(of: transaction, as: UInt32.self)
  }
}

// MARK: Handles

extension MessagePacket {
  private var handles: UnsafeMutablePointer<HandleInFlight> {
    unsafe (UnsafeMutableRawPointer(block) + Self.handlesOffset)
      .assumingMemoryBound(to: HandleInFlight.self)
  }

  /// Adds a handle, for which there is room.
  func append(_ handle: consuming HandleInFlight) {
    let count = unsafe block.pointee.handleCount
    precondition(unsafe count < block.pointee.handleRoom)
    unsafe (handles + Int(count)).initialize(to: handle)
    unsafe block.pointee.handleCount += 1
  }

  /// Takes all handles out, in order.
  func takeHandles(_ body: (consuming HandleInFlight) -> Void) {
    let count = size.handleCount
    unsafe block.pointee.handleCount = 0
    for index in 0..<count { body(unsafe (handles + index).move()) }
  }

  /// The objects of its handles.
  func objects(_ body: (Dispatcher) -> Void) {
    for index in 0..<size.handleCount { unsafe body(handles[index].object) }
  }

  /// Lets its handles depart into `parcel`; those for which there is no memory now stay.
  ///
  /// - Returns: Whether one has stayed.
  func departHandles(into parcel: inout Parcel) -> Bool {
    var isLacking = false
    takeHandles { handle in
      if isLacking {
        append(handle)
      } else if let stays = handle.departOrStay(into: &parcel) {
        isLacking = true
        append(stays)
      }
    }
    return isLacking
  }

  /// Destroys the message and closes its handles; with no lock held.
  consuming func close() {
    var queue = MessageQueue()
    queue.append(self)
    queue.close()
  }
}

/// Messages in the order they came.
@safe
struct MessageQueue: ~Copyable {
  // Safety: the blocks in line belong to the queue.
  private var first: UnsafeMutablePointer<MessagePacket.Header>?
  private var last: UnsafeMutablePointer<MessagePacket.Header>?
  private(set) var count = 0
  /// Bytes of all messages together.
  private(set) var byteCount = 0

  init() {
    unsafe first = nil
    unsafe last = nil
  }

  var isEmpty: Bool { count == 0 }

  /// The size of the message that comes next.
  var nextSize: MessageSize? { unsafe first?.pointee.size }

  mutating func append(_ message: consuming MessagePacket) {
    let block = unsafe message.giveBlock()
    unsafe block.pointee.next = nil
    if let last = unsafe last {
      unsafe last.pointee.next = unsafe block
    } else {
      unsafe first = unsafe block
    }
    unsafe last = unsafe block
    count += 1
    unsafe byteCount += Int(block.pointee.byteCount)
  }

  mutating func popFirst() -> MessagePacket? {
    guard let block = unsafe first else { return nil }
    unsafe first = unsafe block.pointee.next
    if unsafe first == nil { unsafe last = nil }
    count -= 1
    unsafe byteCount -= Int(block.pointee.byteCount)
    return unsafe MessagePacket(adopting: block)
  }

  /// The objects of all handles in the messages.
  func objects(_ body: (Dispatcher) -> Void) {
    var next = unsafe first
    while let block = unsafe next {
      let message = unsafe MessagePacket(adopting: block)
      message.objects(body)
      unsafe next = unsafe message.giveBlock().pointee.next
    }
  }

  /// Moves all messages of `other` behind those here.
  mutating func append(allOf other: inout MessageQueue) {
    guard let start = unsafe other.first else { return }
    if let last = unsafe last {
      unsafe last.pointee.next = unsafe start
    } else {
      unsafe first = unsafe start
    }
    unsafe last = unsafe other.last
    count += other.count
    byteCount += other.byteCount
    other = MessageQueue()
  }

  /// Destroys the messages and closes their handles, and those left in what that closes.
  ///
  /// In rounds, however deep channels lie in messages of channels. With no lock held.
  consuming func close() {
    var rest = self
    while let message = rest.popFirst() {
      var orphans = MessageQueue()
      message.takeHandles { handle in handle.close(leaving: &orphans) }
      rest.append(allOf: &orphans)
    }
  }
}
