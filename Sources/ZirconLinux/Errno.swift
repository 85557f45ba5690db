public import Glibc

/// An error of Linux, on its way to becoming a status in ZirconKernel.
public struct Errno: Error, RawRepresentable, Hashable, Sendable {
  /// The number, as in `errno.h`; positive.
  public let rawValue: Int32

  /// Wraps a number from `errno.h`.
  @inlinable
  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// Throws what a call of CLinux or CUring answered, if it is minus an error number.
  @inlinable
  public static func check(_ answer: Int) throws(Errno) -> Int {
    guard answer >= 0 else { throw Errno(rawValue: Int32(truncatingIfNeeded: -answer)) }
    return answer
  }

  /// An address that is not there, or not for this use.
  package static var badAddress: Errno { Errno(rawValue: EFAULT) }
  /// Nothing to do at the moment.
  package static var again: Errno { Errno(rawValue: EAGAIN) }
  /// The call was interrupted and can be made again.
  package static var interrupted: Errno { Errno(rawValue: EINTR) }
  /// A deadline passed.
  package static var timedOut: Errno { Errno(rawValue: ETIMEDOUT) }
  /// The other end of a connection left data unread.
  package static var connectionReset: Errno { Errno(rawValue: ECONNRESET) }
  /// Something is not what it must be.
  package static var invalidArgument: Errno { Errno(rawValue: EINVAL) }
  /// No memory.
  package static var noMemory: Errno { Errno(rawValue: ENOMEM) }
  /// A record is larger than what is ever taken.
  package static var messageTooLong: Errno { Errno(rawValue: EMSGSIZE) }
  /// It names no open descriptor.
  package static var badDescriptor: Errno { Errno(rawValue: EBADF) }
  /// No descriptor is left in this process.
  package static var tooManyFiles: Errno { Errno(rawValue: EMFILE) }

  package static var noEntry: Errno { Errno(rawValue: ENOENT) }

  /// Whether the same call can succeed at once: it was interrupted, or told of a reset before what is
  /// still queued.
  @inlinable var isWorthAnother: Bool { rawValue == EINTR || rawValue == ECONNRESET }

  /// Whether a send was refused for lack of room somewhere in Linux: the bytes must wait elsewhere.
  package var isRefusal: Bool {
    switch rawValue {
    case EAGAIN, EMSGSIZE, ENOBUFS, ENOMEM: true
    default: false
    }
  }
}
