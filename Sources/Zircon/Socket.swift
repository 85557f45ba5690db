import ZirconKernel
import ZirconLinux
public import ZirconTypes

/// One end of a socket: a pair of queues of bytes, one in each direction.
///
/// Reads and writes never block: where they would, they throw `shouldWait`, and `wait(for:until:)` waits
/// for `readable` or `writable`. Calls from several threads on one end or both are safe and atomic.
public struct Socket: PeerObject, ~Copyable {
  private let handle: Handle

  /// What a socket keeps of what was written.
  public enum Kind: Sendable {
    /// Bytes in order, without boundaries between writes.
    case stream
    /// Each write as one piece, read whole or cut short.
    case datagram
  }

  /// Makes both ends, which show `writable` alone, with the rights `Rights.defaultSocket`.
  ///
  /// - Throws: `noMemory` without memory or a free descriptor, or if as many handles as there can be are
  ///   live.
  ///
  /// Source: `zx_socket_create`.
  public static func makePair(_ kind: Kind) throws(Status) -> PeerPair<Socket> {
    PeerPair(try Kernel.current.makeSocket(kind.inKernel))
  }

  /// Takes over `handle`, which should be a socket's: else the calls of sockets throw `wrongType`.
  public init(_ handle: consuming Handle) {
    self.handle = handle
  }

  /// Names the handle without owning it.
  public var handleValue: Handle.Value { handle.handleValue }

  /// Gives the handle away, to be owned without its type.
  public consuming func takeHandle() -> Handle { handle }
}

// MARK: Writing

extension Socket {
  /// Sends as many of `bytes` as fit now; never blocks.
  ///
  /// A stream takes a prefix. A datagram is taken whole or not at all; one of no bytes is not sent.
  ///
  /// - Returns: Bytes taken, 0 through `bytes.byteCount`; 0 only for no bytes.
  /// - Throws: `wrongType`; `accessDenied` without the right to write; `peerClosed` if the other end is
  ///   closed, even for no bytes; `badState` if writing is disabled here, even for no bytes;
  ///   `invalidArgs` above 2^32 - 1 bytes; `shouldWait` if the other end is full; `outOfRange` for a
  ///   datagram above the capacity; `shouldWait` for one above the free room. In this order.
  ///
  /// Source: `zx_socket_write`.
  public func write(_ bytes: RawSpan) throws(Status) -> Int {
    let kernel = try Kernel.current
    // Safety: the call ends before the span does.
    return try unsafe bytes.withUnsafeBytes { (bytes) throws(Status) in
      let source = unsafe UserIn(bytes.baseAddress, byteCount: bytes.count)
      return try kernel.writeSocket(handleValue.inKernel, source)
    }
  }

  /// Sends as many of `bytes` as fit now: the form for an array, `write(array.span)`.
  ///
  /// - Returns: Bytes taken.
  /// - Throws: As `write(_:)` with a `RawSpan`.
  ///
  /// Source: `zx_socket_write`.
  public func write(_ bytes: Span<UInt8>) throws(Status) -> Int {
    // Safety: a byte has no padding.
    try write(unsafe bytes.bytes)
  }
}

// MARK: Reading

extension Socket {
  /// Takes what waits here, as much as `room` holds; never blocks.
  ///
  /// A datagram socket gives one datagram, of which is lost what does not fit. No room takes nothing.
  ///
  /// - Returns: Bytes stored at the start of `room`, 0 through its count; 0 only for no room.
  /// - Throws: `wrongType`; `accessDenied` without the right to read; `invalidArgs` for room above 2^32 - 1
  ///   bytes; if nothing waits, also for no room, `peerClosed` if the other end is closed, else
  ///   `badState` if its writes are disabled, else `shouldWait`. In this order.
  ///
  /// Source: `zx_socket_read`.
  public func read(into room: inout MutableRawSpan) throws(Status) -> Int {
    try receive(into: &room, isPeek: false)
  }

  /// Takes what waits here, as much as `room` holds: the form for an array's `mutableSpan`.
  ///
  /// - Returns: Bytes stored at the start of `room`.
  /// - Throws: As `read(into:)` with a `MutableRawSpan`.
  ///
  /// Source: `zx_socket_read`.
  public func read(into room: inout MutableSpan<UInt8>) throws(Status) -> Int {
    // Safety: every byte pattern is a byte.
    var room = unsafe room.mutableBytes
    return try receive(into: &room, isPeek: false)
  }

