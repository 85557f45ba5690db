import Glibc
import Synchronization

/// Places in the change of what processes share where a test lets one of them die.
///
/// Only debug builds have them.
package enum FaultPoint: Int, CaseIterable, Sendable {
  /// Bytes are with Linux, the state does not say so yet.
  case sent = 1
  /// Bytes are in the ring, the state does not say so yet.
  case staged
  /// Bytes have left Linux, the state still counts them.
  case received
  /// The state is changed, nobody has been told.
  case changed
  /// Some of the bits that rose are counted.
  case counted
  /// All are counted, nobody is woken.
  case belled
  /// Who sleeps is woken, the reactor is not rung for.
  case woken
  /// The state says that the end is closed, its descriptors are open.
  case closed

  /// Dies here if `arm` has named this place.
  @inline(__always)
  package func pass() {
    #if DEBUG
      if armed.load(ordering: .relaxed) == rawValue { kill(getpid(), SIGKILL) }
    #endif
  }

  /// Lets this process die at this place, the next time it comes there.
  package func arm() { armed.store(rawValue, ordering: .relaxed) }
}

private let armed = Atomic<Int>(0)
