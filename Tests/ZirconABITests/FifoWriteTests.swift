import CZircon
import TestSupport
import Testing

/// Source: `zx_fifo_write`.
@Suite("zx_fifo_write") struct FifoWriteTests {
  @Test func `BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED before all else`() throws {
    var pair = try FifoPair(count: 2, size: 4)
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(duplicating: pair.first, rights: 0xF00F & ~ZX_RIGHT_WRITE)
    #expect(zx_fifo_write(0, 0, nil, 0, nil) == ZX_ERR_BAD_HANDLE)
    #expect(zx_fifo_write(try staleHandle(), 0, nil, 0, nil) == ZX_ERR_BAD_HANDLE)
    #expect(zx_fifo_write(event.value, 0, nil, 0, nil) == ZX_ERR_WRONG_TYPE)
    #expect(zx_fifo_write(bare.value, 0, nil, 0, nil) == ZX_ERR_ACCESS_DENIED)
    pair.forgetFirst(now: try replaced(pair.first, rights: ZX_RIGHT_SAME_RIGHTS))
  }

  @Test func `a closed peer comes before sizes: PEER_CLOSED`() throws {
    var pair = try FifoPair(count: 2, size: 4)
    pair.closeFirst()
    #expect(zx_fifo_write(pair.second, 0, nil, 0, nil) == ZX_ERR_PEER_CLOSED)
  }

  @Test func `another size or no elements are OUT_OF_RANGE, also when full`() throws {
    let pair = try FifoPair(count: 2, size: 4)
    for isFull in [false, true] {
      if isFull { #expect(fifoWrite(pair.first, bytePattern(8), size: 4) == .ok(2)) }
      for size in [0, 3, 5, 8, -4, 4_096] {
        #expect(zx_fifo_write(pair.first, size, nil, 1, nil) == ZX_ERR_OUT_OF_RANGE)
      }
      #expect(zx_fifo_write(pair.first, 4, nil, 0, nil) == ZX_ERR_OUT_OF_RANGE)
    }
    #expect(zx_fifo_write(pair.first, 4, nil, 1, nil) == ZX_ERR_SHOULD_WAIT)
  }

  @Test func `only as many elements go as fit, and WRITABLE goes when it is full`() throws {
    let pair = try FifoPair(count: 3, size: 2)
    #expect(fifoWrite(pair.first, [1, 1], size: 2) == .ok(1))
    #expect(signals(of: pair.first) == 0x2)
    #expect(signals(of: pair.second) == 0x3)
    #expect(fifoWrite(pair.first, [2, 2, 3, 3, 4, 4, 5, 5], size: 2) == .ok(2))
    #expect(signals(of: pair.first) == 0x0)
    #expect(fifoWrite(pair.first, [4, 4], size: 2) == .error(ZX_ERR_SHOULD_WAIT))
    #expect(fifoRead(pair.second, count: 1, size: 2).bytes == [1, 1])
    #expect(signals(of: pair.first) == 0x2)
    #expect(zx_fifo_write(pair.first, 2, [UInt8(4), 4], 1, nil) == ZX_OK)
    #expect(fifoRead(pair.second, count: 9, size: 2).bytes == [2, 2, 3, 3, 4, 4])
    #expect(signals(of: pair.second) == 0x2)
  }

  @Test func `each direction has its own room`() throws {
    let pair = try FifoPair(count: 2, size: 1)
    #expect(fifoWrite(pair.first, [1, 2], size: 1) == .ok(2))
    #expect(fifoWrite(pair.second, [3, 4], size: 1) == .ok(2))
    #expect(signals(of: pair.first) == 0x1)
    #expect(fifoRead(pair.first, count: 2, size: 1).bytes == [3, 4])
    #expect(fifoRead(pair.second, count: 2, size: 1).bytes == [1, 2])
  }

  @Test(arguments: BadAddress.unreadable)
  func `unreadable elements are INVALID_ARGS and nothing is written, also across the wrap`(
    address: BadAddress
  ) throws {
    for shift in 0..<8 {
      let pair = try FifoPair(count: 8, size: 8)
      if shift > 0 {
        #expect(fifoWrite(pair.first, bytePattern(shift * 8), size: 8) == .ok(shift))
        #expect(fifoRead(pair.second, count: shift, size: 8).bytes == bytePattern(shift * 8))
      }
      let bad = try BadMemory(address, byteCount: 64)
      var actual = Answer.untouched
      #expect(zx_fifo_write(pair.first, 8, bad.pointer, 8, &actual) == ZX_ERR_INVALID_ARGS)
      #expect(actual == Answer.untouched)
      #expect(signals(of: pair.first) == 0x2)
      #expect(signals(of: pair.second) == 0x2)
      #expect(fifoWrite(pair.first, bytePattern(64, from: 5), size: 8) == .ok(8))
      #expect(fifoRead(pair.second, count: 8, size: 8).bytes == bytePattern(64, from: 5))
    }
  }

  @Test func `elements that do not fit are not looked at`() throws {
    let pair = try FifoPair(count: 4, size: 8)
    let half = try BadMemory(.halfMapped, holding: bytePattern(64))
    #expect(zx_fifo_write(pair.first, 8, half.pointer, .max, nil) == ZX_OK)
    #expect(fifoRead(pair.second, count: 8, size: 8).bytes == bytePattern(32))
  }

  @Test(arguments: BadAddress.unwritableNotNull)
  func `an unwritable count is INVALID_ARGS with the elements written`(address: BadAddress) throws {
    let pair = try FifoPair(count: 4, size: 1)
    let bad = try BadMemory(address, byteCount: 8)
    let actual = bad.bound(to: Int.self)
    #expect(zx_fifo_write(pair.first, 1, [UInt8(7)], 1, actual) == ZX_ERR_INVALID_ARGS)
    #expect(fifoRead(pair.second, count: 4, size: 1).bytes == [7])
  }

  @Test func `threads that write and read lose and double nothing`() throws {
    let pair = try FifoPair(count: 16, size: 4)
    let (writer, reader) = (pair.first, pair.second)
    let perThread: UInt32 = 2_000
    let results = try race(threadCount: 4) { index -> [UInt32] in
      var numbers: [UInt32] = []
      var done: UInt32 = 0
      while done < perThread {
        var number = UInt32(index) << 16 | done
        let status =
          index < 2
          ? zx_fifo_write(writer, 4, &number, 1, nil) : zx_fifo_read(reader, 4, &number, 1, nil)
        if status == ZX_ERR_SHOULD_WAIT {
          let (end, signal) = index < 2 ? (writer, UInt32(2)) : (reader, UInt32(1))
          _ = zx_object_wait_one(end, signal, zx_deadline_after(1_000_000), nil)
          continue
        }
        guard status == ZX_OK else { return [] }
        if index >= 2 { numbers.append(number) }
        done += 1
      }
      return numbers
    }
    let read = results.compactMap(\.self).flatMap(\.self).sorted()
    let expected = [0, 1].flatMap { index in (0..<perThread).map { index << 16 | $0 } }
    #expect(read == expected)
  }
}

/// Source: `zx_fifo_read`.
@Suite("zx_fifo_read") struct FifoReadTests {
  @Test func `BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED before all else`() throws {
    let pair = try FifoPair(count: 2, size: 4)
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(duplicating: pair.first, rights: 0xF00F & ~ZX_RIGHT_READ)
    #expect(zx_fifo_read(0, 0, nil, 0, nil) == ZX_ERR_BAD_HANDLE)
    #expect(zx_fifo_read(event.value, 0, nil, 0, nil) == ZX_ERR_WRONG_TYPE)
    #expect(zx_fifo_read(bare.value, 0, nil, 0, nil) == ZX_ERR_ACCESS_DENIED)
  }