  /// Takes what waits here, as much as `output` has free, and appends it.
  ///
  /// - Returns: Bytes appended.
  /// - Throws: As `read(into:)` with a `MutableRawSpan`.
  ///
  /// Source: `zx_socket_read`.
  @discardableResult
  public func read(into output: inout OutputRawSpan) throws(Status) -> Int {
    try receive(into: &output, isPeek: false)
  }

  /// Takes what waits here, as much as `output` has free, and appends it.
  ///
  /// The form that makes an array without filling it first:
  /// `try [UInt8](capacity: 4096) { output throws(Status) in try socket.read(into: &output) }`.
  ///
  /// - Returns: Bytes appended.
  /// - Throws: As `read(into:)` with a `MutableRawSpan`.
  ///
  /// Source: `zx_socket_read`.
  @discardableResult
  public func read(into output: inout OutputSpan<UInt8>) throws(Status) -> Int {
    try receive(into: &output, isPeek: false)
  }

  /// Copies what waits here, as much as `room` holds, and takes nothing; no signal changes.
  ///
  /// - Returns: Bytes stored at the start of `room`.
  /// - Throws: As `read(into:)`.
  ///
  /// Source: `zx_socket_read` with `ZX_SOCKET_PEEK`.
  public func peek(into room: inout MutableRawSpan) throws(Status) -> Int {
    try receive(into: &room, isPeek: true)
  }

  /// Copies what waits here, as much as `room` holds, and takes nothing.
  ///
  /// - Returns: Bytes stored at the start of `room`.
  /// - Throws: As `read(into:)`.
  ///
  /// Source: `zx_socket_read` with `ZX_SOCKET_PEEK`.
  public func peek(into room: inout MutableSpan<UInt8>) throws(Status) -> Int {
    // Safety: every byte pattern is a byte.
    var room = unsafe room.mutableBytes
    return try receive(into: &room, isPeek: true)
  }

  /// Copies what waits here, as much as `output` has free, appends it, and takes nothing.
  ///
  /// - Returns: Bytes appended.
  /// - Throws: As `read(into:)`.
  ///
  /// Source: `zx_socket_read` with `ZX_SOCKET_PEEK`.
  @discardableResult
  public func peek(into output: inout OutputRawSpan) throws(Status) -> Int {
    try receive(into: &output, isPeek: true)
  }

  /// Copies what waits here, as much as `output` has free, appends it, and takes nothing.
  ///
  /// - Returns: Bytes appended.
  /// - Throws: As `read(into:)`.
  ///
  /// Source: `zx_socket_read` with `ZX_SOCKET_PEEK`.
  @discardableResult
  public func peek(into output: inout OutputSpan<UInt8>) throws(Status) -> Int {
    try receive(into: &output, isPeek: true)
  }

  private func receive(into room: inout MutableRawSpan, isPeek: Bool) throws(Status) -> Int {
    // Safety: the call ends before the span does.
    try unsafe room.withUnsafeMutableBytes { (room) throws(Status) in
      try unsafe receive(into: room, isPeek: isPeek)
    }
  }

  private func receive(into output: inout OutputRawSpan, isPeek: Bool) throws(Status) -> Int {
    // Safety: as many bytes count as initialized as the kernel says it has stored.
    try unsafe output.withUnsafeMutableBytes { (bytes, count) throws(Status) in
      let free = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[count...])
      let received = try unsafe receive(into: free, isPeek: isPeek)
      count += received
      return received
    }
  }

  private func receive(into output: inout OutputSpan<UInt8>, isPeek: Bool) throws(Status) -> Int {
    // Safety: as for raw bytes, which bytes are.
    try unsafe output.withUnsafeMutableBufferPointer { (bytes, count) throws(Status) in
      let free = unsafe UnsafeMutableRawBufferPointer(
        UnsafeMutableBufferPointer(rebasing: bytes[count...]))
      let received = try unsafe receive(into: free, isPeek: isPeek)
      count += received
      return received
    }
  }

  @unsafe
  private func receive(
    into room: UnsafeMutableRawBufferPointer, isPeek: Bool
  ) throws(Status) -> Int {
    let room = unsafe UserOut(room.baseAddress, byteCount: room.count)
    return try Kernel.current.readSocket(handleValue.inKernel, into: room, isPeek: isPeek)
  }
}

extension Socket.Kind {
  var inKernel: SocketKind {
    switch self {
    case .stream: .stream
    case .datagram: .datagram
    }
  }

  init(_ kind: SocketKind) {
    switch kind {
    case .stream: self = .stream
    case .datagram: self = .datagram
    }
  }
}
