import CZircon
import TestSupport
import Testing

private let root = zx_vmar_root_self()

private func map(
  _ region: zx_handle_t, _ options: zx_vm_option_t, _ offset: Int, _ vmo: zx_handle_t,
  _ vmoOffset: UInt64, _ size: Int
) -> zx_status_t {
  var address: zx_vaddr_t = 77
  let status = zx_vmar_map(region, options, offset, vmo, vmoOffset, size, &address)
  if status == ZX_OK {
    #expect(zx_vmar_unmap(region, address, size) == ZX_OK)
  } else {
    #expect(address == 77)
  }
  return status
}

/// Source: `zx_vmar_map` and `zx_vmar_root_self`.
@Suite("zx_vmar_map") struct VmarMapTests {
  // MARK: The whole address space

  @Test func `the root: one handle, type and rights`() throws {
    #expect(zx_vmar_root_self() == root)
    let info = try basicInfo(of: root)
    #expect(info.type == ZX_OBJ_TYPE_VMAR)
    #expect(info.rights == 0x20801F)
    #expect(zx_object_wait_one(root, 1, 0, nil) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_object_signal(root, 0, ZX_USER_SIGNAL_0) == ZX_ERR_ACCESS_DENIED)
    var region = zx_info_vmar_t()
    #expect(zx_object_get_info(root, ZX_INFO_VMAR, &region, 16, nil, nil) == ZX_OK)
    let here = withUnsafePointer(to: &region) { UInt(bitPattern: $0) }
    #expect(region.base <= here && here < region.base + UInt(region.len))
  }

  @Test func `INFO_VMAR: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED, BUFFER_TOO_SMALL`() throws {
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(duplicating: root, rights: ZX_RIGHT_READ)
    for (handle, status) in [
      (try staleHandle(), ZX_ERR_BAD_HANDLE), (event.value, ZX_ERR_WRONG_TYPE),
      (bare.value, ZX_ERR_ACCESS_DENIED), (root, ZX_ERR_BUFFER_TOO_SMALL),
    ] {
      #expect(zx_object_get_info(handle, ZX_INFO_VMAR, nil, 15, nil, nil) == status)
    }
  }

  // MARK: What a mapping does

  @Test func `stores are seen by reads and by other mappings, and the other way`() throws {
    let vmo = try OwnedHandle.vmo(8192)
    let first = try Mapped(vmo.value, 8192)
    let second = try Mapped(vmo.value, 4096, ZX_VM_PERM_READ, from: 4096)
    try pointer(first.address)[4097] = 42
    #expect(try pointer(second.address)[1] == 42)
    #expect(try vmoBytes(vmo.value, 4097, 1) == [42])
    #expect(vmoWrite(vmo.value, 4098, [43]) == ZX_OK)
    #expect(try pointer(second.address)[2] == 43)
  }

  @Test(arguments: [
    (zx_vm_option_t(0), false, false), (ZX_VM_PERM_READ, true, false), (readWrite, true, true),
  ])
  func `permissions are real`(
    options: zx_vm_option_t, isReadable: Bool, isWritable: Bool
  ) throws {
    let vmo = try OwnedHandle.vmo(4096)
    let map = try Mapped(vmo.value, 4096, options)
    let seen = try access(map.address)
    #expect(seen.isReadable == isReadable)
    #expect(seen.isWritable == isWritable)
  }

  @Test func `a mapping without permissions is a bad pointer for every call`() throws {
    let vmo = try OwnedHandle.vmo(4096)
    let map = try Mapped(vmo.value, 4096, 0)
    let bad = UnsafeMutableRawPointer(bitPattern: map.address)
    let pair = try SocketPair(.stream)
    #expect(zx_socket_write(pair.writer, 0, bad, 1, nil) == ZX_ERR_INVALID_ARGS)
    #expect(zx_vmo_read(vmo.value, bad, 0, 1) == ZX_ERR_INVALID_ARGS)
    #expect(zx_clock_get(0, bad?.assumingMemoryBound(to: Int64.self)) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `past the end of the memory there is nothing, for calls too`() throws {
    let vmo = try OwnedHandle.vmo(4096)
    let map = try Mapped(vmo.value, 12_288)
    #expect(try access(map.address).isWritable)
    #expect(try !access(map.address + 4096).isReadable)
    let slice = try sliceOfFirstPage()
    let part = try Mapped(slice.value, 8192)
    #expect(try access(part.address).isWritable)
    #expect(try !access(part.address + 4096).isReadable)
    #expect(zx_vmar_protect(root, readWrite, part.address, 8192) == ZX_OK)
    #expect(try !access(part.address + 4096).isReadable)
  }

