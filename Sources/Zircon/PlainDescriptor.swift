import ZirconKernel
import ZirconLinux
public import ZirconTypes

/// Owns a descriptor of Linux, as any program uses it; dropping it closes it.
public struct PlainDescriptor: ~Copyable, Sendable {
  /// Its number in this process.
  public let number: Int32

  /// Takes over the descriptor `number`; from here on nobody else may close it.
  public init(adopting number: Int32) {
    self.number = number
  }

  deinit {
    ZirconLinux.PlainDescriptor(number).close()
  }

  /// Gives the descriptor away without closing it.
  ///
  /// - Returns: The number, which names it until its new owner closes it.
  public consuming func take() -> Int32 {
    let number = number
    discard self
    return number
  }

  fileprivate var inKernel: ZirconLinux.PlainDescriptor { ZirconLinux.PlainDescriptor(number) }
}

extension Socket {
  /// Makes a plain descriptor of this end, for programs that know nothing of Zircon; close-on-exec, and its
  /// calls block unless told otherwise.
  ///
  /// The pair is raw from then on, for good: Linux says what fits, what may still be written and who is
  /// gone. Thresholds, and writes to be enabled again, throw `notSupported`. This end stays good beside the
  /// descriptor: only once both are closed the other end sees it.
  ///
  /// - Throws: `wrongType` is `notSupported` here; `accessDenied` without the rights to read, write and
  ///   transfer; `shouldWait` if something written and not yet read waits where Linux cannot take it: then
  ///   nothing has changed; `noMemory`, also without a free descriptor. In this order.
  ///
  /// Source: `fdio_fd_create`.
  public func makePlainDescriptor() throws(Status) -> PlainDescriptor {
    let made = try Kernel.current.makePlain(copying: handleValue.inKernel)
    return PlainDescriptor(adopting: made.number)
  }

  /// Makes a socket of what `descriptor` stands for, which stays as it is; the pair is raw.
  ///
  /// - Throws: `invalidArgs` if it is not open; `notSupported` if it is no Unix socket of the stream or
  ///   SEQPACKET kind; `noMemory`, also without a free descriptor.
  ///
  /// Source: `fdio_fd_clone`.
  public init(copying descriptor: borrowing PlainDescriptor) throws(Status) {
    let made = try Kernel.current.makeSocket(copying: descriptor.inKernel)
    self.init(Handle(adopting: Handle.Value(made)))
  }

  /// Makes a socket of `descriptor`, which is closed, also if this throws.
  ///
  /// - Throws: As `init(copying:)`.
  ///
  /// Source: `fdio_fd_transfer`.
  public init(_ descriptor: consuming PlainDescriptor) throws(Status) {
    try self.init(copying: descriptor)
  }
}
