import CZircon
import Glibc
import SystemPackage

/// What `zx doctor` looks at.
struct Examination {
  /// What the library says about its backends, or why it says nothing.
  private let backend: Result<zxl_backend_info_t, LibraryError>

  init() {
    backend = Result { () throws(LibraryError) in try currentBackendInfo() }
  }

  /// Everything, in the order in which it is printed.
  var findings: [Finding] {
    var all = [kernel, architecture, library, ring, usedBackend, lockedMemory, openFiles]
    all += [socketBuffer, .ideal("C library", Machine.libraryVersion)]
    return all
  }

  private var kernel: Finding {
    let value = "Linux \(Machine.kernelRelease) (5.10 or newer, io_uring from 6.1)"
    if !Machine.kernelIsAtLeast(5, 10) {
      return .broken("kernel", value, hint: "the library needs Linux 5.10 or newer")
    }
    if !Machine.kernelIsAtLeast(6, 1) {
      return .improvable("kernel", value, hint: "io_uring is used from Linux 6.1 on")
    }
    return .ideal("kernel", value)
  }

  private var architecture: Finding {
    let name = Machine.architecture
    let value = "\(name), \(Machine.cpuModel) x \(Machine.cpuCount)"
    guard ["x86_64", "aarch64"].contains(name) else {
      return .improvable("architecture", value, hint: "tried on x86_64 and aarch64 only")
    }
    return .ideal("architecture", value)
  }

  private var library: Finding {
    do throws(LibraryError) {
      try moveOneByte()
      return .ideal("library", "a byte went through a socket")
    } catch {
      return .broken(
        "library", error.description, hint: "the lines below may name a limit that is too low")
    }
  }

  private var lockedMemory: Finding {
    let limit = Machine.limit(Int32(__RLIMIT_MEMLOCK.rawValue)).soft
    let enough: UInt64 = 8 << 20
    guard let limit, limit < enough else {
      return .ideal("locked memory", limit.map { byteText(Int($0)) } ?? "no limit")
    }
    return .improvable(
      "locked memory", byteText(Int(limit)),
      hint: """
        a ring takes about 8 KiB, so some \(limit >> 13) threads can have one and the others use \
        system calls; raise it with ulimit -l 8192
        """)
  }

  private var openFiles: Finding {
    let limit = Machine.limit(Int32(RLIMIT_NOFILE.rawValue))
    let hard = limit.hard.map { "\($0)" } ?? "no limit"
    let value = limit.soft.map { "\($0) (hard limit: \(hard))" } ?? "no limit"
    guard let soft = limit.soft, soft < 4096 else { return .ideal("open files", value) }
    let room = limit.hard.map { $0 >= 4096 } ?? true
    return .improvable(
      "open files", value,
      hint: "a socket pair takes two of them; "
        + (room ? "raise it with ulimit -n 4096" : "the hard limit has to be raised first"))
  }

  private var socketBuffer: Finding {
    let most = Machine.number(in: "/proc/sys/net/core/wmem_max").map { byteText($0) } ?? "unknown"
    guard case .success(let info) = backend else {
      return .improvable("socket buffer", "limit \(most)", hint: "the library did not say more")
    }
    let value = "\(byteText(Int(info.socket_buffer))) granted (net.core.wmem_max: \(most))"
    guard info.socket_buffer < 1 << 20 else { return .ideal("socket buffer", value) }
    return .improvable(
      "socket buffer", value,
      hint: """
        small writes wait in the process's own memory sooner, which is slower; raise it with \
        sysctl -w net.core.wmem_max=1048576
        """)
  }
}

extension Examination {
  private var ring: Finding {
    switch backend {
    case .failure(let error):
      return .improvable("io_uring", error.description, hint: "the library did not say more")
    case .success(let info):
      let state = RingState(info.ring)
      guard let hint = state.hint else { return .ideal("io_uring", state.text) }
      return .improvable("io_uring", state.text, hint: hint)
    }
  }

  private var usedBackend: Finding {
    guard case .success(let info) = backend else {
      return .improvable("backend", "unknown", hint: "the library did not say more")
    }
    if let named = environment("ZIRCON_BACKEND"), Backend(rawValue: named) == nil {
      return .improvable(
        "backend", "auto, because ZIRCON_BACKEND=\(named) is unknown",
        hint: "it may be \(Backend.list)")
    }
    let asked = Backend(info)
    guard info.ring == ZXL_RING_USABLE || asked == .syscall else {
      let value = "system calls for everything, because io_uring cannot be used"
      guard asked == .uring else { return .ideal("backend", value) }
      return .improvable(
        "backend", value, hint: "ZIRCON_BACKEND=uring asks for what is not to be had here")
    }
    return .ideal("backend", asked.text)
  }
}
