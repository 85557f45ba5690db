package import ZirconLinux
package import ZirconTypes

extension Kernel {
  /// Makes a socket.
  ///
  /// - Throws: `noMemory`, also without a free descriptor.
  ///
  /// Source: `zx_socket_create`.
  package func makeSocket(_ kind: SocketKind) throws(Status) -> (HandleValue, HandleValue) {
    try makeHandles(rights: .defaultSocket) { (kernel) throws(Status) in
      try SocketDispatcher.makePair(kind, in: kernel)
    }
  }

  /// Sends as many bytes as fit now; see `SocketDispatcher.write`.
  ///
  /// - Throws: `badHandle`, `wrongType`, `accessDenied` without the right to write, and then what the
  ///   socket throws.
  ///
  /// Source: `zx_socket_write`.
  package func writeSocket(_ value: HandleValue, _ bytes: UserIn) throws(Status) -> Int {
    try withSocket(value, rights: .write) { (socket) throws(Status) in try socket.write(bytes) }
  }

  /// Takes what waits at the socket; see `SocketDispatcher.read`.
  ///
  /// - Throws: `badHandle`, `wrongType`, `accessDenied` without the right to read, and then what the
  ///   socket throws.
  ///
  /// Source: `zx_socket_read`.
  package func readSocket(
    _ value: HandleValue, into room: UserOut, isPeek: Bool
  ) throws(Status) -> Int {
    try withSocket(value, rights: .read) { (socket) throws(Status) in
      try socket.read(room, isPeek: isPeek)
    }
  }

  /// Sends as many bytes of several buffers as fit now, as one write.
  ///
  /// - Throws: As `writeSocket(_:_:)`; `invalidArgs` also if `records` cannot be read.
  ///
  /// Source: `zxl_socket_writev`.
  package func writeSocket(
    _ value: HandleValue, vector records: UserIn, count: Int
  ) throws(Status) -> Int {
    try UserVector.with(records, count: count, failure: Status.init) { (vector) throws(Status) in
      try withSocket(value, rights: .write) { (socket) throws(Status) in try socket.write(vector) }
    }
  }

  /// Takes what waits at the socket into several buffers, as one read.
  ///
  /// - Throws: As `readSocket(_:into:isPeek:)`; `invalidArgs` also if `records` cannot be read.
  ///
  /// Source: `zxl_socket_readv`.
  package func readSocket(
    _ value: HandleValue, vector records: UserIn, count: Int, isPeek: Bool
  ) throws(Status) -> Int {
    try UserVector.with(records, count: count, failure: Status.init) { (vector) throws(Status) in
      try withSocket(value, rights: .read) { (socket) throws(Status) in
        try socket.read(vector, isPeek: isPeek)
      }
    }
  }

  /// Buffers that one vectored call takes: `ZXL_SOCKET_MAX_IOVECS`.
  package static var maxBuffers: Int { UserVector.maxBuffers }

  /// Allows or forbids writes of the socket and of its peer.
  ///
  /// - Throws: `badHandle`, `wrongType`, `accessDenied` without the right to manage sockets; `badState` if disabled writes
  ///   would be enabled while something they wrote is still unread. In this order.
  ///
  /// Source: `zx_socket_set_disposition`.
  package func setSocketDisposition(
    _ value: HandleValue, _ own: Disposition, peer: Disposition
  ) throws(Status) {
    try withSocket(value, rights: .manageSocket) { (socket) throws(Status) in
      try socket.setDisposition(own, peer: peer)
    }
  }

  /// Forbids writes of the socket, of its peer, or of both.
  ///
  /// - Throws: `badHandle`, `wrongType`, `accessDenied` without the right to write. In this order.
  ///
  /// Source: `zx_socket_shutdown`.
  package func shutDownSocket(_ value: HandleValue, own: Bool, peer: Bool) throws(Status) {
    try withSocket(value, rights: .write) { (socket) throws(Status) in
      socket.shutDown(own: own, peer: peer)
    }
  }

  /// Facts of the socket.
  ///
  /// - Throws: `badHandle`, `wrongType`, `accessDenied` without the right to inspect. In this order.
  ///
  /// Source: `zx_object_get_info` with `ZX_INFO_SOCKET`.
  package func socketFacts(of value: HandleValue) throws(Status) -> SocketFacts {
    try withSocket(value, rights: .inspect) { (socket) throws(Status) in try socket.facts() }
  }

  /// How the bytes waiting at the socket are kept; for tests.
  package func socketQueueShape(of value: HandleValue) throws(Status) -> SocketQueueShape {
    try withSocket(value, rights: .none) { (socket) throws(Status) in socket.queueShape() }
  }

  @inline(__always)
  private func withSocket<Result>(
    _ value: HandleValue, rights: Rights,
    _ body: (SocketDispatcher) throws(Status) -> Result
  ) throws(Status) -> Result {
    try with(value, .socket, as: SocketDispatcher.self, rights: rights, body)
  }
}
