import CZircon
import TestSupport
import Testing

/// Source: a socket under several threads: calls are atomic against each other, no byte is lost,
/// doubled or out of order.
@Suite("socket streaming") struct SocketStreamingTests {
  /// Writes all bytes, waiting for room; gives the first status that is neither.
  private static func send(_ handle: zx_handle_t, _ bytes: [UInt8]) -> zx_status_t {
    var sent = 0
    while sent < bytes.count {
      var actual = 0
      let status = bytes[sent...].withUnsafeBytes {
        zx_socket_write(handle, 0, $0.baseAddress, $0.count, &actual)
      }
      if status == ZX_OK {
        sent += actual
        continue
      }
      guard status == ZX_ERR_SHOULD_WAIT else { return status }
      let awaited = ZX_SOCKET_WRITABLE | ZX_SOCKET_PEER_CLOSED
      let waited = zx_object_wait_one(handle, awaited, farDeadline(), nil)
      guard waited == ZX_OK else { return waited }
    }
    return ZX_OK
  }

  /// Reads once, waiting for something; nil when the peer is closed and all is read.
  private static func receive(_ handle: zx_handle_t, _ byteCount: Int) -> ReadAnswer? {
    while true {
      let read = socketRead(handle, byteCount)
      guard read.answer.status == ZX_ERR_SHOULD_WAIT else {
        return read.answer.status == ZX_ERR_PEER_CLOSED ? nil : read
      }
      let awaited = ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED
      let waited = zx_object_wait_one(handle, awaited, farDeadline(), nil)
      guard waited == ZX_OK else { return .error(waited) }
    }
  }

  @Test(arguments: SocketVariant.streams, [(100, 64), (4_096, 8_192), (100_000, 65_536)])
  func `a reading and a writing thread carry every byte in order`(
    variant: SocketVariant, sizes: (write: Int, read: Int)
  ) throws {
    var pair = try SocketPair(variant)
    let total = sizes.write < 4_096 ? 500_000 : 6_000_000
    let (writer, reader) = (pair.writer, pair.reader)
    let writing = try TestThread {
      for start in stride(from: 0, to: total, by: sizes.write) {
        let bytes = bytePattern(min(sizes.write, total - start), from: start)
        let status = Self.send(writer, bytes)
        guard status == ZX_OK else { return status }
      }
      return ZX_OK
    }
    let reading = try TestThread {
      var count = 0
      while let read = Self.receive(reader, sizes.read) {
        guard read.answer.status == ZX_OK,
          read.bytes == bytePattern(read.bytes.count, from: count)
        else { return -count }
        count += read.bytes.count
      }
      return count
    }
    #expect(writing.join() == ZX_OK)
    pair.closeWriter()
    #expect(reading.join() == total)
  }

  @Test(arguments: SocketVariant.datagrams)
  func `a reading and a writing thread carry every datagram in order`(
    variant: SocketVariant
  ) throws {
    var pair = try SocketPair(variant)
    let count = 20_000
    let (writer, reader) = (pair.writer, pair.reader)
    let writing = try TestThread {
      for index in 0..<count {
        let status = Self.sendDatagram(writer, bytePattern(1 + index % 300, from: index))
        guard status == ZX_OK else { return status }
      }
      return ZX_OK
    }
    let reading = try TestThread {
      var index = 0
      while let read = Self.receive(reader, 300) {
        guard read == .ok(bytePattern(1 + index % 300, from: index)) else { return -index }
        index += 1
      }
      return index
    }
    #expect(writing.join() == ZX_OK)
    pair.closeWriter()
    #expect(reading.join() == count)
  }

  /// Writes a datagram; WRITABLE says too little when it does not fit, the threshold enough.
  private static func sendDatagram(_ handle: zx_handle_t, _ bytes: [UInt8]) -> zx_status_t {
    while true {
      let status = socketWrite(handle, bytes).status
      guard status == ZX_ERR_SHOULD_WAIT else { return status }
      let set = setThreshold(handle, ZX_PROP_SOCKET_TX_THRESHOLD, bytes.count)
      guard set == ZX_OK else { return set }
      let awaited = ZX_SOCKET_WRITE_THRESHOLD | ZX_SOCKET_PEER_CLOSED
      let waited = zx_object_wait_one(handle, awaited, farDeadline(), nil)
      guard waited == ZX_OK else { return waited }
    }
  }

  @Test(arguments: SocketKind.allCases)
  func `records of 16 bytes of 4 writers reach exactly one of 3 readers, in each writer's order`(
    kind: SocketKind
  ) throws {
    let perWriter = 10_000
    var pair = try SocketPair(kind)
    let (writer, reader) = (pair.writer, pair.reader)
    let writing = try (0..<4).map { number in
      try TestThread {
        for index in 0..<perWriter {
          let status = Self.send(writer, record(writer: number, index: index))
          guard status == ZX_OK else { return status }
        }
        return ZX_OK
      }
    }
    let reading = try (0..<3).map { _ in
      try TestThread {
        var records: [Record] = []
        while let read = Self.receive(reader, 16) {
          records.append(Record(read.bytes))
        }
        return records
      }
    }
    for thread in writing {
      #expect(thread.join() == ZX_OK)
    }
    pair.closeWriter()
    let read = reading.map { $0.join() ?? [] }
    for records in read {
      for number in 0..<4 {
        let indices = records.filter { $0.writer == number }.map(\.index)
        #expect(zip(indices, indices.dropFirst()).allSatisfy { $0 < $1 })
      }
    }
    let all = Array(read.joined())
    #expect(all.allSatisfy { $0.isIntact })
    #expect(all.count == 4 * perWriter)
    #expect(Set(all).count == 4 * perWriter)
  }

