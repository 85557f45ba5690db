import CZircon
import Testing

/// Owns one handle; closed on deinit.
struct OwnedHandle: ~Copyable {
  private(set) var value: zx_handle_t

  /// Takes over a handle that a call under test has returned.
  init(owning value: zx_handle_t) {
    self.value = value
  }

  init(duplicating source: zx_handle_t, rights: zx_rights_t = ZX_RIGHT_SAME_RIGHTS) throws {
    var copy = ZX_HANDLE_INVALID
    try #require(zx_handle_duplicate(source, rights, &copy) == ZX_OK)
    value = copy
  }

  static func event() throws -> OwnedHandle {
    var event = ZX_HANDLE_INVALID
    try #require(zx_event_create(0, &event) == ZX_OK)
    return OwnedHandle(owning: event)
  }

  mutating func close() {
    #expect(zx_handle_close(value) == ZX_OK)
    value = ZX_HANDLE_INVALID
  }

  /// Says that the call under test has closed or replaced the handle itself.
  mutating func forget(now replacement: zx_handle_t = ZX_HANDLE_INVALID) {
    value = replacement
  }

  /// Gives the handle up: a call has taken it along.
  consuming func abandon() {
    discard self
  }

  deinit {
    #expect(zx_handle_close(value) == ZX_OK)
  }
}

/// Owns both handles of an eventpair; closed on deinit.
struct EventPair: ~Copyable {
  private(set) var first: zx_handle_t
  private(set) var second: zx_handle_t

  init() throws {
    var first = ZX_HANDLE_INVALID
    var second = ZX_HANDLE_INVALID
    try #require(zx_eventpair_create(0, &first, &second) == ZX_OK)
    self.first = first
    self.second = second
  }

  mutating func closeFirst() {
    #expect(zx_handle_close(first) == ZX_OK)
    first = ZX_HANDLE_INVALID
  }

  /// Says that the call under test has closed or replaced the first handle itself.
  mutating func forgetFirst(now replacement: zx_handle_t = ZX_HANDLE_INVALID) {
    first = replacement
  }

  /// Says that a call has taken the second handle along.
  mutating func forgetSecond() {
    second = ZX_HANDLE_INVALID
  }

  deinit {
    #expect(zx_handle_close(first) == ZX_OK)
    #expect(zx_handle_close(second) == ZX_OK)
  }
}

/// A value that was a live handle and is closed now.
func staleHandle() throws -> zx_handle_t {
  var event = try OwnedHandle.event()
  let value = event.value
  event.close()
  return value
}

/// Events created and left open, to be closed with `closeAll`.
func makeEvents(_ count: Int) throws -> [zx_handle_t] {
  try (0..<count).map { _ in
    var event = ZX_HANDLE_INVALID
    try #require(zx_event_create(0, &event) == ZX_OK)
    return event
  }
}

func closeAll(_ handles: [zx_handle_t]) {
  for handle in handles {
    #expect(zx_handle_close(handle) == ZX_OK)
  }
}
