// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CZircon
import ZirconKernel
import ZirconLinux
import ZirconTypes

/// Closes a handle; see `Kernel.close`.
@c @implementation
public func zx_handle_close(_ handle: zx_handle_t) -> zx_status_t {
  syscall { () throws(Status) in try Kernel.current.close(HandleValue(handle)) }
}

/// Closes every valid handle of an array; zeros are skipped.
///
/// `ZX_ERR_BAD_HANDLE` if any entry was no live handle, after closing the others;
/// `ZX_ERR_INVALID_ARGS` if the array cannot be read: entries before that place may be closed.
@c @implementation
public func zx_handle_close_many(
  _ handles: UnsafePointer<zx_handle_t>?, _ num_handles: Int
) -> zx_status_t {
  syscall { () throws(Status) in
    let kernel = try Kernel.current
    // C counts without a sign: what looks negative here is more than any memory holds.
    let count = num_handles >= 0 ? num_handles : .max
    var allWereLive = true
    var done = 0
    while done < count {
      let chunk = try unsafe HandleChunk(handles, from: done, of: count)
      for index in 0..<chunk.count {
        do throws(Status) {
          try kernel.close(HandleValue(chunk.values[index]))
        } catch {
          allWereLive = false
        }
      }
      done += chunk.count
    }
    guard allWereLive else { throw .badHandle }
  }
}

/// Up to 64 handles copied from the caller's array.
private struct HandleChunk {
  private(set) var values = InlineArray<64, zx_handle_t>(repeating: ZX_HANDLE_INVALID)
  let count: Int

  /// Copies what comes at index `start` of an array of `total`.
  @unsafe
  init(_ base: UnsafePointer<zx_handle_t>?, from start: Int, of total: Int) throws(Status) {
    let count = min(values.count, total - start)
    self.count = count
    let size = MemoryLayout<zx_handle_t>.stride
    let (offset, overflow) = start.multipliedReportingOverflow(by: size)
    guard let base = unsafe base, !overflow else { throw .invalidArgs }
    // Wraps at the end of the address space, where nothing can be read either.
    let address = UInt(bitPattern: base) &+ UInt(offset)
    let source = unsafe UserIn(UnsafeRawPointer(bitPattern: address), byteCount: count * size)
    try unsafe withUnsafeMutablePointer(to: &values) { (values) throws(Status) in
      try unsafe source.fetch(into: values, count: count * size)
    }
  }
}

/// Makes another handle to the same object; see `Kernel.duplicate`.
@c @implementation
public func zx_handle_duplicate(
  _ handle: zx_handle_t, _ rights: zx_rights_t, _ out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let kernel = try Kernel.current
    let made = try kernel.duplicate(HandleValue(handle), rights: Rights(rawValue: rights))
    try kernel.give(made, to: unsafe UserOut(out))
  }
}

/// Replaces a handle by another to the same object; see `Kernel.replace`.
@c @implementation
public func zx_handle_replace(
  _ handle: zx_handle_t, _ rights: zx_rights_t, _ out: UnsafeMutablePointer<zx_handle_t>?
) -> zx_status_t {
  syscall { () throws(Status) in
    let kernel = try Kernel.current
    let made = try kernel.replace(HandleValue(handle), rights: Rights(rawValue: rights))
    try kernel.give(made, to: unsafe UserOut(out))
  }
}

/// Judges a handle's value; see `Kernel.checkValid`.
@c @implementation
public func zx_handle_check_valid(_ handle: zx_handle_t) -> zx_status_t {
  syscall { () throws(Status) in try Kernel.current.checkValid(HandleValue(handle)) }
}
