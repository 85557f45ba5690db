import ZirconKernel
import ZirconLinux
public import ZirconTypes

/// What a fifo can carry.
///
/// A type of the program's own may conform if every pattern of its bytes is one of its values, as is true
/// of structures of numbers, and not of references, `Bool` or most enumerations: the other end may write
/// any bytes.
public protocol FifoElement: BitwiseCopyable, Sendable {}

extension UInt8: FifoElement {}
extension Int8: FifoElement {}
extension UInt16: FifoElement {}
extension Int16: FifoElement {}
extension UInt32: FifoElement {}
extension Int32: FifoElement {}
extension UInt64: FifoElement {}
extension Int64: FifoElement {}
extension UInt: FifoElement {}
extension Int: FifoElement {}
extension Float: FifoElement {}
extension Double: FifoElement {}

/// One end of a pair of short queues of elements of one size, one queue in each direction.
///
/// Reads and writes never block: where they would, they throw `shouldWait`, and `wait(for:until:)` waits
/// for `readable` or `writable`. An element is never split.
public struct Fifo<Element: FifoElement>: PeerObject, ~Copyable {
  private let handle: Handle

  /// Makes both ends with room for `elementCount` elements in each direction, and the rights
  /// `Rights.defaultFifo`.
  ///
  /// - Throws: `outOfRange` unless `elementCount` is at least 1 and the room at most 4,096 bytes;
  ///   `noMemory` without memory, or if as many handles as there can be are live. In this order.
  ///
  /// Source: `zx_fifo_create`.
  public static func makePair(elementCount: Int) throws(Status) -> PeerPair<Fifo<Element>> {
    let elements = Self.elements(elementCount)
    guard elements.makeAFifo else { throw .outOfRange }
    return PeerPair(try Kernel.current.makeFifo(elements))
  }

  /// Takes over `handle`, which should be a fifo's, of elements of this size: else the calls of fifos throw
  /// `wrongType`, or `outOfRange` for another size.
  public init(_ handle: consuming Handle) {
    self.handle = handle
  }

  /// Names the handle without owning it.
  public var handleValue: Handle.Value { handle.handleValue }

  /// Gives the handle away, to be owned without its type.
  public consuming func takeHandle() -> Handle { handle }

  private static func elements(_ count: Int) -> FifoElements {
    FifoElements(count: count, size: MemoryLayout<Element>.stride)
  }
}

// MARK: Writing

extension Fifo {
  /// Writes as many of `elements` as fit now; never blocks.
  ///
  /// - Returns: Elements written, at least one.
  /// - Throws: `wrongType`; `accessDenied` without the right to write; `peerClosed` if the other end is
  ///   closed; `outOfRange` for no elements, or another size than the fifo's; `shouldWait` if it is full.
  ///   In this order.
  ///
  /// Source: `zx_fifo_write`.
  public func write(_ elements: Span<Element>) throws(Status) -> Int {
    let kernel = try Kernel.current
    // Safety: the call ends before the span does.
    return try unsafe elements.withUnsafeBufferPointer { (elements) throws(Status) in
      let bytes = UnsafeRawBufferPointer(elements)
      let source = unsafe UserIn(bytes.baseAddress, byteCount: bytes.count)
      return try kernel.writeFifo(
        handleValue.inKernel, source, Self.elements(elements.count))
    }
  }

  /// Writes all of `elements`, and suspends the task while there is no room.
  ///
  /// How many were written before a throw is not told.
  ///
  /// - Throws: `CancellationError` if the task is canceled; else a `Status`: as `write(_:)` but for
  ///   `shouldWait`, and as `wait(for:)` if it has to wait.
  ///
  /// Source: `zx_fifo_write`, `zx_object_wait_async`.
  public nonisolated(nonsending) func write(all elements: [Element]) async throws {
    try Task.checkCancellation()
    var rest = elements[...]
    repeat {
      do throws(Status) {
        rest.removeFirst(try write(rest.span))
      } catch {
        guard error == .shouldWait else { throw error }
        _ = try await wait(for: [.writable, .peerClosed])
      }
    } while !rest.isEmpty
  }
}

// MARK: Reading

extension Fifo {
  /// Takes as many elements as there are and `output` has free, and appends them; never blocks.
  ///
  /// - Returns: Elements appended, at least one.
  /// - Throws: `wrongType`; `accessDenied` without the right to read; `outOfRange` without free room, or for
  ///   another size than the fifo's; without elements `peerClosed` if the other end is closed, else
  ///   `shouldWait`. In this order.
  ///
  /// Source: `zx_fifo_read`.
  @discardableResult
  public func read(into output: inout OutputSpan<Element>) throws(Status) -> Int {
    let kernel = try Kernel.current
    // Safety: as many elements count as initialized as the kernel says it has stored, and any bytes make
    // elements.
    return try unsafe output.withUnsafeMutableBufferPointer { (elements, count) throws(Status) in
      let free = unsafe UnsafeMutableBufferPointer(rebasing: elements[count...])
      let bytes = UnsafeMutableRawBufferPointer(free)
      let room = unsafe UserOut(bytes.baseAddress, byteCount: bytes.count)
      let taken = try kernel.readFifo(
        handleValue.inKernel, into: room, Self.elements(free.count))
      count += taken
      return taken
    }
  }

  /// Takes what there is, at most `elementCount` elements; never blocks.
  ///
  /// - Throws: As `read(into:)`; `outOfRange` for `elementCount` below 1.
  ///
  /// Source: `zx_fifo_read`.
  public func read(upTo elementCount: Int) throws(Status) -> [Element] {
    guard elementCount > 0 else { throw .outOfRange }
    // No fifo has more than so many bytes.
    return try [Element](capacity: min(elementCount, 4096)) {
      (output: inout OutputSpan<Element>) throws(Status) in
      try read(into: &output)
    }
  }

  /// Takes what there is, at most `elementCount` elements; suspends the task until there is something.
  ///
  /// - Throws: `CancellationError` if the task is canceled, with nothing taken; else a `Status`: as
  ///   `read(upTo:)` but for `shouldWait`, and as `wait(for:)` if it has to wait.
  ///
  /// Source: `zx_fifo_read`, `zx_object_wait_async`.
  public nonisolated(nonsending) func next(upTo elementCount: Int) async throws -> [Element] {
    try Task.checkCancellation()
    while true {
      do throws(Status) {
        return try read(upTo: elementCount)
      } catch {
        guard error == .shouldWait else { throw error }
      }
      _ = try await wait(for: [.readable, .peerClosed])
    }
  }
}
