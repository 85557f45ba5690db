import CZircon
import ZirconLinux
import ZirconTypes

/// Where a caller wants a message, and the sizes of one that does not fit.
package struct MessageRoom {
  /// How each handle is told.
  package enum HandleForm: Sendable {
    /// By its value alone.
    case value
    /// As `zx_handle_info_t`.
    case info
  }

  private let bytes: UserOut
  private let handles: UserOut
  private let maxHandles: Int
  private let form: HandleForm
  private let byteCount: UserOut
  private let handleCount: UserOut

  /// Names room for `maxBytes` bytes and `maxHandles` handles, and for the counts of both.
  package init(
    bytes: UnsafeMutableRawPointer?, _ maxBytes: UInt32, handles: UnsafeMutableRawPointer?,
    _ maxHandles: UInt32, as form: HandleForm, byteCount: UnsafeMutablePointer<UInt32>?,
    handleCount: UnsafeMutablePointer<UInt32>?
  ) {
    self.bytes = unsafe UserOut(bytes, byteCount: Int(maxBytes))
    self.handles = unsafe UserOut(handles, byteCount: 0)
    self.maxHandles = Int(maxHandles)
    self.form = form
    self.byteCount = unsafe UserOut(byteCount)
    self.handleCount = unsafe UserOut(handleCount)
  }

  /// Whether a message of these sizes fits.
  func holds(_ size: MessageSize) -> Bool {
    size.byteCount <= bytes.byteCount && size.handleCount <= maxHandles
  }

  /// Tells the sizes of a message.
  ///
  /// - Throws: `invalidArgs` if one cannot be written, null included.
  func tell(_ size: MessageSize) throws(Status) {
    try byteCount.put(word: UInt32(size.byteCount))
    try handleCount.put(word: UInt32(size.handleCount))
  }

  /// Tells those sizes of a message that the caller wants to know.
  ///
  /// - Throws: `invalidArgs` if one cannot be written.
  func tellIfWanted(_ size: MessageSize) throws(Status) {
    if !byteCount.isNull { try byteCount.put(word: UInt32(size.byteCount)) }
    if !handleCount.isNull { try handleCount.put(word: UInt32(size.handleCount)) }
  }

  /// Stores the bytes of a message, which fits.
  ///
  /// - Throws: `invalidArgs` if they cannot be written.
  func storeBytes(of packet: borrowing MessagePacket) throws(Status) {
    try unsafe bytes.put(from: packet.bytes, count: packet.byteCount)
  }

  /// Stores handles that have arrived.
  ///
  /// - Throws: `invalidArgs` if they cannot be written.
  @unsafe
  func store(_ infos: UnsafeMutableBufferPointer<zx_handle_info_t>) throws(Status) {
    guard let first = infos.baseAddress, infos.count > 0 else { return }
    switch form {
    case .info:
      try unsafe handles.put(
        from: first, count: infos.count * MemoryLayout<zx_handle_info_t>.stride)
    case .value:
      try unsafe withUnsafeTemporaryAllocation(of: zx_handle_t.self, capacity: infos.count) {
        (values) throws(Status) in
        for index in 0..<infos.count {
          unsafe values.initializeElement(at: index, to: infos[index].handle)
        }
        try unsafe handles.put(
          from: values.baseAddress.unsafelyUnwrapped,
          count: infos.count * MemoryLayout<zx_handle_t>.stride)
      }
    }
  }
}
