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

  /// The status that an error of a call with a path stands for.
  static func ofPath(_ error: Errno) -> Status {
    switch error.rawValue {
    case EACCES, EPERM, EROFS: .accessDenied
    case ENOENT, ECONNREFUSED: .notFound
    case EEXIST, EADDRINUSE: .alreadyExists
    case ENOTDIR, ELOOP, ENAMETOOLONG, EISDIR: .invalidArgs
    case EPROTOTYPE: .wrongType
    case EDQUOT: .noMemory
    default: Status(error)
    }
  }

  /// The status that an error in starting a program stands for; what no file system of Linux's own answers
  /// is `io`.
  static func ofSpawn(_ error: Errno) -> Status {
    switch error.rawValue {
    case EACCES, EPERM: .accessDenied
    case ENOENT, ENOTDIR: .notFound
    case ELOOP, ENAMETOOLONG, EBADF, EINVAL, EFAULT: .invalidArgs
    case E2BIG: .outOfRange
    case ENOEXEC, ELIBBAD, EISDIR, ENOSYS: .notSupported
    case ETXTBSY: .unavailable
    case EAGAIN: .noResources
    case ENOMEM, EMFILE, ENFILE, ENOSPC: .noMemory
    default: .io
    }
  }

  /// Every error that Linux documents for the calls we make is listed above; another one is our bug.
  private static func unknown(_ error: Errno) -> Status {
    assertionFailure("no status for error \(error.rawValue)")
    return .internal
  }
}

/// The same for a call with a path.
func linuxPath<Result: ~Copyable>(
  _ body: () throws(Errno) -> Result
) throws(Status) -> Result {
  do throws(Errno) { return try body() } catch { throw .ofPath(error) }
}

/// Runs `body` against Linux and throws the status its error stands for.
@inline(__always)
func linux<Result: ~Copyable>(_ body: () throws(Errno) -> Result) throws(Status) -> Result {
  do throws(Errno) { return try body() } catch { throw Status(error) }
}
