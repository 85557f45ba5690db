import CZircon
import Testing

/// Source: `zx_handle_check_valid`, and the older question `ZX_INFO_HANDLE_VALID`.
@Suite("zx_handle_check_valid") struct HandleCheckValidTests {
  @Test func `zero is INVALID_ARGS`() {
    #expect(zx_handle_check_valid(0) == ZX_ERR_INVALID_ARGS)
  }

  @Test(arguments: [0b01, 0b10, 0b100, 0b101, 0b110, 0xFFFF_FFFC, 0xFFFF_FFFD, 0xFFFF_FFFE])
  func `low bits that are not both 1 are OUT_OF_RANGE`(value: zx_handle_t) {
    #expect(zx_handle_check_valid(value) == ZX_ERR_OUT_OF_RANGE)
  }

  @Test func `a live handle's value without its low bits is OUT_OF_RANGE`() throws {
    let event = try OwnedHandle.event()
    for bits: zx_handle_t in 1...3 {
      #expect(zx_handle_check_valid(event.value & ~bits) == ZX_ERR_OUT_OF_RANGE)
    }
  }

  @Test func `a closed handle is NOT_FOUND`() throws {
    #expect(zx_handle_check_valid(try staleHandle()) == ZX_ERR_NOT_FOUND)
  }

  @Test func `a well-formed value never given out is NOT_FOUND`() {
    #expect(zx_handle_check_valid(zx_handle_t.max) == ZX_ERR_NOT_FOUND)
  }

  @Test func `a live handle is OK, also without rights`() throws {
    let event = try OwnedHandle.event()
    let bare = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_NONE)
    #expect(zx_handle_check_valid(event.value) == ZX_OK)
    #expect(zx_handle_check_valid(bare.value) == ZX_OK)
  }

  @Test func `both spellings of the question agree`() throws {
    let event = try OwnedHandle.event()
    let stale = try staleHandle()
    #expect(isLive(event.value))
    for value in [0, 1, 2, stale, event.value & ~1, event.value & ~2] {
      let status = zx_object_get_info(value, ZX_INFO_HANDLE_VALID, nil, 0, nil, nil)
      #expect(status == ZX_ERR_BAD_HANDLE)
      #expect(zx_handle_check_valid(value) != ZX_OK)
    }
  }
}
