import CZircon
import Glibc
import TestSupport
import Testing
import TwoEnds

/// Source: `zx_take_startup_handle`.
@Suite("zx_take_startup_handle") struct StartupHandleTests {
  @Test func `each handle is taken once, under its number`() async {
    await #expect(processExitsWith: .success) {
      let launcher = try Launcher()
      #expect(launcher.send([7, 8, 7]) == ZX_OK)
      launcher.finish()
      let begin = zx_clock_get_monotonic()
      let taken = [7, 8, 7, 7, 9].map { zx_take_startup_handle($0) }
      #expect(Set(taken[..<3]).count == 3)
      #expect(taken[..<3].allSatisfy { (try? basicInfo(of: $0).type) == ZX_OBJ_TYPE_EVENT })
      #expect(taken[3...] == [ZX_HANDLE_INVALID, ZX_HANDLE_INVALID])
      #expect(zx_clock_get_monotonic() - begin < 1_000_000_000)
      #expect(getenv("ZIRCON_STARTUP") == nil)
      for handle in taken[..<3] { #expect(zx_handle_close(handle) == ZX_OK) }
    }
  }

  @Test func `more than 64 handles come in several messages`() async {
    await #expect(processExitsWith: .success) {
      let launcher = try Launcher()
      for start in stride(from: 0, to: 200, by: 50) {
        #expect(launcher.send(Array(UInt32(start)..<UInt32(start + 50))) == ZX_OK)
      }
      launcher.finish()
      let taken = Set((0..<200).map { zx_take_startup_handle($0) })
      #expect(taken.count == 200 && !taken.contains(ZX_HANDLE_INVALID))
      for handle in taken { #expect(zx_handle_close(handle) == ZX_OK) }
    }
  }

  @Test func `the first question waits for what is on its way`() async {
    await #expect(processExitsWith: .success) {
      let launcher = try Launcher()
      let channel = launcher.channel
      let thread = try TestThread {
        usleep(200_000)
        let status = Launcher(over: channel).send([5])
        return zx_handle_close(channel) == ZX_OK && status == ZX_OK
      }
      #expect(isTaken(5))
      #expect(thread.join() == true)
      #expect(zx_take_startup_handle(5) == ZX_HANDLE_INVALID)
    }
  }

  @Test func `it waits two seconds at most, and nobody after it`() async {
    await #expect(processExitsWith: .success) {
      let launcher = try Launcher()
      #expect(launcher.send([5]) == ZX_OK)
      /// Seconds that the question has taken, and whether there was a handle.
      func ask(_ number: UInt32) -> (seconds: Double, isThere: Bool) {
        let begin = zx_clock_get_monotonic()
        let isThere = isTaken(number)
        return (Double(zx_clock_get_monotonic() - begin) / 1e9, isThere)
      }
      let known = ask(5)
      #expect(known.isThere && known.seconds < 1)
      let first = ask(6)
      #expect(!first.isThere && first.seconds > 1 && first.seconds < 10)
      let second = ask(6)
      #expect(!second.isThere && second.seconds < 1)
      // What comes later is there all the same.
      #expect(launcher.send([6]) == ZX_OK)
      #expect(isTaken(6))
      #expect(zx_handle_close(launcher.channel) == ZX_OK)
      #expect(!isTaken(7))
    }
  }

  @Test func `a message of another form is passed over, and its handles closed`() async {
    await #expect(processExitsWith: .success) {
      let launcher = try Launcher()
      var pair = try EventPair()
      #expect(channelWrite(launcher.channel, [1, 0, 0], [pair.second]) == ZX_OK)
      pair.forgetSecond()
      #expect(launcher.send([1]) == ZX_OK)
      launcher.finish()
      #expect(isTaken(1))
      #expect(zx_take_startup_handle(1) == ZX_HANDLE_INVALID)
      #expect(
        zx_object_wait_one(pair.first, ZX_EVENTPAIR_PEER_CLOSED, farDeadline(), nil) == ZX_OK)
    }
  }
}

/// Takes a startup handle and closes it; whether there was one.
private func isTaken(_ number: UInt32) -> Bool {
  let handle = zx_take_startup_handle(number)
  return handle != ZX_HANDLE_INVALID && zx_handle_close(handle) == ZX_OK
}

/// Sends handles to this very process.
private struct Launcher {
  let channel: zx_handle_t

  init(over channel: zx_handle_t) {
    self.channel = channel
  }

  init() throws {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
    setenv("ZIRCON_STARTUP", "\(ends[1])", 1)
    channel = adoptBootstrap(ends[0])
  }

  /// Sends an event for each number.
  func send(_ numbers: [UInt32]) -> zx_status_t {
    let events = numbers.map { _ in
      var event = ZX_HANDLE_INVALID
      #expect(zx_event_create(0, &event) == ZX_OK)
      return event
    }
    return channelWrite(channel, numbers.withUnsafeBytes { [UInt8]($0) }, events)
  }

  func finish() {
    #expect(zx_handle_close(channel) == ZX_OK)
  }
}
