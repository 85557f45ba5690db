import CZircon
import Testing

/// The payload limit of one direction in bytes: 65 buffers of 4064 bytes.
let socketCapacity = 264_160

enum SocketKind: CaseIterable, Sendable {
  case stream
  case datagram

  var options: UInt32 { self == .stream ? ZX_SOCKET_STREAM : ZX_SOCKET_DATAGRAM }
}

enum SocketDirection: CaseIterable, Sendable {
  case firstToSecond
  case secondToFirst
}

/// What a test of a pair is repeated over.
struct SocketVariant: Sendable, CustomTestStringConvertible {
  let kind: SocketKind
  let direction: SocketDirection

  var testDescription: String { "\(kind), \(direction)" }

  static let streams = SocketDirection.allCases.map { SocketVariant(kind: .stream, direction: $0) }
  static let datagrams = SocketDirection.allCases.map {
    SocketVariant(kind: .datagram, direction: $0)
  }
  static let all = streams + datagrams
}

/// Owns both handles of a socket pair; named for the direction under test, closed on deinit.
struct SocketPair: ~Copyable {
  private(set) var writer: zx_handle_t
  private(set) var reader: zx_handle_t

  init(_ variant: SocketVariant) throws {
    var first = ZX_HANDLE_INVALID
    var second = ZX_HANDLE_INVALID
    try #require(zx_socket_create(variant.kind.options, &first, &second) == ZX_OK)
    switch variant.direction {
    case .firstToSecond: (writer, reader) = (first, second)
    case .secondToFirst: (writer, reader) = (second, first)
    }
  }

  init(_ kind: SocketKind) throws {
    try self.init(SocketVariant(kind: kind, direction: .firstToSecond))
  }

  mutating func closeWriter() {
    #expect(zx_handle_close(writer) == ZX_OK)
    writer = ZX_HANDLE_INVALID
  }

  mutating func closeReader() {
    #expect(zx_handle_close(reader) == ZX_OK)
    reader = ZX_HANDLE_INVALID
  }

  /// Says that the call under test has closed or replaced the writer itself.
  mutating func forgetWriter(now replacement: zx_handle_t = ZX_HANDLE_INVALID) {
    writer = replacement
  }

  /// The same for the reader.
  mutating func forgetReader(now replacement: zx_handle_t = ZX_HANDLE_INVALID) {
    reader = replacement
  }

  deinit {
    #expect(zx_handle_close(writer) == ZX_OK)
    #expect(zx_handle_close(reader) == ZX_OK)
  }
}
