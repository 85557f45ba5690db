import ZirconKernel
import ZirconLinux
public import ZirconTypes

extension Socket {
  /// The most buffers that one vectored call takes: `ZXL_SOCKET_MAX_IOVECS`.
  public static var maxBufferCount: Int { Kernel.maxBuffers }

  /// Sends as many bytes of `pieces`, taken one after the other as one, as fit now.
  ///
  /// A stream takes a prefix, which can end inside a piece. A datagram is all pieces together.
  ///
  /// - Returns: Bytes taken.
  /// - Throws: `outOfRange` for more than `maxBufferCount` pieces; then as `write(_:)`.
  ///
  /// Source: `zxl_socket_writev`.
  public func write(gathering pieces: [[UInt8]]) throws(Status) -> Int {
    let kernel = try Kernel.current
    return try BufferList.with(count: pieces.count) { (list) throws(Status) in
      try list.pin(pieces) { (records) throws(Status) in
        try kernel.writeSocket(handleValue.inKernel, vector: records, count: pieces.count)
      }
    }
  }

  /// Takes what waits here into `rooms`, filled one after the other, as one read.
  ///
  /// A datagram socket gives one datagram, of which is lost what does not fit.
  ///
  /// - Returns: Bytes stored, from the start of the first room on. Rooms keep their sizes.
  /// - Throws: `outOfRange` for more than `maxBufferCount` rooms; then as `read(into:)`.
  ///
  /// Source: `zxl_socket_readv`.
  public func read(scattering rooms: inout [[UInt8]]) throws(Status) -> Int {
    try receive(scattering: &rooms, isPeek: false)
  }

  /// Copies what waits here into `rooms`, filled one after the other, and takes nothing.
  ///
  /// - Returns: Bytes stored, from the start of the first room on. Rooms keep their sizes.
  /// - Throws: As `read(scattering:)`.
  ///
  /// Source: `zxl_socket_readv` with `ZX_SOCKET_PEEK`.
  public func peek(scattering rooms: inout [[UInt8]]) throws(Status) -> Int {
    try receive(scattering: &rooms, isPeek: true)
  }

  private func receive(scattering rooms: inout [[UInt8]], isPeek: Bool) throws(Status) -> Int {
    let kernel = try Kernel.current
    let count = rooms.count
    return try BufferList.with(count: count) { (list) throws(Status) in
      try list.pin(&rooms) { (records) throws(Status) in
        try kernel.readSocket(
          handleValue.inKernel, vector: records, count: count, isPeek: isPeek)
      }
    }
  }
}

/// Where the buffers of one vectored call lie.
@safe
private struct BufferList {
  /// One buffer, laid out as `zx_iovec_t`.
  @safe
  private struct Record: BitwiseCopyable {
    // Safety: opened only by Linux.
    let base: UnsafeMutableRawPointer?
    let byteCount: Int
  }

  // Safety: in the frame of `with`; a record is initialized before `records` is given out.
  private let storage: UnsafeMutableBufferPointer<Record>

  /// Runs `body` with a list of `count` buffers that are still to be named.
  ///
  /// - Throws: `outOfRange` for more than one call takes; then what `body` throws.
  static func with<Result>(
    count: Int, _ body: (BufferList) throws(Status) -> Result
  ) throws(Status) -> Result {
    guard count <= Kernel.maxBuffers else { throw .outOfRange }
    return try unsafe withUnsafeTemporaryAllocation(of: Record.self, capacity: count) {
      (storage) throws(Status) in try unsafe body(BufferList(storage: storage))
    }
  }

  /// Runs `body` with the list of `pieces`, none of which moves until it returns.
  ///
  /// An array says where it lies only to a closure, so that each piece is a call inside that of the piece
  /// before.
  func pin(
    _ pieces: [[UInt8]], from index: Int = 0, _ body: (UserIn) throws(Status) -> Int
  ) throws(Status) -> Int {
    guard index < pieces.count else { return try body(records) }
    return try unsafe pieces[index].withUnsafeBufferPointer { (piece) throws(Status) in
      unsafe name(UnsafeMutableBufferPointer(mutating: piece), at: index)
      return try pin(pieces, from: index + 1, body)
    }
  }

  /// The same for rooms, which `body` may fill.
  ///
  /// Each is taken out of the array while it is pinned.
  func pin(
    _ rooms: inout [[UInt8]], from index: Int = 0, _ body: (UserIn) throws(Status) -> Int
  ) throws(Status) -> Int {
    guard index < rooms.count else { return try body(records) }
    var room: [UInt8] = []
    swap(&room, &rooms[index])
    defer { swap(&room, &rooms[index]) }
    return try unsafe room.withUnsafeMutableBufferPointer { (room) throws(Status) in
      unsafe name(room, at: index)
      return try pin(&rooms, from: index + 1, body)
    }
  }

  private func name(_ buffer: UnsafeMutableBufferPointer<UInt8>, at index: Int) {
    let record = unsafe Record(base: buffer.baseAddress, byteCount: buffer.count)
    unsafe storage.initializeElement(at: index, to: record)
  }

  private var records: UserIn {
    let bytes = unsafe UnsafeRawBufferPointer(storage)
    return unsafe UserIn(bytes.baseAddress, byteCount: bytes.count)
  }
}
