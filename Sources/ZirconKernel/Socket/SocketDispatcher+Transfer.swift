import ZirconLinux
import ZirconTypes

// A socket's end in a message to another process: its own descriptor, the pair's memory and a bell, and another
// one if other processes hold the end, too; two bytes say which kind and which end. An end of a raw pair is
// its descriptor alone, and a third byte.

extension SocketDispatcher {
  /// See `Dispatcher.depart`.
  func leave(into parcel: inout Parcel, rights: Rights, isLast: Bool) throws(Status) {
    guard !pair.isRaw else { return leaveRaw(into: &parcel, rights: rights, isLast: isLast) }
    let departing = try pair.sendAway(end, isLast: isLast, try Kernel.current.reactor)
    var lent = LentDescriptors()
    lent.append(descriptor, of: self)
    try departing.shared.memory.lend(
      to: &lent, of: departing.shared, isHeldByMany: pair.load().left.usesRing)
    departing.held.lend(to: &lent)
    let body = [UInt8(pair.kind.rawValue), UInt8(end.rawValue)]
    parcel.append(self, rights: rights, body: body, lent)
  }

  /// The end that has arrived.
  ///
  /// - Throws: `internal` for what no sender of ours would send; `noMemory`.
  static func open(
    _ arriving: consuming ArrivingHandle, in kernel: Kernel
  ) throws(Status) -> SocketDispatcher {
    let (koid, peerKoid, body) = (arriving.koid, arriving.relatedKoid, arriving.body)
    guard body.count == 2 || body.count == 3, let kind = SocketKind(rawValue: UInt32(body[0])),
      let end = End(rawValue: Int(body[1])),
      let descriptor = arriving.descriptors.takeFirst(), descriptor.isSocket(kind)
    else { throw .internal }
    if body.count == 3 {
      let socket = SocketDispatcher(
        koid: koid, peerKoid: peerKoid, raw: kind, end: end, descriptor: descriptor)
      socket.signal(clear: .none, set: arriving.signals.intersection(.allUser))
      return socket
    }
    guard
      let memory = arriving.descriptors.takeFirst(), let bell = arriving.descriptors.takeFirst()
    else { throw .internal }
    let common = arriving.descriptors.takeFirst()
    let left = end == .left ? koid : peerKoid
    let pair: SocketPair
    do throws(Errno) {
      try kernel.reactor.start()
      var held = HeldEnd(bell: BellHolder(Bell(bell)))
      if let common { held.common = CommonBellHolder(try CommonBell(received: common)) }
      pair = try SocketPair.arrive(
        kind, koid: left, at: end, try SharedPair.open(kind, memory), held, kernel.reactor)
    } catch {
      throw error == .invalidArgument || error == .noEntry ? .internal : Status(error)
    }
    return SocketDispatcher(
      koid: koid, peerKoid: peerKoid, pair: pair, end: end, descriptor: descriptor)
  }
}
