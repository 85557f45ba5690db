// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Bytes of a page of memory.
@c @implementation
public func zx_system_get_page_size() -> UInt32 { UInt32(Machine.pageByteCount) }

/// Processors that this process may use.
@c @implementation
public func zx_system_get_num_cpus() -> UInt32 { UInt32(Machine.processorCount) }

/// Bytes of the machine's memory.
@c @implementation
public func zx_system_get_physmem() -> UInt64 { UInt64(Machine.memoryByteCount) }

/// Bytes of a line of the data cache.
@c @implementation
public func zx_system_get_dcache_line_size() -> UInt32 { UInt32(Machine.cacheLineByteCount) }

/// What the machine can do, by kind.
///
/// `ZX_ERR_NOT_SUPPORTED` for an unknown kind, `ZX_ERR_INVALID_ARGS` for a bad pointer.
@c @implementation
public func zx_system_get_features(
  _ kind: UInt32, _ features: UnsafeMutablePointer<UInt32>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let answer: UInt32
    switch kind {
    case ZX_FEATURE_KIND_CPU: answer = Machine.processorFeatures
    case ZX_FEATURE_KIND_HW_BREAKPOINT_COUNT: answer = Machine.breakpointCount
    case ZX_FEATURE_KIND_HW_WATCHPOINT_COUNT: answer = Machine.watchpointCount
    case ZX_FEATURE_KIND_ADDRESS_TAGGING: answer = Machine.addressTagging
    case ZX_FEATURE_KIND_VM: answer = Machine.memoryFeatures
    default: throw .notSupported
    }
    try unsafe UserOut(features).put(record: answer)
  }
}

/// What this system is; the same text for the life of the process.
@c @implementation
public func zx_system_get_version_string() -> zx_string_view_t {
  let text: StaticString = "lnx-zircon-0.1.0"
  // Safety: the text of a static string lies in the program itself, followed by a NUL.
  return unsafe text.utf8Start.withMemoryRebound(to: CChar.self, capacity: text.utf8CodeUnitCount) {
    unsafe zx_string_view_t(c_str: $0, length: text.utf8CodeUnitCount)
  }
}

/// Fills a buffer with random bytes; a bad pointer ends the process, as on Zircon.
@c @implementation
public func zx_cprng_draw(_ buffer: UnsafeMutableRawPointer?, _ buffer_size: Int) {
  unsafe Machine.drawRandom(buffer, byteCount: buffer_size)
}

/// Mixes bytes into the system's random numbers.
///
/// `ZX_ERR_INVALID_ARGS` for more than 256 bytes or a bad pointer.
@c @implementation
public func zx_cprng_add_entropy(
  _ buffer: UnsafeRawPointer?, _ buffer_size: Int
) -> zx_status_t {
  syscall { () throws(Status) in
    guard buffer_size >= 0, buffer_size <= ZX_CPRNG_ADD_ENTROPY_MAX_LEN else { throw .invalidArgs }
    try unsafe UserIn(buffer, byteCount: buffer_size).addEntropy()
  }
}
