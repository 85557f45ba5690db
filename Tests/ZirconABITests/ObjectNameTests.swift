import CZircon
import Glibc
import TestSupport
import Testing

private func name(of handle: zx_handle_t) -> [UInt8]? {
  var name = [UInt8](repeating: 0xCC, count: 40)
  guard zx_object_get_property(handle, ZX_PROP_NAME, &name, 40) == ZX_OK else { return nil }
  #expect(name[32...].allSatisfy { $0 == 0xCC })
  return [UInt8](name[..<32])
}

private func padded(_ text: String) -> [UInt8] {
  let bytes = [UInt8](text.utf8)
  return bytes + [UInt8](repeating: 0, count: 32 - bytes.count)
}

/// Source: `ZX_PROP_NAME`.
@Suite("ZX_PROP_NAME", .serialized) struct ObjectNameTests {
  /// Every object here that has a name.
  private static let named: [@Sendable () -> zx_handle_t] = [
    zx_process_self, zx_job_default, zx_thread_self,
  ]

  @Test(arguments: ["", "a", "a name", "0123456789012345678901234567890"])
  func `what is set is got, with zeros behind it`(text: String) {
    for handle in Self.named.map({ $0() }) {
      let bytes = [UInt8](text.utf8) + [0xEE]
      #expect(zx_object_set_property(handle, ZX_PROP_NAME, bytes, text.utf8.count) == ZX_OK)
      #expect(name(of: handle) == padded(text))
    }
  }

  @Test func `a longer name is cut at 31 bytes without an error`() {
    for handle in Self.named.map({ $0() }) {
      for count in [32, 33, 100] {
        let long = [UInt8](repeating: UInt8(ascii: "A"), count: count)
        #expect(zx_object_set_property(handle, ZX_PROP_NAME, long, count) == ZX_OK)
        #expect(name(of: handle) == [UInt8](long[..<31]) + [0])
      }
    }
  }

  @Test func `a name ends at its first NUL`() {
    var text = [UInt8](repeating: UInt8(ascii: "A"), count: 32)
    text[1] = 0
    for handle in Self.named.map({ $0() }) {
      #expect(zx_object_set_property(handle, ZX_PROP_NAME, text, 32) == ZX_OK)
      #expect(name(of: handle) == padded("A"))
    }
  }

  @Test(arguments: [0, 1, 31])
  func `getting with fewer than 32 bytes is BUFFER_TOO_SMALL`(size: Int) {
    for handle in Self.named.map({ $0() }) {
      var bytes = [UInt8](repeating: 0xCC, count: 32)
      let status = zx_object_get_property(handle, ZX_PROP_NAME, &bytes, size)
      #expect(status == ZX_ERR_BUFFER_TOO_SMALL)
      #expect(bytes.allSatisfy { $0 == 0xCC })
    }
  }

  @Test(arguments: BadAddress.allCases)
  func `a bad pointer is INVALID_ARGS and leaves the name`(address: BadAddress) throws {
    for handle in Self.named.map({ $0() }) {
      #expect(zx_object_set_property(handle, ZX_PROP_NAME, "kept", 4) == ZX_OK)
      let bad = try BadMemory(address, holding: [UInt8](repeating: 0x41, count: 32))
      #expect(
        zx_object_get_property(handle, ZX_PROP_NAME, bad.pointer, 32) == ZX_ERR_INVALID_ARGS)
      if BadAddress.unreadable.contains(address) {
        let status = zx_object_set_property(handle, ZX_PROP_NAME, bad.pointer, 32)
        #expect(status == ZX_ERR_INVALID_ARGS)
        #expect(name(of: handle) == padded("kept"))
      }
    }
  }

  @Test func `memory has a name`() throws {
    let vmo = try OwnedHandle.vmo(0)
    #expect(name(of: vmo.value) == padded(""))
    #expect(zx_object_set_property(vmo.value, ZX_PROP_NAME, "memory", 6) == ZX_OK)
    #expect(name(of: vmo.value) == padded("memory"))
    #expect(zx_object_set_property(vmo.value, ZX_PROP_NAME, "memory", 0) == ZX_OK)
    #expect(name(of: vmo.value) == padded(""))
  }

  @Test func `a thread's name is Linux's too`() {
    #expect(zx_object_set_property(zx_thread_self(), ZX_PROP_NAME, "of-linux", 8) == ZX_OK)
    let comm = fopen("/proc/thread-self/comm", "r")
    defer { fclose(comm) }
    var linux = [UInt8](repeating: 0, count: 16)
    #expect(fread(&linux, 1, 16, comm) == 9)
    #expect(linux.prefix(9) == [UInt8]("of-linux\n".utf8)[...])
  }

  @Test func `properties of other types are WRONG_TYPE, before the size`() {
    var value = [UInt8](repeating: 0, count: 8)
    for property in [ZX_PROP_SOCKET_RX_THRESHOLD, ZX_PROP_VMO_CONTENT_SIZE] {
      for size in [0, 7, 8] {
        for handle in Self.named.map({ $0() }) {
          let get = zx_object_get_property(handle, property, &value, size)
          let set = zx_object_set_property(handle, property, &value, size)
          #expect(get == ZX_ERR_WRONG_TYPE)
          #expect(set == ZX_ERR_WRONG_TYPE)
        }
      }
    }
  }
}
