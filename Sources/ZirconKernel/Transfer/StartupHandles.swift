import ZirconLinux
import ZirconTypes

/// The handles that whoever started this program has given it.
///
/// They come in messages over a channel whose descriptor the program inherits: `ZIRCON_STARTUP` is its
/// number. The bytes of a message are a number of 32 bits for each handle, which says what it is for. Who
/// sends them closes the other end behind the last, and has done both, unless Linux lacked something, before
/// the program runs.
///
/// Locking: one lock, outside all others; held while somebody waits for what is on its way, as everybody
/// who asks has to.
final class StartupHandles: Sendable {
  private let state = Guarded(State())

  fileprivate struct State {
    var hasLooked = false
    /// Where messages come from, until there are no more.
    var channel: HandleValue?
    /// Until when they are waited for.
    var deadline = Deadline.infinite
    var handles: [(purpose: UInt32, value: HandleValue)] = []
  }

  /// The variable with the number of the descriptor, and what stands between them.
  static var variablePrefix: [UInt8] { [UInt8]("ZIRCON_STARTUP=".utf8) }

  /// Nanoseconds from the first question until what has not come is waited for no more.
  private static var patience: Int64 { 2_000_000_000 }

  /// Takes the first handle that is for `purpose`; nil if there is none.
  func take(_ purpose: UInt32, in kernel: Kernel) -> HandleValue? {
    state.withLock { state in
      if !state.hasLooked {
        state.hasLooked = true
        state.channel = Self.adopt(in: kernel)
        state.deadline = Deadline(rawValue: Clock.monotonic + Self.patience)
      }
      while true {
        let isWorthAWait = state.receive(in: kernel)
        if let index = state.handles.firstIndex(where: { $0.purpose == purpose }) {
          return state.handles.remove(at: index).value
        }
        guard isWorthAWait, state.waitForMore(in: kernel) else { return nil }
      }
    }
  }

  private static func adopt(in kernel: Kernel) -> HandleValue? {
    guard let descriptor = Descriptor.takeInherited("ZIRCON_STARTUP") else { return nil }
    return try? kernel.adoptChannel(descriptor)
  }
}

extension StartupHandles.State {
  /// Takes what has come; says whether there may be more that nothing keeps here from coming.
  mutating func receive(in kernel: Kernel) -> Bool {
    while let channel {
      do throws(Status) {
        add(try kernel.takeMessage(from: channel), in: kernel)
      } catch .shouldWait {
        return true
      } catch .noResources {
        // There are no descriptors for its handles now.
        return false
      } catch {
        try? kernel.close(channel)
        self.channel = nil
      }
    }
    return false
  }

  private mutating func add(_ message: ReceivedMessage, in kernel: Kernel) {
    let size = MemoryLayout<UInt32>.size
    guard message.bytes.count == message.handles.count * size else {
      for value in message.handles { try? kernel.close(value) }
      return
    }
    for (index, value) in message.handles.enumerated() {
      let bytes = message.bytes[(index * size)..<((index + 1) * size)]
      handles.append((bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }, value))
    }
  }

  /// Waits until there is more to take; false if that takes too long.
  func waitForMore(in kernel: Kernel) -> Bool {
    guard let channel,
      let wait = try? kernel.waitOne(channel, for: [.readable, .peerClosed], until: deadline)
    else { return false }
    if case .matched = wait.end { return true }
    return false
  }
}

extension Kernel {
  /// Takes, once, the handle that whoever started this program gave it for `purpose`.
  ///
  /// - Returns: Nil if there is none, or none any more.
  ///
  /// Source: `zx_take_startup_handle`.
  package func takeStartupHandle(_ purpose: UInt32) -> HandleValue? {
    startup.take(purpose, in: self)
  }

  /// Sends handles to a program that is yet to be started.
  ///
  /// - Returns: What the program is to inherit; nil without handles.
  /// - Throws: What a write throws for the first that cannot go; `noMemory`. Then some may be gone.
  func sendStartup(_ handles: [SpawnRequest.StartupHandle]) throws(Status) -> Wire? {
    guard !handles.isEmpty else { return nil }
    let (ours, theirs) = try linux { () throws(Errno) in
      try MessageSocket.withPair { (Wire($0), Wire($1)) }
    }
    let channel = try adoptChannel(ours)
    do throws(Status) {
      var rest = handles[...]
      while !rest.isEmpty {
        try send(rest.prefix(MessagePacket.maxHandles), through: channel)
        rest = rest.dropFirst(MessagePacket.maxHandles)
      }
    } catch {
      try close(channel)
      throw error
    }
    try close(channel)
    return theirs
  }

  private func send(
    _ handles: ArraySlice<SpawnRequest.StartupHandle>, through channel: HandleValue
  ) throws(Status) {
    let purposes = handles.map(\.purpose)
    let values = handles.map(\.value.rawValue)
    // Safety: both arrays live until the write has ended.
    try unsafe purposes.withUnsafeBufferPointer { (purposes) throws(Status) in
      try unsafe values.withUnsafeBufferPointer { (values) throws(Status) in
        try unsafe writeChannel(
          channel,
          OutgoingBytes(
            purposes.baseAddress,
            count: UInt32(purposes.count * MemoryLayout<UInt32>.size), options: 0),
          OutgoingHandles(values.baseAddress, count: UInt32(values.count)))
      }
    }
  }
}