  private func sliceOfFirstPage() throws -> OwnedHandle {
    let parent = try OwnedHandle.vmo(8192)
    var slice = ZX_HANDLE_INVALID
    try #require(zx_vmo_create_child(parent.value, ZX_VMO_CHILD_SLICE, 0, 4096, &slice) == ZX_OK)
    return OwnedHandle(owning: slice)
  }

  @Test func `a mapping keeps the memory when the handle is closed`() throws {
    var vmo = try OwnedHandle.vmo(4096)
    #expect(vmoWrite(vmo.value, 5, [9]) == ZX_OK)
    let map = try Mapped(vmo.value, 4096)
    vmo.close()
    #expect(try pointer(map.address)[5] == 9)
  }

  @Test(arguments: [1, 4095, 4097, 8192])
  func `the size is rounded up to pages`(size: Int) throws {
    let vmo = try OwnedHandle.vmo(16_384)
    let map = try Mapped(vmo.value, size)
    let pages = (size + 4095) / 4096
    #expect(map.address % 4096 == 0)
    #expect(try access(map.address + UInt(pages * 4096 - 1)).isWritable)
  }

  @Test(arguments: [UInt32(10), 12, 16, 21, 30])
  func `an alignment is kept`(exponent: UInt32) throws {
    let vmo = try OwnedHandle.vmo(4096)
    let map = try Mapped(vmo.value, 4096, readWrite | exponent << 24)
    #expect(map.address % (1 << UInt(exponent)) == 0)
    #expect(try access(map.address).isWritable)
  }

  @Test func `what can be run has to be asked for twice`() throws {
    let vmo = try OwnedHandle.vmo(4096)
    let run = ZX_VM_PERM_READ | ZX_VM_PERM_EXECUTE
    #expect(map(root, run, 0, vmo.value, 0, 4096) == ZX_ERR_ACCESS_DENIED)
    var runnable = ZX_HANDLE_INVALID
    let copy = try OwnedHandle(duplicating: vmo.value)
    try #require(zx_vmo_replace_as_executable(copy.value, 0, &runnable) == ZX_OK)
    var held = copy
    held.forget(now: runnable)
    #expect(map(root, run, 0, runnable, 0, 4096) == ZX_OK)
  }

  // MARK: Checks

  @Test func `the region is judged before the memory`() throws {
    let vmo = try OwnedHandle.vmo(4096)
    let event = try OwnedHandle.event()
    let stale = try staleHandle()
    #expect(map(stale, 0, 1, event.value, 1, 0) == ZX_ERR_BAD_HANDLE)
    #expect(map(vmo.value, 0, 1, stale, 1, 0) == ZX_ERR_WRONG_TYPE)
    #expect(map(root, 0, 1, stale, 1, 0) == ZX_ERR_BAD_HANDLE)
    #expect(map(root, 0, 1, event.value, 1, 0) == ZX_ERR_WRONG_TYPE)
  }

  @Test func `rights of the handles, in their order`() throws {
    let vmo = try OwnedHandle.vmo(4096)
    let noMap = try OwnedHandle(duplicating: vmo.value, rights: ZX_RIGHT_READ)
    let noWrite = try OwnedHandle(duplicating: vmo.value, rights: ZX_RIGHT_READ | ZX_RIGHT_MAP)
    let noRead = try OwnedHandle(duplicating: vmo.value, rights: ZX_RIGHT_MAP)
    let region = try OwnedHandle(duplicating: root, rights: ZX_RIGHT_READ)
    // MAP comes before permissions that do not go together.
    #expect(map(root, ZX_VM_PERM_WRITE, 1, noMap.value, 0, 0) == ZX_ERR_ACCESS_DENIED)
    #expect(map(root, ZX_VM_PERM_WRITE, 1, vmo.value, 0, 0) == ZX_ERR_INVALID_ARGS)
    #expect(map(root, ZX_VM_PERM_EXECUTE, 1, vmo.value, 0, 0) == ZX_ERR_INVALID_ARGS)
    #expect(map(root, readWrite, 1, noWrite.value, 0, 0) == ZX_ERR_ACCESS_DENIED)
    #expect(map(root, ZX_VM_PERM_READ, 1, noRead.value, 0, 0) == ZX_ERR_ACCESS_DENIED)
    #expect(map(region.value, readWrite, 1, vmo.value, 0, 0) == ZX_ERR_ACCESS_DENIED)
    #expect(map(region.value, ZX_VM_PERM_READ, 0, vmo.value, 0, 4096) == ZX_OK)
  }

