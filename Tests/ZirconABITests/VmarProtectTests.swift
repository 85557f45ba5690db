import CZircon
import TestSupport
import Testing

private let root = zx_vmar_root_self()

/// Source: `zx_vmar_protect` and `zx_vmar_unmap`.
@Suite("zx_vmar_protect, zx_vmar_unmap") struct VmarProtectTests {
  // MARK: protect

  @Test func `a buffer turns bad half way, then good again`() throws {
    let vmo = try OwnedHandle.vmo(8192)
    let map = try Mapped(vmo.value, 8192)
    let second = map.address + 4096
    #expect(zx_vmar_protect(root, 0, second, 4096) == ZX_OK)
    #expect(try access(map.address).isWritable)
    #expect(try !access(second).isReadable)
    #expect(zx_vmar_protect(root, ZX_VM_PERM_READ, second, 4096) == ZX_OK)
    let read = try access(second)
    #expect(read.isReadable && !read.isWritable)
    #expect(zx_vmar_protect(root, readWrite, second, 1) == ZX_OK)
    #expect(try access(second).isWritable)
    try pointer(second)[0] = 7
    #expect(try vmoBytes(vmo.value, 4096, 1) == [7])
  }

  @Test func `no more than the handles allowed when it was mapped`() throws {
    let vmo = try OwnedHandle.vmo(4096)
    let reader = try OwnedHandle(duplicating: vmo.value, rights: ZX_RIGHT_READ | ZX_RIGHT_MAP)
    let map = try Mapped(reader.value, 4096, ZX_VM_PERM_READ)
    #expect(zx_vmar_protect(root, readWrite, map.address, 4096) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_vmar_protect(root, 0, map.address, 4096) == ZX_OK)
    #expect(zx_vmar_protect(root, ZX_VM_PERM_READ, map.address, 4096) == ZX_OK)
    let own = try Mapped(vmo.value, 4096, 0)
    #expect(zx_vmar_protect(root, readWrite, own.address, 4096) == ZX_OK)
    let run = ZX_VM_PERM_READ | ZX_VM_PERM_EXECUTE
    #expect(zx_vmar_protect(root, run, own.address, 4096) == ZX_ERR_ACCESS_DENIED)
  }

  @Test func `protect: the order of checks`() throws {
    let vmo = try OwnedHandle.vmo(4096)
    let map = try Mapped(vmo.value, 4096)
    let event = try OwnedHandle.event()
    let reader = try OwnedHandle(duplicating: root, rights: ZX_RIGHT_READ)
    let at = map.address
    let cases: [(zx_handle_t, zx_vm_option_t, UInt, Int, zx_status_t)] = [
      (try staleHandle(), ZX_VM_PERM_WRITE, at + 1, 0, ZX_ERR_BAD_HANDLE),
      (event.value, ZX_VM_PERM_WRITE, at + 1, 0, ZX_ERR_WRONG_TYPE),
      (reader.value, ZX_VM_PERM_WRITE, at + 1, 0, ZX_ERR_ACCESS_DENIED),
      (root, ZX_VM_PERM_WRITE, at, 4096, ZX_ERR_INVALID_ARGS),
      (root, ZX_VM_PERM_EXECUTE, at, 4096, ZX_ERR_INVALID_ARGS),
      (root, readWrite, at + 1, 4096, ZX_ERR_INVALID_ARGS),
      (root, readWrite | ZX_VM_SPECIFIC, at, 4096, ZX_ERR_INVALID_ARGS),
      (root, readWrite | 12 << 24, at, 4096, ZX_ERR_INVALID_ARGS),
      (root, readWrite, at, 0, ZX_ERR_INVALID_ARGS), (root, readWrite, at, -1, ZX_ERR_INVALID_ARGS),
      (root, readWrite, 0, 4096, ZX_ERR_INVALID_ARGS),
      (root, readWrite, 0x1234_0000_0000, 4096, ZX_ERR_NOT_FOUND),
      (root, readWrite, at, 4096, ZX_OK),
    ]
    for (handle, options, address, size, status) in cases {
      #expect(zx_vmar_protect(handle, options, address, size) == status)
    }
  }

  @Test func `a hole in the range is NOT_FOUND and changes nothing`() throws {
    let vmo = try OwnedHandle.vmo(12_288)
    let map = try Region(12_288)
    #expect(map.map(vmo.value, at: 0, 12_288) == ZX_OK)
    #expect(zx_vmar_unmap(map.handle, map.address + 4096, 4096) == ZX_OK)
    #expect(zx_vmar_protect(map.handle, 0, map.address, 12_288) == ZX_ERR_NOT_FOUND)
    #expect(zx_vmar_protect(map.handle, 0, map.address, 8192) == ZX_ERR_NOT_FOUND)
    #expect(try access(map.address).isWritable)
    #expect(zx_vmar_protect(map.handle, 0, map.address + 8192, 4096) == ZX_OK)
    #expect(try !access(map.address + 8192).isReadable)
  }