  @Test(arguments: SocketVariant.streams)
  func `the bytes of one stream write are contiguous at the reader`(
    variant: SocketVariant
  ) throws {
    var pair = try SocketPair(variant)
    let (writer, reader) = (pair.writer, pair.reader)
    // 160 of these runs are the capacity, so that no write is cut.
    let runLength = socketCapacity / 160
    let writing = try (0..<3).map { number in
      try TestThread {
        let run = [UInt8](repeating: UInt8(number), count: runLength)
        for _ in 0..<300 {
          let status = Self.send(writer, run)
          guard status == ZX_OK else { return status }
        }
        return ZX_OK
      }
    }
    let reading = try TestThread {
      var bytes: [UInt8] = []
      while let read = Self.receive(reader, runLength) {
        bytes += read.bytes
      }
      return bytes
    }
    for thread in writing {
      #expect(thread.join() == ZX_OK)
    }
    pair.closeWriter()
    let bytes = try #require(reading.join())
    #expect(bytes.count == 900 * runLength)
    for start in stride(from: 0, to: bytes.count, by: runLength) {
      let run = bytes[start..<start + runLength]
      #expect(run.allSatisfy { $0 == run[start] })
    }
  }

  /// Both sides read one byte, wait for room and write one: a lost wake-up would stop them.
  @Test(arguments: SocketKind.allCases)
  func `ping-pong over full pipes never stalls`(kind: SocketKind) throws {
    let pair = try SocketPair(kind)
    let size = 4_064
    for handle in [pair.writer, pair.reader] {
      for _ in 0..<socketCapacity / size {
        try #require(socketWrite(handle, bytePattern(size)) == .ok(size))
      }
    }
    let handles = [pair.writer, pair.reader]
    let answers = try race(threadCount: 2) { index in
      let bytes = bytePattern(size)
      for _ in 0..<2_000 {
        let read = Self.receive(handles[index], size)
        guard read?.answer == .ok(size) else { return ZX_ERR_INTERNAL }
        let status = Self.send(handles[index], bytes)
        guard status == ZX_OK else { return status }
      }
      return ZX_OK
    }
    #expect(answers == [ZX_OK, ZX_OK])
    #expect(try socketInfo(of: pair.writer).rx_buf_size == socketCapacity)
    #expect(try socketInfo(of: pair.reader).rx_buf_size == socketCapacity)
  }

  @Test(arguments: SocketKind.allCases)
  func `both directions stream at the same time`(kind: SocketKind) throws {
    let pair = try SocketPair(kind)
    let handles = [pair.writer, pair.reader]
    let (count, size) = (2_000, 1_000)
    let answers = try race(threadCount: 4) { index in
      let handle = handles[index % 2]
      for message in 0..<count {
        let bytes = bytePattern(size, from: message * 7 + index % 2)
        guard index < 2 else {
          // A stream may give less than a message at a time.
          let other = bytePattern(size, from: message * 7 + (index + 1) % 2)
          guard Self.receiveAll(handle, size) == other else { return ZX_ERR_IO_DATA_INTEGRITY }
          continue
        }
        let status = Self.sendDatagramOrStream(handle, bytes, kind)
        guard status == ZX_OK else { return status }
      }
      return ZX_OK
    }
    #expect(answers == [ZX_OK, ZX_OK, ZX_OK, ZX_OK])
  }

  private static func sendDatagramOrStream(
    _ handle: zx_handle_t, _ bytes: [UInt8], _ kind: SocketKind
  ) -> zx_status_t {
    kind == .stream ? send(handle, bytes) : sendDatagram(handle, bytes)
  }

  private static func receiveAll(_ handle: zx_handle_t, _ byteCount: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < byteCount {
      guard let read = receive(handle, byteCount - bytes.count), read.answer.status == ZX_OK
      else { return bytes }
      bytes += read.bytes
    }
    return bytes
  }
}

/// 16 bytes that name their writer and their place, with a check of both.
private struct Record: Hashable, Sendable {
  let writer: Int
  let index: Int
  let isIntact: Bool

  init(_ bytes: [UInt8]) {
    guard bytes.count == 16 else {
      (writer, index, isIntact) = (-1, -1, false)
      return
    }
    writer = Int(bytes[0])
    index = bytes[1..<5].reversed().reduce(0) { $0 << 8 | Int($1) }
    isIntact = bytes == record(writer: Int(bytes[0]), index: index)
  }
}

private func record(writer: Int, index: Int) -> [UInt8] {
  let head = [UInt8(writer)] + (0..<4).map { UInt8(truncatingIfNeeded: index >> (8 * $0)) }
  return head + bytePattern(11, from: writer * 1_000_003 + index)
}
