import ZirconLinux
package import ZirconTypes

extension SocketDispatcher {
  /// What shows once a write of `byteCount` bytes that was told to wait may succeed or fails for good.
  ///
  /// A stream takes any part, so that `writable` tells. A datagram needs room for all of it, which only
  /// the write threshold tells, if that is as high.
  ///
  /// - Throws: `shouldWait` for a datagram above the threshold.
  fileprivate func signalsToWrite(_ byteCount: Int) throws(Status) -> Signals {
    switch pair.kind {
    case _ where pair.isRaw, .stream: return [.writable, .peerClosed, .writeDisabled]
    case .datagram:
      guard pair.thresholds(of: end).write >= byteCount else { throw .shouldWait }
      return [.writeThreshold, .peerClosed, .writeDisabled]
    }
  }
}

extension Kernel {
  /// What to wait for after a write of `byteCount` bytes that threw `shouldWait`.
  ///
  /// - Throws: `badHandle`, `wrongType`; `shouldWait` for a datagram above the write threshold. In this
  ///   order.
  package func signalsToWrite(
    _ byteCount: Int, to value: HandleValue
  ) throws(Status) -> Signals {
    try with(value, .socket, as: SocketDispatcher.self, rights: .none) { (socket) throws(Status) in
      try socket.signalsToWrite(byteCount)
    }
  }
}
