import CZircon
import TestSupport
import Testing

/// Owns both ends of a fifo; closed on deinit.
struct FifoPair: ~Copyable {
  private(set) var first: zx_handle_t
  private(set) var second: zx_handle_t
  let elementSize: Int

  init(count: Int, size: Int) throws {
    var first = ZX_HANDLE_INVALID
    var second = ZX_HANDLE_INVALID
    try #require(zx_fifo_create(count, size, 0, &first, &second) == ZX_OK)
    self.first = first
    self.second = second
    elementSize = size
  }

  mutating func closeFirst() {
    #expect(zx_handle_close(first) == ZX_OK)
    first = ZX_HANDLE_INVALID
  }

  /// Says that a call has replaced the first end itself.
  mutating func forgetFirst(now replacement: zx_handle_t) {
    first = replacement
  }

  deinit {
    #expect(zx_handle_close(first) == ZX_OK)
    #expect(zx_handle_close(second) == ZX_OK)
  }
}

/// Writes elements of `size` bytes.
func fifoWrite(_ fifo: zx_handle_t, _ bytes: [UInt8], size: Int) -> Answer {
  var actual = Answer.untouched
  let status = zx_fifo_write(fifo, size, bytes, bytes.count / size, &actual)
  return Answer(status: status, actual: actual)
}

/// Reads up to `count` elements of `size` bytes.
func fifoRead(
  _ fifo: zx_handle_t, count: Int, size: Int
) -> (answer: Answer, bytes: [UInt8]) {
  var bytes = [UInt8](repeating: 0xEE, count: count * size)
  var actual = Answer.untouched
  let status = zx_fifo_read(fifo, size, &bytes, count, &actual)
  return (
    Answer(status: status, actual: actual),
    status == ZX_OK ? Array(bytes.prefix(actual * size)) : []
  )
}

/// Source: `zx_fifo_create`.
@Suite("zx_fifo_create") struct FifoCreateTests {
  private func create(_ count: Int, _ size: Int, _ options: UInt32 = 0) -> zx_status_t {
    var (first, second): (zx_handle_t, zx_handle_t) = (11, 22)
    let status = zx_fifo_create(count, size, options, &first, &second)
    if status == ZX_OK {
      closeAll([first, second])
    } else {
      #expect(first == 11 && second == 22)
    }
    return status
  }

  @Test(arguments: [
    (0, 8), (8, 0), (0, 0), (513, 8), (512, 9), (128, 33), (4_097, 1), (1, 4_097), (-1, 1), (1, -1),
    (-1, -1), (Int.min, 2), (1 << 32, 1 << 32), (1 << 33, 1 << 31),
  ])
  func `sizes that are none or too large are OUT_OF_RANGE, before the options`(
    count: Int, size: Int
  ) {
    #expect(create(count, size) == ZX_ERR_OUT_OF_RANGE)
    #expect(create(count, size, 1) == ZX_ERR_OUT_OF_RANGE)
  }

  @Test(arguments: [(512, 8), (4_096, 1), (1, 4_096), (3, 5), (127, 32)])
  func `any product up to 4,096 bytes will do`(count: Int, size: Int) {
    #expect(create(count, size) == ZX_OK)
    #expect(create(count, size, 1) == ZX_ERR_INVALID_ARGS)
    #expect(create(count, size, .max) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `both ends are of type 19 with rights 0xF00F, related and writable`() throws {
    let pair = try FifoPair(count: 2, size: 4)
    let first = try basicInfo(of: pair.first)
    let second = try basicInfo(of: pair.second)
    for info in [first, second] {
      #expect(info.type == 19)
      #expect(info.rights == 0xF00F)
    }
    #expect(first.koid != second.koid)
    #expect(first.related_koid == second.koid)
    #expect(second.related_koid == first.koid)
    #expect(signals(of: pair.first) == 0x2)
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test(arguments: BadAddress.unwritable)
  func `a bad out is INVALID_ARGS`(address: BadAddress) throws {
    let bad = try BadMemory(address, byteCount: 4)
    let out = bad.bound(to: zx_handle_t.self)
    var good = ZX_HANDLE_INVALID
    #expect(zx_fifo_create(1, 1, 0, out, &good) == ZX_ERR_INVALID_ARGS)
    #expect(zx_fifo_create(1, 1, 0, &good, out) == ZX_ERR_INVALID_ARGS)
    #expect(!isLive(good))
  }

  @Test func `only user bits can be signalled, at either end`() throws {
    let pair = try FifoPair(count: 2, size: 4)
    for signal in [zx_object_signal, zx_object_signal_peer] {
      for mask in [0x1, 0x2, 0x4, 0x8] as [UInt32] {
        #expect(signal(pair.first, 0, mask) == ZX_ERR_INVALID_ARGS)
        #expect(signal(pair.first, mask, 0) == ZX_ERR_INVALID_ARGS)
      }
    }
    #expect(zx_object_signal(pair.first, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(zx_object_signal_peer(pair.first, 0, ZX_USER_SIGNAL_1) == ZX_OK)
    #expect(signals(of: pair.first) == ZX_USER_SIGNAL_0 | 0x2)
    #expect(signals(of: pair.second) == ZX_USER_SIGNAL_1 | 0x2)
  }

  @Test func `closing an end: elements stay readable, then PEER_CLOSED`() throws {
    var pair = try FifoPair(count: 4, size: 1)
    #expect(fifoWrite(pair.first, [1, 2], size: 1) == .ok(2))
    var copy = try OwnedHandle(duplicating: pair.first)
    pair.closeFirst()
    #expect(signals(of: pair.second) == 0x3)
    copy.close()
    #expect(signals(of: pair.second) == 0x5)
    #expect(zx_object_signal_peer(pair.second, 0, ZX_USER_SIGNAL_0) == ZX_ERR_PEER_CLOSED)
    #expect(fifoRead(pair.second, count: 4, size: 1).bytes == [1, 2])
    #expect(signals(of: pair.second) == 0x4)
    #expect(fifoRead(pair.second, count: 4, size: 1).answer == .error(ZX_ERR_PEER_CLOSED))
  }
}
