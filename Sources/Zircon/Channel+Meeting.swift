import ZirconKernel
import ZirconLinux
public import ZirconTypes

// Channels between processes that meet at a path of the file system.

extension Channel {
  /// Who is at the other end, as Linux knew it when the connection was made.
  public struct Peer: Hashable, Sendable {
    /// Its process, which may have ended since.
    public let pid: Int32
    /// Its user.
    public let uid: UInt32
    /// Its group.
    public let gid: UInt32

    init(_ peer: PeerCredentials) {
      pid = peer.pid
      uid = peer.uid
      gid = peer.gid
    }
  }

  /// Who may connect to a path: the lowest nine bits of a file's mode, of which writing counts.
  public struct PathMode: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt32

    /// Wraps the bits of a file's mode.
    public init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    /// Processes of the user that serves: `0600`.
    public static let user = PathMode(rawValue: 0o600)
    /// Processes of the group that the path belongs to: `0060`.
    public static let group = PathMode(rawValue: 0o060)
    /// Processes of everybody else: `0006`.
    public static let others = PathMode(rawValue: 0o006)
    /// All processes: `0666`.
    public static let everyone: PathMode = [.user, .group, .others]
  }

  /// Serves at `path`: whoever connects there becomes a connection of the service that this gives.
  ///
  /// What a server that has died left behind at the path is replaced.
  ///
  /// - Throws: `invalidArgs` for a path that is empty, above 107 bytes of UTF-8, has a NUL in it or leads
  ///   through what is no folder, or for other bits of a mode; `alreadyExists` if somebody serves there,
  ///   or for a file of another kind; `notFound` without such a folder; `accessDenied` if Linux does not
  ///   allow it; `noMemory`, also without a free descriptor or room for the file.
  ///
  /// Source: `zxl_channel_serve`.
  public static func serve(at path: String, mode: PathMode = .user) throws(Status) -> Service {
    let made = try Kernel.current.serveChannel(at: Array(path.utf8), mode: mode.rawValue)
    return Service(Handle(adopting: Handle.Value(made)))
  }

  /// Makes a channel to whoever serves at `path`; never blocks.
  ///
  /// What is written before the server takes the connection waits for it.
  ///
  /// - Throws: `invalidArgs` for a path as of `serve(at:mode:)`; `notFound` if nobody serves there;
  ///   `accessDenied` if Linux does not allow it; `wrongType` for a socket of another kind; `shouldWait`
  ///   if too many wait to be let in; `noMemory`.
  ///
  /// Source: `zxl_channel_connect`.
  public static func connect(to path: String) throws(Status) -> Channel {
    let made = try Kernel.current.connectChannel(to: Array(path.utf8))
    return Channel(Handle(adopting: Handle.Value(made)))
  }

  /// Who made the other end's side of the connection.
  ///
  /// For a channel whose ends are both here that is this process; for one that has travelled, the process
  /// that sent it away first.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to inspect; `peerClosed` if the other end is
  ///   known to be closed. In this order.
  ///
  /// Source: `zxl_channel_get_peer`.
  public func peer() throws(Status) -> Peer {
    Peer(try Kernel.current.channelPeer(of: handleValue.inKernel))
  }
}

// MARK: Serving

extension Channel {
  /// Owns a path at which processes connect; dropping it takes the path away.
  ///
  /// Connections made are kept, and those that nobody has received are closed. It shows `readable` while
  /// a connection waits here. Up to 256 do, and more with Linux.
  public struct Service: KernelObject, ~Copyable {
    private let handle: Handle

    /// Takes over `handle`, which should be a service's: else the calls of services throw `wrongType`.
    public init(_ handle: consuming Handle) {
      self.handle = handle
    }

    /// Names the handle without owning it.
    public var handleValue: Handle.Value { handle.handleValue }

    /// Gives the handle away, to be owned without its type.
    public consuming func takeHandle() -> Handle { handle }
  }

  /// A connection that a service has received.
  ///
  /// Frozen so that a program may take the channel out; what it holds will not change.
  @frozen
  public struct Connection: ~Copyable, Sendable {
    /// Leads to who has connected.
    public let channel: Channel
    /// Who that is.
    public let peer: Peer

    init(_ connection: ReceivedConnection) {
      channel = Channel(Handle(adopting: Handle.Value(connection.channel)))
      peer = Peer(connection.peer)
    }
  }
}

extension Channel.Service {
  /// Takes the first connection that waits here; never blocks.
  ///
  /// - Throws: `wrongType`, also for a message that no service has made, which is dropped;
  ///   `accessDenied` without the right to read; `shouldWait` if no connection waits; `noResources` or
  ///   `peerClosed` only where the service has come from another process. In this order.
  ///
  /// Source: `zx_channel_read`.
  public func receive() throws(Status) -> Channel.Connection {
    Channel.Connection(try Kernel.current.takeConnection(from: handleValue.inKernel))
  }

  /// Takes the first connection that waits here; suspends the task until there is one.
  ///
  /// - Throws: `CancellationError` if the task is canceled, with nothing taken; else a `Status`: as
  ///   `receive()` but for `shouldWait`, and as `wait(for:)` if it has to wait.
  ///
  /// Source: `zx_channel_read`, `zx_object_wait_async`.
  public nonisolated(nonsending) func nextConnection() async throws -> Channel.Connection {
    try Task.checkCancellation()
    while true {
      do throws(Status) {
        return try receive()
      } catch {
        guard error == .shouldWait else { throw error }
      }
      _ = try await wait(for: [.readable, .peerClosed])
    }
  }

  /// Everybody who connects, in order, without an end.
  ///
  /// Takes the service over and ends it with the last copy of the sequence and its iterators.
  public consuming func clients() -> Channel.Clients {
    Channel.Clients(self)
  }
}

// MARK: Sequences

extension Channel {
  /// A connection that can be copied, as the elements of a sequence must be; closed with the last copy.
  public final class Client: Sendable {
    /// Leads to who has connected.
    public let channel: Channel
    /// Who that is.
    public let peer: Peer

    fileprivate init(_ connection: consuming Connection) {
      peer = connection.peer
      channel = connection.channel
    }
  }

  /// Those who connect to a service; see `Channel.Service.clients()`.
  ///
  /// Several tasks may iterate: each client goes to one of them.
  public struct Clients: AsyncSequence, Sendable {
    private let owner: Owner

    fileprivate init(_ service: consuming Service) {
      owner = Owner(service)
    }

    /// Gives the clients one by one.
    public struct AsyncIterator: AsyncIteratorProtocol {
      fileprivate let owner: Owner

      /// The next client; never nil.
      ///
      /// - Throws: As `Channel.Service.nextConnection()`.
      public nonisolated(nonsending) mutating func next() async throws -> Client? {
        Client(try await owner.service.nextConnection())
      }
    }

    /// Starts with the next client that connects and nobody has taken.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(owner: owner) }

    /// Owns the service of a sequence, which can be copied.
    fileprivate final class Owner: Sendable {
      let service: Service

      init(_ service: consuming Service) {
        self.service = service
      }
    }
  }
}
