import ZirconKernel
import ZirconLinux
public import ZirconTypes

/// A program that this process has started, in a process of its own.
///
/// It shows `terminated` once it has ended. Dropping this leaves the program alone; nothing is left of it in
/// Linux at its end.
public struct ChildProcess: KernelObject, ~Copyable {
  private let handle: Handle

  /// Takes over `handle`, which should be a process's: else the calls of processes throw `wrongType`.
  public init(_ handle: consuming Handle) {
    self.handle = handle
  }

  /// Names the handle without owning it.
  public var handleValue: Handle.Value { handle.handleValue }

  /// Gives the handle away, to be owned without its type.
  public consuming func takeHandle() -> Handle { handle }

  /// Why no program was started.
  public struct SpawnError: Error, CustomStringConvertible {
    /// What `fdio_spawn_etc` answers.
    public let status: Status
    /// What failed, in words.
    public let message: String

    /// The words and the status.
    public var description: String { "\(message): \(status)" }
  }
}

// MARK: Starting

extension ChildProcess {
  /// A program to be started, and what it gets.
  ///
  /// Handles that it was given are closed when it is dropped.
  public struct Command: ~Copyable, Sendable {
    /// Where the program is.
    public var path: String
    /// What it gets as its arguments, behind its own name.
    public var arguments: [String]
    /// Its variables; nil for those of this process.
    public var environment: [String: String]?
    /// Whether descriptors 0 to 2 are this process's unless others are given; else they are `/dev/null`.
    public var keepsStandardStreams = true
    private var gifts: [Gift] = []
    private var handles = HandleList()

    /// What the program is given, in order.
    private enum Gift {
      case copy(of: Int32, as: Int32)
      /// The next one of the handles.
      case handle(StartupPurpose)
    }

    /// The program at `path`, with what this process has.
    public init(_ path: String, arguments: [String] = []) {
      self.path = path
      self.arguments = arguments
    }

    /// Gives it a handle, which it takes for `purpose`; a socket for `fd(_:)` becomes that descriptor.
    ///
    /// The handle must have the right to be transferred.
    public mutating func give<Object: KernelObject & ~Copyable>(
      _ object: consuming Object, for purpose: StartupPurpose
    ) {
      handles.append(object)
      gifts.append(.handle(purpose))
    }

    /// Gives it a copy of a descriptor of this program, which must stay open until it is started, as its own
    /// `target`, 0 through 1023.
    ///
    /// Of several with one target the last one counts.
    public mutating func give(_ descriptor: borrowing PlainDescriptor, as target: Int32) {
      gifts.append(.copy(of: descriptor.number, as: target))
    }

    /// Starts it.
    ///
    /// The handles that it was given are gone from here, also if this throws.
    ///
    /// - Throws: A `SpawnError` whose status is: `invalidArgs` for a descriptor that is not open or a target
    ///   out of range, or for a string with a NUL; for the first handle that cannot go `badHandle`,
    ///   `accessDenied` without the right to transfer, `notSupported`; `notFound` without the program;
    ///   `accessDenied` if it may not be run, `notSupported` if it cannot; `outOfRange` for too long strings;
    ///   `unavailable`, `io` for the file; `noResources` for too many processes; `noMemory`.
    ///
    /// Source: `fdio_spawn_etc`.
    public consuming func spawn() throws(SpawnError) -> ChildProcess {
      var request = SpawnRequest()
      request.path = Array(path.utf8)
      request.arguments = ([path] + arguments).map { Array($0.utf8) }
      request.variables = environment?.map { Array("\($0)=\($1)".utf8) }
      request.keepsStdio = keepsStandardStreams
      do throws(SpawnFailure) {
        let kernel = try SpawnFailure.explaining("no memory") { () throws(Status) in
          try Kernel.current
        }
        var values = handles.takeAll()[...]
        for gift in gifts {
          switch gift {
          case .copy(let number, let target):
            request.add(ZirconLinux.PlainDescriptor(number), as: target)
          case .handle(let purpose):
            request.add(HandleValue(rawValue: values.removeFirst()), for: purpose.rawValue)
          }
        }
        guard request.hasNoNUL else {
          kernel.discard(request)
          throw SpawnFailure(.invalidArgs, "a string with a NUL")
        }
        let made = try kernel.spawn(request, in: .invalid)
        return ChildProcess(Handle(adopting: Handle.Value(made)))
      } catch {
        throw SpawnError(status: error.status, message: error.words)
      }
    }
  }
}

extension SpawnRequest {
  /// Whether all of its strings are what C takes them for.
  fileprivate var hasNoNUL: Bool {
    ([path] + arguments + (variables ?? [])).allSatisfy { !$0.contains(0) }
  }
}

// MARK: Its end

extension ChildProcess {
  /// What it ended with, or nil while it runs: the code of its exit; 128 and the number of the signal that
  /// killed it; -1024 after `kill()`; -1028 after a fault of its own; -1 where somebody else has asked Linux
  /// first.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to inspect. In this order.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_PROCESS`.
  public func returnCode() throws(Status) -> Int64? {
    try Kernel.current.processInfo(of: handleValue.inKernel).returnCode
  }

  /// What it ended with; suspends the task until it has, and blocks no thread.
  ///
  /// - Throws: `CancellationError` if the task is canceled; else a `Status`: as `wait(for:)` and
  ///   `returnCode()`.
  ///
  /// Source: `zx_object_wait_async`, `zx_object_get_info` with `ZX_INFO_PROCESS`.
  public nonisolated(nonsending) func end() async throws -> Int64 {
    _ = try await wait(for: .terminated)
    guard let code = try returnCode() else { throw Status.badState }
    return code
  }

  /// Kills it; one that has ended stays as it is.
  ///
  /// - Throws: `wrongType`; `accessDenied` without the right to destroy; `notSupported` for what has not been
  ///   started here; `accessDenied` if it has become another user's. In this order.
  ///
  /// Source: `zx_task_kill`.
  public func kill() throws(Status) {
    try Kernel.current.killTask(handleValue.inKernel)
  }
}
