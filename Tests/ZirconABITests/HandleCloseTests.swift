import CZircon
import TestSupport
import Testing

/// Source: `zx_handle_close`.
@Suite("zx_handle_close") struct HandleCloseTests {
  @Test func `handle zero is OK`() {
    #expect(zx_handle_close(ZX_HANDLE_INVALID) == ZX_OK)
  }

  @Test func `a handle closes once, then it is BAD_HANDLE`() throws {
    var event = try OwnedHandle.event()
    let value = event.value
    #expect(zx_handle_close(value) == ZX_OK)
    event.forget()
    #expect(zx_handle_close(value) == ZX_ERR_BAD_HANDLE)
    #expect(!isLive(value))
  }

  @Test func `a value with a low bit cleared is BAD_HANDLE and closes nothing`() throws {
    let event = try OwnedHandle.event()
    for bits: zx_handle_t in 1...3 {
      #expect(zx_handle_close(event.value & ~bits) == ZX_ERR_BAD_HANDLE)
    }
    #expect(isLive(event.value))
  }

  @Test func `a value never given out is BAD_HANDLE`() {
    #expect(zx_handle_close(zx_handle_t.max) == ZX_ERR_BAD_HANDLE)
    #expect(zx_handle_close(3) == ZX_ERR_BAD_HANDLE)
  }

  @Test func `no rights are needed`() throws {
    let event = try OwnedHandle.event()
    var bare = try OwnedHandle(duplicating: event.value, rights: ZX_RIGHT_NONE)
    bare.close()
    #expect(isLive(event.value))
  }

  @Test func `closing one handle leaves the others of the object`() throws {
    let event = try OwnedHandle.event()
    var copy = try OwnedHandle(duplicating: event.value)
    #expect(try handleCount(of: event.value) == 2)
    copy.close()
    #expect(try handleCount(of: event.value) == 1)
    #expect(zx_object_signal(event.value, 0, ZX_EVENT_SIGNALED) == ZX_OK)
  }

  @Test func `of several threads that close one value exactly one gets OK`() throws {
    for _ in 0..<300 {
      var event = try OwnedHandle.event()
      let value = event.value
      event.forget()
      let answers = try race(threadCount: 3) { _ in zx_handle_close(value) }
      #expect(answers.filter { $0 == ZX_OK }.count == 1)
      #expect(answers.filter { $0 == ZX_ERR_BAD_HANDLE }.count == 2)
    }
  }

  @Test func `of two threads that close an end's two handles the last one closes it`() throws {
    for _ in 0..<200 {
      var pair = try SocketPair(.stream)
      var copy = try OwnedHandle(duplicating: pair.reader)
      let values = [pair.reader, copy.value]
      pair.forgetReader()
      copy.forget()
      let answers = try race(threadCount: 2) { zx_handle_close(values[$0]) }
      #expect(answers == [ZX_OK, ZX_OK])
      #expect(signals(of: pair.writer) == 0x4)
    }
  }
}
