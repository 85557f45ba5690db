extension SocketOperation {
  /// `ZX_SOCKET_PEEK`, for a read that takes nothing.
  package static var peekOption: UInt32 { SocketDispatcher.peekOption }
}
