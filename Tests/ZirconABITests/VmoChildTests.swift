import CZircon
import TestSupport
import Testing

private func child(
  _ parent: zx_handle_t, _ options: UInt32, _ offset: UInt64 = 0, _ size: UInt64
) throws -> OwnedHandle {
  var handle = ZX_HANDLE_INVALID
  try #require(zx_vmo_create_child(parent, options, offset, size, &handle) == ZX_OK)
  return OwnedHandle(owning: handle)
}

/// Source: `zx_vmo_create_child`, `zx_vmo_op_range`, `ZX_INFO_VMO`, `zx_vmo_replace_as_executable`.
@Suite("zx_vmo_create_child, zx_vmo_op_range, ZX_INFO_VMO") struct VmoChildTests {
  private static let snapshots = [
    ZX_VMO_CHILD_SNAPSHOT, ZX_VMO_CHILD_SNAPSHOT_AT_LEAST_ON_WRITE, ZX_VMO_CHILD_SNAPSHOT_MODIFIED,
  ]

  // MARK: Children

  @Test(arguments: snapshots)
  func `a snapshot begins equal and goes its own way`(kind: UInt32) throws {
    let parent = try OwnedHandle.vmo(8192)
    #expect(vmoWrite(parent.value, 4090, [UInt8](1...20)) == ZX_OK)
    let copy = try child(parent.value, kind, 0, 8192)
    #expect(try vmoBytes(copy.value, 4090, 20) == [UInt8](1...20))
    #expect(vmoWrite(parent.value, 4090, [99]) == ZX_OK)
    #expect(vmoWrite(copy.value, 4091, [88]) == ZX_OK)
    #expect(try vmoBytes(copy.value, 4090, 3) == [1, 88, 3])
    #expect(try vmoBytes(parent.value, 4090, 3) == [99, 2, 3])
  }

  @Test func `a snapshot of a part, and beyond the end, where zeros are`() throws {
    let parent = try OwnedHandle.vmo(8192)
    #expect(vmoWrite(parent.value, 4096, [7]) == ZX_OK)
    let part = try child(parent.value, ZX_VMO_CHILD_SNAPSHOT, 4096, 10_000)
    #expect(vmoSize(part.value) == 12_288)
    #expect(streamSize(part.value) == 10_000)
    #expect(try vmoBytes(part.value, 0, 2) == [7, 0])
    #expect(try vmoBytes(part.value, 12_287, 1) == [0])
    let beyond = try child(parent.value, ZX_VMO_CHILD_SNAPSHOT, 1 << 40, 4096)
    #expect(try vmoBytes(beyond.value, 0, 4096).allSatisfy { $0 == 0 })
  }

  @Test func `a slice is a part of its parent`() throws {
    let parent = try OwnedHandle.vmo(12_288)
    let slice = try child(parent.value, ZX_VMO_CHILD_SLICE, 4096, 4096)
    #expect(vmoWrite(slice.value, 1, [5]) == ZX_OK)
    #expect(try vmoBytes(parent.value, 4097, 1) == [5])
    #expect(vmoWrite(parent.value, 4098, [6]) == ZX_OK)
    #expect(try vmoBytes(slice.value, 1, 2) == [5, 6])
    #expect(vmoRead(slice.value, 4096, 1).0 == ZX_ERR_OUT_OF_RANGE)
    let inner = try child(slice.value, ZX_VMO_CHILD_SLICE, 0, 4096)
    #expect(try vmoBytes(inner.value, 2, 1) == [6])
  }

  @Test func `a reference is all of its parent, sizes too`() throws {
    let parent = try OwnedHandle.vmo(4096, ZX_VMO_RESIZABLE)
    let all = try child(
      parent.value, ZX_VMO_CHILD_REFERENCE | ZX_VMO_CHILD_RESIZABLE, 0, 0)
    #expect(zx_vmo_set_size(all.value, 20_000) == ZX_OK)
    #expect(vmoSize(parent.value) == 20_480)
    #expect(vmoWrite(parent.value, 20_000, [3]) == ZX_OK)
    #expect(try vmoBytes(all.value, 20_000, 1) == [3])
  }

