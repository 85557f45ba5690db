import CZircon
import Glibc
import TestSupport
import Testing

/// Source: `zx_vmo_read` and `zx_vmo_write`.
@Suite("zx_vmo_read, zx_vmo_write") struct VmoReadWriteTests {
  @Test(arguments: [UInt64(0), 1, 4095, 4096, 8000])
  func `what is written is read`(offset: UInt64) throws {
    let vmo = try OwnedHandle.vmo(16_384)
    let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    #expect(vmoWrite(vmo.value, offset, bytes) == ZX_OK)
    #expect(try vmoBytes(vmo.value, offset, 5000) == bytes)
  }

  @Test func `the limit is the rounded size, not the content size`() throws {
    let vmo = try OwnedHandle.vmo(10)
    #expect(vmoWrite(vmo.value, 4095, [9]) == ZX_OK)
    #expect(try vmoBytes(vmo.value, 4095, 1) == [9])
    #expect(contentSize(vmo.value) == 10)
  }

  /// Ranges that leave memory of one page.
  private static let outside: [(UInt64, Int)] = [
    (4096, 1), (4095, 2), (4097, 0), (0, 4097), (.max, 1), (.max, 0), (1, .max), (0, -1),
    (.max - 1, 4096),
  ]

  @Test(arguments: outside)
  func `a range that is not inside is OUT_OF_RANGE, before the buffer`(
    offset: UInt64, size: Int
  ) throws {
    let vmo = try OwnedHandle.vmo(4096)
    #expect(zx_vmo_read(vmo.value, nil, offset, size) == ZX_ERR_OUT_OF_RANGE)
    #expect(zx_vmo_write(vmo.value, nil, offset, size) == ZX_ERR_OUT_OF_RANGE)
  }

  @Test(arguments: [UInt64(0), 1, 4095, 4096])
  func `no bytes are OK up to the end`(offset: UInt64) throws {
    let vmo = try OwnedHandle.vmo(4096)
    #expect(zx_vmo_read(vmo.value, nil, offset, 0) == ZX_OK)
    #expect(zx_vmo_write(vmo.value, nil, offset, 0) == ZX_OK)
  }

  @Test func `BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED, OUT_OF_RANGE in this order`() throws {
    let vmo = try OwnedHandle.vmo(4096)
    let event = try OwnedHandle.event()
    let bareEvent = try OwnedHandle(duplicating: event.value, rights: 0)
    let reader = try OwnedHandle(duplicating: vmo.value, rights: ZX_RIGHT_READ)
    let writer = try OwnedHandle(duplicating: vmo.value, rights: ZX_RIGHT_WRITE)
    for (handle, read, write) in [
      (try staleHandle(), ZX_ERR_BAD_HANDLE, ZX_ERR_BAD_HANDLE),
      (ZX_HANDLE_INVALID, ZX_ERR_BAD_HANDLE, ZX_ERR_BAD_HANDLE),
      (bareEvent.value, ZX_ERR_WRONG_TYPE, ZX_ERR_WRONG_TYPE),
      (reader.value, ZX_ERR_OUT_OF_RANGE, ZX_ERR_ACCESS_DENIED),
      (writer.value, ZX_ERR_ACCESS_DENIED, ZX_ERR_OUT_OF_RANGE),
    ] {
      #expect(zx_vmo_read(handle, nil, 5000, 1) == read)
      #expect(zx_vmo_write(handle, nil, 5000, 1) == write)
    }
  }

  @Test(arguments: BadAddress.allCases, [UInt32(0), ZX_VMO_RESIZABLE])
  func `a bad buffer is INVALID_ARGS`(address: BadAddress, options: UInt32) throws {
    let vmo = try OwnedHandle.vmo(65_536, options)
    let bad = try BadMemory(address, byteCount: 20_000)
    #expect(zx_vmo_read(vmo.value, bad.pointer, 0, 20_000) == ZX_ERR_INVALID_ARGS)
    if BadAddress.unreadable.contains(address) {
      #expect(zx_vmo_write(vmo.value, bad.pointer, 0, 20_000) == ZX_ERR_INVALID_ARGS)
    } else {
      #expect(zx_vmo_write(vmo.value, bad.pointer, 0, 20_000) == ZX_OK)
    }
  }

  @Test func `a buffer that is a mapping of the same memory works`() throws {
    let vmo = try OwnedHandle.vmo(8192)
    let map = try Mapped(vmo.value, 8192)
    try pointer(map.address)[0] = 5
    let source = UnsafeMutableRawPointer(bitPattern: map.address)
    #expect(zx_vmo_write(vmo.value, source, 4096, 4096) == ZX_OK)
    #expect(try vmoBytes(vmo.value, 4096, 1) == [5])
    #expect(try pointer(map.address)[4096] == 5)
  }

  @Test func `threads write and read beside a resize without a fault`() throws {
    let vmo = try OwnedHandle.vmo(1 << 20, ZX_VMO_RESIZABLE)
    let value = vmo.value
    let writer = try TestThread { () -> Bool in
      let bytes = [UInt8](repeating: 1, count: 65_536)
      return (0..<2_000).allSatisfy { _ in
        let status = vmoWrite(value, 900_000, bytes)
        return status == ZX_OK || status == ZX_ERR_OUT_OF_RANGE
      }
    }
    for _ in 0..<500 {
      #expect(zx_vmo_set_size(value, 4096) == ZX_OK)
      #expect(vmoSize(value) == 4096)
      #expect(zx_vmo_set_size(value, 1 << 20) == ZX_OK)
    }
    #expect(writer.join() == true)
    #expect(zx_vmo_set_size(value, 4096) == ZX_OK)
    #expect(vmoRead(value, 4096, 1).0 == ZX_ERR_OUT_OF_RANGE)
  }
}
