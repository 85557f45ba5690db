import CLinux
package import CZircon
package import Glibc
import TestSupport
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// A channel whose other end is in the hands of somebody who does not keep to the rules.
package final class Stranger {
  /// The end that keeps to them; closed on deinit.
  package let channel: zx_handle_t
  /// The other one, which the library does not know.
  package let socket: Int32

  /// Makes both ends.
  ///
  /// - Throws: `SetUpError` if there is no socket to be had; `Status`.
  package init() throws {
    let (ours, theirs) = try rawSocketPair(SOCK_SEQPACKET)
    channel = try adopted(ours)
    socket = theirs
  }

  /// Sends a record of any kind, as far as Linux takes it.
  package func send(_ bytes: [UInt8], _ descriptors: [Int32]) {
    sendRecord(socket, bytes, descriptors)
  }

  /// The descriptors of the next record that has any.
  ///
  /// - Throws: `SetUpError` without one.
  func takeDescriptors() throws -> [Int32] {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let message = UnsafeMutablePointer<clinux_message>.allocate(capacity: 1)
    defer { message.deallocate() }
    repeat {
      guard clinux_message_peek(socket, &bytes, bytes.count, message) > 0 else {
        throw SetUpError("no such record")
      }
      clinux_message_drop(socket)
      // A link begins with a record without any.
    } while message.pointee.descriptor_count == 0
    return withUnsafeBytes(of: &message.pointee.descriptors) {
      Array($0.bindMemory(to: Int32.self).prefix(message.pointee.descriptor_count))
    }
  }

  deinit {
    Glibc.close(socket)
    zx_handle_close(channel)
  }
}

/// Makes a channel end of a socket that the library does not know so far.
///
/// - Throws: `Status`.
package func adopted(_ socket: Int32) throws -> zx_handle_t {
  let kernel = try Kernel.current
  return try kernel.adoptChannel(try Descriptor.birth { Int(socket) }).rawValue
}

/// The ends of a socket pair that the library does not know.
package func rawSocketPair(_ type: __socket_type) throws -> (Int32, Int32) {
  var ends: [Int32] = [-1, -1]
  let flags = Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
  guard socketpair(AF_UNIX, flags, 0, &ends) == 0 else { throw SetUpError("socketpair") }
  return (ends[0], ends[1])
}

/// Sends one record without waiting, as far as Linux takes it.
func sendRecord(_ socket: Int32, _ bytes: [UInt8], _ descriptors: [Int32]) {
  var bytes = bytes
  let header = MemoryLayout<cmsghdr>.size
  let length = header + descriptors.count * 4
  var control = [UInt8](repeating: 0, count: (length + 7) & ~7)
  control.withUnsafeMutableBytes { control in
    control.storeBytes(of: length, as: Int.self)
    // SCM_RIGHTS at SOL_SOCKET.
    control.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: Int32.self)
    control.storeBytes(of: Int32(1), toByteOffset: 12, as: Int32.self)
    for (index, descriptor) in descriptors.enumerated() {
      control.storeBytes(of: descriptor, toByteOffset: header + index * 4, as: Int32.self)
    }
    bytes.withUnsafeMutableBytes { bytes in
      var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
      withUnsafeMutablePointer(to: &part) { part in
        var message = msghdr()
        message.msg_iov = part
        message.msg_iovlen = 1
        if !descriptors.isEmpty {
          message.msg_control = control.baseAddress
          message.msg_controllen = control.count
        }
        // MSG_DONTWAIT and MSG_NOSIGNAL.
        _ = sendmsg(socket, &message, 0x4040)
      }
    }
  }
}

/// Lets a channel end leave this process and come back as another process would get it.
package func sentAway(_ channel: zx_handle_t) throws -> zx_handle_t {
  let kernel = try Kernel.current
  let value = HandleValue(rawValue: channel)
  return try kernel.adoptChannel(kernel.exportChannel(value)).rawValue
}
