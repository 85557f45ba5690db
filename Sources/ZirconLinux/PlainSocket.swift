import CLinux
import Glibc

// Sockets whose state is Linux's alone, since programs that know nothing of Zircon may have a part in
// them.

/// What Linux shows of a socket at one moment.
package struct SocketLook: Sendable {
  /// Bytes or a datagram wait.
  package let hasInput: Bool
  /// There is room to write.
  package let hasRoom: Bool
  /// Nothing more will come than what waits.
  package let inputHasEnded: Bool
  /// The other end is closed, or both ways have been ended.
  package let isHungUp: Bool
}

extension Descriptor {
  /// Looks without waiting.
  package func look() -> SocketLook {
    let shown = clinux_look(number)
    let isHungUp = shown & CLINUX_SHOWS_HANG_UP != 0
    let hasEnded = isHungUp || shown & CLINUX_SHOWS_END != 0
    // The end of input shows as input, too.
    let hasInput =
      shown & CLINUX_SHOWS_INPUT != 0 && (!hasEnded || clinux_queued(number) > 0)
    return SocketLook(
      hasInput: hasInput, hasRoom: !isHungUp && shown & CLINUX_SHOWS_ROOM != 0,
      inputHasEnded: hasEnded, isHungUp: isHungUp)
  }

  /// Lets nothing be written any more, by nobody who has this end; the other end reads to the end of what
  /// has been.
  package func endOutput() { clinux_shut_down(number, CLINUX_NO_MORE_OUT) }

  /// Lets the other end write nothing any more.
  package func endInput() { clinux_shut_down(number, CLINUX_NO_MORE_IN) }

  /// Bytes that were written here and not read yet, as Linux counts them: with what it needs for itself.
  package var unreadByteCount: Int { max(0, clinux_unread(number)) }

  /// Sends the bytes of `segments`, as one datagram or as far as there is room.
  package func send(_ segments: RingSegments) throws(Errno) -> Int {
    try segments.send(through: number)
  }
}

// MARK: Descriptors of the program's own

/// A descriptor that the program made, closes and may pass on: the library has it only for the length of a
/// call.
package struct PlainDescriptor: Sendable {
  /// Its number in this process.
  package let number: Int32

  package init(_ number: Int32) {
    self.number = number
  }

  /// Another descriptor for what `descriptor` stands for, which is the program's from here on;
  /// close-on-exec.
  ///
  /// - Throws: `EMFILE` without a free one.
  package init(copying descriptor: borrowing Descriptor) throws(Errno) {
    number = Int32(truncatingIfNeeded: try Errno.check(clinux_copy(descriptor.number)))
  }

  /// A descriptor of the library's own for the same.
  ///
  /// - Throws: `EBADF` if it is not open; `EMFILE` without a free one.
  package func copy() throws(Errno) -> Descriptor {
    let number = number
    return try Descriptor.birth { clinux_copy(number) }
  }

  /// Whether it is open, and none of the library's own.
  package var isThePrograms: Bool {
    number >= 0 && clinux_is_open(number) && !DescriptorSet.contains(number)
  }

  /// Closes it.
  package func close() { clinux_close(number) }

  /// What kind of connected Unix socket it is; nil if it is none, or none that Zircon has a name for.
  package var socketKind: SocketKind? {
    if clinux_is_unix_socket(number, Int32(SOCK_STREAM.rawValue)) != 0 { return .stream }
    return clinux_is_unix_socket(number, Int32(SOCK_SEQPACKET.rawValue)) != 0 ? .datagram : nil
  }
}
