import CZircon
import TestSupport
import Testing

/// Source: `zx_object_signal`, checks in order and effect.
@Suite("zx_object_signal") struct ObjectSignalTests {
  @Test func `a bad handle is BAD_HANDLE, before the mask`() throws {
    for handle in [ZX_HANDLE_INVALID, try staleHandle(), zx_handle_t.max] {
      #expect(zx_object_signal(handle, 0, 0) == ZX_ERR_BAD_HANDLE)
      #expect(zx_object_signal(handle, 0x1, 0x1) == ZX_ERR_BAD_HANDLE)
    }
  }

  @Test func `no SIGNAL right is ACCESS_DENIED, before the mask`() throws {
    let event = try OwnedHandle.event()
    let reduced = try OwnedHandle(
      duplicating: event.value, rights: ZX_DEFAULT_EVENT_RIGHTS & ~ZX_RIGHT_SIGNAL)
    #expect(zx_object_signal(reduced.value, 0, ZX_EVENT_SIGNALED) == ZX_ERR_ACCESS_DENIED)
    #expect(zx_object_signal(reduced.value, 0x1, 0) == ZX_ERR_ACCESS_DENIED)
    #expect(signals(of: event.value) == 0)
  }

  /// Every bit: those of the user and SIGNALED are allowed, all others are not.
  @Test(arguments: 0..<32)
  func `an event takes bit 3 and the user's, others are INVALID_ARGS`(bit: Int) throws {
    let event = try OwnedHandle.event()
    let mask = zx_signals_t(1) << zx_signals_t(bit)
    let status = bit == 3 || bit >= 24 ? ZX_OK : ZX_ERR_INVALID_ARGS
    #expect(zx_object_signal(event.value, 0, mask) == status)
    #expect(signals(of: event.value) == (status == ZX_OK ? mask : 0))
    #expect(zx_object_signal(event.value, mask, 0) == status)
    #expect(signals(of: event.value) == 0)
  }

  @Test func `one bad bit makes the whole call INVALID_ARGS without effect`() throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_0) == ZX_OK)
    let bad = ZX_SIGNAL_HANDLE_CLOSED
    #expect(zx_object_signal(event.value, 0, ZX_USER_SIGNAL_1 | bad) == ZX_ERR_INVALID_ARGS)
    #expect(zx_object_signal(event.value, ZX_USER_SIGNAL_0 | bad, 0) == ZX_ERR_INVALID_ARGS)
    #expect(zx_object_signal(event.value, bad, ZX_USER_SIGNAL_1) == ZX_ERR_INVALID_ARGS)
    #expect(signals(of: event.value) == ZX_USER_SIGNAL_0)
  }

  @Test func `clearing comes before setting`() throws {
    let event = try OwnedHandle.event()
    let all = ZX_EVENT_SIGNAL_MASK
    #expect(zx_object_signal(event.value, all, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(signals(of: event.value) == 0x8)
    #expect(zx_object_signal(event.value, ZX_EVENT_SIGNALED, ZX_EVENT_SIGNALED) == ZX_OK)
    #expect(signals(of: event.value) == 0x8)
    #expect(zx_object_signal(event.value, ZX_EVENT_SIGNALED, ZX_USER_SIGNAL_0) == ZX_OK)
    #expect(signals(of: event.value) == ZX_USER_SIGNAL_0)
  }

  @Test func `nothing to change is OK`() throws {
    let event = try OwnedHandle.event()
    #expect(zx_object_signal(event.value, 0, 0) == ZX_OK)
    #expect(signals(of: event.value) == 0)
  }

  @Test func `the state belongs to the object: every handle sees it`() throws {
    let event = try OwnedHandle.event()
    let copy = try OwnedHandle(duplicating: event.value)
    #expect(zx_object_signal(copy.value, 0, ZX_USER_SIGNAL_3) == ZX_OK)
    #expect(signals(of: event.value) == ZX_USER_SIGNAL_3)
    #expect(zx_object_signal(event.value, ZX_USER_SIGNAL_3, 0) == ZX_OK)
    #expect(signals(of: copy.value) == 0)
  }

  @Test func `threads that set different bits lose none`() throws {
    for _ in 0..<100 {
      let event = try OwnedHandle.event()
      let value = event.value
      let answers = try race(threadCount: 4) {
        zx_object_signal(value, 0, ZX_USER_SIGNAL_0 << zx_signals_t($0))
      }
      #expect(answers.allSatisfy { $0 == ZX_OK })
      #expect(signals(of: value) == 0x0F00_0000)
    }
  }
}
