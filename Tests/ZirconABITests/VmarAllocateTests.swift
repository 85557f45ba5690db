import CZircon
import TestSupport
import Testing

private let root = zx_vmar_root_self()

/// Source: `zx_vmar_allocate`, `zx_vmar_destroy`, and the placement of mappings.
@Suite("zx_vmar_allocate, zx_vmar_destroy") struct VmarAllocateTests {
  @Test func `type, rights and place of a region`() throws {
    let region = try Region(12_288)
    let info = try basicInfo(of: region.handle)
    #expect(info.type == ZX_OBJ_TYPE_VMAR)
    #expect(info.rights == 0x20800F)
    var facts = zx_info_vmar_t()
    #expect(zx_object_get_info(region.handle, ZX_INFO_VMAR, &facts, 16, nil, nil) == ZX_OK)
    #expect(facts.base == region.address)
    #expect(facts.len == 12_288)
    let bare = try Region(4096, 0)
    #expect(try basicInfo(of: bare.handle).rights == 0x208003)
  }

  @Test func `a buffer between two pages that cannot be reached`() throws {
    let vmo = try OwnedHandle.vmo(4096)
    let region = try Region(12_288)
    for offset in [0, 4096, 8192] {
      #expect(try !access(region.address + UInt(offset)).isReadable)
    }
    #expect(region.map(vmo.value, at: 4096, 4096) == ZX_OK)
    #expect(try !access(region.address + 4095).isReadable)
    #expect(try access(region.address + 4096).isWritable)
    #expect(try access(region.address + 8191).isWritable)
    #expect(try !access(region.address + 8192).isReadable)
    // A buffer that runs into the page behind.
    let pair = try SocketPair(.datagram)
    let start = UnsafeRawPointer(bitPattern: region.address + 8190)
    #expect(zx_socket_write(pair.writer, 0, start, 4, nil) == ZX_ERR_INVALID_ARGS)
    #expect(zx_vmar_unmap(region.handle, region.address + 4096, 4096) == ZX_OK)
    #expect(try !access(region.address + 4096).isReadable)
  }

