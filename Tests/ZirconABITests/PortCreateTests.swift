import CZircon
import TestSupport
import Testing

/// Source: `zx_port_create`.
@Suite("zx_port_create") struct PortCreateTests {
  @Test(arguments: [2, 3, 4, 0x1234, UInt32.max])
  func `unknown options are INVALID_ARGS and write no handle`(options: UInt32) {
    var port: zx_handle_t = 0x5A5A_5A5A
    #expect(zx_port_create(options, &port) == ZX_ERR_INVALID_ARGS)
    #expect(port == 0x5A5A_5A5A)
  }

  @Test(arguments: [0, ZX_PORT_BIND_TO_INTERRUPT])
  func `both known options make a port that carries packets`(options: UInt32) throws {
    var handle = ZX_HANDLE_INVALID
    #expect(zx_port_create(options, &handle) == ZX_OK)
    let port = OwnedHandle(owning: handle)
    #expect(portQueue(port.value, key: 1) == ZX_OK)
    #expect(portWait(port.value) == .packet(.user(1)))
  }

  @Test func `a new port has type 6, the rights 0x800F and no related object`() throws {
    let port = try OwnedHandle.port()
    let info = try basicInfo(of: port.value)
    #expect(info.type == 6)
    #expect(info.rights == 0x800F)
    #expect(info.related_koid == 0)
    #expect(info.koid >= 1024)
    #expect(portWait(port.value) == .error(ZX_ERR_TIMED_OUT))
  }

  @Test(arguments: BadAddress.unwritable)
  func `a bad out is INVALID_ARGS and leaves no handle behind`(address: BadAddress) throws {
    let bad = try BadMemory(address, holding: zx_handle_t(0))
    #expect(zx_port_create(0, bad.bound(to: zx_handle_t.self)) == ZX_ERR_INVALID_ARGS)
  }

  @Test func `a port cannot be waited on, signaled or asked for properties`() throws {
    let port = try OwnedHandle.port()
    #expect(zx_object_wait_one(port.value, 1, 0, nil) == ZX_ERR_ACCESS_DENIED)
    var item = zx_wait_item_t(handle: port.value, waitfor: 1, pending: 0)
    #expect(zx_object_wait_many(&item, 1, 0) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_object_signal(port.value, 0, ZX_USER_SIGNAL_0) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_object_signal_peer(port.value, 0, ZX_USER_SIGNAL_0) == ZX_ERR_ACCESS_DENIED)
    #expect(waitAsync(port.value, port.value) == ZX_ERR_ACCESS_DENIED)
    var name = [UInt8](repeating: 0, count: 32)
    #expect(
      zx_object_get_property(port.value, ZX_PROP_NAME, &name, 32) == ZX_ERR_ACCESS_DENIED)
  }
}
