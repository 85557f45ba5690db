import CZircon
import TestSupport
import Testing

/// A batch under construction: operations with their buffers, which stay where they are.
struct Batch: ~Copyable {
  private(set) var operations: [zxl_socket_op_t] = []
  private var buffers: [UnsafeMutableRawBufferPointer] = []

  mutating func write(_ handle: zx_handle_t, _ bytes: [UInt8], options: UInt32 = 0) {
    let buffer = makeBuffer(bytes.count)
    buffer.copyBytes(from: bytes)
    add(ZXL_SOCKET_WRITE, handle, options, buffer.baseAddress, bytes.count)
  }

  mutating func read(_ handle: zx_handle_t, _ byteCount: Int, options: UInt32 = 0) {
    add(ZXL_SOCKET_READ, handle, options, makeBuffer(byteCount).baseAddress, byteCount)
  }

  /// Adds an operation whose buffer is not the batch's own.
  mutating func add(
    _ op: UInt32, _ handle: zx_handle_t, _ options: UInt32, _ buffer: UnsafeMutableRawPointer?,
    _ size: Int
  ) {
    operations.append(
      zxl_socket_op_t(
        op: op, handle: handle, options: options, status: 1, buffer: buffer, size: size,
        actual: Answer.untouched))
  }

  mutating func run() -> zx_status_t {
    zxl_socket_batch(&operations, operations.count)
  }

  var answers: [Answer] { operations.map { Answer(status: $0.status, actual: $0.actual) } }

  /// What the operation at `index` has read.
  func bytes(_ index: Int) -> [UInt8] {
    let operation = operations[index]
    guard operation.status == ZX_OK, let start = operation.buffer else { return [] }
    return [UInt8](UnsafeRawBufferPointer(start: start, count: operation.actual))
  }

  private mutating func makeBuffer(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, byteCount), alignment: 1)
    buffers.append(buffer)
    return buffer
  }

  deinit {
    for buffer in buffers {
      buffer.deallocate()
    }
  }
}

/// Source: `<zircon/linux.h>`, `zxl_socket_batch`.
@Suite("zxl_socket_batch") struct LinuxBatchTests {
  @Test func `the operation is 40 bytes and the limit 4096`() {
    #expect(MemoryLayout<zxl_socket_op_t>.size == 40)
    #expect(ZXL_SOCKET_BATCH_MAX_OPS == 4_096)
  }

  @Test func `no operations are OK, with or without an address`() {
    #expect(zxl_socket_batch(nil, 0) == ZX_OK)
    var operation = zxl_socket_op_t()
    #expect(zxl_socket_batch(&operation, 0) == ZX_OK)
  }

  @Test(arguments: [4_097, 1 << 32, Int.max, -1])
  func `too many operations are OUT_OF_RANGE`(count: Int) {
    #expect(zxl_socket_batch(nil, count) == ZX_ERR_OUT_OF_RANGE)
  }

