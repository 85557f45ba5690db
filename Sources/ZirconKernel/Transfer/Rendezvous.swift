import ZirconLinux
import ZirconTypes

/// What serves at a path.
///
/// Accepts connections and writes them into a channel whose other end the program reads; ends with that
/// other end.
///
/// Locking: one lock for the socket, outside that of the reactor and inside those of objects.
final class Rendezvous: ReactorTarget {
  private let kernel: Kernel
  /// Our end, which has no handle.
  private let channel: ChannelDispatcher
  private let state = Guarded(State())

  private struct State: ~Copyable {
    var listener: ListeningSocket?
    var watch: Reactor.Watch?
  }

  /// Connections that wait in the channel at most; more stay with Linux.
  private static var maxWaiting: Int { 256 }
  /// Connections accepted before others have a turn on the reactor's thread.
  private static var atOnce: Int { 32 }

  private init(_ channel: ChannelDispatcher, in kernel: Kernel) {
    self.channel = channel
    self.kernel = kernel
  }

  /// Begins to serve through `channel`, whose other end has its handle.
  ///
  /// - Throws: What the path stands for; `noMemory`. Then nothing is left.
  static func start(
    at path: [UInt8], mode: UInt32, through channel: ChannelDispatcher, in kernel: Kernel
  ) throws(Status) {
    let rendezvous = Rendezvous(channel, in: kernel)
    let listener = try linuxPath { () throws(Errno) in try ListeningSocket(at: path, mode: mode) }
    let watch = try linux { () throws(Errno) in
      try kernel.reactor.watch(listener.descriptor, for: [.readable, .edge], rendezvous)
    }
    rendezvous.begin(listener, watch)
    SignalWait().begin(on: channel, for: .peerClosed) { _ in rendezvous.stop() }
    // What came before there was a listener here to accept it.
    kernel.reactor.again(soon: rendezvous)
  }

  private func begin(_ listener: consuming ListeningSocket, _ watch: Reactor.Watch) {
    var listener = Optional(listener)
    state.withLock { state in
      state.listener = listener.take()
      state.watch = watch
    }
  }

  func react(to events: ReactorEvents) {
    for _ in 0..<Self.atOnce {
      guard channel.peerQueuedCount < Self.maxWaiting else { break }
      do throws(Errno) {
        guard let connection = try accept() else { return }
        deliver(connection)
      } catch {
        if error == .again { return }
        break
      }
    }
    kernel.reactor.again(soon: self)
  }

  /// The next connection; nil once this has stopped.
  private func accept() throws(Errno) -> Descriptor? {
    var isStopped = false
    let connection = try state.withLock { (state) throws(Errno) -> Descriptor? in
      switch state.listener {
      case .some(let listener): return try listener.accept()
      case .none:
        isStopped = true
        return nil
      }
    }
    return isStopped ? nil : connection
  }

  /// Writes the message that brings a new connection; one for which there is no memory is closed.
  private func deliver(_ connection: consuming Descriptor) {
    do throws(Status) {
      let packet = try makeMessage(connection)
      try channel.write(packet)
    } catch {
      // Whoever connected sees the other end closed.
    }
  }

  private func makeMessage(_ connection: consuming Descriptor) throws(Status) -> MessagePacket {
    let slot = try kernel.handles.reserve()
    let packet = try MessagePacket(byteCount: ConnectionMessage.byteCount, handleRoom: 1)
    let wire: Wire
    let peer: PeerCredentials
    do throws(Errno) {
      wire = Wire(try MessageSocket(connection))
      peer = try wire.socket.peerCredentials()
    } catch {
      throw Status(error)
    }
    let end = try ChannelDispatcher.adopt(wire, in: kernel)
    unsafe packet.bytes.storeBytes(
      of: ConnectionMessage.words(peer), as: InlineArray<4, UInt32>.self)
    packet.append(
      HandleInFlight(
        slot.publishFlying(end, rights: .defaultChannel), value: .invalid, rights: .defaultChannel))
    return packet
  }

  /// The other end of the channel is closed.
  private func stop() {
    var watch: Reactor.Watch?
    let ended = state.withLock { state in
      watch = state.watch.take()
      return state.listener.take()
    }
    guard let ended else { return }
    if let watch { kernel.reactor.forget(watch, of: ended.descriptor) }
    channel.closeWithoutHandle()
  }
}

/// The bytes of the message that brings a connection: a `zxl_peer_t`.
enum ConnectionMessage {
  static var byteCount: Int { 16 }

  static func words(_ peer: PeerCredentials) -> InlineArray<4, UInt32> {
    [UInt32(bitPattern: peer.pid), peer.uid, peer.gid, 0]
  }

  /// What `bytes`, as many as there must be, tell.
  static func peer(_ bytes: [UInt8]) -> PeerCredentials {
    let words = (0..<3).map { index in
      bytes[(4 * index)..<(4 * index + 4)].reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    }
    return PeerCredentials(pid: Int32(bitPattern: words[0]), uid: words[1], gid: words[2])
  }
}
