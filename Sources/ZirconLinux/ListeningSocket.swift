import CLinux
import Glibc

/// A socket with a path, to which other processes connect.
///
/// Dropping it takes the path away.
package struct ListeningSocket: ~Copyable, Sendable {
  package let descriptor: Descriptor
  /// With its NUL.
  private let path: [UInt8]
  private let place: clinux_place

  /// Bytes of a path at most.
  package static var maxPathLength: Int { Int(CLINUX_PATH_ROOM) - 1 }

  /// Listens at `path`, where nobody else does; `mode` says who may connect.
  ///
  /// - Throws: `EEXIST` if somebody listens there, or if there is a file of another kind; what Linux says
  ///   of the path; `EMFILE`, `ENFILE`, `ENOMEM`.
  package init(at path: [UInt8], mode: UInt32) throws(Errno) {
    let path = path + [0]
    var place = clinux_place()
    descriptor = try Descriptor.birth {
      unsafe path.withUnsafeBytes { bytes in
        let text = unsafe bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self)
        return unsafe clinux_listen_at(text, mode, &place)
      }
    }
    self.path = path
    self.place = place
  }

  deinit {
    unsafe path.withUnsafeBytes { bytes in
      let text = unsafe bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self)
      unsafe withUnsafePointer(to: place) { unsafe clinux_leave_path(text, $0) }
    }
  }

  /// The next connection.
  ///
  /// - Throws: `EAGAIN` without one; `EMFILE`, `ENFILE`, `ENOMEM`, and then it waits on; what else Linux says
  ///   of a connection that is gone already.
  package func accept() throws(Errno) -> Descriptor {
    let number = descriptor.number
    return try Descriptor.birth { clinux_accept(number) }
  }

  /// A socket connected to whoever listens at `path`.
  ///
  /// - Throws: `ECONNREFUSED` if nobody does; `EAGAIN` if too many wait to be accepted; what Linux says of the
  ///   path; `EMFILE`, `ENFILE`, `ENOMEM`.
  package static func connect(to path: [UInt8]) throws(Errno) -> Descriptor {
    let path = path + [0]
    return try Descriptor.birth {
      unsafe path.withUnsafeBytes { bytes in
        let text = unsafe bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self)
        return unsafe clinux_connect_to(text)
      }
    }
  }
}

extension PeerCredentials {
  /// Those of this process.
  package static var own: PeerCredentials {
    PeerCredentials(pid: getpid(), uid: geteuid(), gid: getegid())
  }
}
