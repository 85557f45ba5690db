import ZirconLinux
import ZirconTypes

// A socket's end in a message to another process: its own descriptor, the pair's memory and a bell; two
// bytes say which kind and which end.

extension SocketDispatcher {
  /// Throws what keeps this end from leaving the process: other handles of it that would stay.
  func checkTransfer() throws(Status) {
    guard handleCount == 1 else { throw .notSupported }
  }

  func leave(
    into parcel: inout Parcel, rights: Rights, isLast: Bool
  ) throws(Status) {
    guard isLast else { throw .notSupported }
    let departing = try pair.sendAway(end, try Kernel.current.reactor)
    var lent = LentDescriptors()
    lent.append(descriptor, of: self)
    lent.append(departing.shared.memory.descriptor, of: departing.shared)
    if let bell = departing.bell {
      bell.lend(to: &lent)
    } else {
      lent.append(departing.shared.bell.descriptor, of: departing.shared)
    }
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
    guard body.count == 2, let kind = SocketKind(rawValue: UInt32(body[0])),
      let end = End(rawValue: Int(body[1])),
      let descriptor = arriving.descriptors.takeFirst(), descriptor.isSocket(kind),
      let memory = arriving.descriptors.takeFirst(), let bell = arriving.descriptors.takeFirst()
    else { throw .internal }
    let shared: SharedPair
    do throws(Errno) {
      try kernel.reactor.start()
      shared = try SharedPair.open(kind, here: end, memory, bell: Bell(bell))
    } catch {
      throw error == .invalidArgument ? .internal : Status(error)
    }
    let left = end == .left ? koid : peerKoid
    let pair = SocketPair(kind, koid: left, arriving: shared, kernel.reactor)
    return SocketDispatcher(
      koid: koid, peerKoid: peerKoid, pair: pair, end: end, descriptor: descriptor)
  }
}
