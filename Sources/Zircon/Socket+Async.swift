import ZirconKernel
import ZirconTypes

// What waits while it cannot go on, without a thread. A task that is canceled takes nothing and sends nothing
// from then on; what it waits for goes on waiting for somebody else.

extension Socket {
  /// Takes what waits here, at most `byteCount` bytes; waits for something if there is nothing.
  ///
  /// A datagram socket gives one datagram, of which is lost what does not fit. For no bytes this waits
  /// and takes nothing.
  ///
  /// - Returns: The bytes taken, at least one unless none were asked for.
  /// - Throws: `CancellationError` if the task is canceled, with nothing taken; else a `Status`: as
  ///   `read(into:)` but for `shouldWait`, `invalidArgs` also below 0 bytes, and as `wait(for:)` if it has
  ///   to wait.
  ///
  /// Source: `zx_socket_read`, `zx_object_wait_async`.
  public nonisolated(nonsending) func read(upTo byteCount: Int) async throws -> [UInt8] {
    guard byteCount >= 0, byteCount <= UInt32.max else { throw Status.invalidArgs }
    try Task.checkCancellation()
    while true {
      if let taken = try readIfReady(upTo: byteCount) { return taken }
      _ = try await wait(for: .somethingToRead)
    }
  }

  /// Sends all of `bytes`, and waits for room as needed.
  ///
  /// A stream may take them in several pieces, between which other writers can send theirs. A datagram is
  /// sent as one; if it is above the free room this waits only with a write threshold at least as high as
  /// its size, since nothing else tells when there is room for all of it.
  ///
  /// How much was sent before a throw is not told: `write(allOf:)` tells.
  ///
  /// - Throws: `CancellationError` if the task is canceled; else a `Status`: as `write(_:)` but for
  ///   `shouldWait`, which is thrown only for a datagram above the free room and the write threshold;
  ///   as `wait(for:)` if it has to wait.
  ///
  /// Source: `zx_socket_write`, `zx_object_wait_async`.
  public nonisolated(nonsending) func write(all bytes: [UInt8]) async throws {
    var rest = bytes[...]
    try await write(allOf: &rest)
  }

  /// Sends all of `bytes`, and removes from it what was sent; waits for room as needed.
  ///
  /// What is left after a throw, if the task was canceled or the other end closed, has not been sent.
  /// Nothing is left after success.
  ///
  /// - Throws: As `write(all:)`.
  ///
  /// Source: `zx_socket_write`, `zx_object_wait_async`.
  public nonisolated(nonsending) func write(allOf bytes: inout ArraySlice<UInt8>) async throws {
    try Task.checkCancellation()
    var hasWaited = false
    repeat {
      do throws(Status) {
        bytes.removeFirst(try write(bytes.span))
        hasWaited = false
      } catch {
        guard error == .shouldWait else { throw error }
        // A full socket whose writes were enabled once more shows `writable`: nobody is kept waiting by that.
        if hasWaited { await Task.yield() }
        let kernel = try Kernel.current
        _ = try await wait(
          for: kernel.signalsToWrite(bytes.count, to: handleValue.inKernel))
        hasWaited = true
      }
    } while !bytes.isEmpty
  }

  /// One read; nil if nothing waits and something may come.
  private func readIfReady(upTo byteCount: Int) throws(Status) -> [UInt8]? {
    do throws(Status) {
      // More than the capacity never waits.
      return try [UInt8](capacity: min(byteCount, SocketFacts.usualCapacity)) {
        (output: inout OutputSpan<UInt8>) throws(Status) in
        try read(into: &output)
      }
    } catch {
      guard error == .shouldWait else { throw error }
      return nil
    }
  }
}

extension Signals {
  /// What shows when a read finds something, or finds that nothing will come.
  fileprivate static var somethingToRead: Signals { [.readable, .peerClosed, .peerWriteDisabled] }
}

// MARK: Sequences

extension Socket {
  /// The bytes that arrive here, in order, until the other end is closed or its writes are disabled.
  ///
  /// Takes the socket over and closes it with the last copy of the sequence and its iterators. Bytes are
  /// taken from the socket many at a time; those that an iterator has not given when it goes are lost.
  public consuming func bytes() -> Bytes {
    Bytes(reads: Reads(self, byteCount: 16_384))
  }

  /// What arrives here, a datagram at a time, until the other end is closed or its writes are disabled.
  ///
  /// Of a datagram above `byteCount` bytes the rest is lost. Of a stream each element is what one read
  /// gives. Takes the socket over and closes it with the last copy of the sequence and its iterators.
  public consuming func datagrams(upTo byteCount: Int = 65_536) -> Datagrams {
    Datagrams(reads: Reads(self, byteCount: byteCount))
  }

  /// Bytes that arrive at a socket; see `Socket.bytes()`.
  ///
  /// Several tasks may iterate: each byte goes to one of them.
  public struct Bytes: AsyncSequence, Sendable {
    fileprivate let reads: Reads

    /// Gives the bytes one by one.
    public struct AsyncIterator: AsyncIteratorProtocol {
      fileprivate let reads: Reads
      private var taken: [UInt8] = []
      private var given = 0

      fileprivate init(reads: Reads) {
        self.reads = reads
      }

      /// The next byte; nil at the end.
      ///
      /// - Throws: `CancellationError` if the task is canceled and has to ask the socket; else what
      ///   `Socket.read(upTo:)` throws but for the end.
      public nonisolated(nonsending) mutating func next() async throws -> UInt8? {
        if given == taken.count {
          guard let more = try await reads.next() else { return nil }
          taken = more
          given = 0
        }
        defer { given += 1 }
        return taken[given]
      }
    }

    /// Starts with the next byte that arrives and nobody has taken.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reads: reads) }
  }

  /// Datagrams that arrive at a socket; see `Socket.datagrams(upTo:)`.
  ///
  /// Several tasks may iterate: each datagram goes to one of them.
  public struct Datagrams: AsyncSequence, Sendable {
    fileprivate let reads: Reads

    /// Gives the datagrams one by one.
    public struct AsyncIterator: AsyncIteratorProtocol {
      fileprivate let reads: Reads

      /// The next datagram; nil at the end.
      ///
      /// - Throws: `CancellationError` if the task is canceled; else what `Socket.read(upTo:)` throws but
      ///   for the end.
      public nonisolated(nonsending) mutating func next() async throws -> [UInt8]? {
        try await reads.next()
      }
    }

    /// Starts with the next datagram that arrives and nobody has taken.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reads: reads) }
  }

  /// Owns the socket of a sequence, which can be copied.
  fileprivate final class Reads: Sendable {
    private let socket: Socket
    private let byteCount: Int

    init(_ socket: consuming Socket, byteCount: Int) {
      self.socket = socket
      self.byteCount = byteCount
    }

    /// What one read gives; nil if nothing waits and nothing will come.
    nonisolated(nonsending) func next() async throws -> [UInt8]? {
      do {
        return try await socket.read(upTo: byteCount)
      } catch let end as Status where end == .peerClosed || end == .badState {
        return nil
      }
    }
  }
}