  @Test func `closing the handle keeps the range, an unmap of the parent frees it`() throws {
    let outer = try Region(65_536)
    var handle = ZX_HANDLE_INVALID
    var address: zx_vaddr_t = 0
    try #require(zx_vmar_allocate(outer.handle, canMap, 0, 8192, &handle, &address) == ZX_OK)
    let vmo = try OwnedHandle.vmo(4096)
    var place: zx_vaddr_t = 0
    #expect(
      zx_vmar_map(handle, readWrite | ZX_VM_SPECIFIC, 0, vmo.value, 0, 4096, &place) == ZX_OK)
    #expect(zx_handle_close(handle) == ZX_OK)
    #expect(try access(address).isWritable)
    #expect(try vmoInfo(of: vmo.value).num_mappings == 1)
    #expect(zx_vmar_unmap(outer.handle, address, 8192) == ZX_OK)
    #expect(try vmoInfo(of: vmo.value).num_mappings == 0)
    #expect(try !access(address).isReadable)
  }

  @Test func `destroying takes mappings and regions inside along`() throws {
    let outer = try Region(65_536)
    let inner = try Region(8192, canMap, in: outer.handle)
    let vmo = try OwnedHandle.vmo(4096)
    #expect(inner.map(vmo.value, at: 0, 4096) == ZX_OK)
    #expect(try access(inner.address).isWritable)
    #expect(zx_vmar_destroy(outer.handle) == ZX_OK)
    #expect(try !access(inner.address).isReadable)
    #expect(try vmoInfo(of: vmo.value).num_mappings == 0)
    for handle in [outer.handle, inner.handle] {
      #expect(zx_vmar_destroy(handle) == ZX_ERR_BAD_STATE)
      #expect(zx_vmar_unmap(handle, outer.address, 4096) == ZX_ERR_BAD_STATE)
      #expect(zx_vmar_protect(handle, 0, outer.address, 4096) == ZX_ERR_BAD_STATE)
      var address: zx_vaddr_t = 0
      #expect(zx_vmar_map(handle, 0, 0, vmo.value, 0, 0, &address) == ZX_ERR_BAD_STATE)
      var child = ZX_HANDLE_INVALID
      #expect(zx_vmar_allocate(handle, 0, 0, 0, &child, &address) == ZX_ERR_BAD_STATE)
    }
  }

  @Test func `destroying a region inside gives its range back to the outer one`() throws {
    let outer = try Region(8192)
    do {
      let inner = try Region(8192, canMap, in: outer.handle)
      #expect(inner.address == outer.address)
    }
    let again = try Region(8192, canMap, in: outer.handle)
    #expect(again.address == outer.address)
    #expect(try !access(again.address).isReadable)
  }

  @Test func `destroy: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED, NOT_SUPPORTED for the root`() throws {
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(duplicating: root, rights: ZX_RIGHT_READ)
    #expect(zx_vmar_destroy(try staleHandle()) == ZX_ERR_BAD_HANDLE)
    #expect(zx_vmar_destroy(event.value) == ZX_ERR_WRONG_TYPE)
    #expect(zx_vmar_destroy(bare.value) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_vmar_destroy(root) == ZX_ERR_NOT_SUPPORTED)
  }

  // MARK: Checks of allocate

  private func allocate(
    _ parent: zx_handle_t, _ options: zx_vm_option_t, _ offset: Int, _ size: Int
  ) -> zx_status_t {
    var handle: zx_handle_t = 77
    var address: zx_vaddr_t = 77
    let status = zx_vmar_allocate(parent, options, offset, size, &handle, &address)
    if status == ZX_OK {
      #expect(zx_vmar_destroy(handle) == ZX_OK)
      #expect(zx_handle_close(handle) == ZX_OK)
    } else {
      #expect(handle == 77 && address == 77)
    }
    return status
  }

  @Test func `allocate: the handle, then options, then sizes`() throws {
    let event = try OwnedHandle.event()
    let reader = try OwnedHandle(duplicating: root, rights: ZX_RIGHT_READ)
    let small = try Region(8192, ZX_VM_CAN_MAP_READ)
    let bad = ZX_VM_PERM_READ
    let cases: [(zx_handle_t, zx_vm_option_t, Int, Int, zx_status_t)] = [
      (try staleHandle(), bad, 1, 1, ZX_ERR_BAD_HANDLE),
      (event.value, bad, 1, 1, ZX_ERR_WRONG_TYPE),
      (reader.value, ZX_VM_CAN_MAP_WRITE | bad, 1, 1, ZX_ERR_ACCESS_DENIED),
      (root, bad, 0, 4096, ZX_ERR_INVALID_ARGS),
      (root, ZX_VM_PERM_WRITE, 0, 4096, ZX_ERR_INVALID_ARGS),
      (root, ZX_VM_SPECIFIC_OVERWRITE, 0, 4096, ZX_ERR_INVALID_ARGS),
      (root, ZX_VM_MAP_RANGE, 0, 4096, ZX_ERR_INVALID_ARGS),
      (root, ZX_VM_ALLOW_FAULTS, 0, 4096, ZX_ERR_INVALID_ARGS),
      (root, 1 << 16, 0, 4096, ZX_ERR_INVALID_ARGS), (root, 9 << 24, 0, 4096, ZX_ERR_INVALID_ARGS),
      (root, 33 << 24, 0, 4096, ZX_ERR_INVALID_ARGS), (root, 0, 0, 4095, ZX_ERR_INVALID_ARGS),
      (root, 0, 0, 0, ZX_ERR_INVALID_ARGS), (root, 0, 4096, 4096, ZX_ERR_INVALID_ARGS),
      (root, ZX_VM_SPECIFIC, 1, 4096, ZX_ERR_INVALID_ARGS),
      (root, ZX_VM_SPECIFIC | ZX_VM_OFFSET_IS_UPPER_LIMIT, 0, 4096, ZX_ERR_INVALID_ARGS),
      (small.handle, ZX_VM_SPECIFIC, 0, 4096, ZX_ERR_ACCESS_DENIED),
      (small.handle, 0, 0, 12_288, ZX_ERR_INVALID_ARGS), (small.handle, 0, 0, 8192, ZX_OK),
      (root, ZX_VM_COMPACT, 0, 4096, ZX_OK), (root, 16 << 24, 0, 4096, ZX_OK),
    ]
    for (parent, options, offset, size, status) in cases {
      #expect(allocate(parent, options, offset, size) == status, "\(options) \(offset) \(size)")
    }
  }

  @Test func `no more can be mapped than the parent can hold`() throws {
    let region = try Region(8192, ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_SPECIFIC)
    let vmo = try OwnedHandle.vmo(4096)
    #expect(allocate(region.handle, ZX_VM_CAN_MAP_WRITE, 0, 4096) == ZX_ERR_ACCESS_DENIED)
    #expect(region.map(vmo.value, at: 0, 4096) == ZX_ERR_ACCESS_DENIED)
    #expect(region.map(vmo.value, at: 0, 4096, ZX_VM_PERM_READ | ZX_VM_SPECIFIC) == ZX_OK)
  }

  @Test(arguments: BadAddress.unwritable)
  func `a bad pointer is INVALID_ARGS, and there is no region`(address: BadAddress) throws {
    let bad = try BadMemory(address, byteCount: 8)
    let outer = try Region(8192)
    var handle = ZX_HANDLE_INVALID
    var place: zx_vaddr_t = 0
    let parent = outer.handle
    let first = zx_vmar_allocate(
      parent, 0, 0, 8192, bad.bound(to: zx_handle_t.self), &place)
    #expect(first == ZX_ERR_INVALID_ARGS || address == .halfMapped || address == .halfReadOnly)
    if first == ZX_OK {
      #expect(zx_vmar_unmap(parent, place, 8192) == ZX_OK)
      if let made = bad.bound(to: zx_handle_t.self) {
        #expect(zx_handle_close(made.pointee) == ZX_OK)
      }
    }
    let second = zx_vmar_allocate(
      parent, 0, 0, 8192, &handle, bad.bound(to: zx_vaddr_t.self))
    #expect(second == ZX_ERR_INVALID_ARGS)
    #expect(handle == ZX_HANDLE_INVALID)
    #expect(allocate(parent, 0, 0, 8192) == ZX_OK)
  }

  // MARK: Placement

  @Test func `a chosen place: where, whether inside, aligned, free`() throws {
    let region = try Region(16_384)
    let vmo = try OwnedHandle.vmo(8192)
    let options = readWrite | ZX_VM_SPECIFIC
    #expect(region.map(vmo.value, at: 4096, 8192) == ZX_OK)
    let cases: [(Int, Int, zx_vm_option_t, zx_status_t)] = [
      (1, 4096, options, ZX_ERR_INVALID_ARGS), (12_288, 8192, options, ZX_ERR_INVALID_ARGS),
      (16_384, 4096, options, ZX_ERR_INVALID_ARGS), (-4096, 4096, options, ZX_ERR_INVALID_ARGS),
      (0, 8192, options, ZX_ERR_ALREADY_EXISTS), (4096, 4096, options, ZX_ERR_ALREADY_EXISTS),
      (8192, 8192, options, ZX_ERR_ALREADY_EXISTS),
    ]
    for (offset, size, options, status) in cases {
      #expect(region.map(vmo.value, at: offset, size, options) == status)
    }
    #expect(region.map(vmo.value, at: 0, 4096) == ZX_OK)
    #expect(region.map(vmo.value, at: 12_288, 4096) == ZX_OK)
    #expect(region.map(vmo.value, at: 0, 4096, readWrite) == ZX_ERR_NO_RESOURCES)
  }

  @Test func `a chosen place that is not aligned as asked is INVALID_ARGS`() throws {
    let region = try Region(1 << 17, canMap | 16 << 24)
    let vmo = try OwnedHandle.vmo(4096)
    let aligned = readWrite | ZX_VM_SPECIFIC | 16 << 24
    #expect(region.map(vmo.value, at: 4096, 4096, aligned) == ZX_ERR_INVALID_ARGS)
    #expect(region.map(vmo.value, at: 65_536, 4096, aligned) == ZX_OK)
  }

  @Test func `OVERWRITE replaces mappings and not regions`() throws {
    let region = try Region(16_384)
    let first = try OwnedHandle.vmo(16_384)
    let second = try OwnedHandle.vmo(4096)
    #expect(vmoWrite(first.value, 0, [UInt8](repeating: 1, count: 16_384)) == ZX_OK)
    #expect(vmoWrite(second.value, 0, [2]) == ZX_OK)
    #expect(region.map(first.value, at: 0, 12_288) == ZX_OK)
    let overwrite = readWrite | ZX_VM_SPECIFIC | ZX_VM_SPECIFIC_OVERWRITE
    #expect(region.map(second.value, at: 4096, 4096, overwrite) == ZX_OK)
    let bytes = try pointer(region.address)
    #expect([bytes[0], bytes[4096], bytes[8192]] == [1, 2, 1])
    #expect(try vmoInfo(of: first.value).num_mappings == 2)
    let inner = try Region(4096, canMap, in: region.handle)
    #expect(inner.address == region.address + 12_288)
    #expect(region.map(second.value, at: 8192, 8192, overwrite) == ZX_ERR_INVALID_ARGS)
    #expect(bytes[8192] == 1)
  }

  @Test func `an upper limit: ends at or below it`() throws {
    let region = try Region(16_384)
    let vmo = try OwnedHandle.vmo(4096)
    let options = readWrite | ZX_VM_OFFSET_IS_UPPER_LIMIT
    var address: zx_vaddr_t = 0
    for _ in 0..<2 {
      #expect(zx_vmar_map(region.handle, options, 8192, vmo.value, 0, 4096, &address) == ZX_OK)
      #expect(address + 4096 <= region.address + 8192)
    }
    #expect(region.map(vmo.value, at: 8192, 4096, options) == ZX_ERR_NO_RESOURCES)
    #expect(region.map(vmo.value, at: 16_384, 4096, options) == ZX_OK)
    #expect(region.map(vmo.value, at: 16_385, 4096, options) == ZX_ERR_INVALID_ARGS)
    #expect(region.map(vmo.value, at: 20_480, 4096, options) == ZX_ERR_INVALID_ARGS)
    #expect(region.map(vmo.value, at: 4096, 8192, options) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `an upper limit in the whole address space`() throws {
    var facts = zx_info_vmar_t()
    #expect(zx_object_get_info(root, ZX_INFO_VMAR, &facts, 16, nil, nil) == ZX_OK)
    let vmo = try OwnedHandle.vmo(4096)
    let limit = 1 << 40
    var address: zx_vaddr_t = 0
    let status = zx_vmar_map(
      root, readWrite | ZX_VM_OFFSET_IS_UPPER_LIMIT, limit, vmo.value, 0, 4096, &address)
    #expect(status == ZX_OK)
    #expect(address + 4096 <= facts.base + UInt(limit))
    #expect(try access(address).isWritable)
    #expect(zx_vmar_unmap(root, address, 4096) == ZX_OK)
  }

  @Test func `what the program has mapped itself is in the way and stays`() throws {
    var facts = zx_info_vmar_t()
    #expect(zx_object_get_info(root, ZX_INFO_VMAR, &facts, 16, nil, nil) == ZX_OK)
    let pages = try GuardedPages(pageCount: 2)
    pages.start.storeBytes(of: 5, as: UInt8.self)
    let offset = Int(UInt(bitPattern: pages.start) - facts.base)
    let vmo = try OwnedHandle.vmo(4096)
    var address: zx_vaddr_t = 0
    for options in [ZX_VM_SPECIFIC, ZX_VM_SPECIFIC | ZX_VM_SPECIFIC_OVERWRITE] {
      let status = zx_vmar_map(root, readWrite | options, offset, vmo.value, 0, 4096, &address)
      #expect(status == ZX_ERR_ALREADY_EXISTS)
    }
    let start = UInt(bitPattern: pages.start)
    #expect(zx_vmar_protect(root, 0, start, 4096) == ZX_ERR_NOT_FOUND)
    #expect(zx_vmar_unmap(root, start, 4096) == ZX_OK)
    #expect(pages.start.load(as: UInt8.self) == 5)
  }

  @Test func `a free place in the whole address space can be chosen`() throws {
    var facts = zx_info_vmar_t()
    #expect(zx_object_get_info(root, ZX_INFO_VMAR, &facts, 16, nil, nil) == ZX_OK)
    let vmo = try OwnedHandle.vmo(4096)
    let options = readWrite | ZX_VM_SPECIFIC
    var address: zx_vaddr_t = 0
    // Far from where Linux puts things; sanitizers fill much of what is left.
    let places = (1..<0x7FF).map { $0 << 36 | 0x5678_0000 }
    let offset = try #require(
      places.first {
        zx_vmar_map(root, options, $0, vmo.value, 0, 4096, &address) == ZX_OK
      })
    #expect(address == facts.base + UInt(offset))
    let again = zx_vmar_map(root, options, offset, vmo.value, 0, 4096, &address)
    #expect(again == ZX_ERR_ALREADY_EXISTS)
    #expect(zx_vmar_unmap(root, address, 4096) == ZX_OK)
  }

  /// The process is its own, so that no other test is short of handles.
  @Test func `in a full table the arguments are judged first, and NO_MEMORY keeps no range`() async
  {
    await #expect(processExitsWith: .success) {
      let event = try OwnedHandle.event()
      let whole = try Region(8192)
      var copies: [zx_handle_t] = []
      var copy = ZX_HANDLE_INVALID
      while copies.count < 1 << 22,
        zx_handle_duplicate(event.value, ZX_RIGHT_SAME_RIGHTS, &copy) == ZX_OK
      {
        copies.append(copy)
      }
      var child: zx_handle_t = 0x1234_5678
      var address: zx_vaddr_t = 0x1234
      func allocate(_ offset: Int, _ size: Int) -> zx_status_t {
        zx_vmar_allocate(
          whole.handle, ZX_VM_CAN_MAP_READ | ZX_VM_SPECIFIC, offset, size, &child, &address)
      }
      #expect(allocate(0, 0) == ZX_ERR_INVALID_ARGS)
      #expect(allocate(1, 4096) == ZX_ERR_INVALID_ARGS)
      #expect(allocate(8192, 4096) == ZX_ERR_INVALID_ARGS)
      #expect(allocate(4096, 4096) == ZX_ERR_NO_MEMORY)
      #expect(child == 0x1234_5678)
      #expect(address == 0x1234)
      #expect(zx_handle_close_many(copies, copies.count) == ZX_OK)
      #expect(allocate(4096, 4096) == ZX_OK)
      #expect(zx_handle_close(child) == ZX_OK)
    }
  }
}
