import ArgumentParser
import CZircon
import Glibc
import SystemPackage

/// How the library sends reads and writes to Linux.
enum Backend: String, CaseIterable, Codable, ExpressibleByArgument {
  case auto
  case uring
  case syscall

  /// The names, for a message.
  static let list = allCases.map(\.rawValue).joined(separator: ", ")

  /// What `info` says was asked for.
  init(_ info: zxl_backend_info_t) {
    switch info.backend {
    case ZXL_BACKEND_URING: self = .uring
    case ZXL_BACKEND_SYSCALL: self = .syscall
    default: self = .auto
    }
  }

  /// What it does, and who asked for it.
  var text: String {
    switch self {
    case .auto: "auto: system calls for single reads and writes, io_uring for batches"
    case .uring: "uring: io_uring for every read and write, as ZIRCON_BACKEND=uring asks"
    case .syscall: "syscall: system calls for everything, as ZIRCON_BACKEND=syscall asks"
    }
  }
}

/// Whether the library can use io_uring here, and if not, why.
struct RingState {
  private let number: UInt32

  init(_ number: UInt32) {
    self.number = number
  }

  /// What the library found.
  var text: String {
    switch number {
    case ZXL_RING_USABLE: "usable"
    case ZXL_RING_OFF: "not asked for: ZIRCON_BACKEND=syscall"
    case ZXL_RING_REFUSED: "refused: \(whoRefuses)"
    case ZXL_RING_MISSING: "missing: this kernel was built without it"
    case ZXL_RING_TOO_OLD: "too old: this kernel's io_uring lacks features that the library needs"
    case ZXL_RING_NO_MEMORY: "out of memory: the locked-memory limit is used up"
    default: "unknown state \(number)"
    }
  }

  /// What to do about it, if there is something to do.
  var hint: String? {
    switch number {
    case ZXL_RING_USABLE: nil
    case ZXL_RING_OFF: "unset ZIRCON_BACKEND to let batches use io_uring"
    case ZXL_RING_REFUSED: remedy
    case ZXL_RING_MISSING: "CONFIG_IO_URING is off, or a filter hides it; everything works without"
    case ZXL_RING_TOO_OLD: "io_uring is used from Linux 6.1 on; everything works without"
    case ZXL_RING_NO_MEMORY: "raise the limit with ulimit -l 8192"
    default: "this zx is older than its library"
    }
  }

  /// The value of the kernel's own switch: 0 on, 1 for privileged processes, 2 off.
  private var kernelSwitch: Int {
    Machine.number(in: "/proc/sys/kernel/io_uring_disabled") ?? 0
  }

  private var whoRefuses: String {
    switch kernelSwitch {
    case 2: "kernel.io_uring_disabled is 2, off for everyone"
    case 1: "kernel.io_uring_disabled is 1, off for those outside its group"
    default: Machine.hasSeccompFilter ? "by a seccomp filter" : "by a security policy"
    }
  }

  private var remedy: String {
    guard kernelSwitch == 0 else {
      return "sysctl -w kernel.io_uring_disabled=0 lets batches use it; everything works without"
    }
    return "a container's profile has to allow io_uring_setup, io_uring_enter and "
      + "io_uring_register; everything works without"
  }
}
