import CZircon
import TestSupport
import Testing

private func fill(_ handle: zx_handle_t, _ count: Int) {
  #expect(vmoWrite(handle, 0, [UInt8](repeating: 0xAB, count: count)) == ZX_OK)
}

/// Source: the sizes of a VMO, and `ZX_PROP_VMO_CONTENT_SIZE`.
@Suite("zx_vmo_get_size, _set_size, _get_stream_size, _set_stream_size") struct VmoSizeTests {
  // MARK: The size

  @Test func `getting sizes needs no right, only the type`() throws {
    let vmo = try OwnedHandle.vmo(5000)
    let bare = try OwnedHandle(duplicating: vmo.value, rights: 0)
    let event = try OwnedHandle.event()
    var size: UInt64 = 77
    #expect(vmoSize(bare.value) == 8192)
    #expect(streamSize(bare.value) == 5000)
    for get in [zx_vmo_get_size, zx_vmo_get_stream_size] {
      #expect(get(try staleHandle(), &size) == ZX_ERR_BAD_HANDLE)
      #expect(get(event.value, &size) == ZX_ERR_WRONG_TYPE)
    }
    #expect(size == 77)
  }

  @Test(arguments: BadAddress.unwritable)
  func `a bad pointer is INVALID_ARGS`(address: BadAddress) throws {
    let vmo = try OwnedHandle.vmo(5000)
    let bad = try BadMemory(address, byteCount: 8)
    #expect(zx_vmo_get_size(vmo.value, bad.bound(to: UInt64.self)) == ZX_ERR_INVALID_ARGS)
    #expect(zx_vmo_get_stream_size(vmo.value, bad.bound(to: UInt64.self)) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: [UInt64(0), 1, 4096, 5000, 100_000])
  func `set_size rounds the size and keeps the content size`(size: UInt64) throws {
    let vmo = try OwnedHandle.vmo(8192, ZX_VMO_RESIZABLE)
    #expect(zx_vmo_set_size(vmo.value, size) == ZX_OK)
    #expect(vmoSize(vmo.value) == (size + 4095) / 4096 * 4096)
    #expect(streamSize(vmo.value) == size)
  }

  @Test func `cutting drops bytes, zeroes the rest of the page, and growing adds zeros`() throws {
    let vmo = try OwnedHandle.vmo(12_288, ZX_VMO_RESIZABLE)
    fill(vmo.value, 12_288)
    #expect(zx_vmo_set_size(vmo.value, 5000) == ZX_OK)
    let cut = try vmoBytes(vmo.value, 0, 8192)
    #expect(cut[..<5000].allSatisfy { $0 == 0xAB })
    #expect(cut[5000...].allSatisfy { $0 == 0 })
    #expect(zx_vmo_set_size(vmo.value, 12_288) == ZX_OK)
    #expect(try vmoBytes(vmo.value, 5000, 7288).allSatisfy { $0 == 0 })
  }

  @Test func `set_size: the order of checks`() throws {
    let fixed = try OwnedHandle.vmo(4096)
    let vmo = try OwnedHandle.vmo(4096, ZX_VMO_RESIZABLE)
    let event = try OwnedHandle.event()
    let noWrite = try OwnedHandle(duplicating: vmo.value, rights: ZX_RIGHT_RESIZE)
    let noResize = try OwnedHandle(
      duplicating: vmo.value, rights: ZX_DEFAULT_VMO_RIGHTS)
    let unrounded = UInt64.max
    let tooLarge = UInt64.max - 8191
    let cases: [(zx_handle_t, UInt64, zx_status_t)] = [
      (try staleHandle(), unrounded, ZX_ERR_BAD_HANDLE),
      (event.value, unrounded, ZX_ERR_WRONG_TYPE),
      (noWrite.value, unrounded, ZX_ERR_ACCESS_DENIED),
      (noResize.value, unrounded, ZX_ERR_ACCESS_DENIED),
      (fixed.value, unrounded, ZX_ERR_OUT_OF_RANGE), (fixed.value, tooLarge, ZX_ERR_UNAVAILABLE),
      (fixed.value, 4096, ZX_ERR_UNAVAILABLE), (vmo.value, unrounded, ZX_ERR_OUT_OF_RANGE),
      (vmo.value, tooLarge, ZX_ERR_OUT_OF_RANGE),
    ]
    for (handle, size, status) in cases {
      #expect(zx_vmo_set_size(handle, size) == status)
    }
    #expect(vmoSize(vmo.value) == 4096)
  }

  // MARK: The stream size

  @Test func `a smaller stream size zeroes from there to the end`() throws {
    let vmo = try OwnedHandle.vmo(8192)
    fill(vmo.value, 8192)
    #expect(zx_vmo_set_stream_size(vmo.value, 100) == ZX_OK)
    let bytes = try vmoBytes(vmo.value, 0, 8192)
    #expect(bytes[..<100].allSatisfy { $0 == 0xAB })
    #expect(bytes[100...].allSatisfy { $0 == 0 })
    #expect(vmoSize(vmo.value) == 8192)
    #expect(contentSize(vmo.value) == 100)
  }

  @Test func `a larger stream size zeroes from the old one on`() throws {
    let vmo = try OwnedHandle.vmo(100)
    fill(vmo.value, 4096)
    #expect(zx_vmo_set_stream_size(vmo.value, 200) == ZX_OK)
    let bytes = try vmoBytes(vmo.value, 0, 4096)
    #expect(bytes[..<100].allSatisfy { $0 == 0xAB })
    #expect(bytes[100...].allSatisfy { $0 == 0 })
  }

  @Test func `the same stream size does nothing`() throws {
    let vmo = try OwnedHandle.vmo(100)
    fill(vmo.value, 4096)
    #expect(zx_vmo_set_stream_size(vmo.value, 100) == ZX_OK)
    #expect(try vmoBytes(vmo.value, 100, 3996).allSatisfy { $0 == 0xAB })
  }

  @Test func `set_stream_size: the order of checks`() throws {
    let vmo = try OwnedHandle.vmo(4096)
    let event = try OwnedHandle.event()
    let reader = try OwnedHandle(duplicating: vmo.value, rights: ZX_RIGHT_READ)
    for (handle, status) in [
      (try staleHandle(), ZX_ERR_BAD_HANDLE), (event.value, ZX_ERR_WRONG_TYPE),
      (reader.value, ZX_ERR_ACCESS_DENIED), (vmo.value, ZX_ERR_OUT_OF_RANGE),
    ] {
      #expect(zx_vmo_set_stream_size(handle, 4097) == status)
    }
    #expect(zx_vmo_set_stream_size(vmo.value, 4096) == ZX_OK)
    #expect(streamSize(vmo.value) == 4096)
  }

  // MARK: The property

  private func set(_ handle: zx_handle_t, _ value: UInt64, size: Int = 8) -> zx_status_t {
    var value = value
    return zx_object_set_property(handle, ZX_PROP_VMO_CONTENT_SIZE, &value, size)
  }

  @Test func `the property is the stream size`() throws {
    let vmo = try OwnedHandle.vmo(8192)
    fill(vmo.value, 8192)
    #expect(set(vmo.value, 100) == ZX_OK)
    #expect(streamSize(vmo.value) == 100)
    #expect(try vmoBytes(vmo.value, 100, 1) == [0])
    #expect(set(vmo.value, 8192) == ZX_OK)
    #expect(set(vmo.value, 8193) == ZX_ERR_OUT_OF_RANGE)
    #expect(contentSize(vmo.value) == 8192)
  }

  @Test func `setting needs both rights, before size and type`() throws {
    let vmo = try OwnedHandle.vmo(8192)
    let noSet = try OwnedHandle(duplicating: vmo.value, rights: ZX_RIGHT_WRITE)
    let noWrite = try OwnedHandle(duplicating: vmo.value, rights: ZX_RIGHT_SET_PROPERTY)
    #expect(set(noSet.value, 1) == ZX_ERR_ACCESS_DENIED)
    #expect(set(noWrite.value, 1, size: 0) == ZX_ERR_ACCESS_DENIED)
    let pair = try SocketPair(.stream)
    let socket = try OwnedHandle(duplicating: pair.writer, rights: ZX_RIGHT_SET_PROPERTY)
    #expect(set(socket.value, 1, size: 0) == ZX_ERR_ACCESS_DENIED)
    #expect(set(vmo.value, 1, size: 7) == ZX_ERR_BUFFER_TOO_SMALL)
    #expect(set(pair.writer, 1) == ZX_ERR_WRONG_TYPE)
  }

  @Test func `getting: the right, the size, the type`() throws {
    let vmo = try OwnedHandle.vmo(8192)
    let bare = try OwnedHandle(duplicating: vmo.value, rights: ZX_RIGHT_READ | ZX_RIGHT_WRITE)
    let pair = try SocketPair(.stream)
    var value: UInt64 = 77
    let property = ZX_PROP_VMO_CONTENT_SIZE
    #expect(zx_object_get_property(bare.value, property, &value, 8) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_object_get_property(vmo.value, property, &value, 7) == ZX_ERR_BUFFER_TOO_SMALL)
    #expect(zx_object_get_property(pair.writer, property, &value, 8) == ZX_ERR_WRONG_TYPE)
    #expect(
      zx_object_get_property(vmo.value, ZX_PROP_SOCKET_RX_THRESHOLD, &value, 8) == ZX_ERR_WRONG_TYPE
    )
    #expect(value == 77)
  }

  @Test(arguments: BadAddress.allCases)
  func `a bad value is INVALID_ARGS`(address: BadAddress) throws {
    let vmo = try OwnedHandle.vmo(8192)
    let bad = try BadMemory(address, byteCount: 8)
    let property = ZX_PROP_VMO_CONTENT_SIZE
    #expect(zx_object_get_property(vmo.value, property, bad.pointer, 8) == ZX_ERR_INVALID_ARGS)
    if BadAddress.unreadable.contains(address) {
      #expect(zx_object_set_property(vmo.value, property, bad.pointer, 8) == ZX_ERR_INVALID_ARGS)
    }
    #expect(contentSize(vmo.value) == 8192)
  }
}
