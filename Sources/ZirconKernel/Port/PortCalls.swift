import ZirconLinux
package import ZirconTypes

extension Kernel {
  /// Makes a port.
  ///
  /// - Throws: `noMemory`.
  ///
  /// Source: `zx_port_create`.
  package func makePort() throws(Status) -> HandleValue {
    try makeHandle(rights: .defaultPort) { kernel in PortDispatcher(koid: kernel.nextKoid()) }
  }

  /// Queues a user's packet, fetched by `load` once the handle has been judged.
  ///
  /// - Throws: `badHandle`; `wrongType`; `accessDenied` without the right to write; what `load` throws;
  ///   `shouldWait` if more than 4,096 user packets are queued; `badHandle` if the last handle was closed
  ///   meanwhile. In this order; `noMemory` instead of one of the last two.
  ///
  /// Source: `zx_port_queue`.
  package func queue(
    on value: HandleValue, _ load: () throws(Status) -> PortPacket
  ) throws(Status) {
    try with(value, .port, as: PortDispatcher.self, rights: .write) { (port) throws(Status) in
      var packet = try load()
      packet.markAsUser()
      try port.queue(packet)
    }
  }

  /// Takes the oldest packet off a port, or the next one to come before `deadline`.
  ///
  /// A packet that is there wins over a deadline that has passed. Closing the port does not end the wait.
  ///
  /// - Throws: `badHandle`; `wrongType`; `accessDenied` without the right to read; `timedOut`. In this
  ///   order.
  ///
  /// Source: `zx_port_wait`.
  package func takePacket(
    from value: HandleValue, until deadline: Deadline
  ) throws(Status) -> PortPacket {
    var packet: PortPacket?
    let port = try portToSleep(on: value, until: deadline, unless: &packet)
    // No pin is held here: a close does not end the sleep, and must not leave the slot behind.
    if let port { packet = try port.take(until: deadline) }
    guard let packet else { throw .timedOut }
    return packet
  }

  /// The port, kept, if there is neither a packet nor a reason to give up at once.
  private func portToSleep(
    on value: HandleValue, until deadline: Deadline, unless packet: inout PortPacket?
  ) throws(Status) -> PortDispatcher? {
    try with(value, .port, as: PortDispatcher.self, rights: .read) { port in
      packet = port.take()
      return packet != nil || Clock.hasPassed(deadline) ? nil : port
    }
  }

  /// Lets a port have a packet, once, when the object shows one of `signals`.
  ///
  /// - Throws: For the port: `badHandle`; `wrongType`; `accessDenied` without the right to write. Then
  ///   for the object: `badHandle`; `accessDenied` without the right to wait. Then `noMemory`. In this
  ///   order.
  ///
  /// Source: `zx_object_wait_async`.
  package func waitAsync(
    _ value: HandleValue, on port: HandleValue, key: UInt64, for signals: Signals,
    _ mode: AsyncWaitMode
  ) throws(Status) {
    try with(port, .port, as: PortDispatcher.self, rights: .write) { (port) throws(Status) in
      let pin = try handles.pin(value, rights: .wait)
      try pin.withObject(as: Dispatcher.self) { (object) throws(Status) in
        try object.waitAsync(
          through: pin, named: value, on: port, key: key, for: signals, mode)
      }
    }
  }

  /// Ends the asynchronous waits made through one handle on a port with `key`, queued packets included.
  ///
  /// - Throws: For the port: `badHandle`; `wrongType`; `accessDenied` without the right to write. Then
  ///   for the source: `badHandle`; `accessDenied` without the right to wait. Then `notFound` if there
  ///   was nothing to end. In this order.
  ///
  /// Source: `zx_port_cancel`.
  package func cancelPackets(
    on port: HandleValue, from source: HandleValue, key: UInt64
  ) throws(Status) {
    try with(port, .port, as: PortDispatcher.self, rights: .write) { (port) throws(Status) in
      try with(source, rights: .wait) { (object) throws(Status) in
        guard object.cancelAsync(source, on: port, key: key) else { throw .notFound }
      }
    }
  }

  /// Ends all asynchronous waits on a port with `key`, and drops all its packets with it.
  ///
  /// - Throws: `badHandle`; `wrongType`; `accessDenied` without the right to write; `notFound` if there
  ///   was nothing to end. In this order.
  ///
  /// Source: `zx_port_cancel_key`.
  package func cancelPackets(on port: HandleValue, key: UInt64) throws(Status) {
    try with(port, .port, as: PortDispatcher.self, rights: .write) { (port) throws(Status) in
      guard port.cancel(key: key) else { throw .notFound }
    }
  }
}
