import ZirconKernel
import ZirconLinux
public import ZirconTypes

/// Memory as an object: bytes that several owners can read, write and map.
///
/// Its size is a whole number of pages; the content size, up to which the bytes mean something, can be any
/// number up to it.
public struct VMO: KernelObject, ~Copyable {
  private let handle: Handle

  /// What memory is to be like.
  public struct Options: OptionSet, Sendable {
    /// The bits, as in `zircon/types.h`.
    public let rawValue: UInt32

    /// Wraps bits from `zircon/types.h`.
    public init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    /// Its size can change: `ZX_VMO_RESIZABLE`.
    public static let resizable = Options(rawValue: 1 << 1)
    /// It may be taken away: `ZX_VMO_DISCARDABLE`.
    public static let discardable = Options(rawValue: 1 << 2)
    /// It is as large as memory can be; the size asked for is that of the content: `ZX_VMO_UNBOUNDED`.
    public static let unbounded = Options(rawValue: 1 << 4)
  }

  /// Makes memory of zeros, of `byteCount` bytes rounded up to whole pages, with the rights
  /// `Rights.defaultVMO`, and that to resize it if it can be.
  ///
  /// - Throws: `invalidArgs` for `resizable` with `unbounded`; `outOfRange` for a size below 0 or too large;
  ///   `invalidArgs` for an unknown option; `noMemory`. In this order.
  ///
  /// Source: `zx_vmo_create`.
  public init(byteCount: Int, options: Options = []) throws(Status) {
    // Below 0 comes out as a number above every size.
    let made = try Kernel.current.makeMemory(
      UInt64(bitPattern: Int64(byteCount)), options: options.rawValue)
    self.init(Handle(adopting: Handle.Value(made)))
  }

  /// Takes over `handle`, which should be one to memory: else the calls of memory throw `wrongType`.
  public init(_ handle: consuming Handle) {
    self.handle = handle
  }

  /// Names the handle without owning it.
  public var handleValue: Handle.Value { handle.handleValue }

  /// Gives the handle away, to be owned without its type.
  public consuming func takeHandle() -> Handle { handle }
}

// MARK: Bytes

extension VMO {
  /// Copies all of `bytes` to where `offset` says.
  ///
  /// The content size stays as it is.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to write; `outOfRange` unless all of it lies
  ///   inside the memory; `noMemory`. In this order.
  ///
  /// Source: `zx_vmo_write`.
  public func write(_ bytes: RawSpan, at offset: Int) throws(Status) {
    let kernel = try Kernel.current
    // Safety: the call ends before the span does.
    try unsafe bytes.withUnsafeBytes { (bytes) throws(Status) in
      try kernel.writeMemory(
        handleValue.inKernel, unsafe UserIn(bytes.baseAddress, byteCount: bytes.count),
        at: UInt64(bitPattern: Int64(offset)), count: UInt64(bytes.count))
    }
  }

  /// Copies all of `bytes` to where `offset` says: the form for an array, `write(array.span, at:)`.
  ///
  /// - Throws: As `write(_:at:)` with a `RawSpan`.
  ///
  /// Source: `zx_vmo_write`.
  public func write(_ bytes: Span<UInt8>, at offset: Int) throws(Status) {
    // Safety: a byte has no padding.
    try write(unsafe bytes.bytes, at: offset)
  }

  /// Fills `room` with the bytes from `offset` on.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to read; `outOfRange` unless all of it lies
  ///   inside the memory. In this order.
  ///
  /// Source: `zx_vmo_read`.
  public func read(into room: inout MutableRawSpan, from offset: Int) throws(Status) {
    // Safety: the call ends before the span does.
    try unsafe room.withUnsafeMutableBytes { (room) throws(Status) in
      try unsafe read(into: room, from: offset)
    }
  }

  /// Appends `byteCount` bytes from `offset` on to `output`, or as many as it has free.
  ///
  /// - Throws: As `read(into:from:)` with a `MutableRawSpan`; then nothing is appended.
  ///
  /// Source: `zx_vmo_read`.
  public func read(
    _ byteCount: Int, into output: inout OutputSpan<UInt8>, from offset: Int
  ) throws(Status) {
    // Safety: what the kernel has filled counts as initialized.
    try unsafe output.withUnsafeMutableBufferPointer { (bytes, count) throws(Status) in
      let end = count + max(0, min(byteCount, bytes.count - count))
      try unsafe read(
        into: UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: bytes[count..<end])), from: offset)
      count = end
    }
  }

  @unsafe
  private func read(
    into room: UnsafeMutableRawBufferPointer, from offset: Int
  ) throws(Status) {
    try Kernel.current.readMemory(
      handleValue.inKernel, to: unsafe UserOut(room.baseAddress, byteCount: room.count),
      from: UInt64(bitPattern: Int64(offset)), count: UInt64(room.count))
  }
}

