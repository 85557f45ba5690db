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

  /// Allows or forbids writes of the socket and of its peer.
  ///
  /// - Throws: `badHandle`, `wrongType`, `accessDenied` without `right`; `badState` if disabled writes
  ///   would be enabled while something they wrote is still unread. In this order.
  ///
  /// Source: `zx_socket_set_disposition`.
  package func setSocketDisposition(
    _ value: HandleValue, _ own: Disposition, peer: Disposition, right: Rights = .manageSocket
  ) throws(Status) {
    try withSocket(value, rights: right) { (socket) throws(Status) in
      try socket.setDisposition(own, peer: peer)
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
    try withSocket(value, rights: .none) { (socket) throws(Status) in try socket.queueShape() }
  }

  @inline(__always)
  private func withSocket<Result>(
    _ value: HandleValue, rights: Rights,
    _ body: (SocketDispatcher) throws(Status) -> Result
  ) throws(Status) -> Result {
    try with(value, .socket, as: SocketDispatcher.self, rights: rights, body)
  }
}
