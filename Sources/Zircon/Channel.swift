import ZirconKernel
public import ZirconTypes

/// One end of a channel: messages of bytes and handles, in order and whole, in both directions.
///
/// Writes never block, and there is always room. Reads throw `shouldWait` where they would block;
/// `wait(for:until:)` waits for `readable`, and `nextMessage()` does in a task.
public struct Channel: PeerObject, ~Copyable {
  private let handle: Handle

  /// A message that was received.
  ///
  /// Frozen so that a program may take the handles out; what it holds will not change.
  @frozen
  public struct Message: ~Copyable, Sendable {
    /// Its bytes.
    public let bytes: [UInt8]
    /// Its handles, with the rights they were sent with.
    public var handles: HandleList

    init(_ message: ReceivedMessage) {
      bytes = message.bytes
      handles = HandleList(adopting: message.handles)
    }
  }

  /// The most bytes of one message: `ZX_CHANNEL_MAX_MSG_BYTES`.
  public static var maxByteCount: Int { 65_536 }
  /// The most handles of one message: `ZX_CHANNEL_MAX_MSG_HANDLES`.
  public static var maxHandleCount: Int { 64 }

  /// Makes both ends, which show `writable` alone, with the rights `Rights.defaultChannel`.
  ///
  /// - Throws: `noMemory` without memory, or if as many handles as there can be are live.
  ///
  /// Source: `zx_channel_create`.
  public static func makePair() throws(Status) -> PeerPair<Channel> {
    PeerPair(try Kernel.current.makeChannel())
  }

  /// Takes over `handle`, which should be a channel's: else the calls of channels throw `wrongType`.
  public init(_ handle: consuming Handle) {
    self.handle = handle
  }

  /// Names the handle without owning it.
  public var handleValue: Handle.Value { handle.handleValue }

  /// Gives the handle away, to be owned without its type.
  public consuming func takeHandle() -> Handle { handle }
}

// MARK: Writing

extension Channel {
  /// Sends a message to the other end.
  ///
  /// The handles are gone afterwards, also if this throws: then they are closed. To keep one, send its
  /// `duplicate()`; to send fewer rights, `replacing(rights:)` first.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to write; `outOfRange` above `maxByteCount` or
  ///   `maxHandleCount`; `noMemory`; for the first handle that fails `badHandle`, `accessDenied` without
  ///   the right to transfer it, or `notSupported` for this very end; `peerClosed` if the other end is
  ///   closed. In this order.
  ///
  /// Source: `zx_channel_write`.
  public func write(
    _ bytes: RawSpan, handles: consuming HandleList = HandleList()
  ) throws(Status) {
    let kernel = try Kernel.current
    try handles.give { (handles) throws(Status) in
      try OutgoingBytes.with(bytes) { (bytes) throws(Status) in
        try OutgoingHandles.with(handles) { (handles) throws(Status) in
          try kernel.writeChannel(handleValue.inKernel, bytes, handles)
        }
      }
    }
  }

  /// Sends a message to the other end: the form for an array, `write(array.span)`.
  ///
  /// - Throws: As `write(_:handles:)` with a `RawSpan`.
  ///
  /// Source: `zx_channel_write`.
  public func write(
    _ bytes: Span<UInt8>, handles: consuming HandleList = HandleList()
  ) throws(Status) {
    // Safety: a byte has no padding.
    try write(unsafe bytes.bytes, handles: handles)
  }
}

// MARK: Reading

extension Channel {
  /// Takes the first message that waits here; never blocks.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to read; if no message waits, `peerClosed` if
  ///   the other end is closed, else `shouldWait`. In this order.
  ///
  /// Source: `zx_channel_read_etc`.
  public func read() throws(Status) -> Message {
    Message(try Kernel.current.takeMessage(from: handleValue.inKernel))
  }

  /// Takes the first message that waits here; suspends the task until there is one.
  ///
  /// - Throws: `CancellationError` if the task is canceled, with nothing taken; else a `Status`: as
  ///   `read()` but for `shouldWait`, and as `wait(for:)` if it has to wait.
  ///
  /// Source: `zx_channel_read_etc`, `zx_object_wait_async`.
  public nonisolated(nonsending) func nextMessage() async throws -> Message {
    try Task.checkCancellation()
    while true {
      do throws(Status) {
        return try read()
      } catch {
        guard error == .shouldWait else { throw error }
      }
      _ = try await wait(for: [.readable, .peerClosed])
    }
  }
}

// MARK: Calling

extension Channel {
  /// Sends a message, and blocks until the other end answers it or `deadline` has passed.
  ///
  /// The first four bytes of the message are replaced by a number that names the call; a message from the
  /// other end that begins with the same four is the answer, and is seen by nobody else. The handles
  /// are gone afterwards, also if this throws.
  ///
  /// - Throws: As `write(_:handles:)`, without the right to read too, and `invalidArgs` for fewer than 4
  ///   bytes; then `timedOut`, with the message sent; `peerClosed` if the other end is closed meanwhile;
  ///   `canceled` if this end is, or has been sent and arrives elsewhere.
  ///
  /// Source: `zx_channel_call`.
  public func call(
    _ bytes: RawSpan, handles: consuming HandleList = HandleList(), until deadline: Deadline
  ) throws(Status) -> Message {
    let kernel = try Kernel.current
    let answer = try handles.give { (handles) throws(Status) in
      try OutgoingBytes.with(bytes) { (bytes) throws(Status) in
        try OutgoingHandles.with(handles) { (handles) throws(Status) in
          try kernel.callChannel(handleValue.inKernel, bytes, handles, until: deadline)
        }
      }
    }
    return Message(answer)
  }

  /// Sends a message and waits for the answer: the form for an array, `call(array.span, until:)`.
  ///
  /// - Throws: As `call(_:handles:until:)` with a `RawSpan`.
  ///
  /// Source: `zx_channel_call`.
  public func call(
    _ bytes: Span<UInt8>, handles: consuming HandleList = HandleList(), until deadline: Deadline
  ) throws(Status) -> Message {
    // Safety: a byte has no padding.
    try call(unsafe bytes.bytes, handles: handles, until: deadline)
  }
}

extension OutgoingBytes {
  /// Runs `body` with `bytes` as they are to be sent.
  fileprivate static func with<Result>(
    _ bytes: RawSpan, _ body: (OutgoingBytes) throws(Status) -> Result
  ) throws(Status) -> Result {
    // Safety: `body` ends before the span does. What 32 bits do not count is refused as too much.
    try unsafe bytes.withUnsafeBytes { (bytes) throws(Status) in
      try unsafe body(
        OutgoingBytes(bytes.baseAddress, count: UInt32(clamping: bytes.count), options: 0))
    }
  }
}

extension OutgoingHandles {
  /// Runs `body` with `values` as they are to be sent.
  fileprivate static func with<Result>(
    _ values: [UInt32], _ body: (OutgoingHandles) throws(Status) -> Result
  ) throws(Status) -> Result {
    // Safety: `body` ends before the array does.
    try unsafe values.withUnsafeBufferPointer { (values) throws(Status) in
      try unsafe body(OutgoingHandles(values.baseAddress, count: UInt32(clamping: values.count)))
    }
  }
}
