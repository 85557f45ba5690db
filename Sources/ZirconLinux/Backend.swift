import CLinux
import Glibc
import Synchronization

/// How operations reach Linux, as the environment asks: `ZIRCON_BACKEND=auto|uring|syscall`.
package enum Backend: UInt8, Sendable {
  /// What is fastest for the shape of the work: calls one by one, a ring for batches.
  case auto
  /// Every read and write through the calling thread's ring.
  case uring
  /// No ring at all.
  case syscall

  /// The environment's word, read once at the first use; anything unknown counts as `auto`.
  package static var requested: Backend {
    let known = request.load(ordering: .relaxed)
    if let backend = Backend(rawValue: known) { return backend }
    let backend = read()
    request.store(backend.rawValue, ordering: .relaxed)
    return backend
  }

  /// Reads and writes that the calling thread has sent each way so far.
  package static var operationCounts: (ring: UInt64, syscall: UInt64) {
    let thread = unsafe clinux_thread_self().pointee
    return unsafe (thread.ring_operations, thread.syscall_operations)
  }

  private static func read() -> Backend {
    guard let text = unsafe getenv("ZIRCON_BACKEND") else { return .auto }
    return switch unsafe String(cString: text) {
    case "uring": .uring
    case "syscall": .syscall
    default: .auto
    }
  }
}

/// What the environment asked for; `UInt8.max` until it has been read.
private let request = Atomic<UInt8>(.max)
