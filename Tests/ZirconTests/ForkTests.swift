import Glibc
import TestSupport
import Testing
import Zircon

/// Every body runs in a process of its own.
///
/// Source: a forked child owns nothing of its parent's: inherited values are BAD_HANDLE, new objects
/// work; the parent goes on unharmed.
@Suite("Owners across a fork") struct ForkTests {
  @Test func `a child that drops inherited owners harms neither its own objects nor the parent's`()
    async
  {
    await #expect(processExitsWith: .success) {
      for kind in kinds {
        let pair = try Socket.makePair(kind)
        let event = try Event()
        try pair.first.send(bytes("before"))
        let child = fork()
        if child == 0 {
          alarm(20)
          _exit(ChildWithOwners.drop(pair, event))
        }
        #expect(exitCode(of: child) == 0)
        let read = try pair.second.receive()
        #expect(read == bytes("before"))
        try pair.second.send(bytes("back"))
        let back = try pair.first.receive()
        #expect(back == bytes("back"))
        let signals = (try pair.first.signals(), try event.signals())
        #expect(signals == (.writable, .none))
      }
    }
  }

  @Test func `a child that keeps inherited owners until it exits harms nobody`() async {
    await #expect(processExitsWith: .success) {
      let pair = try Socket.makePair(.stream)
      for usesExit in [false, true] {
        fflush(nil)
        let code = try forked {
          let code = ChildWithOwners.call(pair.first)
          if usesExit { exit(code) }
          return code
        }
        #expect(code == 0)
        try pair.first.send(bytes("still here"))
        let read = try pair.second.receive()
        #expect(read == bytes("still here"))
      }
    }
  }

  @Test func `a parent's close is PEER_CLOSED at once while the child lives`() async {
    await #expect(processExitsWith: .success) {
      for kind in kinds {
        let pair = try Socket.makePair(kind)
        let survivor = pair.first
        let child = try SleepingChild()
        try pair.second.send(bytes("last words"))
        try pair.second.close()
        let signals = try survivor.signals()
        #expect(signals == [.readable, .peerClosed])
        let read = try survivor.receive()
        #expect(read == bytes("last words"))
        #expect(throws: Status.peerClosed) { try survivor.receive() }
        withExtendedLifetime(child) {}
      }
    }
  }

  @Test func `a wait of another thread goes on through a fork`() async {
    await #expect(processExitsWith: .success) {
      let pair = try Socket.makePair(.stream)
      let writer = pair.first
      let reader = pair.second
      let thread = try TestThread { () -> Result<Signals, Status> in
        Result { () throws(Status) in try reader.wait(for: .readable, until: .after(patience)) }
      }
      #expect(thread.waitUntilAsleep())
      let code = try forked { ChildWithOwners.call(writer) }
      #expect(code == 0)
      try writer.send(bytes("x"))
      #expect(thread.join() == .success([.readable, .writable]))
    }
  }

  @Test func `values that an owner of the child has are none of the parent's`() async {
    await #expect(processExitsWith: .success) {
      let event = try Event()
      let value = event.handleValue
      let code = try forked {
        for _ in 0..<3_000 {
          guard let own = try? Event() else { return 1 }
          guard own.handleValue != value else { return 2 }
        }
        return 0
      }
      #expect(code == 0)
      try value.checkValid()
    }
  }
}

/// What a forked child does with owners that it has inherited; a number for each thing it finds
/// wrong.
private enum ChildWithOwners {
  static func drop(_ pair: consuming PeerPair<Socket>, _ event: consuming Event) -> Int32 {
    // Made first, so that a close of the wrong handle would hit them.
    guard let own = try? Socket.makePair(.datagram), let ownEvent = try? Event() else { return 1 }
    for value in [pair.first.handleValue, pair.second.handleValue, event.handleValue] {
      guard status({ () throws(Status) in try value.checkValid() }) == .notFound else { return 2 }
    }
    let code = call(pair.first)
    guard code == 0 else { return code }
    end(pair)
    guard (try? event.close()) == nil else { return 3 }
    guard (try? own.first.write(bytes("own").span)) == 3,
      (try? own.second.receive()) == bytes("own"), (try? ownEvent.signals()) == Signals.none,
      (try? own.first.signals()) == .writable
    else { return 4 }
    return 0
  }

  static func call(_ inherited: borrowing Socket) -> Int32 {
    var write: Status?
    var signals: Status?
    do throws(Status) { _ = try inherited.write(bytes("x").span) } catch { write = error }
    do throws(Status) { _ = try inherited.signals() } catch { signals = error }
    guard write == .badHandle, signals == .badHandle else { return 5 }
    guard let own = try? Socket.makePair(.stream), (try? own.first.write(bytes("x").span)) == 1,
      (try? own.second.receive()) == bytes("x")
    else { return 6 }
    return 0
  }

  private static func end(_ pair: consuming PeerPair<Socket>) {}

  private static func status(_ body: () throws(Status) -> Void) -> Status? {
    do throws(Status) {
      try body()
      return nil
    } catch {
      return error
    }
  }
}
