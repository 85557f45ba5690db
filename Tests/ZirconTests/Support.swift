import Testing
import Zircon

/// Time in which whatever a test waits for happens on any machine.
let patience = Duration.seconds(30)

/// The payload limit of one direction in bytes: 65 buffers of 4064 bytes.
let socketCapacity = 264_160

let kinds: [Socket.Kind] = [.stream, .datagram]

func bytes(_ text: String) -> [UInt8] {
  [UInt8](text.utf8)
}

/// Bytes that differ from their neighbours, also at distances that are powers of two.
func pattern(_ byteCount: Int) -> [UInt8] {
  (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 % 251) }
}

/// One end of a socket whose other end is closed.
func lonelySocket(_ kind: Socket.Kind) throws(Status) -> Socket {
  let pair = try Socket.makePair(kind)
  return pair.first
}

extension Socket {
  /// Writes an array; asserts that all of it is taken.
  func send(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws {
    let written = try write(bytes.span)
    #expect(written == bytes.count, sourceLocation: sourceLocation)
  }

  /// What one read gives.
  func receive(upTo byteCount: Int = socketCapacity) throws(Status) -> [UInt8] {
    try [UInt8](capacity: byteCount) { (output: inout OutputSpan<UInt8>) throws(Status) in
      try read(into: &output)
    }
  }

  /// Replaces the rights of this end.
  consuming func without(_ rights: Rights) throws(Status) -> Socket {
    try replacing(rights: Rights.defaultSocket.subtracting(rights))
  }
}
