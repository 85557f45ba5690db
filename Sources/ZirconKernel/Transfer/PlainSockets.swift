package import ZirconLinux
package import ZirconTypes

extension Kernel {
  /// Makes a plain descriptor of a socket, for programs that know nothing of Zircon; the pair is raw from then
  /// on, for good.
  ///
  /// The handle is gone on any outcome but `shouldWait`; other handles of the same end stay good.
  ///
  /// - Throws: `badHandle`; `notSupported` for what is no socket; `accessDenied` without the rights to read,
  ///   write and transfer; `shouldWait` if something written waits where Linux cannot take it: once more of
  ///   it has been read, it can; `noMemory`. In this order.
  ///
  /// Source: `fdio_fd_create`.
  package func makePlain(_ value: HandleValue) throws(Status) -> PlainDescriptor {
    do throws(Status) {
      let plain = try makePlain(copying: value)
      try? close(value)
      return plain
    } catch {
      if error != .shouldWait { try? close(value) }
      throw error
    }
  }

  /// The same beside the handle, which stays.
  package func makePlain(copying value: HandleValue) throws(Status) -> PlainDescriptor {
    let pin = try handles.pin(value)
    guard let socket = pin.object as? SocketDispatcher else { throw .notSupported }
    guard pin.word.allows([.read, .write, .transfer]) else { throw .accessDenied }
    try socket.pair.makeRaw(for: socket, reactor)
    return try linux { () throws(Errno) in try PlainDescriptor(copying: socket.descriptor) }
  }

  /// Makes a socket of what a plain descriptor stands for, which stays open; its pair is raw.
  ///
  /// - Throws: `invalidArgs` if it is not open; `notSupported` if it is no Unix socket of the stream or
  ///   SEQPACKET kind; `noMemory`.
  ///
  /// Source: `fdio_fd_clone`.
  package func makeSocket(copying plain: PlainDescriptor) throws(Status) -> HandleValue {
    let slot = try handles.reserve()
    let descriptor: Descriptor
    do throws(Errno) {
      descriptor = try plain.copy()
    } catch {
      throw error == .badDescriptor ? .invalidArgs : Status(error)
    }
    guard let kind = plain.socketKind else { throw .notSupported }
    let socket = SocketDispatcher(
      koid: nextKoid(), peerKoid: .invalid, raw: kind, end: .left, descriptor: descriptor)
    return slot.publish(socket, rights: .defaultSocket)
  }
}
