import CZircon
import Glibc
import TestSupport
import Testing

/// Several pairs of one kind, closed on deinit.
private struct ManyPairs: ~Copyable {
  private(set) var writers: [zx_handle_t] = []
  private(set) var readers: [zx_handle_t] = []

  init(_ count: Int, _ variant: SocketVariant) throws {
    for _ in 0..<count {
      var (first, second) = (ZX_HANDLE_INVALID, ZX_HANDLE_INVALID)
      try #require(zx_socket_create(variant.kind.options, &first, &second) == ZX_OK)
      let isForward = variant.direction == .firstToSecond
      writers.append(isForward ? first : second)
      readers.append(isForward ? second : first)
    }
  }

  deinit {
    let handles = writers + readers
    #expect(zx_handle_close_many(handles, handles.count) == ZX_OK)
  }
}

/// Batches over many sockets, which may name them in any order.
///
/// Source: `<zircon/linux.h>`, `zxl_socket_batch`.
@Suite("zxl_socket_batch over many sockets") struct LinuxBatchOrderTests {
  /// Both ends of many pairs, several times each, in a random order: as a batch, and one by one on twins.
  @Test(arguments: SocketVariant.all, [1, 2, 3] as [UInt64])
  func `sockets in any order answer as the single calls do`(
    variant: SocketVariant, seed: UInt64
  ) throws {
    var random = SplitMix64(seed: seed)
    let pairs = try ManyPairs(20, variant)
    let twins = try ManyPairs(20, variant)
    for round in 0..<40 {
      var batch = Batch()
      var expected: [ReadAnswer] = []
      for _ in 0..<48 {
        let index = random.below(20)
        let isTurned = random.chance(25)
        let size = random.within(1...80)
        if random.chance(50) {
          let bytes = bytePattern(size, from: round)
          batch.write(isTurned ? pairs.readers[index] : pairs.writers[index], bytes)
          let answer = socketWrite(isTurned ? twins.readers[index] : twins.writers[index], bytes)
          expected.append(ReadAnswer(answer: answer, bytes: []))
        } else {
          batch.read(isTurned ? pairs.writers[index] : pairs.readers[index], size)
          expected.append(socketRead(isTurned ? twins.writers[index] : twins.readers[index], size))
        }
      }
      try #require(batch.run() == ZX_OK)
      try #require(batch.answers == expected.map(\.answer), "seed \(seed), round \(round)")
      for index in expected.indices where batch.operations[index].op == ZXL_SOCKET_READ {
        try #require(batch.bytes(index) == expected[index].bytes, "seed \(seed), round \(round)")
      }
    }
  }

  /// Two batches that name the same sockets the other way round enter their gates in one order.
  @Test(arguments: SocketVariant.all)
  func `batches of two threads in opposite orders do not wait for each other`(
    variant: SocketVariant
  ) throws {
    let pairs = try ManyPairs(16, variant)
    let handles = pairs.writers + pairs.readers
    let areAllTaken = try race(threadCount: 2) { thread in
      let order = thread == 0 ? handles : handles.reversed()
      for _ in 0..<300 {
        var batch = Batch()
        for handle in order { batch.write(handle, [1]) }
        for handle in order { batch.read(handle, 1) }
        guard batch.run() == ZX_OK,
          batch.answers.allSatisfy({ [ZX_OK, ZX_ERR_SHOULD_WAIT].contains($0.status) })
        else { return false }
      }
      return true
    }
    #expect(areAllTaken == [true, true])
  }

  /// In a process of its own, whose sockets have so small buffers that Linux refuses most of a write.
  ///
  /// Source: `zx_object_wait_async`: a packet shows the signals at the match.
  @Test(arguments: SocketVariant.all.indices)
  func `what the other end did before is in a packet`(index: Int) async {
    await #expect(processExitsWith: .success) { [index] in
      setenv("ZIRCON_SNDBUF", "2304", 1)
      for byteCount in [100_000, socketCapacity] {
        try checkPacketAfterBoth(SocketVariant.all[index], byteCount)
      }
    }
  }
}

/// One batch in which a watched end writes `byteCount` bytes and is written to.
private func checkPacketAfterBoth(_ variant: SocketVariant, _ byteCount: Int) throws {
  let pair = try SocketPair(variant)
  let port = try OwnedHandle.port()
  try #require(setThreshold(pair.reader, ZX_PROP_SOCKET_TX_THRESHOLD, 200_000) == ZX_OK)
  try #require(waitAsync(pair.reader, port.value, ZX_SOCKET_READABLE) == ZX_OK)
  var batch = Batch()
  batch.write(pair.reader, bytePattern(byteCount))
  batch.write(pair.writer, [1])
  let status = batch.run()
  #expect(status == ZX_OK)
  #expect(batch.answers.map(\.status) == [ZX_OK, ZX_OK])
  let room = byteCount < socketCapacity ? ZX_SOCKET_WRITABLE : 0
  let expected = Packet.signal(
    7, trigger: ZX_SOCKET_READABLE, observed: ZX_SOCKET_READABLE | room)
  #expect(drainPort(port.value) == [expected], "\(byteCount) bytes")
}
