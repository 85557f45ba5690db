import CZircon
import ZirconLinux
import ZirconTypes

/// The bytes that a caller wants sent.
@safe
package struct OutgoingBytes {
  // Safety: opened only through UserIn.
  private let source: UnsafeRawPointer?
  private let count: Int
  private let form: Form

  private enum Form {
    case bytes
    /// An array of `zx_channel_iovec_t`.
    case vector
  }

  /// Names `count` bytes, or as many `zx_channel_iovec_t` if `options` say so.
  package init(_ source: UnsafeRawPointer?, count: UInt32, options: UInt32) {
    unsafe self.source = unsafe source
    self.count = Int(count)
    form = options & ZX_CHANNEL_WRITE_USE_IOVEC != 0 ? .vector : .bytes
  }

  /// A message of these bytes with room for so many handles.
  ///
  /// - Throws: `outOfRange` above the limits of a message; `invalidArgs` if something cannot be read, or
  ///   for a reserved field that is not 0; `noMemory`.
  func makePacket(handleRoom: Int) throws(Status) -> MessagePacket {
    guard handleRoom <= MessagePacket.maxHandles else { throw .outOfRange }
    switch form {
    case .bytes:
      guard count <= MessagePacket.maxBytes else { throw .outOfRange }
      let packet = try MessagePacket(byteCount: count, handleRoom: handleRoom)
      try unsafe UserIn(source, byteCount: count).fetch(into: packet.bytes, count: count)
      return packet
    case .vector:
      guard count <= Int(ZX_CHANNEL_MAX_MSG_IOVECS) else { throw .outOfRange }
      return try unsafe withUnsafeTemporaryAllocation(
        of: zx_channel_iovec_t.self, capacity: max(count, 1)
      ) { (room) throws(Status) -> MessagePacket in
        let size = unsafe count * MemoryLayout<zx_channel_iovec_t>.stride
        let copy = unsafe UnsafeMutableRawPointer(room.baseAddress.unsafelyUnwrapped)
        try unsafe UserIn(source, byteCount: size).fetch(into: copy, count: size)
        return try unsafe Self.gather(
          UnsafeBufferPointer(start: room.baseAddress, count: count), handleRoom)
      }
    }
  }

  /// A message of the bytes that our copy of the caller's vector names.
  @unsafe
  private static func gather(
    _ vector: UnsafeBufferPointer<zx_channel_iovec_t>, _ handleRoom: Int
  ) throws(Status) -> MessagePacket {
    var byteCount = 0
    for index in 0..<vector.count {
      guard unsafe vector[index].reserved == 0 else { throw .invalidArgs }
      unsafe byteCount += Int(vector[index].capacity)
    }
    guard byteCount <= MessagePacket.maxBytes else { throw .outOfRange }
    let packet = try MessagePacket(byteCount: byteCount, handleRoom: handleRoom)
    try linux { () throws(Errno) in
      try unsafe UserIn.gather(vector.count, into: packet.bytes) { index in
        unsafe UserIn(vector[index].buffer, byteCount: Int(vector[index].capacity))
      }
    }
    return packet
  }
}