  @Test func `sizes come before the state: OUT_OF_RANGE, then SHOULD_WAIT or PEER_CLOSED`() throws {
    var pair = try FifoPair(count: 2, size: 4)
    for status in [ZX_ERR_SHOULD_WAIT, ZX_ERR_PEER_CLOSED] {
      for size in [0, 3, 5, 8, -4] {
        #expect(zx_fifo_read(pair.second, size, nil, 1, nil) == ZX_ERR_OUT_OF_RANGE)
      }
      #expect(zx_fifo_read(pair.second, 4, nil, 0, nil) == ZX_ERR_OUT_OF_RANGE)
      #expect(zx_fifo_read(pair.second, 4, nil, 1, nil) == status)
      if status == ZX_ERR_SHOULD_WAIT { pair.closeFirst() }
    }
  }

  @Test(arguments: BadAddress.unwritable)
  func `unwritable room is INVALID_ARGS and nothing is consumed, also across the wrap`(
    address: BadAddress
  ) throws {
    for shift in 0..<8 {
      let pair = try FifoPair(count: 8, size: 8)
      if shift > 0 {
        #expect(fifoWrite(pair.first, bytePattern(shift * 8), size: 8) == .ok(shift))
        #expect(fifoRead(pair.second, count: shift, size: 8).answer == .ok(shift))
      }
      #expect(fifoWrite(pair.first, bytePattern(64), size: 8) == .ok(8))
      let bad = try BadMemory(address, byteCount: 64)
      var actual = Answer.untouched
      #expect(zx_fifo_read(pair.second, 8, bad.pointer, 8, &actual) == ZX_ERR_INVALID_ARGS)
      #expect(actual == Answer.untouched)
      #expect(signals(of: pair.first) == 0x0)
      #expect(signals(of: pair.second) == 0x3)
      #expect(fifoRead(pair.second, count: 8, size: 8).bytes == bytePattern(64))
    }
  }

  @Test func `room that is not needed is not looked at`() throws {
    let pair = try FifoPair(count: 4, size: 8)
    let half = try BadMemory(.halfMapped, byteCount: 64)
    #expect(fifoWrite(pair.first, bytePattern(32), size: 8) == .ok(4))
    var actual = 0
    #expect(zx_fifo_read(pair.second, 8, half.pointer, .max, &actual) == ZX_OK)
    #expect(actual == 4)
  }

  @Test(arguments: BadAddress.unwritableNotNull)
  func `an unwritable count is INVALID_ARGS with the elements consumed`(address: BadAddress) throws
  {
    let pair = try FifoPair(count: 4, size: 1)
    let bad = try BadMemory(address, byteCount: 8)
    let actual = bad.bound(to: Int.self)
    #expect(fifoWrite(pair.first, [7], size: 1) == .ok(1))
    var byte: UInt8 = 0
    #expect(zx_fifo_read(pair.second, 1, &byte, 1, actual) == ZX_ERR_INVALID_ARGS)
    #expect(byte == 7)
    #expect(signals(of: pair.second) == 0x2)
  }
}