  @Test func `rights of children`() throws {
    let parent = try OwnedHandle.vmo(4096)
    let reader = try OwnedHandle(
      duplicating: parent.value, rights: ZX_RIGHT_DUPLICATE | ZX_RIGHT_READ)
    let property = ZX_RIGHTS_PROPERTY
    let own = ZX_RIGHT_DUPLICATE | ZX_RIGHT_READ | property
    let cases: [(UInt32, zx_rights_t)] = [
      (ZX_VMO_CHILD_SLICE, own), (ZX_VMO_CHILD_SNAPSHOT, own | ZX_RIGHT_WRITE),
      (ZX_VMO_CHILD_SNAPSHOT | ZX_VMO_CHILD_NO_WRITE, own),
      (ZX_VMO_CHILD_SNAPSHOT | ZX_VMO_CHILD_RESIZABLE, own | ZX_RIGHT_WRITE | ZX_RIGHT_RESIZE),
    ]
    for (kind, rights) in cases {
      let made = try child(reader.value, kind, 0, 4096)
      #expect(try basicInfo(of: made.value).rights == rights)
    }
  }

  @Test func `ZERO_CHILDREN is off while there are children or mappings of theirs`() throws {
    let parent = try OwnedHandle.vmo(4096)
    var slice = try child(parent.value, ZX_VMO_CHILD_SLICE, 0, 4096)
    #expect(signals(of: parent.value) == 0)
    var copy = try child(parent.value, ZX_VMO_CHILD_SNAPSHOT, 0, 4096)
    slice.close()
    #expect(signals(of: parent.value) == 0)
    do {
      let map = try Mapped(copy.value, 4096)
      copy.close()
      #expect(signals(of: parent.value) == 0)
      #expect(try pointer(map.address)[0] == 0)
    }
    #expect(signals(of: parent.value) == ZX_VMO_ZERO_CHILDREN)
  }

  @Test func `the last child wakes whoever waits for none`() throws {
    let parent = try OwnedHandle.vmo(4096)
    var slice = try child(parent.value, ZX_VMO_CHILD_SLICE, 0, 4096)
    let value = parent.value
    let waiter = try TestThread {
      zx_object_wait_one(value, ZX_VMO_ZERO_CHILDREN, farDeadline(), nil)
    }
    #expect(waiter.waitUntilAsleep())
    slice.close()
    #expect(waiter.join() == ZX_OK)
  }

  @Test func `create_child: the order of checks`() throws {
    let parent = try OwnedHandle.vmo(8192)
    let resizable = try OwnedHandle.vmo(8192, ZX_VMO_RESIZABLE)
    let discardable = try OwnedHandle.vmo(8192, ZX_VMO_DISCARDABLE)
    let event = try OwnedHandle.event()
    let noRead = try OwnedHandle(duplicating: parent.value, rights: ZX_RIGHT_DUPLICATE)
    let noCopy = try OwnedHandle(duplicating: parent.value, rights: ZX_RIGHT_READ)
    let (snapshot, slice) = (ZX_VMO_CHILD_SNAPSHOT, ZX_VMO_CHILD_SLICE)
    let noWriteResizable = ZX_VMO_CHILD_NO_WRITE | ZX_VMO_CHILD_RESIZABLE
    var out: zx_handle_t = 77
    let cases: [(zx_handle_t, UInt32, UInt64, UInt64, zx_status_t)] = [
      (try staleHandle(), noWriteResizable | snapshot, 1, 1, ZX_ERR_INVALID_ARGS),
      (try staleHandle(), snapshot, 1, 1, ZX_ERR_BAD_HANDLE),
      (event.value, snapshot, 1, 1, ZX_ERR_WRONG_TYPE),
      (noRead.value, snapshot, 1, 1, ZX_ERR_ACCESS_DENIED),
      (noCopy.value, snapshot, 1, 1, ZX_ERR_ACCESS_DENIED),
      (discardable.value, snapshot, 0, 1, ZX_ERR_NOT_SUPPORTED),
      (parent.value, 0, 0, 1, ZX_ERR_INVALID_ARGS),
      (parent.value, snapshot | slice, 0, 1, ZX_ERR_INVALID_ARGS),
      (parent.value, slice | ZX_VMO_CHILD_RESIZABLE, 0, 1, ZX_ERR_INVALID_ARGS),
      (parent.value, snapshot | ZX_VMO_CHILD_SNAPSHOT_AT_LEAST_ON_WRITE, 0, 1, ZX_ERR_INVALID_ARGS),
      (parent.value, snapshot | 1 << 9, 0, 1, ZX_ERR_INVALID_ARGS),
      (parent.value, snapshot, 1, 1, ZX_ERR_INVALID_ARGS),
      (parent.value, snapshot, 0, .max, ZX_ERR_OUT_OF_RANGE),
      (parent.value, snapshot, 1 << 63, 1 << 63, ZX_ERR_OUT_OF_RANGE),
      (parent.value, slice, 1, 1, ZX_ERR_INVALID_ARGS),
      (parent.value, slice, 4096, 4097, ZX_ERR_INVALID_ARGS),
      (resizable.value, slice, 0, 4096, ZX_ERR_NOT_SUPPORTED),
    ]
    for (handle, options, offset, size, status) in cases {
      let actual = zx_vmo_create_child(handle, options, offset, size, &out)
      #expect(actual == status, "\(options) \(offset) \(size)")
    }
    #expect(out == 77)
  }