// MARK: Sizes

extension VMO {
  /// Bytes of the memory, in whole pages.
  ///
  /// - Throws: `wrongType`.
  ///
  /// Source: `zx_vmo_get_size`.
  public func size() throws(Status) -> Int {
    Int(clamping: try Kernel.current.memorySize(of: handleValue.inKernel))
  }

  /// Changes the size to `byteCount` rounded up to whole pages, and the content size to `byteCount`.
  ///
  /// What is cut off is gone; what is added is zeros.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to write, or to resize what can be resized;
  ///   `outOfRange` below 0; `unavailable` for memory whose size cannot change; `outOfRange` for a size
  ///   too large. In this order.
  ///
  /// Source: `zx_vmo_set_size`.
  public func setSize(_ byteCount: Int) throws(Status) {
    try Kernel.current.setMemorySize(
      of: handleValue.inKernel, to: UInt64(bitPattern: Int64(byteCount)))
  }

  /// Bytes of the memory that mean something.
  ///
  /// - Throws: `wrongType`.
  ///
  /// Source: `zx_vmo_get_stream_size`.
  public func contentSize() throws(Status) -> Int {
    Int(clamping: try Kernel.current.contentSize(of: handleValue.inKernel))
  }

  /// Sets how many bytes mean something; those beyond are zeros from here on.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to write; `outOfRange` below 0 or above the
  ///   size. In this order.
  ///
  /// Source: `zx_vmo_set_stream_size`.
  public func setContentSize(_ byteCount: Int) throws(Status) {
    try Kernel.current.setContentSize(
      of: handleValue.inKernel, to: UInt64(bitPattern: Int64(byteCount)))
  }
}

// MARK: Mapping

extension VMO {
  /// Maps the memory, runs `body` with all its bytes, and unmaps it again.
  ///
  /// Nobody else may write the memory meanwhile. The memory must be of a size that cannot change, so that
  /// no page goes while `body` looks at it.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the rights to map and to read; `notSupported` for
  ///   memory that is resizable or discardable; `invalidArgs` for memory of no bytes; `noMemory`. In this
  ///   order; then what `body` throws.
  ///
  /// Source: `zx_vmar_map`, `zx_vmar_unmap`.
  public func withMappedBytes<Result>(
    _ body: (RawSpan) throws(Status) -> Result
  ) throws(Status) -> Result {
    try unsafe withMapping(.read) { (bytes) throws(Status) in
      try unsafe body(UnsafeRawBufferPointer(bytes).bytes)
    }
  }

  /// Maps the memory, runs `body` with all its bytes, which it may change, and unmaps it again.
  ///
  /// - Throws: As `withMappedBytes(_:)`, `accessDenied` also without the right to write.
  ///
  /// Source: `zx_vmar_map`, `zx_vmar_unmap`.
  public func withMutableMappedBytes<Result>(
    _ body: (inout MutableRawSpan) throws(Status) -> Result
  ) throws(Status) -> Result {
    try unsafe withMapping([.read, .write]) { (bytes) throws(Status) in
      var span = unsafe bytes.mutableBytes
      return try body(&span)
    }
  }

  /// Options of `zx_vmar_map`.
  private struct MapOptions: OptionSet {
    let rawValue: UInt32

    static let read = MapOptions(rawValue: 1 << 0)
    static let write = MapOptions(rawValue: 1 << 1)
    static let requireNonResizable = MapOptions(rawValue: 1 << 11)
  }

  @unsafe
  private func withMapping<Result>(
    _ options: MapOptions, _ body: (UnsafeMutableRawBufferPointer) throws(Status) -> Result
  ) throws(Status) -> Result {
    let kernel = try Kernel.current
    let region = try kernel.rootRegion()
    let size = try kernel.memorySize(of: handleValue.inKernel)
    let address = try kernel.map(
      handleValue.inKernel, from: 0, size: size, into: region, at: 0,
      options: options.union(.requireNonResizable).rawValue)
    defer {
      // Nobody else has been told the address.
      try? kernel.unmap(region, at: address, size: size)
    }
    // Safety: mapped until `body` returns.
    return try unsafe body(
      UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(bitPattern: address), count: Int(size)))
  }
}
