import Glibc
public import ZirconLinux
public import ZirconTypes

extension Status {
  /// The status that an error of Linux stands for: the only place where one becomes the other.
  public init(_ error: Errno) {
    self =
      switch error.rawValue {
      case EFAULT, EINVAL: .invalidArgs
      case EAGAIN, ENOBUFS, EMSGSIZE: .shouldWait
      case EPIPE, ECONNRESET, ENOTCONN: .peerClosed
      case ENOMEM, EMFILE, ENFILE, ENOSPC: .noMemory
      case EEXIST: .alreadyExists
      case EOVERFLOW, EFBIG: .outOfRange
      case ETIMEDOUT: .timedOut
      case EPERM, EACCES, ENOSYS: .notSupported
      default: .unknown(error)
      }
  }

  /// Every error that Linux documents for the calls we make is listed above; another one is our bug.
  private static func unknown(_ error: Errno) -> Status {
    assertionFailure("no status for error \(error.rawValue)")
    return .internal
  }
}

/// Runs `body` against Linux and throws the status its error stands for.
@inline(__always)
func linux<Result: ~Copyable>(_ body: () throws(Errno) -> Result) throws(Status) -> Result {
  do throws(Errno) { return try body() } catch { throw Status(error) }
}
