import ZirconLinux
import ZirconTypes

/// An object that stands alone and that any number of processes can hold.
class SharableDispatcher<Contents: SharableObject>: Dispatcher, @unchecked Sendable {
  final let contents: Contents

  init(koid: Koid, type: ObjectType, _ contents: Contents) {
    self.contents = contents
    super.init(koid: koid, type: type)
  }

  final override var settableSignals: Signals { contents.settable }

  final override func withObservers(_ body: (inout ObserverList, Signals) -> Void) {
    contents.withObservers(body)
  }

  final override func signal(clear: Signals, set: Signals) {
    contents.signal(clear: clear, set: set)
  }

  final override func lastHandleClosed() { contents.close() }

  final override func lastHandleDeparted() { contents.close() }

  final override func checkDeparture() throws(Status) {}

  final override func depart(
    into parcel: inout Parcel, rights: Rights, isLast: Bool
  ) throws(Status) {
    var lent = LentDescriptors()
    try contents.lend(isLast: isLast, to: &lent)
    parcel.append(self, rights: rights, lent)
  }
}

/// One end of a peered object that any number of processes can hold.
class SharableEndDispatcher<Pair: SharableObject & PeeredPair>: PeeredDispatcher<Pair>,
  @unchecked Sendable
{
  /// What stands behind the record of the end in a message.
  var departingBody: [UInt8] { [] }

  final override func checkDeparture() throws(Status) {}

  final override func depart(
    into parcel: inout Parcel, rights: Rights, isLast: Bool
  ) throws(Status) {
    var lent = LentDescriptors()
    try pair.lend(end, isLast: isLast, to: &lent)
    parcel.append(self, rights: rights, body: departingBody, lent)
  }

  final override func lastHandleDeparted() { pair.close(end) }
}
