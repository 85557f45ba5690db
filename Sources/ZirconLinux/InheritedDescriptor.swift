import CLinux
import Glibc

extension Descriptor {
  /// The SEQPACKET socket whose number the environment variable `name` tells, inherited from whoever started
  /// this program; close-on-exec from here on, and the variable is gone.
  ///
  /// - Returns: Nil if there is no such variable, or if it tells of no such socket, which is left alone.
  package static func takeInherited(_ name: StaticString) -> Descriptor? {
    let number = name.withUTF8Buffer { text -> Int32? in
      guard let base = text.baseAddress else { return nil }
      let key = unsafe UnsafeRawPointer(base).assumingMemoryBound(to: CChar.self)
      let value = unsafe getenv(key).flatMap { unsafe Int32(String(cString: $0)) }
      unsafe unsetenv(key)
      return value
    }
    guard let number, number >= 0, clinux_is_message_socket(number),
      fcntl(number, F_SETFD, FD_CLOEXEC) == 0
    else { return nil }
    return try? Descriptor.birth { Int(number) }
  }
}
