import ZirconLinux
import ZirconTypes

/// The handles that whoever started this program has given it.
///
/// They come in one message, over a channel whose descriptor the program inherits: `ZIRCON_STARTUP` is its
/// number. The bytes of the message are a number of 32 bits for each handle, which says what it is for.
///
/// Locking: one lock, outside all others.
final class StartupHandles: Sendable {
  private let state = Guarded(State())

  private struct State {
    var hasLooked = false
    /// Where the message is to come from, until it has.
    var channel: HandleValue?
    var handles: [(purpose: UInt32, value: HandleValue)] = []
  }

  /// Takes the first handle that is for `purpose`; nil if there is none.
  func take(_ purpose: UInt32, in kernel: Kernel) -> HandleValue? {
    state.withLock { state in
      if !state.hasLooked {
        state.hasLooked = true
        state.channel = Self.adopt(in: kernel)
      }
      if let channel = state.channel {
        state.channel = Self.receive(from: channel, into: &state.handles, in: kernel)
      }
      guard let index = state.handles.firstIndex(where: { $0.purpose == purpose }) else {
        return nil
      }
      return state.handles.remove(at: index).value
    }
  }

  private static func adopt(in kernel: Kernel) -> HandleValue? {
    guard let descriptor = Descriptor.takeInherited("ZIRCON_STARTUP") else { return nil }
    return try? kernel.adoptChannel(descriptor)
  }

  /// Takes the message if it is there.
  ///
  /// - Returns: The channel, if it has yet to come.
  private static func receive(
    from channel: HandleValue, into handles: inout [(purpose: UInt32, value: HandleValue)],
    in kernel: Kernel
  ) -> HandleValue? {
    do throws(Status) {
      let message = try kernel.takeMessage(from: channel)
      if message.bytes.count == message.handles.count * MemoryLayout<UInt32>.size {
        for (index, value) in message.handles.enumerated() {
          let bytes = message.bytes[(4 * index)..<(4 * index + 4)]
          let purpose = bytes.reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
          handles.append((purpose, value))
        }
      } else {
        for value in message.handles { try? kernel.close(value) }
      }
    } catch {
      // The message is on its way, or there is no room for its handles now.
      if error == .shouldWait || error == .noResources { return channel }
    }
    try? kernel.close(channel)
    return nil
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
}
