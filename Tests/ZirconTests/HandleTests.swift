import Testing
import Zircon

/// Sources: `zx_handle_close`, `zx_handle_duplicate`, `zx_handle_replace`, `zx_handle_check_valid`,
/// `zx_object_get_info`.
@Suite("Handle") struct HandleTests {
  @Test func `dropping an owner closes its handle`() throws {
    let event = try Event()
    do {
      let other = try event.duplicate()
      let count = try event.handleCount()
      #expect(count == 2)
      withExtendedLifetime(other) {}
    }
    let count = try event.handleCount()
    #expect(count == 1)
  }

  @Test func `a taken handle stays open until its new owner is dropped`() throws {
    let event = try Event()
    let value = try event.duplicate().take()
    let taken = try event.handleCount()
    #expect(taken == 2)
    try Handle(adopting: value).close()
    let closed = try event.handleCount()
    #expect(closed == 1)
  }

  @Test func `a handle keeps its value through owners with and without a type`() throws {
    let event = try Event()
    let value = event.handleValue
    let handle = event.takeHandle()
    let again = Event(handle)
    #expect(again.handleValue == value)
    try value.checkValid()
  }

  @Test func `a closed value is NOT_FOUND and its calls BAD_HANDLE`() throws {
    let event = try Event()
    let value = event.handleValue
    try event.close()
    #expect(throws: Status.notFound) { try value.checkValid() }
    #expect(throws: Status.badHandle) { try Handle(adopting: value).handleInfo() }
    #expect(throws: Status.badHandle) { try Event(Handle(adopting: value)).signals() }
    #expect(throws: Status.badHandle) { try Handle(adopting: value).close() }
  }

  @Test func `the invalid value is INVALID_ARGS, a malformed one OUT_OF_RANGE`() {
    #expect(throws: Status.invalidArgs) { try Handle.Value.invalid.checkValid() }
    for rawValue: UInt32 in [0b01, 0b10, 0b100] {
      #expect(throws: Status.outOfRange) { try Handle.Value(rawValue: rawValue).checkValid() }
    }
  }

  @Test func `closing the invalid value does nothing`() throws {
    try Handle(adopting: .invalid).close()
  }

  @Test func `a new event's facts are its type, its rights and a koid without relation`() throws {
    let event = try Event()
    let info = try event.handleInfo()
    #expect(info.type == .event)
    #expect(info.rights == .defaultEvent)
    #expect(info.koid >= .first)
    #expect(info.relatedKoid == .invalid)
  }

  @Test func `the ends of a pair name each other, also when one is gone`() throws {
    let pair = try EventPair.makePair()
    let first = try pair.first.handleInfo()
    let second = try pair.second.handleInfo()
    #expect(first.type == .eventPair)
    #expect(first.relatedKoid == second.koid)
    #expect(second.relatedKoid == first.koid)
    let survivor = pair.first
    try pair.second.close()
    let after = try survivor.handleInfo()
    #expect(after.relatedKoid == second.koid)
  }

  @Test func `a duplicate has the same object and the rights asked for`() throws {
    let event = try Event()
    let other = try event.duplicate(rights: [.wait, .inspect])
    let info = try event.handleInfo()
    let otherInfo = try other.handleInfo()
    #expect(otherInfo.koid == info.koid)
    #expect(otherInfo.rights == [.wait, .inspect])
    #expect(other.handleValue != event.handleValue)
  }

  @Test func `a duplicate with a right that is missing is INVALID_ARGS`() throws {
    let event = try Event()
    #expect(throws: Status.invalidArgs) { _ = try event.duplicate(rights: .write) }
    let count = try event.handleCount()
    #expect(count == 1)
  }

  @Test func `a duplicate without the right to duplicate is ACCESS_DENIED`() throws {
    let event = try Event().replacing(rights: .wait)
    #expect(throws: Status.accessDenied) { _ = try event.duplicate() }
  }

  @Test func `replacing gives another value and closes the old one`() throws {
    let event = try Event()
    let old = event.handleValue
    let replaced = try event.replacing(rights: [.inspect, .wait])
    #expect(replaced.handleValue != old)
    #expect(throws: Status.notFound) { try old.checkValid() }
    let info = try replaced.handleInfo()
    let count = try replaced.handleCount()
    #expect(info.rights == [.inspect, .wait])
    #expect(count == 1)
  }

  @Test func `replacing does not close the object`() throws {
    let pair = try EventPair.makePair()
    let first = pair.first
    let second = try pair.second.replacing(rights: .wait)
    let signals = try first.signals()
    #expect(signals == .none)
    withExtendedLifetime(second) {}
  }

  @Test func `a refused replacement is INVALID_ARGS and closes the old handle`() throws {
    let event = try Event()
    let other = try event.duplicate()
    let old = other.take()
    #expect(throws: Status.invalidArgs) {
      _ = try Handle(adopting: old).replacing(rights: .write)
    }
    #expect(throws: Status.notFound) { try old.checkValid() }
    let count = try event.handleCount()
    #expect(count == 1)
  }

  @Test func `an object of another type is WRONG_TYPE`() throws {
    let socket = Socket(try Event().takeHandle())
    let nothing: [UInt8] = []
    #expect(throws: Status.wrongType) { try socket.write(nothing.span) }
    #expect(throws: Status.wrongType) { try socket.receive() }
    #expect(throws: Status.wrongType) { try socket.info() }
    #expect(throws: Status.wrongType) { try socket.setDisposition() }
  }

  @Test func `counting handles without the right to inspect is ACCESS_DENIED`() throws {
    let event = try Event().replacing(rights: .none)
    #expect(throws: Status.accessDenied) { try event.handleCount() }
  }
}