  @Test func `a region inside the range needs the right to change regions`() throws {
    var region = ZX_HANDLE_INVALID
    var address: zx_vaddr_t = 0
    let options = ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE
    #expect(zx_vmar_allocate(root, options, 0, 4096, &region, &address) == ZX_OK)
    defer { #expect(zx_handle_close(region) == ZX_OK) }
    let vmo = try OwnedHandle.vmo(4096)
    var place: zx_vaddr_t = 0
    #expect(zx_vmar_map(region, readWrite, 0, vmo.value, 0, 4096, &place) == ZX_OK)
    let bare = try OwnedHandle(duplicating: root, rights: ZX_RIGHTS_IO)
    #expect(zx_vmar_protect(bare.value, 0, address, 4096) == ZX_ERR_INVALID_ARGS)
    #expect(zx_vmar_unmap(bare.value, address, 4096) == ZX_ERR_INVALID_ARGS)
    #expect(zx_vmar_protect(root, 0, address, 4096) == ZX_OK)
    #expect(try !access(address).isReadable)
    #expect(zx_vmar_unmap(root, address, 4096) == ZX_OK)
    #expect(zx_vmar_destroy(region) == ZX_ERR_BAD_STATE)
  }

  // MARK: unmap

  @Test func `a mapping is cut, and divided`() throws {
    let vmo = try OwnedHandle.vmo(20_480)
    let map = try Region(20_480)
    #expect(map.map(vmo.value, at: 0, 20_480) == ZX_OK)
    #expect(try vmoInfo(of: vmo.value).num_mappings == 1)
    #expect(zx_vmar_unmap(map.handle, map.address + 8192, 4096) == ZX_OK)
    #expect(try vmoInfo(of: vmo.value).num_mappings == 2)
    #expect(zx_vmar_unmap(map.handle, map.address, 1) == ZX_OK)
    #expect(try vmoInfo(of: vmo.value).num_mappings == 2)
    for (index, isThere) in [false, true, false, true, true].enumerated() {
      let page = map.address + UInt(index * 4096)
      if isThere {
        #expect(try access(page).isWritable)
      } else {
        #expect(zx_vmar_protect(map.handle, readWrite, page, 4096) == ZX_ERR_NOT_FOUND)
      }
    }
    #expect(vmoWrite(vmo.value, 16_384, [3]) == ZX_OK)
    #expect(try pointer(map.address)[16_384] == 3)
  }

  @Test func `nothing there is fine`() {
    #expect(zx_vmar_unmap(root, 0x1234_0000_0000, 1 << 20) == ZX_OK)
  }

  @Test func `cutting through a region is INVALID_ARGS and changes nothing`() throws {
    var region = ZX_HANDLE_INVALID
    var address: zx_vaddr_t = 0
    #expect(zx_vmar_allocate(root, ZX_VM_CAN_MAP_READ, 0, 8192, &region, &address) == ZX_OK)
    #expect(zx_vmar_unmap(root, address, 4096) == ZX_ERR_INVALID_ARGS)
    #expect(zx_vmar_unmap(root, address + 4096, 8192) == ZX_ERR_INVALID_ARGS)
    #expect(zx_vmar_destroy(region) == ZX_OK)
    #expect(zx_handle_close(region) == ZX_OK)
  }

  @Test func `unmap: the order of checks`() throws {
    let event = try OwnedHandle.event()
    var region = ZX_HANDLE_INVALID
    var address: zx_vaddr_t = 0
    #expect(zx_vmar_allocate(root, 0, 0, 8192, &region, &address) == ZX_OK)
    let cases: [(zx_handle_t, UInt, Int, zx_status_t)] = [
      (try staleHandle(), 1, 0, ZX_ERR_BAD_HANDLE), (event.value, 1, 0, ZX_ERR_WRONG_TYPE),
      (region, address + 1, 4096, ZX_ERR_INVALID_ARGS), (region, address, 0, ZX_ERR_INVALID_ARGS),
      (region, address + 4096, 8192, ZX_ERR_INVALID_ARGS),
      (region, address - 4096, 4096, ZX_ERR_INVALID_ARGS),
      (region, address, -1, ZX_ERR_INVALID_ARGS),
      (region, address, 8192, ZX_OK),
    ]
    for (handle, at, size, status) in cases {
      #expect(zx_vmar_unmap(handle, at, size) == status)
    }
    #expect(zx_vmar_destroy(region) == ZX_OK)
    #expect(zx_handle_close(region) == ZX_OK)
  }

  @Test func `threads map and unmap beside each other`() throws {
    let vmo = try OwnedHandle.vmo(65_536)
    let value = vmo.value
    let work: @Sendable () -> Bool = {
      (0..<500).allSatisfy { turn in
        var address: zx_vaddr_t = 0
        let size = 4096 * (1 + turn % 16)
        guard zx_vmar_map(root, readWrite, 0, value, 0, size, &address) == ZX_OK else {
          return false
        }
        return zx_vmar_unmap(root, address, size) == ZX_OK
      }
    }
    let threads = try (0..<3).map { _ in try TestThread(work) }
    #expect(work())
    for thread in threads { #expect(thread.join() == true) }
    #expect(try vmoInfo(of: value).num_mappings == 0)
  }
}