  @Test(arguments: SocketVariant.all)
  func `writes and reads of one pair run in order`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    var batch = Batch()
    for byte: UInt8 in 0..<32 { batch.write(pair.writer, [byte, byte + 100]) }
    #expect(batch.run() == ZX_OK)
    #expect(batch.answers.allSatisfy { $0 == .ok(2) })
    #expect(try socketInfo(of: pair.reader).rx_buf_size == 64)
    var reads = Batch()
    for _ in 0..<33 { reads.read(pair.reader, 2) }
    #expect(reads.run() == ZX_OK)
    for index in 0..<32 {
      #expect(reads.bytes(index) == [UInt8(index), UInt8(index + 100)])
    }
    #expect(reads.answers[32] == .error(ZX_ERR_SHOULD_WAIT))
    #expect(signals(of: pair.reader) == 0x2)
  }

  @Test(arguments: SocketVariant.all)
  func `a read after a write of the other end sees it`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    var batch = Batch()
    batch.read(pair.reader, 4)
    batch.write(pair.writer, [1, 2])
    batch.read(pair.reader, 4, options: ZX_SOCKET_PEEK)
    batch.read(pair.reader, 4)
    batch.write(pair.reader, [3])
    batch.read(pair.writer, 4)
    #expect(batch.run() == ZX_OK)
    let wait = Answer.error(ZX_ERR_SHOULD_WAIT)
    #expect(batch.answers == [wait, .ok(2), .ok(2), .ok(2), .ok(1), .ok(1)])
    #expect(batch.bytes(2) == [1, 2])
    #expect(batch.bytes(3) == [1, 2])
    #expect(batch.bytes(5) == [3])
  }

  @Test(arguments: SocketVariant.all)
  func `each operation has the status of its single call, and a failed one stops no other`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    var dead = try SocketPair(variant)
    dead.closeReader()
    let disabled = try SocketPair(variant)
    #expect(zx_socket_set_disposition(disabled.writer, 1, 0) == ZX_OK)
    let event = try OwnedHandle.event()
    let reduced = try OwnedHandle(duplicating: pair.writer, rights: ZX_RIGHT_READ)
    let stale = try staleHandle()
    var batch = Batch()
    batch.write(0, [1])
    batch.write(stale, [1])
    batch.write(event.value, [1])
    batch.write(reduced.value, [1])
    batch.write(pair.writer, [1], options: 1)
    batch.write(dead.writer, [1])
    batch.write(disabled.writer, [1])
    batch.read(disabled.reader, 1)
    batch.read(pair.reader, 1, options: 4)
    batch.add(ZXL_SOCKET_WRITE, pair.writer, 0, nil, 1)
    batch.add(ZXL_SOCKET_WRITE, pair.writer, 0, nil, 1 << 32)
    batch.add(ZXL_SOCKET_WRITE, pair.writer, 0, nil, 0)
    batch.write(pair.writer, [7])
    batch.read(pair.reader, 1)
    #expect(batch.run() == ZX_OK)
    let errors = [
      ZX_ERR_BAD_HANDLE, ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED,
      ZX_ERR_INVALID_ARGS, ZX_ERR_PEER_CLOSED, ZX_ERR_BAD_STATE, ZX_ERR_BAD_STATE,
      ZX_ERR_INVALID_ARGS, ZX_ERR_INVALID_ARGS, ZX_ERR_INVALID_ARGS,
    ]
    #expect(batch.answers == errors.map { .error($0) } + [.ok(0), .ok(1), .ok(1)])
    #expect(batch.bytes(13) == [7])
  }

  @Test func `an unknown operation is INVALID_ARGS and stops no other`() throws {
    let pair = try SocketPair(.stream)
    var batch = Batch()
    batch.add(2, pair.writer, 0, nil, 0)
    batch.write(pair.writer, [1])
    batch.add(UInt32.max, pair.writer, 0, nil, 0)
    #expect(batch.run() == ZX_OK)
    let invalid = Answer.error(ZX_ERR_INVALID_ARGS)
    #expect(batch.answers == [invalid, .ok(1), invalid])
    #expect(socketRead(pair.reader, 2) == .ok([1]))
  }

  @Test(arguments: SocketKind.allCases)
  func `one batch may use many sockets`(kind: SocketKind) throws {
    var handles: [zx_handle_t] = []
    defer { closeAll(handles) }
    for _ in 0..<70 {
      var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
      try #require(zx_socket_create(kind.options, &first, &second) == ZX_OK)
      handles += [first, second]
    }
    var batch = Batch()
    for (index, handle) in handles.enumerated() {
      batch.write(handle, bytePattern(100, from: index))
    }
    for (index, handle) in handles.enumerated() where index % 2 == 1 {
      batch.read(handle, 200)
    }
    #expect(batch.run() == ZX_OK)
    #expect(batch.answers.allSatisfy { $0 == .ok(100) })
    for index in 0..<70 {
      #expect(batch.bytes(140 + index) == bytePattern(100, from: 2 * index))
      #expect(
        socketRead(handles[2 * index], 200) == .ok(bytePattern(100, from: 2 * index + 1)))
    }
  }

  @Test(arguments: SocketVariant.streams)
  func `a batch fills a stream to its last byte and then answers SHOULD_WAIT`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    let size = 8_192
    var batch = Batch()
    for index in 0..<40 { batch.write(pair.writer, bytePattern(size, from: index * size)) }
    #expect(batch.run() == ZX_OK)
    let full = socketCapacity / size
    #expect(batch.answers[..<full].allSatisfy { $0 == .ok(size) })
    #expect(batch.answers[full] == .ok(socketCapacity % size))
    #expect(batch.answers[(full + 1)...].allSatisfy { $0 == .error(ZX_ERR_SHOULD_WAIT) })
    #expect(signals(of: pair.writer) == 0)
    #expect(drainSocket(pair.reader) == .all(bytePattern(socketCapacity)))
  }

  @Test(arguments: SocketVariant.all)
  func `4096 operations of one byte are OK, more than Linux's buffer takes`(
    variant: SocketVariant
  ) throws {
    let pair = try SocketPair(variant)
    var batch = Batch()
    for byte in bytePattern(4_096) { batch.write(pair.writer, [byte]) }
    #expect(batch.run() == ZX_OK)
    #expect(batch.answers.allSatisfy { $0 == .ok(1) })
    var reads = Batch()
    for _ in 0..<4_096 { reads.read(pair.reader, 1) }
    #expect(reads.run() == ZX_OK)
    let bytes = (0..<4_096).flatMap { reads.bytes($0) }
    #expect(ReadAnswer.ok(bytes) == .ok(bytePattern(4_096)))
    #expect(signals(of: pair.reader) == 0x2)
  }

  @Test(arguments: SocketVariant.all)
  func `a bad buffer is INVALID_ARGS for its operation alone`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    let bad = try BadMemory(.noAccess, byteCount: 50)
    var batch = Batch()
    batch.write(pair.writer, [1, 2])
    batch.add(ZXL_SOCKET_WRITE, pair.writer, 0, bad.pointer, 50)
    batch.write(pair.writer, [3, 4])
    #expect(batch.run() == ZX_OK)
    #expect(batch.answers == [.ok(2), .error(ZX_ERR_INVALID_ARGS), .ok(2)])
    #expect(drainSocket(pair.reader) == .all([1, 2, 3, 4]))
  }

  @Test(arguments: SocketVariant.datagrams)
  func `a datagram read to a bad buffer loses that datagram only`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    for byte: UInt8 in 1...3 { try #require(socketWrite(pair.writer, [byte]) == .ok(1)) }
    let bad = try BadMemory(.readOnly, byteCount: 50)
    var batch = Batch()
    batch.read(pair.reader, 4)
    batch.add(ZXL_SOCKET_READ, pair.reader, 0, bad.pointer, 50)
    batch.read(pair.reader, 4)
    #expect(batch.run() == ZX_OK)
    #expect(batch.answers == [.ok(1), .error(ZX_ERR_INVALID_ARGS), .ok(1)])
    #expect(batch.bytes(0) == [1])
    #expect(batch.bytes(2) == [3])
  }

  @Test(arguments: BadAddress.unwritable)
  func `operations that cannot be read or written are INVALID_ARGS`(
    address: BadAddress
  ) throws {
    let operation = zxl_socket_op_t(
      op: ZXL_SOCKET_READ, handle: 0, options: 0, status: 0, buffer: nil, size: 0, actual: 0)
    let contents = [operation, operation].flatMap { withUnsafeBytes(of: $0) { [UInt8]($0) } }
    let bad = try BadMemory(address, holding: contents)
    let status = zxl_socket_batch(bad.bound(to: zxl_socket_op_t.self), 2)
    #expect(status == ZX_ERR_INVALID_ARGS)
    #expect(zxl_socket_batch(bad.bound(to: zxl_socket_op_t.self), 0) == ZX_OK)
  }

  @Test(arguments: PointerPlacement.allCases)
  func `operations may lie anywhere`(place: PointerPlacement) throws {
    let pair = try SocketPair(.stream)
    var byte: UInt8 = 9
    try withUnsafeMutablePointer(to: &byte) { byte in
      let operation = zxl_socket_op_t(
        op: ZXL_SOCKET_WRITE, handle: pair.writer, options: 0, status: 1, buffer: byte, size: 1,
        actual: 0)
      let answer = try place.place(operation) { zxl_socket_batch($0, 1) }
      #expect(answer.result == ZX_OK)
      #expect(answer.value.status == ZX_OK)
      #expect(answer.value.actual == 1)
    }
    #expect(socketRead(pair.reader, 2) == .ok([9]))
  }

  @Test(arguments: SocketVariant.all)
  func `a batch goes through the backend that was asked for`(variant: SocketVariant) throws {
    let pair = try SocketPair(variant)
    var batch = Batch()
    for _ in 0..<32 { batch.write(pair.writer, bytePattern(64)) }
    let before = try backendInfo()
    #expect(batch.run() == ZX_OK)
    let after = try backendInfo()
    #expect(batch.answers.allSatisfy { $0 == .ok(64) })
    let ring = after.ring_operations - before.ring_operations
    let syscalls = after.syscall_operations - before.syscall_operations
    #expect(ring + syscalls > 0)
    #expect(BackendLane.current != .uring || syscalls == 0)
    #expect(BackendLane.current != .syscall || ring == 0)
  }

  /// The same random operations as a batch on one pair and one by one on its twin.
  @Test(arguments: SocketVariant.all, [1, 2, 3, 4, 5] as [UInt64])
  func `random batches answer as the single calls do`(
    variant: SocketVariant, seed: UInt64
  ) throws {
    var random = seed &* 0x9E37_79B9_7F4A_7C15
    func next(_ bound: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(random >> 33) % bound
    }
    let pair = try SocketPair(variant)
    let twin = try SocketPair(variant)
    let sizes = [0, 1, 1, 5, 64, 700, 4_096]
    for _ in 0..<60 {
      var batch = Batch()
      var expected: [ReadAnswer] = []
      for _ in 0..<1 + next(24) {
        let isWriterEnd = next(4) != 0
        let size = sizes[next(sizes.count)]
        if next(2) == 0 {
          let bytes = bytePattern(size, from: next(1_000))
          batch.write(isWriterEnd ? pair.writer : pair.reader, bytes)
          let answer = socketWrite(isWriterEnd ? twin.writer : twin.reader, bytes)
          expected.append(ReadAnswer(answer: answer, bytes: []))
        } else {
          let options = next(3) == 0 ? ZX_SOCKET_PEEK : 0
          batch.read(isWriterEnd ? pair.reader : pair.writer, size, options: options)
          let handle = isWriterEnd ? twin.reader : twin.writer
          expected.append(socketRead(handle, size, options: options))
        }
      }
      try #require(batch.run() == ZX_OK)
      try #require(batch.answers == expected.map(\.answer), "seed \(seed)")
      for index in expected.indices where batch.operations[index].op == ZXL_SOCKET_READ {
        try #require(batch.bytes(index) == expected[index].bytes, "seed \(seed)")
      }
      #expect(signals(of: pair.writer) == signals(of: twin.writer))
      #expect(signals(of: pair.reader) == signals(of: twin.reader))
    }
  }
}
