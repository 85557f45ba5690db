package import CZircon
import Glibc
import TestSupport

/// Where the ends of the sockets are that a test makes, by `ZIRCON_ENDS`.
///
/// A handle in the peer has the value that it has there with the highest bit set, which no handle of a
/// process with so few handles has.
package enum TwoEnds {
  package enum Mode: String {
    /// Both in the test's process.
    case here
    /// Made in the test's process, the second sent to the peer.
    case sent
    /// Made in the peer, the first sent to the test's process.
    case received
    /// Both in the peer: what the driver can do by itself.
    case there
    /// Both in the test's process, after the peer had other handles of both.
    case copied
    /// Made in the test's process; the peer has another handle of the second, the test's is closed.
    case lent
  }

  package static let mode: Mode = {
    guard let text = getenv("ZIRCON_ENDS") else { return .here }
    guard let mode = Mode(rawValue: String(cString: text)) else {
      fatalError("ZIRCON_ENDS is here, sent, received, there, copied or lent")
    }
    return mode
  }()

  /// The process of the far ends, started at the first use.
  package static let peer: PeerProcess = {
    do { return try PeerProcess() } catch { fatalError("no peer: \(error)") }
  }()

  private static let tag: UInt32 = 1 << 31

  /// Whether `value` names a handle of the peer.
  package static func isFar(_ value: zx_handle_t) -> Bool {
    mode != .here && value & (tag | 3) == tag | 3
  }

  /// The value that a handle of the peer has there.
  package static func untagged(_ value: zx_handle_t) -> zx_handle_t { value & ~tag }
  package static func tagged(_ value: zx_handle_t) -> zx_handle_t { value | tag }

  /// Tags the handle that the peer has stored at `out`.
  package static func tag(_ out: UnsafeMutablePointer<zx_handle_t>?) {
    guard let out else { return }
    let raw = UnsafeMutableRawPointer(out)
    raw.storeBytes(of: tagged(raw.loadUnaligned(as: zx_handle_t.self)), as: zx_handle_t.self)
  }

  /// Bytes in Linux, bytes in the ring and whether that wraps, of a far socket's receive buffer.
  package static func queueShape(of handle: zx_handle_t) -> [Int]? {
    var words = [0, 0, 0]
    let status = words.withUnsafeMutableBytes {
      peer.perform(.queueShape, [far(handle)], [.output(1, $0.baseAddress, $0.count)])
    }
    return status == ZX_OK ? words : nil
  }

  // MARK: Moving

  private static let nearBootstrap = adoptBootstrap(peer.bootstrapDescriptor)
  private static let farBootstrap = zx_handle_t(bitPattern: peer.perform(.bootstrap))
  /// One move at a time: what is written is what is read next.
  private static let moves = Locked<Int>(0)

  /// Moves the handle that is stored at `out` to the peer, and stores its value there.
  package static func send(_ out: UnsafeMutablePointer<zx_handle_t>?) {
    guard let out else { return }
    let raw = UnsafeMutableRawPointer(out)
    let value = raw.loadUnaligned(as: zx_handle_t.self)
    raw.storeBytes(of: send(value), as: zx_handle_t.self)
  }

  /// Moves a handle to the peer; its value there, tagged.
  package static func send(_ value: zx_handle_t) -> zx_handle_t {
    moves.withLock { count in
      count += 1
      var value = value
      let written = CZircon.zx_channel_write(nearBootstrap, 0, nil, 0, &value, 1)
      precondition(written == ZX_OK, "the handle was not sent: \(written)")
      var arrived = ZX_HANDLE_INVALID
      let read = withUnsafeMutablePointer(to: &arrived) {
        peer.perform(
          .channelRead, [UInt64(farBootstrap), 0, 0, 0, 0, 1, 0, 0], [.output(3, $0, 4)])
      }
      precondition(read == ZX_OK, "the handle did not arrive: \(read)")
      return tagged(arrived)
    }
  }

  /// Sends the peer another handle of what is stored at `out`; its value there, tagged.
  package static func sendCopy(_ out: UnsafeMutablePointer<zx_handle_t>?) -> zx_handle_t {
    guard let out else { return ZX_HANDLE_INVALID }
    var copy = ZX_HANDLE_INVALID
    let value = UnsafeRawPointer(out).loadUnaligned(as: zx_handle_t.self)
    let status = CZircon.zx_handle_duplicate(value, ZX_RIGHT_SAME_RIGHTS, &copy)
    precondition(status == ZX_OK, "the handle was not duplicated: \(status)")
    return send(copy)
  }

  /// Moves the peer's handle that is stored at `out` here.
  package static func receive(_ out: UnsafeMutablePointer<zx_handle_t>?) {
    guard let out else { return }
    let raw = UnsafeMutableRawPointer(out)
    let arrived = receive(raw.loadUnaligned(as: zx_handle_t.self))
    raw.storeBytes(of: arrived, as: zx_handle_t.self)
  }

  private static func receive(_ value: zx_handle_t) -> zx_handle_t {
    moves.withLock { count in
      count += 1
      let written = withUnsafePointer(to: value) {
        peer.perform(.channelWrite, [UInt64(farBootstrap), 0, 0, 0, 0, 1], [.input(4, $0, 4)])
      }
      precondition(written == ZX_OK, "the peer did not send the handle: \(written)")
      var arrived = ZX_HANDLE_INVALID
      let read = CZircon.zx_channel_read(nearBootstrap, 0, nil, &arrived, 0, 1, nil, nil)
      precondition(read == ZX_OK, "the peer's handle did not arrive: \(read)")
      return arrived
    }
  }
}

/// A handle as an argument of an order.
func far(_ handle: zx_handle_t) -> UInt64 { UInt64(TwoEnds.untagged(handle)) }
func word(_ number: UInt32) -> UInt64 { UInt64(number) }
func word(_ size: Int) -> UInt64 { UInt64(bitPattern: Int64(size)) }
func word(_ time: Int64) -> UInt64 { UInt64(bitPattern: time) }
