import CZircon
import Testing

/// Source: `zx_event_create`.
@Suite("zx_event_create") struct EventTests {
  @Test(arguments: [1, 2, 0x8000_0000, UInt32.max])
  func `options are INVALID_ARGS and write no handle`(options: UInt32) {
    var out: zx_handle_t = 0x1234_5678
    #expect(zx_event_create(options, &out) == ZX_ERR_INVALID_ARGS)
    #expect(out == 0x1234_5678)
  }

  @Test func `an event is of type 5 with rights 0xD003 and no related koid`() throws {
    let event = try OwnedHandle.event()
    let info = try basicInfo(of: event.value)
    #expect(info.type == 5)
    #expect(info.rights == 0xD003)
    #expect(info.related_koid == 0)
    #expect(info.koid >= 1_024)
  }

  @Test func `an event has no signal at first`() throws {
    let event = try OwnedHandle.event()
    #expect(signals(of: event.value) == 0)
  }

  @Test func `SIGNALED stays until it is cleared`() throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    for _ in 0..<2 {
      #expect(zx_object_wait_one(event.value, ZX_EVENT_SIGNALED, 0, nil) == ZX_OK)
    }
    #expect(zx_object_signal(event.value, ZX_EVENT_SIGNALED, 0) == ZX_OK)
    #expect(zx_object_wait_one(event.value, ZX_EVENT_SIGNALED, 0, nil) == ZX_ERR_TIMED_OUT)
  }

  @Test func `events are independent`() throws {
    let event = try OwnedHandle.event()
    let other = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(signals(of: other.value) == 0)
    #expect(try basicInfo(of: event.value).koid != basicInfo(of: other.value).koid)
  }
}
