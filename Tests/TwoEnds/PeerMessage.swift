import Glibc

/// The calls that a peer performs by order of a test, and what it is asked beside them.
package enum PeerCall: UInt64, Sendable {
  case socketCreate, socketWrite, socketRead, socketSetDisposition, socketShutdown
  case vectorWrite, vectorRead, batch
  case waitOne, waitMany, signal, signalPeer, getInfo, getProperty, setProperty
  case close, closeMany, duplicate, replace, checkValid
  case eventCreate, eventPairCreate, channelCreate, channelWrite, channelRead
  /// The thread that serves the connection.
  case thread
  /// The peer's end of the channel between it and the test.
  case bootstrap
  /// What new pairs ask Linux for as their send buffer.
  case setBufferRequest
  /// Where the bytes of a receive buffer wait: three words in the first region.
  case queueShape
}

/// Memory that an argument of a call points to.
package struct PeerRegion: Sendable {
  /// Words that describe one in a message.
  package static let wordCount = 6
  /// Bytes that are looked at; no call on a socket touches more of a buffer.
  package static let limit = 280_000

  /// Which argument points to it, or `noArgument`.
  package var argument: Int
  package var address: UInt
  /// Bytes there are for the call, at most `limit`.
  package var size: Int
  /// Bytes from the start that can be read.
  package var readable: Int
  /// Bytes from the start that can be written.
  package var writable: Int
  /// Whether what the call has changed there is to be told.
  package var isStoredTo: Bool

  package static let noArgument = 8

  package init(argument: Int, address: UInt, size: Int, isStoredTo: Bool) {
    self.argument = argument
    self.address = address
    self.size = size
    readable = 0
    writable = 0
    self.isStoredTo = isStoredTo
  }

  /// Reads one from a message.
  package init(words: ArraySlice<UInt64>) {
    let words = Array(words)
    argument = Int(words[0])
    address = UInt(words[1])
    size = Int(words[2])
    readable = Int(words[3])
    writable = Int(words[4])
    isStoredTo = words[5] != 0
  }

  package var words: [UInt64] {
    [
      UInt64(argument), UInt64(address), UInt64(size), UInt64(readable), UInt64(writable),
      isStoredTo ? 1 : 0,
    ]
  }
}

/// Words and bytes that go from one end of a driver's connection to the other.
///
/// An order is the call, eight arguments, the number of regions and of pointers to be set in them, the
/// regions, the pointers (region, offset, target region); its bytes are what can be read of the regions. An
/// answer is the status and, for each region that the call has changed, its number, the offset and the byte count;
/// its bytes are those.
package struct PeerMessage {
  package var words: [UInt64] = []
  package var bytes: [UInt8] = []

  package init() {}

  /// Sends it whole; false if the other end is gone.
  package func send(_ connection: Int32) -> Bool {
    let head = [UInt64(words.count), UInt64(bytes.count)] + words
    return head.withUnsafeBytes { Self.send(connection, $0) }
      && bytes.withUnsafeBytes { Self.send(connection, $0) }
  }

  /// Receives the next one; nil if the other end is gone.
  package static func receive(_ connection: Int32) -> PeerMessage? {
    var counts: [UInt64] = [0, 0]
    guard counts.withUnsafeMutableBytes({ receive(connection, $0) }) else { return nil }
    var message = PeerMessage()
    message.words = [UInt64](repeating: 0, count: Int(counts[0]))
    message.bytes = [UInt8](repeating: 0, count: Int(counts[1]))
    let isWhole =
      message.words.withUnsafeMutableBytes { receive(connection, $0) }
      && message.bytes.withUnsafeMutableBytes { receive(connection, $0) }
    return isWhole ? message : nil
  }

  private static func send(_ connection: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
    var sent = 0
    while sent < bytes.count, let base = bytes.baseAddress {
      let count = Glibc.send(
        connection, base + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  private static func receive(
    _ connection: Int32, _ bytes: UnsafeMutableRawBufferPointer
  ) -> Bool {
    var received = 0
    while received < bytes.count, let base = bytes.baseAddress {
      let count = recv(
        connection, base + received, bytes.count - received, Int32(MSG_WAITALL))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      received += count
    }
    return true
  }
}

/// Descriptors that a peer finds open.
package enum PeerDescriptor {
  /// Where it accepts connections.
  package static let listener: Int32 = 3
  /// A socket that ends with the test's process.
  package static let life: Int32 = 4
  /// Its end of the socket pair under the channel between it and the test.
  package static let bootstrap: Int32 = 5
  /// Memory in which who plays a role tells how far it is.
  package static let progress: Int32 = 6
}