  @Test func `options that do not go together`() throws {
    let vmo = try OwnedHandle.vmo(4096)
    let fixed = ZX_VM_REQUIRE_NON_RESIZABLE
    let resizable = try OwnedHandle.vmo(4096, ZX_VMO_RESIZABLE)
    let discardable = try OwnedHandle.vmo(4096, ZX_VMO_DISCARDABLE)
    let cases: [(zx_handle_t, zx_vm_option_t, zx_status_t)] = [
      (vmo.value, ZX_VM_MAP_RANGE | ZX_VM_SPECIFIC_OVERWRITE, ZX_ERR_INVALID_ARGS),
      (vmo.value, ZX_VM_CAN_MAP_READ, ZX_ERR_INVALID_ARGS),
      (vmo.value, ZX_VM_FAULT_BEYOND_STREAM_SIZE, ZX_ERR_INVALID_ARGS),
      (vmo.value, 1 << 16, ZX_ERR_INVALID_ARGS), (vmo.value, 1 << 23, ZX_ERR_INVALID_ARGS),
      (vmo.value, 9 << 24, ZX_ERR_INVALID_ARGS), (vmo.value, 33 << 24, ZX_ERR_INVALID_ARGS),
      (vmo.value, ZX_VM_COMPACT, ZX_ERR_INVALID_ARGS),
      (vmo.value, ZX_VM_CAN_MAP_SPECIFIC, ZX_ERR_INVALID_ARGS),
      (vmo.value, ZX_VM_SPECIFIC | ZX_VM_OFFSET_IS_UPPER_LIMIT, ZX_ERR_INVALID_ARGS),
      (resizable.value, fixed, ZX_ERR_NOT_SUPPORTED),
      (resizable.value, fixed | ZX_VM_COMPACT, ZX_ERR_NOT_SUPPORTED),
      (discardable.value, 0, ZX_ERR_NOT_SUPPORTED),
      (discardable.value, ZX_VM_ALLOW_FAULTS, ZX_OK), (vmo.value, fixed, ZX_OK),
      (vmo.value, ZX_VM_MAP_RANGE, ZX_OK), (vmo.value, ZX_VM_PERM_READ_IF_XOM_UNSUPPORTED, ZX_OK),
    ]
    for (handle, options, status) in cases {
      #expect(map(root, options, 0, handle, 0, 4096) == status, "\(options)")
    }
  }

  @Test func `offsets and sizes`() throws {
    let vmo = try OwnedHandle.vmo(4096)
    let cases: [(Int, UInt64, Int, zx_status_t)] = [
      (1, 1, 0, ZX_ERR_INVALID_ARGS),
      (0, 0, -1, ZX_ERR_OUT_OF_RANGE), (0, .max - 4095, 4097, ZX_ERR_OUT_OF_RANGE),
      (0, 0, 0, ZX_ERR_INVALID_ARGS), (4096, 0, 4096, ZX_ERR_INVALID_ARGS),
      (0, 0, 1 << 62, ZX_ERR_INVALID_ARGS), (0, 1 << 30, 4096, ZX_OK),
    ]
    for (offset, vmoOffset, size, status) in cases {
      #expect(map(root, ZX_VM_PERM_READ, offset, vmo.value, vmoOffset, size) == status)
    }
  }

  @Test(arguments: BadAddress.unwritable)
  func `a bad address for the answer is INVALID_ARGS, and nothing is mapped`(address: BadAddress)
    throws
  {
    let vmo = try OwnedHandle.vmo(4096)
    let bad = try BadMemory(address, byteCount: 8)
    let out = bad.bound(to: zx_vaddr_t.self)
    #expect(zx_vmar_map(root, readWrite, 0, vmo.value, 0, 4096, out) == ZX_ERR_INVALID_ARGS)
    #expect(try vmoInfo(of: vmo.value).num_mappings == 0)
  }
}