  @Test(arguments: BadAddress.unwritable)
  func `create_child with a bad out is INVALID_ARGS, and there is no child`(address: BadAddress)
    throws
  {
    let parent = try OwnedHandle.vmo(4096)
    let bad = try BadMemory(address, byteCount: 4)
    let out = bad.bound(to: zx_handle_t.self)
    for kind in [ZX_VMO_CHILD_SLICE, ZX_VMO_CHILD_SNAPSHOT] {
      #expect(zx_vmo_create_child(parent.value, kind, 0, 4096, out) == ZX_ERR_INVALID_ARGS)
    }
    #expect(signals(of: parent.value) == ZX_VMO_ZERO_CHILDREN)
  }

  // MARK: Facts

  @Test func `facts of a resizable memory, its child and a mapping`() throws {
    let parent = try OwnedHandle.vmo(5000, ZX_VMO_RESIZABLE)
    #expect(zx_object_set_property(parent.value, ZX_PROP_NAME, "memory", 6) == ZX_OK)
    #expect(vmoWrite(parent.value, 0, [1]) == ZX_OK)
    let copy = try child(parent.value, ZX_VMO_CHILD_SNAPSHOT, 0, 4096)
    let map = try Mapped(parent.value, 4096)
    #expect(map.address != 0)
    let info = try vmoInfo(of: parent.value)
    #expect(info.koid == (try basicInfo(of: parent.value)).koid)
    #expect(info.size_bytes == 8192)
    #expect(info.parent_koid == 0)
    #expect(info.num_children == 1)
    #expect(info.num_mappings == 1)
    #expect(info.share_count == 1)
    #expect(
      info.flags == ZX_INFO_VMO_TYPE_PAGED | ZX_INFO_VMO_RESIZABLE | ZX_INFO_VMO_VIA_HANDLE)
    #expect(info.handle_rights == 0x40D0EF)
    #expect(info.cache_policy == 0)
    #expect(info.committed_bytes == 4096)
    let name = withUnsafeBytes(of: info.name) { [UInt8]($0.prefix(7)) }
    #expect(name == [UInt8]("memory".utf8) + [0])
    let childInfo = try vmoInfo(of: copy.value)
    #expect(childInfo.parent_koid == info.koid)
    #expect(childInfo.flags & ZX_INFO_VMO_IS_COW_CLONE != 0)
    #expect(withUnsafeBytes(of: childInfo.name) { [UInt8]($0.prefix(7)) } == name)
  }

  @Test func `facts need no right, only the type, and come in every size there was`() throws {
    let vmo = try OwnedHandle.vmo(4096)
    let bare = try OwnedHandle(duplicating: vmo.value, rights: 0)
    let event = try OwnedHandle.event()
    for (topic, size) in [
      (ZX_INFO_VMO, 176), (ZX_INFO_VMO_V1, 104), (ZX_INFO_VMO_V2, 120), (ZX_INFO_VMO_V3, 128),
    ] {
      var bytes = [UInt8](repeating: 0xCC, count: 200)
      #expect(zx_object_get_info(bare.value, topic, &bytes, 200, nil, nil) == ZX_OK)
      #expect(bytes[size...].allSatisfy { $0 == 0xCC })
      #expect(bytes[96..<100].allSatisfy { $0 == 0 })
      let short = zx_object_get_info(bare.value, topic, nil, size - 1, nil, nil)
      #expect(short == ZX_ERR_BUFFER_TOO_SMALL)
      #expect(zx_object_get_info(event.value, topic, nil, 0, nil, nil) == ZX_ERR_WRONG_TYPE)
    }
  }

  // MARK: Ranges

  private func operate(
    _ handle: zx_handle_t, _ operation: UInt32, _ offset: UInt64, _ size: UInt64
  ) -> zx_status_t {
    zx_vmo_op_range(handle, operation, offset, size, nil, 0)
  }

  @Test func `ZERO and DECOMMIT zero, COMMIT takes memory`() throws {
    let vmo = try OwnedHandle.vmo(12_288)
    #expect(vmoWrite(vmo.value, 0, [UInt8](repeating: 1, count: 12_288)) == ZX_OK)
    #expect(operate(vmo.value, ZX_VMO_OP_ZERO, 100, 50) == ZX_OK)
    #expect(try vmoBytes(vmo.value, 99, 52) == [1] + [UInt8](repeating: 0, count: 50) + [1])
    #expect(operate(vmo.value, ZX_VMO_OP_DECOMMIT, 4096, 4096) == ZX_OK)
    #expect(try vmoBytes(vmo.value, 4096, 4096).allSatisfy { $0 == 0 })
    #expect(try vmoInfo(of: vmo.value).committed_bytes == 8192)
    #expect(operate(vmo.value, ZX_VMO_OP_COMMIT, 0, 12_288) == ZX_OK)
    #expect(try vmoInfo(of: vmo.value).committed_bytes == 12_288)
  }

  @Test func `op_range: the order of checks`() throws {
    let vmo = try OwnedHandle.vmo(4096)
    let reader = try OwnedHandle(duplicating: vmo.value, rights: ZX_RIGHT_READ)
    let writer = try OwnedHandle(duplicating: vmo.value, rights: ZX_RIGHT_WRITE)
    let event = try OwnedHandle.event()
    #expect(operate(try staleHandle(), 99, 0, 0) == ZX_ERR_BAD_HANDLE)
    #expect(operate(event.value, 99, 0, 0) == ZX_ERR_WRONG_TYPE)
    #expect(operate(vmo.value, 99, 0, 0) == ZX_ERR_INVALID_ARGS)
    #expect(operate(vmo.value, 0, 0, 0) == ZX_ERR_INVALID_ARGS)
    for operation in [ZX_VMO_OP_COMMIT, ZX_VMO_OP_DECOMMIT, ZX_VMO_OP_ZERO] {
      #expect(operate(reader.value, operation, 0, 8192) == ZX_ERR_ACCESS_DENIED)
      #expect(operate(writer.value, operation, 0, 8192) == ZX_ERR_OUT_OF_RANGE)
    }
    #expect(operate(vmo.value, ZX_VMO_OP_DECOMMIT, 1, 4096) == ZX_ERR_INVALID_ARGS)
    for operation in [ZX_VMO_OP_CACHE_SYNC, ZX_VMO_OP_CACHE_CLEAN] {
      #expect(operate(writer.value, operation, 0, 4096) == ZX_ERR_ACCESS_DENIED)
      #expect(operate(reader.value, operation, 0, 0) == ZX_ERR_INVALID_ARGS)
      #expect(operate(reader.value, operation, 0, 4097) == ZX_ERR_OUT_OF_RANGE)
      #expect(operate(reader.value, operation, 0, 4096) == ZX_OK)
    }
    for operation in [ZX_VMO_OP_LOCK, ZX_VMO_OP_TRY_LOCK, ZX_VMO_OP_UNLOCK] {
      #expect(operate(vmo.value, operation, 0, 4096) == ZX_ERR_NOT_SUPPORTED)
    }
  }

  // MARK: Running

  @Test func `replace_as_executable adds the right and takes the old handle`() throws {
    var vmo = try OwnedHandle.vmo(4096)
    let koid = try basicInfo(of: vmo.value).koid
    var out = ZX_HANDLE_INVALID
    let old = vmo.value
    #expect(zx_vmo_replace_as_executable(old, ZX_HANDLE_INVALID, &out) == ZX_OK)
    vmo.forget(now: out)
    #expect(!isLive(old))
    #expect(try basicInfo(of: out).koid == koid)
    #expect(try basicInfo(of: out).rights == 0xD0FF)
  }

  @Test func `replace_as_executable of other things is BAD_HANDLE, and they are gone`() throws {
    var event = try OwnedHandle.event()
    var out: zx_handle_t = 77
    #expect(zx_vmo_replace_as_executable(try staleHandle(), 0, &out) == ZX_ERR_BAD_HANDLE)
    #expect(zx_vmo_replace_as_executable(event.value, 0, &out) == ZX_ERR_BAD_HANDLE)
    #expect(!isLive(event.value))
    event.forget()
    var vmo = try OwnedHandle.vmo(4096)
    #expect(zx_vmo_replace_as_executable(vmo.value, zx_process_self(), &out) == ZX_ERR_WRONG_TYPE)
    #expect(!isLive(vmo.value))
    vmo.forget()
    #expect(out == 77)
  }
}
