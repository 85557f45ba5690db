import CLinux
import Glibc

/// A bell of one descriptor that any number of processes hold: whoever rings it rings at all of them, itself
/// too; their reactors watch it by edges.
package struct CommonBell: ~Copyable, Sendable {
  package let descriptor: Descriptor

  /// Makes one.
  ///
  /// - Throws: `EMFILE` or `ENFILE` without a free descriptor, `ENOMEM` or `ENOBUFS` without memory.
  package static func make() throws(Errno) -> CommonBell {
    CommonBell(adopting: try Descriptor.birth { clinux_common_bell_create() })
  }

  /// Takes over what another process has sent.
  ///
  /// - Throws: `EINVAL` if it is none.
  package init(received: consuming Descriptor) throws(Errno) {
    let isBell = clinux_is_common_bell(received.number)
    descriptor = received
    guard isBell else { throw .invalidArgument }
  }

  private init(adopting descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// Tells all holders to look; never waits.
  package func ring() { clinux_common_bell_ring(descriptor.number) }
}
