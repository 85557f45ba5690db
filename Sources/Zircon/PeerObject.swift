import ZirconKernel
public import ZirconTypes

/// One end of a pair of objects that know each other.
public protocol PeerObject: KernelObject, ~Copyable {}

extension PeerObject where Self: ~Copyable {
  /// Changes signals of the other end: first clears, then sets.
  ///
  /// The same signals as `signal(clear:set:)` at the other end.
  ///
  /// - Throws: `accessDenied` without the right to signal the peer; `invalidArgs` for a bit that is not
  ///   for users to change; `peerClosed` if the other end is closed. In this order.
  ///
  /// Source: `zx_object_signal_peer`.
  public func signalPeer(clear: Signals = .none, set: Signals = .none) throws(Status) {
    try Kernel.current.signalPeer(handleValue.inKernel, clear: clear, set: set)
  }
}

/// Both ends of a new pair, until each goes its way.
///
/// Either end can be used in place, or taken out: `let left = pair.first`, once the pair has a name (Swift
/// 6.3 cannot take an end out of a call's result). An end that stays is closed with the pair.
///
/// Frozen so that a program may take the ends out one by one; what it holds will not change.
@frozen
public struct PeerPair<Object: PeerObject & ~Copyable>: ~Copyable, Sendable {
  /// One end.
  public let first: Object
  /// The other end.
  public let second: Object

  init(_ first: consuming Object, _ second: consuming Object) {
    self.first = first
    self.second = second
  }

  init(_ values: (HandleValue, HandleValue)) {
    self.init(
      Object(Handle(adopting: Handle.Value(values.0))),
      Object(Handle(adopting: Handle.Value(values.1))))
  }
}
