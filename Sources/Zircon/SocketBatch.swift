import ZirconKernel
public import ZirconTypes

/// Reads and writes of one socket or many that go to Linux together.
///
/// Each has the checks and the answer of the single call, and those of one socket happen in order; but
/// many reach Linux in one submission. A batch can be run again: the requests keep their buffers.
///
/// ```swift
/// var batch = SocketBatch()
/// batch.requests = [.write(answer, to: client), .read(into: room, from: client)]
/// try batch.run()
/// let sent = try batch.requests[0].outcome?.get()
/// let question = batch.requests[1].received
/// ```
///
/// Source: `zxl_socket_batch`.
public struct SocketBatch: Sendable {
  /// The requests, in the order in which those of one socket are run.
  public var requests: [SocketRequest]

  /// Holds `requests`, to be run.
  public init(_ requests: [SocketRequest] = []) {
    self.requests = requests
  }

  /// Runs all requests and tells each its outcome; never blocks.
  ///
  /// One difference from single calls can be seen: where Linux refuses a datagram for want of memory and
  /// takes a later one, the earlier one's outcome is `shouldWait`.
  ///
  /// - Throws: `noMemory`, with nothing run, if this is the first call of the process and there is no
  ///   memory for the kernel's own state. What befalls a request is told by its outcome alone.
  public mutating func run() throws(Status) {
    let kernel = try Kernel.current
    var operations = BatchOperations()
    for start in stride(from: 0, to: requests.count, by: Kernel.batchRound) {
      let round = start..<min(start + Kernel.batchRound, requests.count)
      operations.removeAll()
      operations.pin(&requests, round) { $0.run(in: kernel) }
      for index in round { requests[index].outcome = operations.outcome(at: index - start) }
    }
  }
}

/// One read or write of a batch, with its buffer and its outcome.
///
/// Names the socket's handle without owning it: if that is closed before the batch is run, the outcome
/// is `badHandle`.
public struct SocketRequest: Sendable {
  /// What a request does.
  public enum Action: Sendable {
    /// Sends what fits of the buffer, as `Socket.write(_:)`.
    case write
    /// Takes what waits into the buffer, as `Socket.read(into:)`.
    case read
    /// Copies what waits into the buffer, as `Socket.peek(into:)`.
    case peek
  }

  /// What the request does.
  public let action: Action
  /// Names the handle of the socket.
  public let handleValue: Handle.Value
  /// The bytes to send; or the room for what is received, of which all counts.
  public var buffer: [UInt8]
  /// Bytes moved, or what the single call would have thrown; nil until the batch is run.
  public fileprivate(set) var outcome: Result<Int, Status>?

  private init(_ action: Action, _ socket: borrowing Socket, _ buffer: [UInt8]) {
    self.action = action
    self.handleValue = socket.handleValue
    self.buffer = buffer
  }

  /// Sends `bytes`, which are not copied.
  public static func write(_ bytes: [UInt8], to socket: borrowing Socket) -> SocketRequest {
    SocketRequest(.write, socket, bytes)
  }

  /// Takes at most `room.count` bytes, which replace the start of `room`.
  public static func read(into room: [UInt8], from socket: borrowing Socket) -> SocketRequest {
    SocketRequest(.read, socket, room)
  }

  /// Copies at most `room.count` bytes, which replace the start of `room`, and takes nothing.
  public static func peek(into room: [UInt8], from socket: borrowing Socket) -> SocketRequest {
    SocketRequest(.peek, socket, room)
  }

  /// What was received: the start of the buffer; nothing for a write, or without success.
  public var received: ArraySlice<UInt8> {
    guard action != .write, case .success(let byteCount)? = outcome else { return [] }
    return buffer.prefix(byteCount)
  }
}

/// The requests of one round as the kernel takes them.
@safe
private struct BatchOperations {
  // Safety: the addresses in them are used only by `run`, which `pin` calls while they hold.
  private var operations: [SocketOperation] = []

  mutating func removeAll() {
    operations.removeAll(keepingCapacity: true)
  }

  /// Runs `body` while the buffers of the requests in `round` lie still.
  ///
  /// An array says where it lies only to a closure, so that each is a call inside that of the one before.
  /// A buffer is taken out of its request while it is pinned. What is sent is pinned as it is; room that
  /// is shared with other arrays is made the request's own.
  mutating func pin(
    _ requests: inout [SocketRequest], _ round: Range<Int>,
    _ body: (inout BatchOperations) -> Void
  ) {
    guard let index = round.first else { return body(&self) }
    let rest = round.dropFirst()
    var buffer: [UInt8] = []
    swap(&buffer, &requests[index].buffer)
    defer { swap(&buffer, &requests[index].buffer) }
    if requests[index].action == .write {
      unsafe buffer.withUnsafeBufferPointer {
        unsafe append(requests[index], UnsafeMutableBufferPointer(mutating: $0))
        pin(&requests, rest, body)
      }
    } else {
      unsafe buffer.withUnsafeMutableBufferPointer {
        unsafe append(requests[index], $0)
        pin(&requests, rest, body)
      }
    }
  }

  private mutating func append(
    _ request: SocketRequest, _ buffer: UnsafeMutableBufferPointer<UInt8>
  ) {
    let isWrite = request.action == .write
    operations.append(
      unsafe SocketOperation(
        code: isWrite ? SocketOperation.writeCode : SocketOperation.readCode,
        handle: request.handleValue.rawValue,
        options: request.action == .peek ? SocketOperation.peekOption : 0,
        buffer: buffer.baseAddress, size: buffer.count))
  }

  mutating func run(in kernel: Kernel) {
    var span = operations.mutableSpan
    kernel.run(&span)
  }

  func outcome(at index: Int) -> Result<Int, Status> {
    let operation = operations[index]
    let status = Status(rawValue: operation.status)
    return status == .ok ? .success(operation.actual) : .failure(status)
  }
}
