package import ZirconLinux
package import ZirconTypes

extension Kernel {
  /// Makes a channel end whose peer is at the other side of a SEQPACKET socket, in whatever process.
  ///
  /// - Throws: `invalidArgs` if the descriptor is no such socket; `noMemory`.
  package func adoptChannel(_ descriptor: consuming Descriptor) throws(Status) -> HandleValue {
    let wire: Wire
    do throws(Errno) {
      wire = Wire(try MessageSocket(descriptor))
    } catch {
      throw Status(error)
    }
    return try adoptChannel(wire)
  }

  /// The same over what is known to be such a socket.
  func adoptChannel(_ wire: Wire) throws(Status) -> HandleValue {
    let slot = try handles.reserve()
    let channel = try ChannelDispatcher.adopt(wire, in: self)
    return slot.publish(channel, rights: .defaultChannel)
  }

  /// Gives a channel end away, to whoever gets the descriptor and makes a channel end of it again.
  ///
  /// The handle is gone on any outcome; what was queued at the end goes along.
  ///
  /// - Throws: `badHandle`; `wrongType`; `accessDenied` without the right to transfer; `notSupported` if
  ///   something queued there cannot leave the process; `noMemory`. In this order.
  package func exportChannel(_ value: HandleValue) throws(Status) -> Descriptor {
    let slot = try handles.takeFlying(value)
    let handle = HandleInFlight(slot, value: value, rights: .none)
    do throws(Status) {
      guard let channel = handle.object as? ChannelDispatcher else { throw .wrongType }
      guard handle.allows(.transfer) else { throw .accessDenied }
      try channel.checkDeparture()
      let descriptor = try channel.export()
      handle.finishDeparture()
      return descriptor
    } catch {
      handle.close()
      throw error
    }
  }
}
