import Testing
import Zircon

/// Sources: `zx_event_create`, `zx_object_signal`.
@Suite("Event") struct EventTests {
  @Test func `a new event shows nothing`() throws {
    let event = try Event()
    let signals = try event.signals()
    #expect(signals == .none)
  }

  @Test func `a signal stays until it is cleared; waiting takes nothing away`() throws {
    let event = try Event()
    try event.signal(set: .signaled)
    for _ in 0..<2 {
      let seen = try event.wait(for: .signaled, until: .infinitePast)
      #expect(seen == .signaled)
    }
    try event.signal(clear: .signaled)
    let signals = try event.signals()
    #expect(signals == .none)
  }

  @Test func `clearing comes before setting`() throws {
    let event = try Event()
    try event.signal(set: [.user(0), .user(1)])
    try event.signal(clear: .allUser, set: .user(1))
    let signals = try event.signals()
    #expect(signals == .user(1))
  }

  @Test(arguments: [Signals.readable, .peerClosed, .handleClosed])
  func `a bit that is not for users is INVALID_ARGS in either mask`(signal: Signals) throws {
    let event = try Event()
    #expect(throws: Status.invalidArgs) { try event.signal(set: signal) }
    #expect(throws: Status.invalidArgs) { try event.signal(clear: signal) }
  }

  @Test func `signaling without the right to is ACCESS_DENIED`() throws {
    let event = try Event().replacing(rights: .wait)
    #expect(throws: Status.accessDenied) { try event.signal(set: .signaled) }
  }

  @Test func `a duplicate shows the same signals`() throws {
    let event = try Event()
    let other = try event.duplicate()
    try event.signal(set: .signaled)
    let signals = try other.signals()
    #expect(signals == .signaled)
  }
}

/// Sources: `zx_eventpair_create`, `zx_object_signal`, `zx_object_signal_peer`.
@Suite("EventPair") struct EventPairTests {
  @Test func `a new pair shows nothing and has the default rights`() throws {
    let pair = try EventPair.makePair()
    let (first, second) = (try pair.first.signals(), try pair.second.signals())
    #expect(first == .none)
    #expect(second == .none)
    let info = try pair.second.handleInfo()
    #expect(info.rights == .defaultEventPair)
  }

  @Test func `signal changes its own end alone, signalPeer the other alone`() throws {
    let pair = try EventPair.makePair()
    try pair.first.signal(set: .user(0))
    try pair.first.signalPeer(set: [.user(1), .signaled])
    let (first, second) = (try pair.first.signals(), try pair.second.signals())
    #expect(first == .user(0))
    #expect(second == [.user(1), .signaled])
    try pair.first.signalPeer(clear: .user(1))
    let cleared = try pair.second.signals()
    #expect(cleared == .signaled)
  }

  @Test func `dropping an end is PEER_CLOSED at the other, which keeps its bits`() throws {
    let pair = try EventPair.makePair()
    let survivor = pair.first
    try pair.second.signalPeer(set: .user(2))
    try pair.second.close()
    let signals = try survivor.signals()
    #expect(signals == [.user(2), .peerClosed])
    #expect(throws: Status.peerClosed) { try survivor.signalPeer(set: .user(0)) }
    try survivor.signal(set: .user(0))
  }

  @Test func `PEER_CLOSED in a mask is INVALID_ARGS, also without a peer`() throws {
    let pair = try EventPair.makePair()
    let survivor = pair.first
    try pair.second.close()
    #expect(throws: Status.invalidArgs) { try survivor.signal(clear: .peerClosed) }
    #expect(throws: Status.invalidArgs) { try survivor.signalPeer(set: .peerClosed) }
  }

  @Test func `a socket's peer takes user signals and no others`() throws {
    let pair = try Socket.makePair(.stream)
    try pair.first.signalPeer(set: .user(7))
    let signals = try pair.second.signals()
    #expect(signals == [.writable, .user(7)])
    #expect(throws: Status.invalidArgs) { try pair.first.signalPeer(clear: .writable) }
    #expect(throws: Status.invalidArgs) { try pair.first.signalPeer(set: .signaled) }
  }

  @Test func `signaling the peer without the right to is ACCESS_DENIED`() throws {
    let pair = try EventPair.makePair()
    let first = try pair.first.replacing(rights: .signal)
    #expect(throws: Status.accessDenied) { try first.signalPeer(set: .user(0)) }
  }
}
