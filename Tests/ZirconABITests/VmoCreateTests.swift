import CZircon
import TestSupport
import Testing

/// Source: `zx_vmo_create`.
@Suite("zx_vmo_create") struct VmoCreateTests {
  private static let largest: UInt64 = 0xFFFF_FFFF_FFFE_0000

  @Test(arguments: [UInt64(0), 1, 4095, 4096, 4097, 1 << 20, 1 << 40])
  func `the size is rounded up to pages, the content size is not`(size: UInt64) throws {
    let vmo = try OwnedHandle.vmo(size)
    #expect(vmoSize(vmo.value) == (size + 4095) / 4096 * 4096)
    #expect(streamSize(vmo.value) == size)
    #expect(contentSize(vmo.value) == size)
  }

  @Test func `type, rights, signals and name of new memory`() throws {
    let vmo = try OwnedHandle.vmo(4096)
    let info = try basicInfo(of: vmo.value)
    #expect(info.type == ZX_OBJ_TYPE_VMO)
    #expect(info.rights == 0xD0EF)
    #expect(info.related_koid == 0)
    #expect(signals(of: vmo.value) == ZX_VMO_ZERO_CHILDREN)
    var name = [UInt8](repeating: 0xCC, count: 32)
    #expect(zx_object_get_property(vmo.value, ZX_PROP_NAME, &name, 32) == ZX_OK)
    #expect(name.allSatisfy { $0 == 0 })
    let resizable = try OwnedHandle.vmo(4096, ZX_VMO_RESIZABLE)
    #expect(try basicInfo(of: resizable.value).rights == 0x40D0EF)
  }

  @Test func `new memory is full of zeros`() throws {
    let vmo = try OwnedHandle.vmo(10_000)
    #expect(try vmoBytes(vmo.value, 0, 12_288).allSatisfy { $0 == 0 })
  }

  @Test(arguments: [UInt64(0), 5, .max])
  func `RESIZABLE and UNBOUNDED are INVALID_ARGS, before the size`(size: UInt64) {
    var handle: zx_handle_t = 77
    let options = ZX_VMO_RESIZABLE | ZX_VMO_UNBOUNDED
    #expect(zx_vmo_create(size, options, &handle) == ZX_ERR_INVALID_ARGS)
    #expect(handle == 77)
  }

  @Test(arguments: [UInt64.max, UInt64.max - 4094, UInt64.max - 4095, largest + 1])
  func `too large a size is OUT_OF_RANGE, before an unknown option`(size: UInt64) {
    var handle: zx_handle_t = 77
    for options in [0, ZX_VMO_RESIZABLE, 1, ZX_VMO_TRAP_DIRTY, ZX_VMO_UNBOUNDED, 1 << 31] {
      #expect(zx_vmo_create(size, options, &handle) == ZX_ERR_OUT_OF_RANGE)
    }
    // Unbounded, the options come first.
    let mixed = zx_vmo_create(size, ZX_VMO_UNBOUNDED | 1, &handle)
    #expect(mixed == ZX_ERR_INVALID_ARGS)
    #expect(handle == 77)
  }

  @Test(arguments: [UInt32(1), ZX_VMO_TRAP_DIRTY, 1 << 5, 1 << 31])
  func `an unknown option is INVALID_ARGS`(options: UInt32) {
    var handle: zx_handle_t = 77
    #expect(zx_vmo_create(4096, options, &handle) == ZX_ERR_INVALID_ARGS)
    #expect(handle == 77)
  }

  @Test func `unbounded memory has the largest size, the argument is its content`() throws {
    let vmo = try OwnedHandle.vmo(5000, ZX_VMO_UNBOUNDED)
    let size = try #require(vmoSize(vmo.value))
    #expect(size >= 1 << 63)
    #expect(streamSize(vmo.value) == 5000)
    #expect(vmoWrite(vmo.value, 1 << 50, [1, 2, 3]) == ZX_OK)
    #expect(try vmoBytes(vmo.value, 1 << 50, 4) == [1, 2, 3, 0])
    #expect(try vmoBytes(vmo.value, size - 8, 8) == [UInt8](repeating: 0, count: 8))
    #expect(zx_vmo_set_size(vmo.value, 4096) == ZX_ERR_UNAVAILABLE)
  }

  @Test func `a size of nearly everything costs nothing`() throws {
    let vmo = try OwnedHandle.vmo(1 << 62)
    #expect(vmoSize(vmo.value) == 1 << 62)
    #expect(vmoWrite(vmo.value, 1 << 61, [7]) == ZX_OK)
    #expect(try vmoBytes(vmo.value, (1 << 62) - 1, 1) == [0])
  }

  @Test(arguments: BadAddress.unwritable)
  func `a bad out is INVALID_ARGS and leaves nothing behind`(address: BadAddress) throws {
    let bad = try BadMemory(address, byteCount: 4)
    let before = openDescriptorCount()
    for _ in 0..<50 {
      let status = zx_vmo_create(4096, 0, bad.bound(to: zx_handle_t.self))
      #expect(status == ZX_ERR_INVALID_ARGS)
    }
    #expect(openDescriptorCount() < before + 40)
  }

  @Test func `closing gives the descriptor back`() throws {
    let before = openDescriptorCount()
    for _ in 0..<200 {
      let vmo = try OwnedHandle.vmo(4096)
      #expect(vmoWrite(vmo.value, 0, [1]) == ZX_OK)
    }
    #expect(openDescriptorCount() < before + 100)
  }
}
